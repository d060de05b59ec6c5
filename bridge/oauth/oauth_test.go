package oauth

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/jid"
)

const news = "/api/oauth?app_id=4711"

// The flow of "Log in with" from the link to the fields, and the second time without a page.
func TestLogInWith(t *testing.T) {
	v := newVerona()
	h := v.site(t)
	b := newBrowser(t, h)
	page := b.logIn(news, "juliet")
	to := b.agree(news, page)
	if to.Host != "news.verona.lit" || to.Path != "/cb.php" || len(to.Query()) != 1 {
		t.Fatalf("back to %s", to)
	}
	access := exchange(t, b, "4711", "secret-of-news", to.Query().Get("auth_key"))
	info := bodyOf(t, b.get("/api/get_user_info?access_token="+access))
	if !strings.Contains(info, `"user_id":"juliet@capulet.lit"`) {
		t.Errorf("info: %s", info)
	}
	r := b.get(news) // oauth wire §5.1: approved earlier, 302 without a page
	if r.StatusCode != http.StatusFound || !strings.HasPrefix(r.Header.Get("Location"), "https://news.verona.lit/cb.php?auth_key=") {
		t.Errorf("the second time: %s %s", r.Status, r.Header.Get("Location"))
	}
	for name, value := range map[string]string{"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "iframe"} {
		q, _ := http.NewRequest(http.MethodGet, "https://capulet.lit"+news, nil)
		q.Header.Set(name, value)
		if r := b.do(q); r.StatusCode != http.StatusOK || r.Header.Get("Location") != "" {
			t.Errorf("%s: %s leads away with %s", name, value, r.Status)
		}
	}
}

// exchange trades an auth_key as the back end of a site does.
func exchange(t testing.TB, b *browser, id, secret, key string) (access string) {
	t.Helper()
	r := b.get("/api/authorize?" + pairsOf("app_id", id, "app_secret", secret, "auth_key", key).Encode())
	var o map[string]string
	if err := json.Unmarshal([]byte(bodyOf(t, r)), &o); err != nil || len(o) != 1 || r.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v %v", r.Status, o, err)
	}
	return o["access_token"]
}

// key gives a fresh auth_key for juliet, in the flow of an app.
func key(t testing.TB, h *Handler, path string) (b *browser, code string) {
	t.Helper()
	b = newBrowser(t, h)
	q := b.through(path, "juliet").Query()
	return b, q.Get("auth_key") + q.Get("code")
}

// The fields, in order, all of them text (oauth #apis, wire §5.2).
func TestFields(t *testing.T) {
	want := []string{
		"user_id", "user_name", "user_email", "user_firstname", "user_lastname", "user_gender", "user_birthdate", "user_picture", "user_cover",
		"user_registered", "user_verified", "user_relationship", "user_biography", "user_website", "profile_picture", "profile_cover",
	}
	v := newVerona()
	h := v.site(t)
	v.cards[juliet] = "<vCard xmlns='vcard-temp'><FN>Juliet Capulet</FN><N><GIVEN>Juliet</GIVEN><FAMILY>Capulet &amp; Co</FAMILY></N><BDAY>1583-07-31</BDAY>" +
		"<EMAIL><INTERNET/><USERID>juliet@mail.lit</USERID></EMAIL><URL>https://capulet.lit/~juliet</URL><DESC>Wherefore?\n\"&lt;b&gt;</DESC></vCard>"
	v.cards4[juliet] = "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><gender><sex>F</sex></gender></vcard>"
	b, code := key(t, h, news)
	access := exchange(t, b, "4711", "secret-of-news", code)
	body := bodyOf(t, b.get("/api/get_user_info?access_token="+access))
	dec := json.NewDecoder(strings.NewReader(body))
	var got []string
	values := map[string]string{}
	for depth := 0; ; {
		tok, err := dec.Token()
		if err != nil {
			break
		}
		if d, ok := tok.(json.Delim); ok {
			if depth++; d == '}' {
				depth -= 2
			}
			continue
		}
		name := tok.(string)
		if name == "user_info" {
			continue
		}
		tok, _ = dec.Token()
		text, ok := tok.(string)
		if !ok {
			t.Errorf("%s is %v, not text", name, tok)
		}
		got, values[name] = append(got, name), text
	}
	if !slices.Equal(got, want) {
		t.Errorf("fields: %q", got)
	}
	for name, value := range map[string]string{
		"user_id": "juliet@capulet.lit", "user_name": "juliet", "user_email": "juliet@mail.lit", "user_firstname": "Juliet", "user_lastname": "Capulet & Co",
		"user_gender": "female", "user_birthdate": "1583-07-31", "user_registered": "1597-03-04 05:06:07", "user_verified": "0",
		"user_biography": "Wherefore?\n\"<b>", "user_website": "https://capulet.lit/~juliet", "user_picture": "", "user_cover": "", "user_relationship": "",
	} {
		if values[name] != value {
			t.Errorf("%s is %q instead of %q", name, values[name], value)
		}
	}
}

// What the API says of bad calls, for sites that are not strict and for those that are.
func TestFaults(t *testing.T) {
	const gone = "We're sorry, but the application you're trying to use doesn't exist or has been disabled"
	bad := func(what string) string { return "Bad Request, " + what }
	v := newVerona()
	h := v.site(t)
	for i, tt := range []struct {
		path, text string
		status     int
	}{
		{"/api/authorize", bad("invalid app_id"), 200},
		{"/api/authorize?app_id=1&app_secret=x&auth_key=y", bad("invalid app_id"), 200},
		{"/api/authorize?app_id=4711", bad("invalid app_secret"), 200},
		{"/api/authorize?app_id=4711&app_secret=x&auth_key=y", bad("invalid app_secret"), 200},
		{"/api/authorize?app_id=4711&app_secret=secret-of-mantua&auth_key=y", bad("invalid app_secret"), 200},
		{"/api/authorize?app_id=4711&app_secret=secret-of-news", bad("invalid auth_key"), 200},
		{"/api/authorize?app_id=4711&app_secret=secret-of-news&auth_key=y", bad("invalid auth_key"), 200},
		{"/api/authorize?app_id=4714&app_secret=secret-of-gone&auth_key=y", gone, 200},
		{"/api/authorize?app_id=4711&app_id=4712", bad("invalid parameters"), 200},
		{"/api/authorize?app_id=%ff", bad("invalid parameters"), 200},
		{"/api/authorize?app_id=4712&app_secret=x&auth_key=y", bad("invalid app_secret"), 401},
		{"/api/authorize?app_id=4712&app_secret=secret-of-mantua&auth_key=y", bad("invalid auth_key"), 400},
		{"/api/oauth2?app_id=4711&app_secret=x&auth_key=y", bad("invalid app_secret"), 200},
		{"/api/get_user_info", bad("invalid access_token"), 200},
		{"/api/get_user_info?access_token=x", bad("invalid access_token"), 200},
		{"/api/get_user_info?access_token=x&access_token=y", bad("invalid parameters"), 200},
		{"/api/get_friends?access_token=x", bad("invalid parameters"), 200},
	} {
		b := newBrowser(t, h)
		b.addr = "192.0.2." + string(rune('1'+i%9)) + string(rune('0'+i/9)) + ":1"
		r := b.get(tt.path)
		var o struct {
			Error   bool
			Message string
		}
		body := bodyOf(t, r)
		if err := json.Unmarshal([]byte(body), &o); err != nil || r.StatusCode != tt.status || !o.Error || o.Message != tt.text {
			t.Errorf("%s: %s %s", tt.path, r.Status, body)
		}
		if typ := r.Header.Get("Content-Type"); !strings.HasPrefix(typ, "application/json") || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", tt.path, r.Header)
		}
	}
}

// told wants a message of the API.
func told(t *testing.T, b *browser, path, text string, status int) {
	t.Helper()
	r := b.get(path)
	if body := bodyOf(t, r); r.StatusCode != status || !strings.Contains(body, text) {
		t.Errorf("%s: %s %s", path, r.Status, body)
	}
}

// An auth_key is good once; coming twice, it kills what it was traded for. Another site's
// secret does not trade it, and does not use it up.
func TestReplay(t *testing.T) {
	v := newVerona()
	h := v.site(t)
	b, code := key(t, h, news)
	told(t, b, "/api/authorize?app_id=4712&app_secret=secret-of-mantua&auth_key="+code, "invalid auth_key", 400)
	access := exchange(t, b, "4711", "secret-of-news", code)
	told(t, b, "/api/get_user_info?access_token="+access, "juliet", 200)
	told(t, b, "/api/authorize?app_id=4712&app_secret=secret-of-mantua&auth_key="+code, "invalid auth_key", 400)
	told(t, b, "/api/get_user_info?access_token="+access, "juliet", 200)
	told(t, b, "/api/authorize?app_id=4711&app_secret=secret-of-news&auth_key="+code, "invalid auth_key", 200)
	told(t, b, "/api/get_user_info?access_token="+access, "invalid access_token", 200)
}

// Times are exact: ten minutes, and one hour (oauth #access-token).
func TestTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVerona()
		h := v.site(t)
		b, code := key(t, h, news)
		_, late := key(t, h, news)
		time.Sleep(codeLife - time.Second)
		access := exchange(t, b, "4711", "secret-of-news", code)
		time.Sleep(time.Second)
		told(t, b, "/api/authorize?app_id=4711&app_secret=secret-of-news&auth_key="+late, "invalid auth_key", 200)
		time.Sleep(3598 * time.Second)
		told(t, b, "/api/get_user_info?access_token="+access, "juliet", 200) // at 3599 s
		time.Sleep(2 * time.Second)
		told(t, b, "/api/get_user_info?access_token="+access, "Bad Request, expired access_token", 200) // at 3601 s

		strict, code := key(t, h, "/api/oauth?app_id=4712")
		access = exchange(t, strict, "4712", "secret-of-mantua", code)
		time.Sleep(time.Hour)
		told(t, strict, "/api/get_user_info?access_token="+access, "Bad Request, expired access_token", 401)

		time.Sleep(sessionLife)
		if page := bodyOf(t, b.get(news)); !strings.Contains(page, `type="password"`) {
			t.Error("a session lasts more than a day")
		}
	})
}

// What ends a token at once.
func TestEnds(t *testing.T) {
	for name, end := range map[string]func(v *verona, b *browser){
		"deactivated":  func(v *verona, _ *browser) { v.disabled[juliet] = true },
		"new password": func(v *verona, _ *browser) { v.changed[juliet] = time.Now() },
		"withdrawn": func(v *verona, b *browser) {
			page := bodyOf(b.t, b.get("/api/oauth/consents"))
			if !strings.Contains(page, "Verona News") {
				b.t.Errorf("the site is not listed:\n%s", page)
			}
			b.post("/api/oauth/consents", "csrf", token(b.t, page), "do", "withdraw", "app", "4711")
		},
	} {
		v := newVerona()
		h := v.site(t)
		b, code := key(t, h, news)
		_, second := key(t, h, news)
		access := exchange(t, b, "4711", "secret-of-news", code)
		end(v, b)
		told(t, b, "/api/get_user_info?access_token="+access, "invalid access_token", 200)
		told(t, b, "/api/authorize?app_id=4711&app_secret=secret-of-news&auth_key="+second, "invalid auth_key", 200)
		page := bodyOf(t, b.get(news))
		if name == "withdrawn" && !strings.Contains(page, `value="agree"`) || name != "withdrawn" && !strings.Contains(page, `type="password"`) {
			t.Errorf("%s: the next page is\n%s", name, page)
		}
	}
}

// A site that was turned off is told so at all of its addresses.
func TestDisabled(t *testing.T) {
	v := newVerona()
	h := v.site(t)
	b, code := key(t, h, news)
	access := exchange(t, b, "4711", "secret-of-news", code)
	app := v.apps["4711"]
	app.Disabled = true
	v.apps["4711"] = app
	const text = "the application you're trying to use doesn't exist or has been disabled"
	told(t, b, "/api/get_user_info?access_token="+access, text, 200)
	told(t, b, "/api/authorize?app_id=4711&app_secret=secret-of-news&auth_key="+code, text, 200)
	if page := bodyOf(t, b.get(news)); !strings.Contains(page, "has been disabled") {
		t.Errorf("the page: %s", page)
	}
}

// Two people, one site: each token is its own person's (the old service mixed them up).
func TestTwoPeople(t *testing.T) {
	v := newVerona()

	h := v.site(t)
	v.changed[jid.MustParse("nurse@capulet.lit")] = time.Time{}
	access := map[string]string{}
	for _, name := range []string{"juliet", "nurse"} {
		b := newBrowser(t, h)
		to := b.agree(news, b.logIn(news, name))
		access[name] = exchange(t, b, "4711", "secret-of-news", to.Query().Get("auth_key"))
	}
	for name, token := range access {
		told(t, newBrowser(t, h), "/api/get_user_info?access_token="+token, `"user_name":"`+name+`"`, 200)
	}
}

// Where people are sent back to, with what.
func TestRedirects(t *testing.T) {
	const state = `a&b#c=é%20+ ?"<>`
	v := newVerona()
	h := v.site(t)
	for path, want := range map[string]string{
		news + "&state=" + url.QueryEscape(state): "https://news.verona.lit/cb.php?auth_key=",
		"/api/oauth?app_id=4712&state=" + url.QueryEscape(state) + "&redirect_uri=" + url.QueryEscape("https://mantua.lit/cb?site=1"): "https://mantua.lit/cb?site=1&auth_key=",
		"/api/oauth2?app_id=4711&state=" + url.QueryEscape(state):                                                                     "https://news.verona.lit/cb.php?auth_key=",
	} {
		b := newBrowser(t, h)
		to := b.through(path, "juliet")
		if !strings.HasPrefix(to.String(), want) || to.Query().Get("state") != state || to.Fragment != "" {
			t.Errorf("%s leads to %s", path, to)
		}
	}
	for _, given := range []string{
		"https://news.verona.lit/cb.php/", "https://news.verona.lit/CB.php", "https://news.verona.lit:443/cb.php", "https://evil.lit/",
		"//evil.lit", "javascript:alert(1)", "data:text/html,x", "https://news.verona.lit@evil.lit/", "https://news.verona.lit/cb.php#x", "https://news.verona.lit/cb.php?x", "",
		"https://news.verona.lit\\.evil.lit/cb.php", "HTTPS://news.verona.lit/cb.php", "https://news.verona.lit/cb.php\r\nX: y",
	} {
		b := newBrowser(t, h)
		b.enter(news, "juliet")
		for _, path := range []string{news + "&", "/api/oauth2/authorize?client_id=4711&response_type=code&"} {
			r := b.get(path + "redirect_uri=" + url.QueryEscape(given))
			if r.StatusCode != http.StatusBadRequest || r.Header.Get("Location") != "" || strings.Contains(bodyOf(t, r), "evil") {
				t.Errorf("%q: %s %s", given, r.Status, r.Header.Get("Location"))
			}
		}
	}
	for path, want := range map[string]int{
		"/api/oauth": 404, "/api/oauth?app_id=1": 200, "/api/oauth?app_id=4714": 200, "/api/oauth?app_id=4711&app_id=4712": 400,
		"/api/oauth2/authorize": 404, "/api/oauth2/authorize?client_id=1": 400, news + "&state=" + strings.Repeat("x", maxState+1): 400,
	} {
		if r := newBrowser(t, h).get(path); r.StatusCode != want || r.Header.Get("Location") != "" || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %s", path, r.Status)
		}
	}
}

// What is registered is looked at again before anybody is sent there.
func TestIsRedirect(t *testing.T) {
	for address, want := range map[string]bool{
		"https://a.lit/cb": true, "https://a.lit": true, "https://a.lit:8443/cb?x=1": true, "http://127.0.0.1:80/cb": true, "http://[::1]:80/": true, "http://localhost/": true,
		"http://a.lit/cb": false, "javascript:alert(1)": false, "data:text/html,x": false, "//a.lit/": false, "https://u@a.lit/": false, "https://u:p@a.lit/": false,
		"https://a.lit/#": false, "https://a.lit/#x": false, "": false, "https:///x": false, "https:a.lit": false, "https://a.lit\\@b.lit/": false, "https://a.lit/ x": false,
		"http://127.0.0.1.evil.lit/": false, "http://localhost.evil.lit/": false, "https://a.lit/\n": false, "custom.app:/cb": false,
	} {
		if isRedirect(address) != want {
			t.Errorf("%q: %v", address, !want)
		}
	}
}

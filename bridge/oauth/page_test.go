package oauth

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"causeway/bridge"
)

// A form of another site, of another browser, of nobody, or a GET, changes nothing.
func TestForgedForms(t *testing.T) {
	v := newVerona()
	h := v.site(t)
	b := newBrowser(t, h)
	page := b.logIn(news, "juliet")
	other := newBrowser(t, h)
	strange := token(t, other.logIn(news, "juliet"))
	good := token(t, page)
	for name, change := range map[string]func(r *http.Request, form url.Values){
		"no token":             func(_ *http.Request, f url.Values) { f.Del("csrf") },
		"an empty token":       func(_ *http.Request, f url.Values) { f.Set("csrf", "") },
		"of another browser":   func(_ *http.Request, f url.Values) { f.Set("csrf", strange) },
		"another site":         func(r *http.Request, _ url.Values) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"another host":         func(r *http.Request, _ url.Values) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"an origin":            func(r *http.Request, _ url.Values) { r.Header.Set("Origin", "https://evil.lit") },
		"an origin in clear":   func(r *http.Request, _ url.Values) { r.Header.Set("Origin", "http://capulet.lit") },
		"without cookies":      func(r *http.Request, _ url.Values) { r.Header.Set("X-Test", "bare") },
		"token in the URL too": func(r *http.Request, _ url.Values) { r.URL.RawQuery += "&csrf=" + good },
	} {
		form := pairsOf("csrf", good, "do", "agree", "scope_shown", siteScope)
		r := httptest.NewRequest(http.MethodPost, "https://capulet.lit"+news, nil)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		change(r, form)
		sender := b
		if r.Header.Get("X-Test") == "bare" {
			sender = newBrowser(t, h)
		}
		body := strings.NewReader(form.Encode())
		r2 := httptest.NewRequest(http.MethodPost, r.URL.String(), body)
		r2.Header = r.Header
		res := sender.do(r2)
		if res.StatusCode < 400 || res.Header.Get("Location") != "" {
			t.Errorf("%s: %s %s", name, res.Status, res.Header.Get("Location"))
		}
	}
	for _, query := range []string{"&do=agree&scope_shown=profile+email&csrf=" + good, "&do=agree"} {
		if r := b.get(news + query); r.StatusCode != 200 || r.Header.Get("Location") != "" {
			t.Errorf("a GET agrees: %s", r.Status)
		}
	}
	if len(v.consents) != 0 || len(v.tokens) != 0 {
		t.Errorf("something was agreed to: %v", v.consents)
	}
	b.agree(news, page) // and the true form still is one
	for _, pairs := range [][]string{{"do", "withdraw", "app", "4711"}, {"do", "withdraw", "app", "4711", "csrf", strange}} {
		if r := b.post("/api/oauth/consents", pairs...); r.StatusCode != http.StatusForbidden {
			t.Errorf("withdrawn: %s", r.Status)
		}
	}
	if len(v.consents[juliet]) != 1 {
		t.Error("a forged form withdraws")
	}
}

// What every page says to browsers, and that names of sites and people are inert on it.
func TestPages(t *testing.T) {
	v := newVerona()
	v.cards[juliet] = "<vCard xmlns='vcard-temp'><FN>&lt;img src=x onerror=alert(1)&gt; \"Juliet\"</FN></vCard>"
	h := v.site(t)
	b := newBrowser(t, h)
	const path = "/api/oauth?app_id=4712"
	login := bodyOf(t, b.get(path))
	ask := b.logIn(path, "juliet@capulet.lit")
	b.agree(path, ask)
	bad := b.post(path, "csrf", token(t, ask), "do", "cancel")
	for name, page := range map[string]string{"log-in": login, "question": ask, "consents": bodyOf(t, b.get("/api/oauth/consents")), "cancelled": bodyOf(t, bad)} {
		if strings.Contains(page, "<script") || strings.Contains(page, "<img") || strings.Contains(page, "alert(1)</") && !strings.Contains(page, "&lt;script&gt;") {
			t.Errorf("%s:\n%s", name, page)
		}
		if !strings.Contains(page, "Mantua &lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;Co&#34;") {
			t.Errorf("%s does not name the site:\n%s", name, page)
		}
		if strings.Count(page, "<h1>") != 1 || !strings.Contains(page, `<html lang="en">`) || !strings.Contains(page, `name="viewport"`) {
			t.Errorf("%s: no head, no language, or no width", name)
		}
	}
	for _, label := range []string{
		english.Address, english.UserName, english.Email, english.FirstName, english.LastName, english.Gender, english.Birthdate,
		english.Picture, english.Registered, english.Biography, english.Website,
	} {
		if !strings.Contains(ask, "<dt>"+label+"</dt>") {
			t.Errorf("the question does not name %q", label)
		}
	}
	for _, path := range []string{path, news, "/api/oauth", "/api/oauth/consents", "/api/oauth?app_id=1"} {
		head := newBrowser(t, h).get(path).Header
		csp := head.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
			if !strings.Contains(csp, part) {
				t.Errorf("%s: the policy lacks %s: %s", path, part, csp)
			}
		}
		if strings.Contains(csp, "unsafe") || head.Get("X-Frame-Options") != "DENY" || head.Get("Referrer-Policy") != "no-referrer" ||
			head.Get("Cache-Control") != "no-store" || head.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, head)
		}
	}
	for path, want := range map[string]string{news: "form-action 'self' https:", standardPocket: "form-action 'self' http:", "/api/oauth/consents": "form-action 'self'"} {
		if csp := newBrowser(t, h).get(path).Header.Get("Content-Security-Policy"); !strings.HasSuffix(csp, "; "+want) {
			t.Errorf("%s: %s, want %s", path, csp, want)
		}
	}
	for _, c := range newBrowser(t, h).get(news).Cookies() {
		if !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || !strings.HasPrefix(c.Name, "__Host-") {
			t.Errorf("cookie %v", c)
		}
	}
}

// French for those who ask for it, English for all others.
func TestLanguages(t *testing.T) {
	h := newVerona().site(t)
	for header, want := range map[string]string{
		"": "en", "fr": "fr", "fr-CA,fr;q=0.9,en;q=0.5": "fr", "en-GB,fr;q=0.8": "en", "de,fr;q=0.5": "fr", "de": "en", "*": "en", "fr;q=0,en": "en",
		"x-klingon": "en", "fr;q=abc": "en", strings.Repeat("fr,", 10_000): "en", ";;;,,,": "en",
	} {
		b := newBrowser(t, h)
		b.lang = header
		r := b.get(news)
		if body := bodyOf(t, r); !strings.Contains(body, `<html lang="`+want+`">`) || r.Header.Get("Content-Language") != want {
			t.Errorf("%.40q: %s", header, r.Header.Get("Content-Language"))
		}
	}
	b := newBrowser(t, h)
	b.lang = "fr"
	if page := b.logIn(news, "juliet"); !strings.Contains(page, "Continuer en tant que juliet") || !strings.Contains(page, "Date de naissance") {
		t.Errorf("the question:\n%s", page)
	}
}

// No word is missing in one of the languages.
func TestWords(t *testing.T) {
	for _, w := range []words{english, french} {
		for i, text := range strings.Split(fmt.Sprintf("%#v", w), `"`) {
			if i%2 == 1 && text == "" {
				t.Errorf("%s: a text is missing", w.Lang)
			}
		}
	}
}

// Log-ins: which names, which hosts, how often, and never in the clear from elsewhere.
func TestLogIns(t *testing.T) {
	h := newVerona().site(t)
	for name, good := range map[string]bool{
		"juliet": true, " Juliet ": true, "juliet@capulet.lit": true, "JULIET@CAPULET.LIT": true,
		"romeo": false, "romeo@montague.lit": false, "juliet@montague.lit": false, "": false, "juliet@capulet.lit/x": false, strings.Repeat("j", 4000): false, "\x01": false,
	} {
		b := newBrowser(t, h)
		r := b.post(news, "csrf", token(t, bodyOf(t, b.get(news))), "do", "log-in", "name", name, "password", password)
		if (r.StatusCode == http.StatusSeeOther) != good || !good && r.StatusCode != http.StatusForbidden {
			t.Errorf("%.20q: %s", name, r.Status)
		}
	}
	b := newBrowser(t, h) // romeo has a session, and is nobody at a site of capulet.lit
	b.logIn("/api/oauth?app_id=4715", "romeo")
	if page := bodyOf(t, b.get(news)); !strings.Contains(page, `type="password"`) {
		t.Errorf("somebody of another host:\n%s", page)
	}
	b.logIn(news, "juliet") // with the token that fits the session there is

	b = newBrowser(t, h)
	csrf := token(t, bodyOf(t, b.get(news)))
	for i, want := range []int{403, 403, 403, 429} {
		r := b.post(news, "csrf", csrf, "do", "log-in", "name", "juliet", "password", "pen")
		if r.StatusCode != want || want == 429 && r.Header.Get("Retry-After") == "" || len(r.Header.Values("Set-Cookie")) != 0 {
			t.Errorf("try %d: %s %v", i, r.Status, r.Header)
		}
	}
	other := newBrowser(t, h)
	other.addr = "192.0.2.99:1"
	other.logIn(news, "juliet") // elsewhere nobody has to wait

	clear := httptest.NewRequest(http.MethodPost, "http://capulet.lit"+news, strings.NewReader(pairsOf("csrf", "x", "do", "log-in", "name", "juliet", "password", password).Encode()))
	clear.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	clear.RemoteAddr = "192.0.2.50:1"
	clear.URL.Scheme = "http"
	clear.AddCookie(&http.Cookie{Name: "causeway-oauth-form", Value: "b"})
	clear.Body = http.NoBody
	form := pairsOf("csrf", h.formMAC("b", session{}), "do", "log-in", "name", "juliet", "password", password).Encode()
	r := httptest.NewRequest(http.MethodPost, "http://capulet.lit"+news, strings.NewReader(form))
	r.Header, r.RemoteAddr, r.URL.Scheme = clear.Header, clear.RemoteAddr, "http"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "https") {
		t.Errorf("a password in the clear: %d %s", w.Code, w.Body)
	}
}

// Logging out, a forged cookie, and one of before a new password.
func TestSessions(t *testing.T) {
	v := newVerona()
	h := v.site(t)
	b := newBrowser(t, h)
	page := b.logIn(news, "juliet")
	b.post(news, "csrf", token(t, page), "do", "log-out")
	if page := bodyOf(t, b.get(news)); !strings.Contains(page, `type="password"`) {
		t.Error("still logged in")
	}
	set := strconv.FormatInt(passwordTime(v.changed[juliet]), 10)
	for _, value := range []string{
		"", "x", "x.y", strings.Repeat("x", 5000), h.cfg.Sealer.Seal("webim cookie", "ID 99999999999999 0 juliet@capulet.lit"),
		h.cfg.Sealer.Seal(forSession, "ID 99999999999999 "+set+" juliet@capulet.lit/x"), h.cfg.Sealer.Seal(forSession, "ID x "+set+" juliet@capulet.lit"), h.cfg.Sealer.Seal(forSession, "ID 0 "+set+" juliet@capulet.lit"),
		h.cfg.Sealer.Seal(forSession, "ID 99999999999999 x juliet@capulet.lit"), h.cfg.Sealer.Seal(forSession, "ID 99999999999999 juliet@capulet.lit"),
	} {
		r := httptest.NewRequest(http.MethodGet, "https://capulet.lit"+news, nil)
		r.AddCookie(&http.Cookie{Name: "__Host-causeway-oauth", Value: value})
		r.URL.Scheme = "https"
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if !strings.Contains(w.Body.String(), `type="password"`) {
			t.Errorf("%.30q is a session", value)
		}
	}
}

// A session ends with the password that it was begun with, also within the second for which a
// new one counts, and one that is begun with the new one goes on.
func TestSessionOfPassword(t *testing.T) {
	v := newVerona()
	h := v.site(t)
	now := time.Now().Truncate(time.Second)
	v.changed[juliet] = now.Add(-time.Hour)
	b := newBrowser(t, h)
	b.logIn(news, "juliet")
	for _, at := range []time.Time{now.Add(-time.Minute), now.Add(time.Minute)} {
		v.changed[juliet] = at
		if page := bodyOf(t, b.get(news)); !strings.Contains(page, `type="password"`) {
			t.Errorf("the session goes on after a new password, of %v", at)
		}
		if page := b.logIn(news, "juliet"); strings.Contains(page, `type="password"`) {
			t.Errorf("the session ends at once, with the password of %v", at)
		}
	}
}

// Who sends many guesses at once, before the throttle has heard of the first, has few of them.
func TestGuessesAtOnce(t *testing.T) {
	v := newVerona()
	h := v.site(t)
	b := newBrowser(t, h)
	csrf := token(t, bodyOf(t, b.get(news)))
	v.tired = true
	looked := 0
	for range 50 {
		if r := b.post(news, "csrf", csrf, "do", "log-in", "name", "juliet", "password", "pen"); r.StatusCode == http.StatusForbidden {
			looked++
		}
	}
	if looked > 21 {
		t.Errorf("%d passwords were looked at", looked)
	}
	b.logIn(strings.Replace(news, "4711", "4715", 1), "romeo") // of another account
}

// A server that does not know how it is reached says so, and names no half of an address.
func TestNoIssuer(t *testing.T) {
	h := newVerona().site(t)
	h.cfg.Base = func(string) string { return "" }
	b := newBrowser(t, h)
	if r := b.get(MetadataPath); r.StatusCode != http.StatusNotFound {
		t.Errorf("%s %s", r.Status, bodyOf(t, r))
	}
	if to := b.through(standardNews, "juliet").Query(); !to.Has("code") || to.Has("iss") {
		t.Errorf("the answer: %v", to)
	}
}

// Twenty wrong secrets: whoever guesses has to wait, the site itself elsewhere has not.
func TestGuessing(t *testing.T) {
	h := newVerona().site(t)
	b, code := key(t, h, news)
	guesser := newBrowser(t, h)
	guesser.addr = "198.51.100.7:1"
	limited := 0
	for i := range 20 {
		r := guesser.get(fmt.Sprintf("/api/authorize?app_id=4711&app_secret=%d&auth_key=x", i))
		if r.StatusCode == http.StatusTooManyRequests && r.Header.Get("Retry-After") != "" {
			limited++
		}
	}
	if limited < 15 {
		t.Errorf("%d of 20 were limited", limited)
	}
	if status, o := guesser.call(tokenPath, []string{"4711", "x"}); status != http.StatusTooManyRequests {
		t.Errorf("at the other endpoint: %d %v", status, o)
	}
	exchange(t, b, "4711", "secret-of-news", code)
}

// The parameters in the other ways in which they come: posted, and the secret by Basic.
func TestOtherWays(t *testing.T) {
	h := newVerona().site(t)
	for name, do := range map[string]func(b *browser, code string) (int, map[string]any){
		"posted": func(b *browser, code string) (int, map[string]any) {
			return b.call("/api/authorize", nil, "app_id", "4711", "app_secret", "secret-of-news", "auth_key", code)
		},
		"posted to the alias": func(b *browser, code string) (int, map[string]any) {
			return b.call("/api/oauth2", nil, "app_id", "4711", "app_secret", "secret-of-news", "auth_key", code)
		},
		"Basic": func(b *browser, code string) (int, map[string]any) {
			return b.call("/api/authorize", []string{"4711", "secret-of-news"}, "auth_key", code)
		},
		"half in the query": func(b *browser, code string) (int, map[string]any) {
			return b.call("/api/authorize?app_id=4711", nil, "app_secret", "secret-of-news", "auth_key", code)
		},
	} {
		b, code := key(t, h, news)
		if status, o := do(b, code); status != 200 || o["access_token"] == nil || len(o) != 1 {
			t.Errorf("%s: %d %v", name, status, o)
		}
	}
	b, code := key(t, h, news)
	if _, o := b.call("/api/authorize", []string{"4712", "secret-of-mantua"}, "app_id", "4711", "auth_key", code); o["message"] != string(badParameters) {
		t.Errorf("two sites at once: %v", o)
	}
}

// The picture of the vCard has an address that nobody can guess, read or make; it ends with
// the picture, and with the consent.
func TestPicture(t *testing.T) {
	var img bytes.Buffer
	if err := png.Encode(&img, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	photo := func(raw []byte) string {
		return "<vCard xmlns='vcard-temp'><PHOTO><TYPE>image/svg+xml</TYPE><BINVAL>\n" + base64.StdEncoding.EncodeToString(raw) + "\n</BINVAL></PHOTO></vCard>"
	}
	v := newVerona()
	v.cards[juliet] = photo(img.Bytes())
	h := v.site(t)
	b, code := key(t, h, news)
	access := exchange(t, b, "4711", "secret-of-news", code)
	urls := func() (below, whole string) {
		g, _ := v.Grant(t.Context(), bridge.AccessToken, access)
		who, err := h.person(t.Context(), juliet)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodGet, "https://capulet.lit/", nil)
		r.URL.Scheme = "https"
		u := h.userInfo(r, &who, g)
		return u.Picture, u.PictureURL
	}
	below, whole := urls()
	if whole != "https://capulet.lit/content/uploads/"+below || !strings.HasPrefix(below, "photos/") || !strings.HasSuffix(below, ".png") {
		t.Fatalf("%q %q", below, whole)
	}
	if plain, _ := base64.RawURLEncoding.DecodeString(strings.TrimSuffix(strings.TrimPrefix(below, "photos/"), ".png")); bytes.Contains(plain, []byte("juliet")) {
		t.Error("the address tells whose picture it is")
	}
	at := PicturePath + below
	got := func(path string) int { return newBrowser(t, h).get(path).StatusCode }
	r := newBrowser(t, h).get(at)
	if body := bodyOf(t, r); body != img.String() || r.Header.Get("Content-Type") != "image/png" || r.Header.Get("Cross-Origin-Resource-Policy") != "cross-origin" {
		t.Errorf("%s %v", r.Status, r.Header)
	}
	forged := []byte(at)
	forged[len(PicturePath)+20] ^= 1
	for _, path := range []string{string(forged), PicturePath, PicturePath + "photos/", PicturePath + "photos/x.png", PicturePath + "../x", PicturePath + "photos/" + strings.Repeat("A", 7000)} {
		if s := got(path); s != http.StatusNotFound {
			t.Errorf("%.40s: %d", path, s)
		}
	}
	v.cards[juliet] = photo(append(img.Bytes(), 0))
	if s := got(at); s != http.StatusNotFound {
		t.Errorf("the old picture: %d", s)
	}
	v.cards[juliet] = photo(img.Bytes())
	if err := v.Withdraw(t.Context(), juliet, bridge.Site, "4711"); err != nil {
		t.Fatal(err)
	}
	if s := got(at); s != http.StatusNotFound {
		t.Errorf("after the consent: %d", s)
	}
	access2, code := key(t, h, news)
	access = exchange(t, access2, "4711", "secret-of-news", code)
	for card, want := range map[string]string{
		photo([]byte("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")):              "",
		photo([]byte("<html><script>alert(1)</script></html>")):                                               "",
		"<vCard xmlns='vcard-temp'><PHOTO><EXTVAL>https://pictures.lit/j.png</EXTVAL></PHOTO></vCard>":        "https://pictures.lit/j.png",
		"<vCard xmlns='vcard-temp'><PHOTO><EXTVAL>javascript:alert(1)</EXTVAL></PHOTO></vCard>":               "",
		"<vCard xmlns='vcard-temp'><PHOTO><BINVAL>%%%</BINVAL></PHOTO><URL>javascript:alert(1)</URL></vCard>": "",
	} {
		v.cards[juliet] = card
		if below, whole := urls(); below != want || whole != want {
			t.Errorf("%s: %q", card, whole)
		}
	}
}

// Cards as clients write them, of both sorts.
func TestCards(t *testing.T) {
	items := func(v string) string {
		return "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:vcard4'><item id='current'>" + v + "</item></items></pubsub>"
	}
	for _, tt := range []struct {
		got, want card
	}{
		{readVCard([]byte("<vCard xmlns='vcard-temp'/>")), card{}},
		{readVCard([]byte("<vCard xmlns='vcard-temp'><FN> Juliet  Capulet of Verona </FN></vCard>")), card{name: "Juliet  Capulet of Verona", given: "Juliet", family: "Capulet of Verona"}},
		{
			readVCard([]byte("<vCard xmlns='vcard-temp'><NICKNAME>jule</NICKNAME><BDAY>15830731T000000</BDAY><EMAIL>j@x.lit</EMAIL><EMAIL><USERID>k@x.lit</USERID></EMAIL></vCard>")),
			card{name: "jule", given: "jule", birth: "1583-07-31", email: "j@x.lit"},
		},
		{readVCard([]byte("<vCard xmlns='vcard-temp'><N><GIVEN>J</GIVEN></N><BDAY>yesterday</BDAY><GENDER>male</GENDER></vCard>")), card{name: "J", given: "J", gender: "male"}},
		{
			readVCard4([]byte(items("<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Juliet C</text></fn><n><surname>C</surname><given>Juliet</given></n>" +
				"<bday><date>--0731</date></bday><email><text>j@x.lit</text></email><gender><sex>O</sex></gender><url><uri>http://j.lit</uri></url><note><text>hi</text></note>" +
				"<photo><uri>https://j.lit/p.png</uri></photo></vcard>"))),
			card{name: "Juliet C", given: "Juliet", family: "C", email: "j@x.lit", gender: "other", site: "http://j.lit", note: "hi", photoURL: "https://j.lit/p.png"},
		},
		{readVCard4([]byte(items(""))), card{}},
		{readVCard4([]byte("<x/>")), card{}},
	} {
		if fmt.Sprint(tt.got) != fmt.Sprint(tt.want) {
			t.Errorf("%+v instead of %+v", tt.got, tt.want)
		}
	}
	both := card{name: "A"}.or(card{name: "B", email: "b@x.lit", given: "B"})
	if both.name != "A" || both.email != "b@x.lit" || both.given != "B" {
		t.Errorf("%+v", both)
	}
}

// Methods that nobody has.
func TestMethods(t *testing.T) {
	h := newVerona().site(t)
	for path, want := range map[string]int{news: 405, "/api/oauth/consents": 405, MetadataPath: 405, userinfoPath: 405, tokenPath: 405, PicturePath + "photos/x": 405, infoPath: 200, exchangePath: 200} {
		r := httptest.NewRequest(http.MethodDelete, "https://capulet.lit"+path, nil)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want || strings.Contains(w.Body.String(), "access_token\":\"") {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// A person cannot be made to fill the store: codes come only so often.
func TestManyCodes(t *testing.T) {
	h := newVerona().site(t)
	b, _ := key(t, h, news)
	limited := false
	for range 40 {
		limited = limited || b.get(news).StatusCode == http.StatusTooManyRequests
	}
	if !limited {
		t.Error("forty codes at once")
	}
}

// FuzzBegin: whatever the query, nobody is sent anywhere but to the registered address.
func FuzzBegin(f *testing.F) {
	for _, query := range []string{"app_id=4711&state=x", "client_id=4711&response_type=code&redirect_uri=//evil", "app_id=4712&state=%00", "%zz", "app_id=4711&redirect_uri=https://news.verona.lit/cb.php%0d%0a"} {
		f.Add(query)
	}
	v := newVerona()
	h := v.site(f)
	cookie := h.cfg.Sealer.Seal(forSession, fmt.Sprintf("ID %d juliet@capulet.lit", time.Now().UnixMilli()))
	if err := v.Allow(f.Context(), juliet, bridge.Consent{Kind: bridge.Site, App: "4711", Scope: siteScope}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, query string) {
		for _, path := range []string{"/api/oauth", "/api/oauth2", "/api/oauth2/authorize"} {
			r := &http.Request{Method: http.MethodGet, Host: "capulet.lit", URL: &url.URL{Scheme: "https", Path: path, RawQuery: query}, Header: make(http.Header), RemoteAddr: "127.0.0.1:1"}
			r.AddCookie(&http.Cookie{Name: "__Host-causeway-oauth", Value: cookie})
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			to := w.Header().Get("Location")
			if to == "" {
				continue
			}
			u, err := url.Parse(to)
			known := false
			for _, a := range v.apps {
				known = known || strings.HasPrefix(to, a.Redirect)
			}
			if err != nil || !known || u.Fragment != "" || strings.ContainsAny(to, "\r\n ") {
				t.Errorf("%s?%s leads to %q", path, query, to)
			}
		}
	})
}

// FuzzCard: whatever a client puts into its card, what is made of it is text, and links lead
// to the web.
func FuzzCard(f *testing.F) {
	f.Add([]byte("<vCard xmlns='vcard-temp'><FN>Juliet</FN><URL>https://x</URL><PHOTO><EXTVAL>http://x</EXTVAL></PHOTO></vCard>"))
	f.Add([]byte("<pubsub xmlns='http://jabber.org/protocol/pubsub'><items><item><vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><photo><uri>data:image/png;base64,AA==</uri></photo></vcard></item></items></pubsub>"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, c := range []card{readVCard(raw), readVCard4(raw)} {
			for _, link := range []string{c.site, c.photoURL} {
				if link != "" && !strings.HasPrefix(link, "http://") && !strings.HasPrefix(link, "https://") {
					t.Errorf("%q", link)
				}
			}
			if c.birth != "" {
				if _, err := time.Parse(time.DateOnly, c.birth); err != nil {
					t.Error(err)
				}
			}
		}
	})
}

// FuzzCredentials: no header of a client makes another one of it.
func FuzzCredentials(f *testing.F) {
	f.Add("Basic NDcxMTpzZWNyZXQtb2YtbmV3cw==", "grant_type=refresh_token")
	f.Add("", "client_id=4713&client_secret=")
	h := newVerona().site(f)
	f.Fuzz(func(t *testing.T, header, form string) {
		r := httptest.NewRequest(http.MethodPost, "https://capulet.lit"+tokenPath, strings.NewReader(form))
		r.Header["Authorization"] = []string{header}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code < 400 || w.Code >= 500 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}

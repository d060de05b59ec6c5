package oauth

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"
)

const (
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636 Appendix B
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

	standardNews   = "/api/oauth2/authorize?response_type=code&client_id=4711&scope=profile+email&state=s&code_challenge_method=S256&code_challenge=" + challenge
	standardPocket = "/api/oauth2/authorize?response_type=code&client_id=4713&state=s&code_challenge_method=S256&code_challenge=" + challenge
)

// post sends a form as a program does.
func (b *browser) call(path string, basic []string, pairs ...string) (status int, answer map[string]any) {
	b.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "https://capulet.lit"+path, strings.NewReader(pairsOf(pairs...).Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if basic != nil {
		r.SetBasicAuth(basic[0], basic[1])
	}
	res := b.do(r)
	if err := json.Unmarshal([]byte(bodyOf(b.t, res)), &answer); err != nil {
		b.t.Fatalf("%s: %s: %v", path, res.Status, err)
	}
	if res.Header.Get("Cache-Control") != "no-store" {
		b.t.Errorf("%s: may be stored", path)
	}
	return res.StatusCode, answer
}

// today's Go programs log in with the library that they all use: metadata, PKCE, state, iss,
// both ways to show a secret, refreshing, userinfo.
func TestLibrary(t *testing.T) {
	for name, style := range map[string]oauth2.AuthStyle{"header": oauth2.AuthStyleInHeader, "params": oauth2.AuthStyleInParams, "either": oauth2.AuthStyleAutoDetect} {
		for _, id := range []string{"4711", "4713"} {
			t.Run(name+" "+id, func(t *testing.T) {
				v := newVerona()
				h := v.site(t)
				srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					r.URL.Scheme = "http"
					h.ServeHTTP(w, r)
				}))
				t.Cleanup(srv.Close)
				var meta struct {
					Issuer   string
					Begin    string `json:"authorization_endpoint"`
					Token    string `json:"token_endpoint"`
					Userinfo string `json:"userinfo_endpoint"`
				}
				res, err := http.Get(srv.URL + MetadataPath)
				if err != nil {
					t.Fatal(err)
				}
				if err := json.Unmarshal([]byte(bodyOf(t, res)), &meta); err != nil || meta.Issuer != srv.URL {
					t.Fatalf("%v %v", meta, err)
				}
				cfg := oauth2.Config{
					ClientID: id, ClientSecret: v.secrets[id], RedirectURL: v.apps[id].Redirect, Scopes: []string{"profile", "email"},
					Endpoint: oauth2.Endpoint{AuthURL: meta.Begin, TokenURL: meta.Token, AuthStyle: style},
				}
				if id == "4713" {
					cfg.ClientSecret = ""
				}
				verifier := oauth2.GenerateVerifier()
				begin, err := url.Parse(cfg.AuthCodeURL("état & co", oauth2.S256ChallengeOption(verifier)))
				if err != nil {
					t.Fatal(err)
				}
				b := newBrowser(t, h)
				to := b.through(begin.RequestURI(), "juliet").Query()
				if to.Get("state") != "état & co" || to.Get("iss") != "https://capulet.lit" {
					t.Errorf("the answer: %v", to)
				}
				token, err := cfg.Exchange(t.Context(), to.Get("code"), oauth2.VerifierOption(verifier))
				if err != nil {
					t.Fatal(err)
				}
				client := cfg.Client(t.Context(), token)
				res, err = client.Get(meta.Userinfo)
				if err != nil {
					t.Fatal(err)
				}
				if body := bodyOf(t, res); res.StatusCode != 200 || !strings.Contains(body, `"sub":"juliet@capulet.lit"`) {
					t.Errorf("userinfo: %s %s", res.Status, body)
				}
				token.Expiry = time.Now().Add(-time.Minute)
				fresh, err := cfg.TokenSource(t.Context(), token).Token()
				if err != nil || fresh.AccessToken == token.AccessToken || fresh.RefreshToken == token.RefreshToken {
					t.Errorf("refresh: %v %v", fresh, err)
				}
				if _, err := cfg.TokenSource(context.Background(), token).Token(); err == nil {
					t.Error("a refresh token is good twice")
				}
				if _, err := cfg.TokenSource(t.Context(), &oauth2.Token{RefreshToken: fresh.RefreshToken}).Token(); err == nil {
					t.Error("its family lives on")
				}
			})
		}
	}
}

// What is refused at the beginning, and who is told.
func TestAuthorizationErrors(t *testing.T) {
	v := newVerona()
	h := v.site(t)
	for query, code := range map[string]string{
		"client_id=4711&state=s":                                                                                 "invalid_request",
		"client_id=4711&state=s&response_type=token":                                                             "unsupported_response_type",
		"client_id=4711&state=s&response_type=code+id_token":                                                     "unsupported_response_type",
		"client_id=4711&state=s&response_type=code&scope=profile+admin":                                          "invalid_scope",
		"client_id=4711&state=s&response_type=code&code_challenge=" + challenge:                                  "invalid_request",
		"client_id=4711&state=s&response_type=code&code_challenge_method=plain&code_challenge=" + challenge:      "invalid_request",
		"client_id=4711&state=s&response_type=code&code_challenge_method=S256":                                   "invalid_request",
		"client_id=4711&state=s&response_type=code&code_challenge_method=S256&code_challenge=x":                  "invalid_request",
		"client_id=4713&state=s&response_type=code":                                                              "invalid_request",
		"client_id=4713&state=s&response_type=code&code_challenge_method=plain&code_challenge=" + verifier:       "invalid_request",
		"client_id=4713&state=s&response_type=code&code_challenge_method=S256&code_challenge=" + challenge + "=": "invalid_request",
	} {
		r := newBrowser(t, h).get("/api/oauth2/authorize?" + query)
		u, err := r.Location()
		if err != nil || r.StatusCode != http.StatusFound {
			t.Errorf("%s: %s", query, r.Status)
			continue
		}
		q := u.Query()
		if q.Get("error") != code || q.Get("state") != "s" || q.Get("iss") != "https://capulet.lit" || q.Has("code") {
			t.Errorf("%s: %s", query, u)
		}
	}
	b := newBrowser(t, h)
	page := b.logIn(standardNews, "juliet")
	r := b.post(standardNews, "csrf", token(t, page), "do", "cancel")
	if u, err := r.Location(); err != nil || u.Query().Get("error") != "access_denied" || u.Query().Get("state") != "s" {
		t.Errorf("cancelled: %s %v", r.Status, u)
	}
	r = b.post(news, "csrf", token(t, page), "do", "cancel") // oauth wire §5.1: no redirect
	if r.StatusCode != 200 || r.Header.Get("Location") != "" {
		t.Errorf("cancelled: %s", r.Status)
	}
}

// What the token endpoint refuses (RFC 6749 §5.2). Each case begins with a fresh code.
func TestTokenErrors(t *testing.T) {
	good := []string{"4711", "secret-of-news"}
	grant := "authorization_code"
	for name, tt := range map[string]struct {
		begin  string
		basic  []string
		pairs  []string // CODE is the code
		status int
		code   string
	}{
		"no grant_type":          {standardNews, good, []string{"code", "CODE", "code_verifier", verifier}, 400, "invalid_request"},
		"another grant_type":     {standardNews, good, []string{"grant_type", "password", "username", "juliet", "password", "pencil"}, 400, "unsupported_grant_type"},
		"no code":                {standardNews, good, []string{"grant_type", grant}, 400, "invalid_request"},
		"no such code":           {standardNews, good, []string{"grant_type", grant, "code", "x", "code_verifier", verifier}, 400, "invalid_grant"},
		"no verifier":            {standardNews, good, []string{"grant_type", grant, "code", "CODE"}, 400, "invalid_grant"},
		"another verifier":       {standardNews, good, []string{"grant_type", grant, "code", "CODE", "code_verifier", strings.Repeat("a", 43)}, 400, "invalid_grant"},
		"the challenge":          {standardNews, good, []string{"grant_type", grant, "code", "CODE", "code_verifier", challenge}, 400, "invalid_grant"},
		"another redirect_uri":   {standardNews, good, []string{"grant_type", grant, "code", "CODE", "code_verifier", verifier, "redirect_uri", "https://evil.lit"}, 400, "invalid_grant"},
		"another secret":         {standardNews, []string{"4711", "x"}, []string{"grant_type", grant, "code", "CODE", "code_verifier", verifier}, 401, "invalid_client"},
		"no secret":              {standardNews, nil, []string{"client_id", "4711", "grant_type", grant, "code", "CODE", "code_verifier", verifier}, 401, "invalid_client"},
		"no client":              {standardNews, nil, []string{"grant_type", grant, "code", "CODE", "code_verifier", verifier}, 401, "invalid_client"},
		"a disabled client":      {standardNews, []string{"4714", "secret-of-gone"}, []string{"grant_type", grant, "code", "CODE", "code_verifier", verifier}, 401, "invalid_client"},
		"another client":         {standardNews, []string{"4712", "secret-of-mantua"}, []string{"grant_type", grant, "code", "CODE", "code_verifier", verifier}, 400, "invalid_grant"},
		"two ways":               {standardNews, good, []string{"client_secret", "secret-of-news", "grant_type", grant, "code", "CODE", "code_verifier", verifier}, 400, "invalid_request"},
		"two ids":                {standardNews, good, []string{"client_id", "4712", "grant_type", grant, "code", "CODE", "code_verifier", verifier}, 400, "invalid_request"},
		"a parameter twice":      {standardNews, good, []string{"grant_type", grant, "code", "CODE", "code", "CODE", "code_verifier", verifier}, 400, "invalid_request"},
		"an auth_key":            {news, good, []string{"grant_type", grant, "code", "CODE"}, 400, "invalid_grant"},
		"a verifier for nothing": {"/api/oauth2/authorize?response_type=code&client_id=4711", good, []string{"grant_type", grant, "code", "CODE", "code_verifier", verifier}, 400, "invalid_grant"},
		"redirect_uri left out":  {standardNews + "&redirect_uri=" + url.QueryEscape("https://news.verona.lit/cb.php"), good, []string{"grant_type", grant, "code", "CODE", "code_verifier", verifier}, 400, "invalid_grant"},
		"a public client, none":  {standardPocket, nil, []string{"client_id", "4713", "grant_type", grant, "code", "CODE"}, 400, "invalid_grant"},
		"no refresh_token":       {standardNews, good, []string{"grant_type", "refresh_token"}, 400, "invalid_request"},
		"a code to refresh":      {standardNews, good, []string{"grant_type", "refresh_token", "refresh_token", "CODE"}, 400, "invalid_grant"},
		"a scope of nobody's":    {standardNews, good, []string{"grant_type", "refresh_token", "refresh_token", "CODE", "scope", "admin"}, 400, "invalid_scope"},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVerona()
			h := v.site(t)
			b, code := key(t, h, tt.begin)
			pairs := append([]string(nil), tt.pairs...)
			for i := range pairs {
				pairs[i] = strings.ReplaceAll(pairs[i], "CODE", code)
			}
			status, answer := b.call(tokenPath, tt.basic, pairs...)
			if status != tt.status || answer["error"] != tt.code || answer["access_token"] != nil {
				t.Errorf("%d %v", status, answer)
			}
		})
	}
}

// Who has stolen a code, and not the verifier, takes it away from nobody (RFC 7636 §1); and what a
// person takes back in the moment in which a code is made is taken back.
func TestCodeStays(t *testing.T) {
	v := newVerona()
	h := v.site(t)
	good := []string{"4711", "secret-of-news"}
	b, code := key(t, h, standardNews)
	_, second := key(t, h, standardNews)
	_, old := key(t, h, news)
	if status, answer := b.call(tokenPath, good, "grant_type", "authorization_code", "code", code, "code_verifier", strings.Repeat("a", 43)); status != 400 {
		t.Errorf("another verifier: %v", answer)
	}
	status, answer := b.call(tokenPath, good, "grant_type", "authorization_code", "code", code, "code_verifier", verifier)
	if status != 200 {
		t.Fatalf("the code was used up: %v", answer)
	}
	c := v.consents[juliet]["4711"]
	c.Scope = "email"
	v.consents[juliet]["4711"] = c // its tokens are there, as those of a moment later are
	for _, pairs := range [][]string{
		{"grant_type", "authorization_code", "code", second, "code_verifier", verifier},
		{"grant_type", "refresh_token", "refresh_token", answer["refresh_token"].(string)},
	} {
		if status, answer := b.call(tokenPath, good, pairs...); status != 400 || answer["error"] != "invalid_grant" {
			t.Errorf("without consent: %d %v", status, answer)
		}
	}
	told(t, b, "/api/authorize?app_id=4711&app_secret=secret-of-news&auth_key="+old, "invalid auth_key", 200)
}

// Codes of RFC 6749 are no auth_keys: else PKCE could be gone around.
func TestCodeIsNoAuthKey(t *testing.T) {
	h := newVerona().site(t)
	b, code := key(t, h, standardNews)
	told(t, b, "/api/authorize?app_id=4711&app_secret=secret-of-news&auth_key="+code, "invalid auth_key", 200)
	if status, answer := b.call(tokenPath, []string{"4711", "secret-of-news"}, "grant_type", "authorization_code", "code", code, "code_verifier", verifier); status != 200 {
		t.Errorf("the code was used up: %v", answer)
	}
}

// Scopes: what is asked for is what is given, and what is agreed to is not asked again.
func TestScopes(t *testing.T) {
	v := newVerona()
	v.cards[juliet] = "<vCard xmlns='vcard-temp'><FN>Juliet Capulet</FN><EMAIL><USERID>j@mail.lit</USERID></EMAIL></vCard>"
	h := v.site(t)
	b := newBrowser(t, h)
	at := func(scope string) string {
		return "/api/oauth2/authorize?response_type=code&client_id=4711&scope=" + url.QueryEscape(scope)
	}
	info := func(code string) string {
		_, answer := b.call(tokenPath, []string{"4711", "secret-of-news"}, "grant_type", "authorization_code", "code", code)
		r := httptest.NewRequest(http.MethodGet, "https://capulet.lit"+userinfoPath, nil)
		r.Header.Set("Authorization", "Bearer "+answer["access_token"].(string))
		return bodyOf(t, b.do(r))
	}
	page := b.logIn(at("profile"), "juliet")
	if strings.Contains(page, "j@mail.lit") || strings.Contains(page, "in your name") {
		t.Errorf("more is named than was asked for:\n%s", page)
	}
	if got := info(b.agree(at("profile"), page).Query().Get("code")); !strings.Contains(got, "Juliet Capulet") || strings.Contains(got, "mail.lit") {
		t.Error(got)
	}
	page = bodyOf(t, b.get(at("email xmpp")))
	if !strings.Contains(page, "j@mail.lit") || !strings.Contains(page, "in your name") || strings.Contains(page, "First name") {
		t.Errorf("what is asked for is not named:\n%s", page)
	}
	if r := b.post(at("email xmpp"), "csrf", token(t, page), "do", "agree", "scope_shown", "profile"); r.Header.Get("Location") != strings.ReplaceAll(at("email xmpp"), "%20", "+") {
		t.Errorf("what was not shown is agreed to: %s", r.Header.Get("Location"))
	}
	if got := info(b.agree(at("email xmpp"), page).Query().Get("code")); strings.Contains(got, "Juliet Capulet") || !strings.Contains(got, "j@mail.lit") {
		t.Error(got)
	}
	for _, scope := range []string{"", "profile", "xmpp profile", "email"} {
		if r := b.get(at(scope)); r.StatusCode != http.StatusFound {
			t.Errorf("%q is asked for again: %s", scope, r.Status)
		}
	}
	// RFC 8252 §8.6: anybody on the machine can pass for this client.
	b.agree(standardPocket, bodyOf(t, b.get(standardPocket)))
	r := b.get(standardPocket)
	if r.StatusCode != http.StatusOK {
		t.Errorf("a client that anybody can be gets a code without a question: %s", r.Status)
	}
	const promise = "You will not be asked again"
	if strings.Contains(bodyOf(t, r), promise) || !strings.Contains(page, promise) {
		t.Error("people are not told whether they will be asked again")
	}
}

// Refreshing narrows, never widens, and keeps what was granted.
func TestRefreshScope(t *testing.T) {
	h := newVerona().site(t)
	b, code := key(t, h, standardNews)
	basic := []string{"4711", "secret-of-news"}
	_, answer := b.call(tokenPath, basic, "grant_type", "authorization_code", "code", code, "code_verifier", verifier)
	if answer["scope"] != "profile email" || answer["token_type"] != "Bearer" || answer["expires_in"] != 3600.0 {
		t.Errorf("%v", answer)
	}
	status, wide := b.call(tokenPath, basic, "grant_type", "refresh_token", "refresh_token", answer["refresh_token"].(string), "scope", "profile xmpp")
	if status != 400 || wide["error"] != "invalid_scope" {
		t.Errorf("widened: %d %v", status, wide)
	}
	_, narrow := b.call(tokenPath, basic, "grant_type", "refresh_token", "refresh_token", answer["refresh_token"].(string), "scope", "email")
	if narrow["scope"] != "email" {
		t.Errorf("narrowed: %v", narrow)
	}
	_, whole := b.call(tokenPath, basic, "grant_type", "refresh_token", "refresh_token", narrow["refresh_token"].(string))
	if whole["scope"] != "profile email" {
		t.Errorf("whole again: %v", whole)
	}
	if status, o := b.call(tokenPath, []string{"4712", "secret-of-mantua"}, "grant_type", "refresh_token", "refresh_token", whole["refresh_token"].(string)); status != 400 {
		t.Errorf("another client refreshes: %v", o)
	}
	synctest.Test(t, func(t *testing.T) {
		h := newVerona().site(t)
		b, code := key(t, h, standardNews)
		_, answer := b.call(tokenPath, basic, "grant_type", "authorization_code", "code", code, "code_verifier", verifier)
		time.Sleep(refreshLife)
		if status, o := b.call(tokenPath, basic, "grant_type", "refresh_token", "refresh_token", answer["refresh_token"].(string)); status != 400 {
			t.Errorf("after thirty days: %v", o)
		}
	})
}

// Revocation (RFC 7009): of either token, by its client only.
func TestRevocation(t *testing.T) {
	basic := []string{"4711", "secret-of-news"}
	for _, which := range []string{"access_token", "refresh_token"} {
		h := newVerona().site(t)
		b, code := key(t, h, standardNews)
		_, answer := b.call(tokenPath, basic, "grant_type", "authorization_code", "code", code, "code_verifier", verifier)
		access := answer["access_token"].(string)
		if status, o := b.call(revokePath, []string{"4712", "secret-of-mantua"}, "token", answer[which].(string)); status != 400 {
			t.Errorf("another client revokes: %v", o)
		}
		told(t, b, "/api/get_user_info?access_token="+access, "juliet", 200)
		if status, o := b.call(revokePath, basic, "token", answer[which].(string), "token_type_hint", "something"); status != 200 {
			t.Errorf("%v", o)
		}
		told(t, b, "/api/get_user_info?access_token="+access, "invalid access_token", 200)
		if status, _ := b.call(revokePath, basic, "token", answer[which].(string)); status != 200 {
			t.Error("an unknown token is an error")
		}
		if status, _ := b.call(revokePath, nil, "token", access); status != 401 {
			t.Error("anybody may ask")
		}
	}
}

// A client that logs somebody out with an access token whose hour is over, or with a refresh token
// that it has used, means what goes on of that log-in.
func TestLateRevocation(t *testing.T) {
	for _, which := range []string{"access_token", "refresh_token"} {
		synctest.Test(t, func(t *testing.T) {
			h := newVerona().site(t)
			basic := []string{"4711", "secret-of-news"}
			b, code := key(t, h, standardNews)
			_, answer := b.call(tokenPath, basic, "grant_type", "authorization_code", "code", code, "code_verifier", verifier)
			_, fresh := b.call(tokenPath, basic, "grant_type", "refresh_token", "refresh_token", answer["refresh_token"].(string))
			time.Sleep(accessLife)
			if status, o := b.call(revokePath, basic, "token", answer[which].(string)); status != 200 {
				t.Errorf("%v", o)
			}
			if status, o := b.call(tokenPath, basic, "grant_type", "refresh_token", "refresh_token", fresh["refresh_token"].(string)); status != 400 {
				t.Errorf("%s: the log-in goes on: %v", which, o)
			}
		})
	}
}

// A hundred at once: one wins, whichever way they are mixed, and the replays have killed what it won.
func TestHundred(t *testing.T) {
	h := newVerona().site(t)
	b, code := key(t, h, news)
	var (
		all sync.WaitGroup
		mu  sync.Mutex
		won []string
	)
	for range 100 {
		all.Go(func() {
			r := httptest.NewRequest(http.MethodGet, "https://capulet.lit/api/authorize?app_id=4711&app_secret=secret-of-news&auth_key="+code, nil)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			var o map[string]any
			if err := json.Unmarshal(w.Body.Bytes(), &o); err != nil {
				t.Error(err)
			}
			if token, ok := o["access_token"].(string); ok {
				mu.Lock()
				won = append(won, token)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(won) != 1 {
		t.Fatalf("%d have won", len(won))
	}
	told(t, b, "/api/get_user_info?access_token="+won[0], "invalid access_token", 200)
}

// A bearer without a token, with a wrong one, in the wrong place (RFC 6750 §3).
func TestBearer(t *testing.T) {
	h := newVerona().site(t)
	for header, want := range map[string]string{"": `Bearer realm="oauth"`, "Basic eDp5": `Bearer realm="oauth"`, "Bearer x": `Bearer realm="oauth", error="invalid_token"`, "bearer": `Bearer realm="oauth", error="invalid_token"`} {
		r := httptest.NewRequest(http.MethodGet, "https://capulet.lit"+userinfoPath+"?access_token=x", nil)
		r.Header.Set("Authorization", header)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 401 || w.Header().Get("WWW-Authenticate") != want {
			t.Errorf("%q: %d %q", header, w.Code, w.Header().Get("WWW-Authenticate"))
		}
	}
}

// Which pages may call what (https://fetch.spec.whatwg.org/#http-cors-protocol): none where
// a secret is in the URL, and none with cookies.
func TestForeignPages(t *testing.T) {
	h := newVerona().site(t)
	for path, want := range map[string]string{"/api/authorize": "", "/api/oauth?app_id=4711": "", "/api/oauth/consents": "", infoPath: "*", tokenPath: "*", userinfoPath: "*", MetadataPath: "*"} {
		for _, method := range []string{http.MethodGet, http.MethodOptions} {
			r := httptest.NewRequest(method, "https://capulet.lit"+path, nil)
			r.Header.Set("Origin", "https://evil.lit")
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if got := w.Header().Get("Access-Control-Allow-Origin"); got != want || w.Header().Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s %s: %q", method, path, got)
			}
		}
	}
}

package daemon

import (
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// A loginPage is one browser at the pages of "Log in with", and the back end of the site
// beside it.
type loginPage struct {
	v      *verona
	jar    http.CookieJar
	app    bridge.App
	secret string
}

// site lets a site in, and opens a browser.
func (v *verona) site(strict bool) *loginPage {
	v.t.Helper()
	app, secret, err := v.store.Apps().Create(v.t.Context(), bridge.App{
		Kind: bridge.Site, Host: jid.MustParse("capulet.lit"), Name: "Verona News", Redirect: "https://news.verona.lit/cb", Strict: strict,
	}, "")
	if err != nil {
		v.t.Fatal(err)
	}
	p := &loginPage{v: v, app: app, secret: secret}
	p.jar, _ = cookiejar.New(nil)
	return p
}

func (p *loginPage) do(method, path string, form url.Values) (body string, w *httptest.ResponseRecorder) {
	p.v.t.Helper()
	r := httptest.NewRequest(method, "http://127.0.0.1:5281"+path, strings.NewReader(form.Encode()))
	r.RemoteAddr, r.URL.Scheme = "127.0.0.1:40000", "http"
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	at := &url.URL{Scheme: "http", Host: "127.0.0.1:5281", Path: "/"}
	for _, c := range p.jar.Cookies(at) {
		r.AddCookie(c)
	}
	w = httptest.NewRecorder()
	p.v.oauth.ServeHTTP(w, r)
	p.jar.SetCookies(at, w.Result().Cookies())
	return w.Body.String(), w
}

var (
	csrfField  = regexp.MustCompile(`name="csrf" value="([^"]+)"`)
	scopeField = regexp.MustCompile(`name="scope_shown" value="([^"]+)"`)
)

// key goes all the way as somebody, and gives the auth_key.
func (p *loginPage) key(name, password string) string {
	p.v.t.Helper()
	path := "/api/oauth?app_id=" + p.app.ID
	page, w := p.do(http.MethodGet, path, nil)
	if strings.Contains(page, `type="password"`) {
		p.do(http.MethodPost, path, params("csrf", csrfField.FindStringSubmatch(page)[1], "do", "log-in", "name", name, "password", password))
		page, w = p.do(http.MethodGet, path, nil)
	}
	if w.Code == http.StatusOK {
		_, w = p.do(http.MethodPost, path, params("csrf", csrfField.FindStringSubmatch(page)[1], "do", "agree",
			"scope_shown", scopeField.FindStringSubmatch(page)[1]))
	}
	to, err := url.Parse(w.Header().Get("Location"))
	if err != nil || !strings.HasPrefix(to.String(), "https://news.verona.lit/cb?auth_key=") {
		p.v.t.Fatalf("%d %v\n%s", w.Code, w.Header(), page)
	}
	return to.Query().Get("auth_key")
}

// call calls the API, and gives what it says: the token, the message, or the name.
func (p *loginPage) call(path string) (status int, says string) {
	p.v.t.Helper()
	body, w := p.do(http.MethodGet, path, nil)
	var o struct {
		Access string `json:"access_token"`
		Text   string `json:"message"`
		Info   struct {
			User  string `json:"user_name"`
			First string `json:"user_firstname"`
		} `json:"user_info"`
	}
	if err := json.Unmarshal([]byte(body), &o); err != nil {
		p.v.t.Fatalf("%s: %d %s", path, w.Code, body)
	}
	return w.Code, o.Access + o.Text + o.Info.User + " " + o.Info.First
}

func (p *loginPage) exchange(key string) (says string) {
	p.v.t.Helper()
	_, says = p.call("/api/authorize?app_id=" + p.app.ID + "&app_secret=" + p.secret + "&auth_key=" + key)
	return strings.TrimSpace(says)
}

// info wants what get_user_info says of a token.
func (p *loginPage) info(token, want string, status int) {
	p.v.t.Helper()
	if got, says := p.call("/api/get_user_info?access_token=" + token); got != status || strings.TrimSpace(says) != want {
		p.v.t.Errorf("get_user_info: %d %s, not %s", got, says, want)
	}
}

const (
	saysExpired = "Bad Request, expired access_token"
	saysBad     = "Bad Request, invalid access_token"
	saysBadKey  = "Bad Request, invalid auth_key"
	saysGone    = "We're sorry, but the application you're trying to use doesn't exist or has been disabled"
)

// The times of oauth #access-token, with what really keeps tokens; and the name is from
// the vCard that a client has set (XEP-0054).
func TestOAuthTimes(t *testing.T) {
	inVerona(t, nil, func(t *testing.T, v *verona) {
		juliet := jid.MustParse("juliet@capulet.lit")
		card := []byte("<vCard xmlns='vcard-temp'><FN>Juliet Capulet</FN></vCard>")
		if _, err := v.router.Ask(t.Context(), stanza.New(stanza.IQ, stanza.Set, "1", juliet, juliet, card)); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			strict bool
			status int
		}{{false, 200}, {true, 401}} {
			p := v.site(tt.strict)
			key, late := p.key("juliet", "pencil"), p.key("juliet", "pencil")
			time.Sleep(10*time.Minute - time.Second)
			token := p.exchange(key)
			time.Sleep(time.Second)
			if says := p.exchange(late); says != saysBadKey {
				t.Errorf("after ten minutes: %s", says)
			}
			time.Sleep(3598 * time.Second)
			p.info(token, "juliet Juliet", 200) // at 3599 s
			time.Sleep(2 * time.Second)
			p.info(token, saysExpired, tt.status) // at 3601 s
		}
	})
}

// What ends tokens and auth_keys at once.
func TestOAuthEnds(t *testing.T) {
	for name, tt := range map[string]struct {
		end  func(v *verona, p *loginPage) error
		says string
		key  string
	}{
		"deactivated": {func(v *verona, _ *loginPage) error {
			return v.accounts.Disable(v.t.Context(), jid.MustParse("juliet@capulet.lit"), "")
		}, saysBad, saysBadKey},
		"a new password": {func(v *verona, _ *loginPage) error {
			return v.accounts.SetPassword(v.t.Context(), jid.MustParse("juliet@capulet.lit"), "pen")
		}, saysBad, saysBadKey},
		"removed": {func(v *verona, _ *loginPage) error {
			return v.accounts.Remove(v.t.Context(), jid.MustParse("juliet@capulet.lit"))
		}, saysBad, saysBadKey},
		"removed and made again": {func(v *verona, _ *loginPage) error {
			if err := v.accounts.Remove(v.t.Context(), jid.MustParse("juliet@capulet.lit")); err != nil {
				return err
			}
			return v.accounts.Create(v.t.Context(), jid.MustParse("juliet@capulet.lit"), "pencil")
		}, saysBad, saysBadKey},
		"withdrawn": {func(_ *verona, p *loginPage) error {
			page, _ := p.do(http.MethodGet, "/api/oauth/consents", nil)
			p.do(http.MethodPost, "/api/oauth/consents", params("csrf", csrfField.FindStringSubmatch(page)[1], "do", "withdraw", "app", p.app.ID))
			return nil
		}, saysBad, saysBadKey},
		"the site is off": {func(v *verona, p *loginPage) error {
			_, err := v.store.Apps().Change(v.t.Context(), bridge.Site, p.app.ID, func(a *bridge.App) error { a.Disabled = true; return nil })
			return err
		}, saysGone, saysGone},
	} {
		t.Run(name, func(t *testing.T) {
			inVerona(t, nil, func(t *testing.T, v *verona) {
				p := v.site(false)
				token, key := p.exchange(p.key("juliet", "pencil")), p.key("juliet", "pencil")
				p.info(token, "juliet", 200)
				time.Sleep(time.Second) // the account remembers whole seconds
				if err := tt.end(v, p); err != nil {
					t.Fatal(err)
				}
				p.info(token, tt.says, 200)
				if says := p.exchange(key); says != tt.key {
					t.Errorf("the auth_key: %s", says)
				}
				if page, w := p.do(http.MethodGet, "/api/oauth?app_id="+p.app.ID, nil); w.Code != http.StatusOK || w.Header().Get("Location") != "" {
					t.Errorf("the next time: %d %s", w.Code, page)
				}
			})
		})
	}
}

// Two people at one site, a replay, and what is kept of it when the house is built on it.
func TestOAuthReplay(t *testing.T) {
	inVerona(t, nil, func(t *testing.T, v *verona) {
		p := v.site(false)
		key := p.key("juliet", "pencil")
		hers := p.exchange(key)
		p.jar, _ = cookiejar.New(nil)
		his := p.exchange(p.key("romeo", "pencil"))
		p.info(hers, "juliet", 200)
		p.info(his, "romeo", 200)
		if says := p.exchange(key); says != saysBadKey {
			t.Errorf("a second time: %s", says)
		}
		p.info(hers, saysBad, 200)
		p.info(his, "romeo", 200)
	})
}

package oauth

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// A fake is a small site with sign-in, consent and the three addresses.
type fake struct {
	wrong string

	mu       sync.Mutex
	sessions map[string]string // cookie: who
	keys     map[string]string // auth_key: who
	spent    map[string]string // auth_key: the token made of it
	tokens   map[string]string // access_token: who
}

const (
	fakeApp, fakeSecret = "1234", "secret-of-the-fake"
	fakeRedirect        = "https://mydomain.com/my_redirect_url.php?site=1"
)

func newFake(wrong string) *fake {
	return &fake{wrong: wrong, sessions: make(map[string]string), keys: make(map[string]string), spent: make(map[string]string), tokens: make(map[string]string)}
}

func (f *fake) is(wrong string) bool { return f.wrong == wrong }

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	f.mu.Lock()
	defer f.mu.Unlock()
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	switch r.URL.Path {
	case "/api/oauth":
		f.page(w, r)
	case "/api/authorize":
		f.authorize(w, r)
	case "/api/get_user_info":
		f.info(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (f *fake) show(w http.ResponseWriter, form string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "frame-ancestors 'none'")
	_, _ = fmt.Fprintf(w, "<!DOCTYPE html><title>Log in with</title>%s", form)
}

func (f *fake) page(w http.ResponseWriter, r *http.Request) {
	form := r.Form.Get
	if form("app_id") != fakeApp && !f.is("any app will do") {
		f.show(w, "<p>no such app")
		return
	}
	hidden := fmt.Sprintf("<input type=hidden name=app_id value='%s'><input type=hidden name=state value='%s'><input type=hidden name=redirect_uri value='%s'>",
		html.EscapeString(form("app_id")), html.EscapeString(form("state")), html.EscapeString(form("redirect_uri")))
	who := ""
	if c, err := r.Cookie("site"); err == nil {
		who = f.sessions[c.Value]
	}
	if f.is("strangers are sent back") {
		who, r.Method = "romeo", http.MethodPost
		r.Form.Set("consent", "token")
	}
	if name := form("user"); who == "" && name != "" && (form("pass") == name+"'s password" || f.is("any password is good")) {
		session := rand.Text()
		who, f.sessions[session] = name, name
		http.SetCookie(w, &http.Cookie{Name: "site", Value: session, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
		r.Form.Del("consent")
	}
	switch {
	case who == "":
		f.show(w, "<form method=post>"+hidden+"<input name=user><input type=password name=pass><button>Sign in</button></form>")
	case r.Method == http.MethodPost && (form("consent") == "token" || form("consent") != "" && f.is("any consent is good")):
		f.sendBack(w, r, who)
	default:
		f.show(w, "<form method=post>"+hidden+"<input type=hidden name=consent value=token><button name=no value=1>Cancel</button><button name=yes>Continue as "+who+"</button></form>")
	}
}

func (f *fake) sendBack(w http.ResponseWriter, r *http.Request, who string) {
	key := rand.Text()
	if f.is("a person has one auth_key") {
		key = "the-one-auth-key-of-" + who
	}
	f.keys[key] = who
	at := fakeRedirect + "&auth_key=" + key
	if f.is("a blind question mark") {
		at = fakeRedirect + "?auth_key=" + key
	}
	if to := r.Form.Get("redirect_uri"); to != "" && f.is("redirect_uri is followed") {
		w.Header().Set("Location", to)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprint(w, "<p>elsewhere")
		return
	}
	if state := r.Form.Get("state"); state != "" {
		at += "&state=" + url.QueryEscape(state)
	}
	http.Redirect(w, r, at, http.StatusFound)
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func wrong(w http.ResponseWriter, what string) {
	answer(w, map[string]any{"error": true, "message": "Bad Request, invalid " + what})
}

func (f *fake) authorize(w http.ResponseWriter, r *http.Request) {
	form := r.Form.Get
	key := form("auth_key")
	if key == "" && f.is("no auth_key is any") || f.is("any auth_key is good") {
		for k := range f.keys {
			key = k
		}
		if key == "" || f.keys[key] == "" {
			key, f.keys["x"] = "x", "romeo"
		}
	}
	switch {
	case form("app_id") != fakeApp && !f.is("any app_id is good"):
		wrong(w, "app_id")
		return
	case form("app_secret") != fakeSecret && !f.is("any app_secret is good"):
		wrong(w, "app_secret")
		return
	}
	who, ok := f.keys[key]
	if !ok {
		if !f.is("a replay does no harm") {
			delete(f.tokens, f.spent[key])
		}
		wrong(w, "auth_key")
		return
	}
	if !f.is("auth_keys are good for ever") {
		delete(f.keys, key)
	}
	token := rand.Text()
	f.tokens[token], f.spent[key] = who, token
	if f.is("everybody is romeo") {
		f.tokens[token] = "romeo"
	}
	answer(w, map[string]any{"access_token": token})
}

func (f *fake) info(w http.ResponseWriter, r *http.Request) {
	token := r.Form.Get("access_token")
	who := f.tokens[token]
	switch {
	case who != "" && f.is("tokens are good once"):
		delete(f.tokens, token)
	case who == "" && f.is("auth_keys are tokens"):
		who = f.keys[token]
	case who == "" && token != "" && f.is("any token is good"), token == "" && f.is("no token is any"):
		who = "romeo"
	}
	if who == "" {
		wrong(w, "access_token")
		return
	}
	v := make(map[string]any)
	for _, name := range fields() {
		v[name] = ""
	}
	v["user_id"], v["user_name"], v["user_verified"], v["user_gender"] = "id of "+who, strings.ToLower(who), "0", "other"
	answer(w, map[string]any{"user_info": v})
}

package daemon

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"causeway/bridge"
	restapi "causeway/bridge/rest"
	"causeway/xmpp/jid"
)

// A safe is a bridge.Apps and bridge.Tokens in memory.
type safe struct {
	mu     sync.Mutex
	apps   []bridge.App
	tokens map[string]bridge.Grant
}

const (
	appID     = "YXA6i-Ak8Ol4Eei2l11ZjV-EAg"
	appSecret = "YXA6VunqiNxoB7IwXHInk1cGiXOOJfc"
	appUUID   = "8be024f0-e978-11e8-b697-5d598d5f8402"
	appPath   = "/chat-demo/testapp"
)

func newSafe() *safe {
	host := jid.MustParse("capulet.lit")
	return &safe{tokens: make(map[string]bridge.Grant), apps: []bridge.App{
		{Kind: bridge.REST, ID: appID, Host: host, UUID: appUUID, Key: "chat-demo#testapp"},
		{Kind: bridge.REST, ID: "other", Host: host, UUID: "00000000-e978-11e8-b697-5d598d5f8402", Key: "chat-demo#other"},
		{Kind: bridge.REST, ID: "far", Host: jid.MustParse("montague.lit"), UUID: "11111111-e978-11e8-b697-5d598d5f8402", Key: "mont#ague"},
	}}
}

func (s *safe) App(_ context.Context, kind bridge.Kind, id string) (bridge.App, bool, error) {
	for _, a := range s.apps {
		if a.Kind == kind && a.ID == id {
			return a, true, nil
		}
	}
	return bridge.App{}, false, nil
}

func (s *safe) AppOfKey(_ context.Context, key string) (bridge.App, bool, error) {
	for _, a := range s.apps {
		if a.Key == key {
			return a, true, nil
		}
	}
	return bridge.App{}, false, nil
}

func (s *safe) Verify(ctx context.Context, kind bridge.Kind, id, secret string) (bridge.App, bool, error) {
	a, ok, err := s.App(ctx, kind, id)
	return a, ok && secret == appSecret, err
}

func (s *safe) AppOfSecret(context.Context, bridge.Kind, string) (bridge.App, bool, error) {
	return bridge.App{}, false, nil
}

func (s *safe) Issue(_ context.Context, g bridge.Grant) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token := "YWMt" + rand.Text()
	g.Issued = time.Now()
	s.tokens[token] = g
	return token, nil
}

func (s *safe) Grant(_ context.Context, use bridge.Use, token string) (bridge.Grant, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.tokens[token]
	switch {
	case !ok || g.Use != use:
		return bridge.Grant{}, bridge.ErrTokenUnknown
	case !g.Expires.IsZero() && !time.Now().Before(g.Expires):
		return bridge.Grant{}, bridge.ErrTokenExpired
	}
	return g, nil
}

func (s *safe) Trade(ctx context.Context, use bridge.Use, token string, _ ...bridge.Grant) (from bridge.Grant, made []string, err error) {
	from, err = s.Grant(ctx, use, token)
	return from, nil, err
}

func (s *safe) Revoke(context.Context, string) error { return nil }

func (s *safe) RevokeOf(_ context.Context, user jid.JID, _ bridge.Kind, _ string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for token, g := range s.tokens {
		if g.User == user {
			delete(s.tokens, token)
		}
	}
	return nil
}

// A backend is a back end with an app, and the house that it administers.
type backend struct {
	*verona
	safe  *safe
	api   *restapi.Handler
	token string
	from  string // the address that calls come from; "" is this machine
}

// withBackend runs a test in a bubble with a house and an app of it.
func withBackend(t *testing.T, change func(*Config), test func(t *testing.T, b *backend)) {
	t.Helper()
	inVerona(t, func(cfg *Config) {
		cfg.REST.Rate, cfg.REST.TokenRate, cfg.HTTP.URL = -1, -1, "https://capulet.lit"
		if change != nil {
			change(cfg)
		}
	}, func(t *testing.T, v *verona) {
		b := &backend{verona: v, safe: newSafe()}
		b.api = v.newREST(b.safe, b.safe, []byte("secret"))
		var err error
		b.token, err = b.safe.Issue(t.Context(), bridge.Grant{Use: bridge.AdminToken, Kind: bridge.REST, App: appID, Host: jid.MustParse("capulet.lit")})
		if err != nil {
			t.Fatal(err)
		}
		test(t, b)
	})
}

// send sends a request below the app, or to a whole path that begins with two slashes.
func (b *backend) send(method, path, token, body string, header ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	url := "http://a1.easecdn.com" + appPath + path
	if whole, ok := strings.CutPrefix(path, "//"); ok {
		url = "http://a1.easecdn.com/" + whole
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.RemoteAddr = "127.0.0.1:5000"
	if b.from != "" {
		r.RemoteAddr = b.from
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	if !b.api.Knows(r) {
		w.Code = 0
		return w
	}
	b.api.ServeHTTP(w, r)
	return w
}

// ok sends a request of the app that must succeed, and gives the answer.
func (b *backend) ok(method, path, body string) map[string]any {
	b.t.Helper()
	w := b.send(method, path, b.token, body)
	if w.Code != http.StatusOK {
		b.t.Fatalf("%s %s %s: %d %s", method, path, body, w.Code, w.Body)
	}
	return decoded(b.t, w.Body.String())
}

func decoded(t *testing.T, text string) map[string]any {
	t.Helper()
	var v map[string]any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

var (
	uuidForm  = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	timeForm  = regexp.MustCompile(`^"?(timestamp|created|modified|duration)$`)
	tokenForm = regexp.MustCompile(`YWMt[A-Za-z0-9_-]+`)
)

// masked gives an answer with its times and UUIDs masked, keys in order; the UUID of the app
// stays.
func masked(t *testing.T, text string) string {
	t.Helper()
	var v any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	out, err := json.Marshal(mask(t, "", v))
	if err != nil {
		t.Fatal(err)
	}
	s := strings.ReplaceAll(string(out), appUUID, "APP")
	s = tokenForm.ReplaceAllString(uuidForm.ReplaceAllString(s, "UUID"), "TOKEN")
	return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(s)
}

func mask(t *testing.T, key string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			v[name] = mask(t, name, member)
		}
	case []any:
		for i := range v {
			v[i] = mask(t, "", v[i])
		}
	case json.Number:
		if timeForm.MatchString(key) {
			if _, err := v.Int64(); err != nil {
				t.Errorf("%s is %s, not an integer", key, v)
			}
			return "N"
		}
	}
	return v
}

// same holds an answer against the one that is wanted, both masked.
func same(t *testing.T, what string, w *httptest.ResponseRecorder, status int, want string) {
	t.Helper()
	if w.Code != status {
		t.Errorf("%s: status %d, want %d: %s", what, w.Code, status, w.Body)
		return
	}
	if kind := w.Header().Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
		t.Errorf("%s: Content-Type %q", what, kind)
	}
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%s: Cache-Control %q", what, w.Header().Get("Cache-Control"))
	}
	if got := masked(t, w.Body.String()); got != masked(t, want) {
		t.Errorf("%s:\n got %s\nwant %s", what, got, masked(t, want))
	}
}

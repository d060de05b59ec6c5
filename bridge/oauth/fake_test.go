package oauth

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

var (
	juliet  = jid.MustParse("juliet@capulet.lit")
	romeo   = jid.MustParse("romeo@montague.lit")
	capulet = jid.MustParse("capulet.lit")
)

// A verona is what the handler needs of a server, kept in memory. What it does with tokens is
// what bridge.Tokens says, no more.
type verona struct {
	mu       sync.Mutex
	apps     map[string]bridge.App
	secrets  map[string]string
	tokens   map[string]*kept
	consents map[jid.JID]map[string]bridge.Consent
	changed  map[jid.JID]time.Time
	disabled map[jid.JID]bool
	cards    map[jid.JID]string // payloads of vcard-temp
	cards4   map[jid.JID]string
	failed   map[string]int
	tired    bool // the throttle has not heard of anything
}

type kept struct {
	bridge.Grant
	spent   bool
	changed time.Time
}

const password = "pencil"

func newVerona() *verona {
	v := &verona{
		apps: make(map[string]bridge.App), secrets: make(map[string]string), tokens: make(map[string]*kept),
		consents: make(map[jid.JID]map[string]bridge.Consent), changed: make(map[jid.JID]time.Time), disabled: make(map[jid.JID]bool),
		cards: make(map[jid.JID]string), cards4: make(map[jid.JID]string), failed: make(map[string]int),
	}
	began := time.Date(1597, 3, 4, 5, 6, 7, 0, time.UTC)
	v.changed[juliet], v.changed[romeo] = began, began
	v.add(bridge.App{ID: "4711", Name: "Verona News", Redirect: "https://news.verona.lit/cb.php", Host: capulet}, "secret-of-news")
	v.add(bridge.App{ID: "4712", Name: "Mantua <script>alert(1)</script> & \"Co\"", Redirect: "https://mantua.lit/cb?site=1", Host: capulet, Strict: true}, "secret-of-mantua")
	v.add(bridge.App{ID: "4713", Name: "Pocket", Redirect: "http://127.0.0.1:9999/cb", Host: capulet, Public: true}, "secret-of-pocket")
	v.add(bridge.App{ID: "4714", Name: "Gone", Redirect: "https://gone.lit/", Host: capulet, Disabled: true}, "secret-of-gone")
	v.add(bridge.App{ID: "4715", Name: "Montague only", Redirect: "https://montague.lit/cb", Host: jid.MustParse("montague.lit")}, "secret-of-montague")
	return v
}

func (v *verona) add(a bridge.App, secret string) {
	a.Kind = bridge.Site
	v.apps[a.ID], v.secrets[a.ID] = a, secret
}

func (v *verona) App(_ context.Context, kind bridge.Kind, id string) (bridge.App, bool, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	a, ok := v.apps[id]
	return a, ok && kind == bridge.Site, nil
}

func (v *verona) Verify(ctx context.Context, kind bridge.Kind, id, secret string) (bridge.App, bool, error) {
	a, ok, err := v.App(ctx, kind, id)
	if !ok || a.Disabled || v.secrets[id] != secret {
		return bridge.App{}, false, err
	}
	return a, true, err
}

func (v *verona) AppOfKey(context.Context, string) (a bridge.App, ok bool, err error) { return }

func (v *verona) AppOfSecret(context.Context, bridge.Kind, string) (a bridge.App, ok bool, err error) {
	return
}

func (v *verona) Issue(_ context.Context, g bridge.Grant) (string, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.apps[g.App].Disabled || v.disabled[g.User] {
		return "", bridge.ErrTokenUnknown
	}
	token := rand.Text()
	if g.Issued = time.Now(); g.Family == "" {
		g.Family = rand.Text()
	}
	v.tokens[token] = &kept{Grant: g, changed: v.changed[g.User]}
	return token, nil
}

func (v *verona) Grant(_ context.Context, use bridge.Use, token string) (bridge.Grant, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.grant(use, token)
}

func (v *verona) grant(use bridge.Use, token string) (bridge.Grant, error) {
	k, ok := v.tokens[token]
	switch {
	case !ok || k.Use != use || v.disabled[k.User] || !v.changed[k.User].Equal(k.changed):
		return bridge.Grant{}, bridge.ErrTokenUnknown
	case v.apps[k.App].Disabled:
		return k.Grant, bridge.ErrAppDisabled
	case k.spent:
		return k.Grant, bridge.ErrTokenSpent
	case !time.Now().Before(k.Expires):
		return k.Grant, bridge.ErrTokenExpired
	}
	return k.Grant, nil
}

func (v *verona) Trade(_ context.Context, use bridge.Use, token string, into ...bridge.Grant) (from bridge.Grant, made []string, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if from, err = v.grant(use, token); err != nil {
		return from, nil, err
	}
	v.tokens[token].spent = true
	for _, g := range into {
		g.Kind, g.App, g.Host, g.User, g.Family, g.Issued = from.Kind, from.App, from.Host, from.User, from.Family, time.Now()
		made = append(made, rand.Text())
		v.tokens[made[len(made)-1]] = &kept{Grant: g, changed: v.changed[g.User]}
	}
	return from, made, nil
}

func (v *verona) Revoke(_ context.Context, family string) error {
	v.drop(func(g *bridge.Grant) bool { return g.Family == family })
	return nil
}

func (v *verona) RevokeOf(_ context.Context, user jid.JID, _ bridge.Kind, app string) error {
	v.drop(func(g *bridge.Grant) bool { return g.User == user && (app == "" || g.App == app) })
	return nil
}

func (v *verona) drop(is func(*bridge.Grant) bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for token, k := range v.tokens {
		if is(&k.Grant) {
			delete(v.tokens, token)
		}
	}
}

func (v *verona) Allow(_ context.Context, user jid.JID, c bridge.Consent) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.consents[user] == nil {
		v.consents[user] = make(map[string]bridge.Consent)
	}
	c.Given = time.Now()
	v.consents[user][c.App] = c
	return nil
}

func (v *verona) Allowed(_ context.Context, user jid.JID) (list []bridge.Consent, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, c := range v.consents[user] {
		list = append(list, c)
	}
	return list, nil
}

func (v *verona) Withdraw(ctx context.Context, user jid.JID, kind bridge.Kind, app string) error {
	v.mu.Lock()
	delete(v.consents[user], app)
	v.mu.Unlock()
	return v.RevokeOf(ctx, user, kind, app)
}

func (v *verona) Check(_ context.Context, account jid.JID, pass string) (bool, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	_, known := v.changed[account]
	return known && !v.disabled[account] && pass == password, nil
}

func (v *verona) Dates(_ context.Context, account jid.JID) (created, changed time.Time, ok bool, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	changed, ok = v.changed[account]
	return time.Date(1597, 3, 4, 5, 6, 7, 0, time.UTC), changed, ok && !v.disabled[account], nil
}

// guards is a throttle of three tries for each account from each address.
type guards struct{ v *verona }

func (g guards) Try(addr netip.Addr, account string, check func() (bool, error)) (bool, time.Duration, error) {
	g.v.mu.Lock()
	wait := g.v.failed[addr.String()+account] >= 3 && !g.v.tired
	g.v.mu.Unlock()
	if wait {
		return false, time.Minute, nil
	}
	right, err := check()
	if err == nil && !right {
		g.v.mu.Lock()
		defer g.v.mu.Unlock()
		g.v.failed[addr.String()+account]++
	}
	return right, 0, err
}

// Entrance: only questions are asked.
func (v *verona) Bind(context.Context, jid.JID, bridge.Exit) (bridge.Session, error) {
	return nil, stanza.NotAllowed.Err("")
}

func (v *verona) Emit(context.Context, *stanza.Stanza) (bridge.Ticket, error) { return nil, nil }

func (v *verona) Elsewhere(jid.JID) (time.Time, bool) { return time.Time{}, false }

func (v *verona) Ask(_ context.Context, iq *stanza.Stanza) (*stanza.Stanza, error) {
	if iq.From != iq.To || iq.Type != stanza.Get {
		return iq.ErrorReply(stanza.Forbidden.Err("")), nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if iq.Has(nsVCard, "vCard") && v.cards[iq.To] != "" {
		return iq.Result([]byte(v.cards[iq.To])), nil
	}
	if iq.Has(nsPubsub, "pubsub") && v.cards4[iq.To] != "" {
		return iq.Result([]byte("<pubsub xmlns='" + nsPubsub + "'><items node='urn:xmpp:vcard4'><item id='x'>" + v.cards4[iq.To] + "</item></items></pubsub>")), nil
	}
	return iq.ErrorReply(stanza.ItemNotFound.Err("")), nil
}

// site makes a handler in verona.
func (v *verona) site(t testing.TB) *Handler {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	h, err := New(Config{
		Port: bridge.NewPort(bridge.PortConfig{Entrance: v, Logger: log}), Apps: v, Tokens: v, Consents: v, People: v, Throttle: guards{v},
		Sealer: bridge.NewSealer([]byte(strings.Repeat("k", 32))), Key: []byte(strings.Repeat("p", 32)), Hosts: []string{"capulet.lit", "montague.lit"},
		Base: func(host string) string { return "https://" + host }, Logger: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// A browser keeps cookies, and follows no redirect.
type browser struct {
	t    testing.TB
	h    http.Handler
	jar  http.CookieJar
	lang string
	addr string
}

func newBrowser(t testing.TB, h http.Handler) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, h: h, jar: jar, addr: "192.0.2.1:1000"}
}

func (b *browser) do(r *http.Request) *http.Response {
	b.t.Helper()
	r.RemoteAddr, r.URL.Scheme = b.addr, "https"
	at := &url.URL{Scheme: "https", Host: "capulet.lit", Path: "/"}
	for _, c := range b.jar.Cookies(at) {
		r.AddCookie(c)
	}
	if b.lang != "" {
		r.Header.Set("Accept-Language", b.lang)
	}
	w := httptest.NewRecorder()
	b.h.ServeHTTP(w, r)
	res := w.Result()
	b.jar.SetCookies(at, res.Cookies())
	return res
}

func (b *browser) get(path string) *http.Response {
	b.t.Helper()
	return b.do(httptest.NewRequest(http.MethodGet, "https://capulet.lit"+path, nil))
}

// post sends a form as a page of ours does, which has no referrer.
func (b *browser) post(path string, pairs ...string) *http.Response {
	b.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "https://capulet.lit"+path, strings.NewReader(pairsOf(pairs...).Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "null")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

func pairsOf(pairs ...string) url.Values {
	v := make(url.Values)
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

var hiddenField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// token gives the csrf token of a page.
func token(t testing.TB, body string) string {
	t.Helper()
	m := hiddenField.FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("no form in\n%s", body)
	}
	return m[1]
}

func bodyOf(t testing.TB, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// logIn logs somebody in at a page, and gives the page that is next.
func (b *browser) logIn(path, name string) string {
	b.t.Helper()
	r := b.enter(path, name)
	if r.StatusCode != http.StatusOK {
		b.t.Fatalf("%s %v", r.Status, r.Header)
	}
	return bodyOf(b.t, r)
}

// through goes all the way, and gives where it leads.
func (b *browser) through(path, name string) *url.URL {
	b.t.Helper()
	r := b.enter(path, name)
	if r.StatusCode == http.StatusOK {
		return b.agree(path, bodyOf(b.t, r))
	}
	u, err := r.Location()
	if err != nil {
		b.t.Fatal(err)
	}
	return u
}

func (b *browser) enter(path, name string) *http.Response {
	b.t.Helper()
	r := b.post(path, "csrf", token(b.t, bodyOf(b.t, b.get(path))), "do", "log-in", "name", name, "password", password)
	if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != path {
		b.t.Fatalf("%s %v\n%s", r.Status, r.Header, bodyOf(b.t, r))
	}
	return b.get(path)
}

var shownScope = regexp.MustCompile(`name="scope_shown" value="([^"]+)"`)

// agree presses the button, and gives where it leads.
func (b *browser) agree(path, page string) *url.URL {
	b.t.Helper()
	r := b.post(path, "csrf", token(b.t, page), "do", "agree", "scope_shown", shownScope.FindStringSubmatch(page)[1])
	if r.StatusCode != http.StatusSeeOther {
		b.t.Fatalf("%s\n%s", r.Status, bodyOf(b.t, r))
	}
	u, err := url.Parse(r.Header.Get("Location"))
	if err != nil {
		b.t.Fatal(err)
	}
	return u
}

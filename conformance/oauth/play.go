package oauth

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"net/url"
	"strings"
	"time"

	"causeway/conformance/caller"
	"causeway/conformance/run"
)

// A Site is what is checked.
type Site struct {
	URL         string // without api/
	App, Secret string // app_id and app_secret
	Redirect    string // the address that the app is registered with
	People      []Person
	TLS         *tls.Config
}

// A Person can sign in.
type Person struct{ User, Password string }

// Second is what a site with two people offers.
const Second = "second person"

// Checks gives all checks of the document.
func Checks(s *Site) []run.Check {
	open := func(t *run.T) *play { return &play{t: t, site: s} }
	return run.Table("oauth", open, loginRows(), tokenRows(), infoRows())
}

// Probe logs in once, and finds out how patient checks should be.
func Probe(ctx context.Context, s *Site, t *run.Target) (*run.Capabilities, error) {
	begin := time.Now()
	look := run.Check{ID: "oauth/log-in/probe", Run: func(t *run.T) {
		if p := (&play{t: t, site: s}); p.approved(0) == "" {
			t.Errored("log in", errors.New("no auth_key"))
		}
	}}
	res := run.Run(ctx, run.Config{Target: t, Offers: run.Offering(), Parallel: 1, Limit: time.Minute}, []run.Check{look})[0]
	if res.Outcome != run.Passed {
		return nil, errors.New(res.Reason + "\n" + strings.Join(res.Exchange, "\n"))
	}
	var offers []string
	if len(s.People) > 1 {
		offers = append(offers, Second)
	}
	if t.Patience == 0 {
		const calls = 4
		t.Patience = run.PatienceFor(time.Since(begin) / calls)
	}
	return run.Offering(offers...), nil
}

type row = run.Row[*play]

// A play is what the steps of a check have in their hands.
type play struct {
	t    *run.T
	site *Site
}

func (p *play) client(name string) *caller.Client {
	c := caller.New(p.t, name, p.site.URL, p.site.TLS)
	c.Hide(p.site.Secret)
	for _, who := range p.site.People {
		c.Hide(who.Password)
	}
	return c
}

// start gives the address that a person is sent to.
func (p *play) start(also ...string) string {
	q := url.Values{"app_id": {p.site.App}}
	for i := 0; i+1 < len(also); i += 2 {
		q.Set(also[i], also[i+1])
	}
	return "/api/oauth?" + q.Encode()
}

// approved has a person log in with a new browser and consent, and gives the auth_key.
func (p *play) approved(person int) string {
	return p.back(p.browser(person).walk(p.start())).Get("auth_key")
}

// back wants to be sent back to the app, and gives what the address says.
func (p *play) back(at *url.URL) url.Values {
	p.t.True(at != nil, "the browser is not sent back to %s", p.site.Redirect)
	return at.Query()
}

// key is an auth_key that is there.
func (p *play) key() string {
	key := p.approved(0)
	p.t.True(key != "", "there is no auth_key")
	return key
}

// authorize asks for a token as the document does.
func (p *play) authorize(app, secret, key string) *caller.Answer {
	return p.client("app").Call(caller.Request{Path: "/api/authorize", Query: url.Values{"app_id": {app}, "app_secret": {secret}, "auth_key": {key}}})
}

// token trades an auth_key for a token.
func (p *play) token(key string) string {
	return p.authorize(p.site.App, p.site.Secret, key).Is(200).JSON().Get("access_token").Word()
}

// info asks who a token is of.
func (p *play) info(token string) *caller.Answer {
	return p.client("app").Call(caller.Request{Path: "/api/get_user_info", Query: url.Values{"access_token": {token}}})
}

// nothing wants an answer without a token and without a person, which says so in JSON.
func (p *play) nothing(a *caller.Answer) {
	p.t.True(a.Status < 500, "%s: came %v", a.URL.Path, a)
	v := a.JSON()
	for _, name := range []string{"access_token", "user_info"} {
		p.t.True(v.Get(name).Null(), "%s: there is %s in %v", a.URL.Path, name, a)
	}
}

// word gives what nobody has.
func word() string { return strings.ToLower(rand.Text()) }

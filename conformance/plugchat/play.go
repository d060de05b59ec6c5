package plugchat

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
	URL               string
	PublicKey, APIKey string
	Session           string // plugChatUserSessionId of a bar that is open, "" if there is none
	TLS               *tls.Config
}

// Session is what a site with an open bar offers.
const Session = "open bar"

// Checks gives all checks of the document.
func Checks(s *Site) []run.Check {
	open := func(t *run.T) *play { return &play{t: t, site: s} }
	return run.Table("plugchat", open, responseRows(), jsonpRows(), authRows(), loginRows(), logoutRows(), onlineRows())
}

// Probe makes one call, and finds out how patient checks should be.
func Probe(ctx context.Context, s *Site, t *run.Target) (*run.Capabilities, error) {
	begin := time.Now()
	look := run.Check{ID: "plugchat/getonline/probe", Run: func(t *run.T) {
		p := &play{t: t, site: s}
		a := p.public("getonline")
		if v := a.JSON(); v.Get("code").Raw() != "200" {
			t.Errored("getonline", errors.New(a.String()))
		}
	}}
	res := run.Run(ctx, run.Config{Target: t, Offers: run.Offering(), Parallel: 1, Limit: time.Minute}, []run.Check{look})[0]
	if res.Outcome != run.Passed {
		return nil, errors.New(res.Reason + "\n" + strings.Join(res.Exchange, "\n"))
	}
	if t.Patience == 0 {
		t.Patience = run.PatienceFor(time.Since(begin))
	}
	if s.Session == "" {
		return run.Offering(), nil
	}
	return run.Offering(Session), nil
}

type row = run.Row[*play]

// A play is what the steps of a check have in their hands.
type play struct {
	t    *run.T
	site *Site
}

// call makes a call with parameters as the document has it.
func (p *play) call(list ...string) *caller.Answer {
	q := make(url.Values)
	for i := 0; i+1 < len(list); i += 2 {
		q.Set(list[i], list[i+1])
	}
	return p.client().Call(caller.Request{Path: "/", Query: q})
}

func (p *play) client() *caller.Client {
	c := caller.New(p.t, "site", p.site.URL, p.site.TLS)
	c.Hide(p.site.APIKey)
	return c
}

// logout leaves the visitor as it was, at the end of a check.
func (p *play) logout() {
	p.client().Farewell(caller.Request{Path: "/", Query: url.Values{"action": {"logout"}, "apiKey": {p.site.APIKey}, "user": {p.site.Session}}})
}

// public calls an action with the public key, secret with the other.
func (p *play) public(action string, list ...string) *caller.Answer {
	return p.call(append([]string{"action", action, "publicKey", p.site.PublicKey}, list...)...)
}

func (p *play) secret(action string, list ...string) *caller.Answer {
	return p.call(append([]string{"action", action, "apiKey", p.site.APIKey}, list...)...)
}

// coded wants an answer with that code, and gives it.
func (p *play) coded(a *caller.Answer, code int64) caller.Value {
	v := a.JSON()
	p.t.True(v.Get("code").Int() == code, "wanted code %d, came %v", code, a)
	v.Get("txt").Word()
	return v
}

// refused wants any code but 200.
func (p *play) refused(a *caller.Answer) {
	v := a.JSON()
	p.t.True(v.Get("code").Int() != 200, "wanted a refusal, came %v", a)
	p.t.True(v.Get("data").Null(), "data is %s", v.Get("data").Raw())
}

// word gives what nobody has.
func word() string { return strings.ToLower(rand.Text()) }

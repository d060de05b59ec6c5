package webim

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"causeway/conformance/caller"
	"causeway/conformance/run"
)

// A Site is what is checked.
type Site struct {
	URL    string // up to the endpoints: https://capulet.lit/webim, or with {action} where their names stand
	People []Person
	TLS    *tls.Config
}

// A Person can log in. The first two are romeo and juliet, the third is the nurse.
type Person struct{ User, Password string }

// What a site may offer beside the endpoints.
const (
	Contacts = "contacts" // romeo and juliet are on each other's list
	Third    = "third person"
)

// Checks gives all checks of the document.
func Checks(s *Site) []run.Check {
	open := func(t *run.T) *play { return &play{t: t, site: s} }
	return run.Table("webim", open, onlineRows(), jsonpRows(), sessionRows(), peopleRows(), messageRows(), historyRows(), roomRows(), packetRows())
}

// Probe finds out what a site offers, and how patient checks of it should be.
func Probe(ctx context.Context, s *Site, t *run.Target) (*run.Capabilities, error) {
	var offers []string
	if len(s.People) > 2 {
		offers = append(offers, Third)
	}
	begin := time.Now()
	look := run.Check{ID: "webim/online/probe", Run: func(t *run.T) {
		p := &play{t: t, site: s}
		juliet := p.online("juliet")
		romeo := p.online("romeo")
		if !romeo.reply.Get("buddies").Find("id", juliet.id).None() {
			offers = append(offers, Contacts)
		}
	}}
	res := run.Run(ctx, run.Config{Target: t, Offers: run.Offering(), Parallel: 1, Limit: time.Minute}, []run.Check{look})[0]
	if res.Outcome != run.Passed {
		return nil, errors.New(res.Reason + "\n" + strings.Join(res.Exchange, "\n"))
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

// person gives somebody's name and password.
func (p *play) person(name string) Person {
	i := slices.Index([]string{"romeo", "juliet", "nurse"}, name)
	p.t.Need(i < len(p.site.People), "an account for "+name)
	return p.site.People[i]
}

// stranger names somebody who is no contact of romeo's, if there is one.
func (p *play) stranger() string {
	if len(p.site.People) > 2 {
		return "nurse"
	}
	return "juliet"
}

// at gives the address of an endpoint, or its path.
func (p *play) at(endpoint string) string {
	if strings.Contains(p.site.URL, action) {
		return strings.ReplaceAll(p.site.URL, action, endpoint)
	}
	return "/" + endpoint
}

// action stands for the name of an endpoint, as in index.php?action={action}.
const action = "{action}"

// A tab is a page of somebody that is online.
type tab struct {
	p                                  *play
	c                                  *caller.Client
	reply                              caller.Value // of online
	id, nick, ticket, domain, at, csrf string
	pending                            *caller.Pending
	kept                               map[string][]caller.Value // by the name of their list
}

// page gives a browser that has done nothing.
func (p *play) page(name string) *tab {
	t := &tab{p: p, c: caller.New(p.t, name, p.site.URL, p.site.TLS), kept: make(map[string][]caller.Value)}
	for _, who := range p.site.People {
		t.c.Hide(who.Password)
	}
	return t
}

// login posts what the page's form has.
func (p *play) login(name string, also ...string) *caller.Answer {
	return p.page(name).login(name, also...)
}

func (t *tab) login(name string, also ...string) *caller.Answer {
	who := t.p.person(name)
	form := pairs(append([]string{"username", who.User, "password", who.Password, "show", "available", "buddy_ids", "", "room_ids", ""}, also...)...)
	tooMany := func(a *caller.Answer) bool {
		return a.Status == http.StatusOK && strings.Contains(a.Body, "too many requests")
	}
	return t.c.Call(caller.Request{Method: http.MethodPost, Path: t.p.at("online"), Form: form, Again: tooMany})
}

// online logs somebody in with a page of its own; the page goes offline with the check.
func (p *play) online(name string, also ...string) *tab {
	t := p.page(name)
	t.begin(t.login(name, also...))
	return t
}

// begin takes up the answer of online.
func (t *tab) begin(a *caller.Answer) {
	v := a.Is(http.StatusOK).JSON()
	if !v.Get("success").Bool() {
		t.p.t.Errored("log in", errors.New(v.Raw()))
	}
	t.reply, t.id, t.nick = v, v.Get("user.id").Word(), v.Get("user.nick").Str()
	t.ticket, t.domain = v.Get("connection.ticket").Word(), v.Get("connection.domain").Str()
	at, err := a.URL.Parse(v.Get("connection.server").Word())
	t.p.t.True(err == nil, "connection server: wanted an address, came %s", v.Get("connection.server").Raw())
	t.at = at.String()
	if c := v.Get("csrf_token"); !c.None() {
		t.csrf = c.Str()
	}
	t.p.t.Later(func() {
		t.c.Farewell(caller.Request{Method: http.MethodPost, Path: t.p.at("offline"), Form: t.own("status", "offline")})
	})
}

// pairs gives parameters; of a name that is there twice the last counts.
func pairs(list ...string) url.Values {
	v := make(url.Values)
	for i := 0; i+1 < len(list); i += 2 {
		v.Set(list[i], list[i+1])
	}
	return v
}

// own gives parameters with what the library adds to them.
func (t *tab) own(list ...string) url.Values {
	v := pairs(append([]string{"csrf_token", t.csrf, "ticket", t.ticket}, list...)...)
	return v
}

// post calls an endpoint as the library does.
func (t *tab) post(endpoint string, list ...string) *caller.Answer {
	return t.c.Call(caller.Request{Method: http.MethodPost, Path: t.p.at(endpoint), Form: t.own(list...)})
}

// get calls an endpoint as the library does.
func (t *tab) get(endpoint string, list ...string) *caller.Answer {
	return t.c.Call(caller.Request{Path: t.p.at(endpoint), Query: t.own(list...)})
}

// ok wants the answer of what has nothing to say.
func (p *play) ok(a *caller.Answer) {
	a.Is(http.StatusOK)
	text := strings.TrimSpace(a.Body)
	p.t.True(text == "ok" || text == `"ok"`, "%s: wanted ok, came %.200s", a.URL.Path, a.Body)
}

// say sends a message.
func (t *tab) say(typ, to, body string) {
	t.p.ok(t.post("message", message(t, typ, to, body)...))
}

func message(t *tab, typ, to, body string) []string {
	return []string{"type", typ, "to", to, "from", t.id, "nick", t.nick, "offline", "false", "body", body, "style", ""}
}

// word gives a text that nobody has said before.
func word() string { return "w" + strings.ToLower(rand.Text()[:12]) }

// poll begins a poll unless one is waiting.
func (t *tab) poll() *caller.Pending {
	if t.pending == nil {
		t.pending = t.c.Begin(caller.Request{Path: t.at, Query: pairs("ticket", t.ticket, "domain", t.domain), Wait: longest})
	}
	return t.pending
}

// longest is how long a site may hold a poll.
const longest = 90 * time.Second

// take takes up what a poll has brought.
func (t *tab) take(a *caller.Answer) caller.Value {
	v := a.Is(http.StatusOK).JSON().Object()
	for _, list := range []string{"messages", "presences", "statuses"} {
		if got := v.Get(list); !got.Null() {
			t.kept[list] = append(t.kept[list], got.List()...)
		}
	}
	return v
}

// want polls until something comes that is so, and gives it; what else comes is kept.
func (t *tab) want(list, what string, is func(caller.Value) bool) caller.Value {
	for deadline := time.Now().Add(t.p.t.Patience); ; {
		if i := slices.IndexFunc(t.kept[list], is); i >= 0 {
			v := t.kept[list][i]
			t.kept[list] = slices.Delete(t.kept[list], i, i+1)
			return v
		}
		a := t.poll().Ended(time.Until(deadline))
		if a == nil {
			t.p.t.Failf("%s wanted %s, and it did not come", t.c.Name, what)
		}
		t.pending = nil
		t.take(a)
	}
}

// hears wants a message with that body.
func (t *tab) hears(body string) caller.Value {
	return t.want("messages", "the message "+body, func(v caller.Value) bool { return v.Get("body").Is(body) })
}

// without wants that no message with that body has come so far.
func (t *tab) without(body string) {
	for _, m := range t.kept["messages"] {
		t.p.t.True(!m.Get("body").Is(body), "%s must not get the message, came %.400s", t.c.Name, m.Raw())
	}
}

// sees wants a presence of somebody with one of the types.
func (t *tab) sees(from string, types ...string) caller.Value {
	return t.want("presences", strings.Join(types, " or ")+" of "+from, func(v caller.Value) bool {
		return v.Get("from").Is(from) && slices.ContainsFunc(types, v.Get("type").Is)
	})
}

// room makes a room that everybody of the list is in, and gives its id. They leave it
// with the check.
func (p *play) room(tabs ...*tab) string {
	id := strings.ToLower(rand.Text()[:16])
	a := tabs[0].post("join", "id", id, "nick", "Balcony")
	if a.Status != http.StatusOK || !strings.Contains(a.Body, id) {
		a = tabs[0].post("invite", "id", id, "nick", "Balcony", "members", "")
	}
	p.t.Need(a.Status == http.StatusOK && strings.Contains(a.Body, id), "a room can be made by join or invite")
	for _, t := range tabs[1:] {
		t.post("join", "id", id, "nick", "Balcony").Is(http.StatusOK)
	}
	for _, t := range tabs {
		p.t.Later(func() {
			t.c.Farewell(caller.Request{Method: http.MethodPost, Path: p.at("leave"), Form: t.own("id", id, "nick", t.nick, "temporary", "true")})
		})
	}
	return id
}

package rest

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"causeway/conformance/caller"
	"causeway/conformance/run"
)

// A Site is what is checked.
type Site struct {
	URL         string // without org and app
	Key         string // org#app
	ID, Secret  string // client_id and client_secret
	TLS         *tls.Config
	XMPP        bool // the target of the run is the XMPP server of the app's users
	Destructive bool // users that were there before may be deleted

	token, application string // of Probe
}

// What a site may offer beside the calls.
const (
	XMPP        = "xmpp"                 // people can log in as XMPP clients
	Open        = "open registration"    // users are registered without a token
	Destructive = "leave to delete more" // than the checks have made
)

// Checks gives all checks of the document.
func Checks(s *Site) []run.Check {
	open := func(t *run.T) *play { return &play{t: t, site: s} }
	return run.Table("rest", open, tokenRows(), userIDRows(), registerRows(), batchRows(), getRows(), listRows(), deleteRows(), passwordRows(), changeRows(),
		contactRows(), blockRows(), statusRows(), offlineRows(), accountRows(), commonRows())
}

// Probe gets a token and finds out what a site offers, and how patient checks of it
// should be.
func Probe(ctx context.Context, s *Site, t *run.Target) (*run.Capabilities, error) {
	var offers []string
	var took time.Duration
	look := run.Check{ID: "rest/token/probe", Run: func(t *run.T) {
		begin := time.Now()
		p := &play{t: t, site: s}
		a := p.client().Call(caller.Request{Method: http.MethodPost, Path: "/token", Body: p.grant(s.ID, s.Secret), Type: "application/json"})
		took = time.Since(begin)
		if a.Status != http.StatusOK {
			t.Errored("token", errors.New(a.String()))
		}
		s.token, s.application = a.JSON().Get("access_token").Word(), a.JSON().Get("application").Str()
		name := word()
		a = p.anonymous(http.MethodPost, "/users", `{"username":"`+name+`","password":"pencil"}`)
		if a.Status == http.StatusOK {
			offers = append(offers, Open)
			p.admin(http.MethodDelete, "/users/"+name, "")
		}
	}}
	res := run.Run(ctx, run.Config{Target: t, Offers: run.Offering(), Parallel: 1, Limit: time.Minute}, []run.Check{look})[0]
	if res.Outcome != run.Passed {
		return nil, errors.New(res.Reason + "\n" + strings.Join(res.Exchange, "\n"))
	}
	if s.XMPP {
		offers = append(offers, XMPP)
	}
	if s.Destructive {
		offers = append(offers, Destructive)
	}
	if t.Patience == 0 {
		t.Patience = run.PatienceFor(took)
	}
	return run.Offering(offers...), nil
}

type row = run.Row[*play]

// A play is what the steps of a check have in their hands.
type play struct {
	t    *run.T
	site *Site
}

// client gives one that says nothing of who it is.
func (p *play) client() *caller.Client {
	org, app, _ := strings.Cut(p.site.Key, "#")
	c := caller.New(p.t, "back end", strings.TrimRight(p.site.URL, "/")+"/"+url.PathEscape(org)+"/"+url.PathEscape(app), p.site.TLS)
	c.Hide(p.site.Secret, p.site.token)
	return c
}

func (p *play) grant(id, secret string) string {
	return `{"grant_type":"client_credentials","client_id":"` + id + `","client_secret":"` + secret + `"}`
}

// call makes a call with a token, "" for none, as JSON unless the body is empty.
func (p *play) call(token, method, path, body string) *caller.Answer {
	r := caller.Request{Method: method, Path: path, Body: body, Header: map[string]string{"Accept": "application/json"}}
	if token != "" {
		r.Header["Authorization"] = "Bearer " + token
	}
	if body != "" {
		r.Type = "application/json"
	}
	return p.client().Call(r)
}

// admin makes a call with the token of the app.
func (p *play) admin(method, path, body string) *caller.Answer {
	return p.call(p.site.token, method, path, body)
}

// anonymous makes a call without a token.
func (p *play) anonymous(method, path, body string) *caller.Answer {
	return p.call("", method, path, body)
}

// request is a call with the token of the app and no body.
func (p *play) request(method, path string) caller.Request {
	return caller.Request{Method: method, Path: path, Header: map[string]string{"Accept": "application/json", "Authorization": "Bearer " + p.site.token}}
}

// get is a GET that succeeds.
func (p *play) get(path string) caller.Value {
	return p.admin(http.MethodGet, path, "").Is(http.StatusOK).JSON()
}

// post is a POST that succeeds.
func (p *play) post(path, body string) caller.Value {
	return p.admin(http.MethodPost, path, body).Is(http.StatusOK).JSON()
}

// put is a PUT that succeeds.
func (p *play) put(path, body string) caller.Value {
	return p.admin(http.MethodPut, path, body).Is(http.StatusOK).JSON()
}

// delete is a DELETE that succeeds.
func (p *play) delete(path string) caller.Value {
	return p.admin(http.MethodDelete, path, "").Is(http.StatusOK).JSON()
}

// word gives a name that nobody has had before.
func word() string { return "cw" + strings.ToLower(rand.Text()[:14]) }

// password is that of all users that the checks make.
const password = "pencil-9"

// drop deletes a user at the end of the check.
func (p *play) drop(name string) {
	p.t.Later(func() {
		p.client().Farewell(caller.Request{Method: http.MethodDelete, Path: "/users/" + url.PathEscape(name), Header: map[string]string{"Authorization": "Bearer " + p.site.token}})
	})
}

// user registers somebody, who is deleted with the check.
func (p *play) user() string {
	name := word()
	p.drop(name)
	a := p.admin(http.MethodPost, "/users", registration(name))
	if a.Status != http.StatusOK {
		p.t.Errored("register a user", errors.New(a.String()))
	}
	return name
}

func registration(name string) string {
	return `{"username":"` + name + `","password":"` + password + `","nickname":"nick of ` + name + `"}`
}

// online logs a user in as an XMPP client.
func (p *play) online(name string) *run.Client {
	p.t.Introduce(name, name, password)
	return p.t.Online(name)
}

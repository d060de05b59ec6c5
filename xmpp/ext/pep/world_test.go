package pep_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"causeway/store"
	"causeway/store/badger"
	"causeway/xmpp/ext/pep"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
	"causeway/xmpp/xmpptest"
)

const (
	balcony = "juliet@capulet.lit/balcony"
	chamber = "juliet@capulet.lit/chamber"
	orchard = "romeo@montague.lit/orchard"
	kitchen = "nurse@capulet.lit/kitchen"
	street  = "tybalt@capulet.lit/street"

	tune    = "http://jabber.org/protocol/tune"
	nsError = " xmlns='http://jabber.org/protocol/pubsub#errors'"
	nsCond  = " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'"
)

var (
	juliet = jid.MustParse("juliet@capulet.lit")
	romeo  = jid.MustParse("romeo@montague.lit")
	nurse  = jid.MustParse("nurse@capulet.lit")
)

// A verona is a server in memory: a real router and a real store, with people whose
// streams write down what they are given. Romeo and the nurse see Juliet's presence,
// and she theirs; Tybalt does not.
type verona struct {
	t       *testing.T
	disk    *store.Store
	router  *router.Router
	service *pep.Service
	roster  roster
	wants   wants
	clients map[string]*client
	ids     int
}

// roster says who sees the presence of an account, and in which group they are.
type roster map[jid.JID]map[jid.JID]string

func (r roster) Subscribed(_ context.Context, account, watcher jid.JID) (bool, error) {
	_, ok := r[account][watcher]
	return ok, nil
}

func (r roster) Subscribers(_ context.Context, owner jid.JID) (list []jid.JID, err error) {
	for j := range r[owner] {
		list = append(list, j)
	}
	slices.SortFunc(list, jid.Compare)
	return list, nil
}

func (r roster) Subscriptions(_ context.Context, owner jid.JID) (list []jid.JID, err error) {
	for account, watchers := range r {
		if _, ok := watchers[owner]; ok {
			list = append(list, account)
		}
	}
	slices.SortFunc(list, jid.Compare)
	return list, nil
}

func (r roster) Groups(_ context.Context, owner, contact jid.JID) ([]string, error) {
	if g := r[owner][contact]; g != "" {
		return []string{g}, nil
	}
	return nil, nil
}

// wants says which nodes each resource asked to hear of.
type wants map[jid.JID][]string

func (w wants) Wants(full jid.JID, node string) bool { return slices.Contains(w[full], node) }

// everybody exists.
type everybody struct{}

func (everybody) Exists(context.Context, jid.JID) (bool, error) { return true, nil }
func (everybody) Active(context.Context, jid.JID) (bool, error) { return true, nil }

// A client writes down what it is given.
type client struct {
	session *router.Session
	got     []string
	told    []func(delivered bool) // to be called by the test
}

func (c *client) Deliver(st *stanza.Stanza) (router.Ticket, bool) {
	c.got = append(c.got, string(st.AppendTo(nil)))
	if st.Told != nil {
		c.told = append(c.told, st.Told)
	}
	return nil, true
}

func (c *client) End(*stream.Error) {}

func newVerona(t *testing.T, l pep.Limits) *verona {
	t.Helper()
	disk, err := store.Open(t.Context(), badger.Options{Memory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := disk.Close(); err != nil {
			t.Error(err)
		}
	})
	v := &verona{
		t: t, disk: disk, wants: wants{}, clients: map[string]*client{},
		roster: roster{juliet: {romeo: "Friends", nurse: "Servants"}, romeo: {juliet: "Loves"}, nurse: {juliet: ""}},
	}
	log := slog.New(slog.DiscardHandler)
	v.router = router.New(router.Config{Hosts: []string{"capulet.lit", "montague.lit"}, Accounts: everybody{}, Logger: log})
	v.service = pep.New(pep.Options{
		Store: disk.PubSub(), Router: v.router, Contacts: v.roster, Interests: v.wants, Limits: l, Logger: log,
	})
	v.router.HandleIQ(router.AtAccount, pep.NS, v.service)
	v.router.HandleIQ(router.AtAccount, pep.NSOwner, v.service)
	return v
}

// login binds a resource and makes it available; nodes is what it wants to hear of.
func (v *verona) login(full string, nodes ...string) {
	v.t.Helper()
	c := new(client)
	j := jid.MustParse(full)
	var err error
	if c.session, err = v.router.Bind(v.t.Context(), j, c); err != nil {
		v.t.Fatal(err)
	}
	p, err := stanza.Parse([]byte("<presence/>"))
	if err != nil {
		v.t.Fatal(err)
	}
	c.session.SetAvailable(p, 0)
	if err := c.session.Backlog(v.t.Context()); err != nil {
		v.t.Fatal(err)
	}
	v.clients[full], v.wants[j] = c, nodes
	v.service.Known(v.t.Context(), j)
}

// says lets a client send a request and gives the answer; what else comes to it
// before that is still to be heard.
func (v *verona) says(full, head, payload string) string {
	v.t.Helper()
	v.ids++
	id := "q" + strings.Repeat("x", v.ids%7)
	st, err := stanza.Parse([]byte("<iq " + head + " id='" + id + "'>" + payload + "</iq>"))
	if err != nil {
		v.t.Fatalf("bad request in the play: %v", err)
	}
	c := v.clients[full]
	if _, err := c.session.Route(v.t.Context(), st); err != nil {
		v.t.Fatal(err)
	}
	for i, got := range c.got {
		if strings.HasPrefix(got, "<iq ") {
			c.got = slices.Delete(c.got, i, i+1)
			return got
		}
	}
	v.t.Fatalf("%s got no answer", full)
	return ""
}

// asks lets a client send a request, and matches the answer with a pattern of what is
// inside <iq/>; "" is an empty result.
func (v *verona) asks(why, full, head, payload, want string) {
	v.t.Helper()
	got := v.says(full, head, payload)
	typ := "result"
	if strings.HasPrefix(want, "<error") {
		typ = "error"
	}
	if diff := xmpptest.Match("<iq type='"+typ+"'>"+want+"</iq>", got, map[string]string{}); diff != "" {
		v.t.Errorf("%s: %s\ngot %s", why, diff, got)
	}
	if want == "" && !strings.HasSuffix(got, "/>") {
		v.t.Errorf("%s: the result is not empty: %s", why, got)
	}
}

// hears checks all that a client was given since the last time, as patterns.
func (v *verona) hears(why, full string, want ...string) {
	v.t.Helper()
	c := v.clients[full]
	got := c.got
	c.got = nil
	if len(got) != len(want) {
		v.t.Errorf("%s: %s heard %d stanzas, want %d:\n  %s", why, full, len(got), len(want), strings.Join(got, "\n  "))
		return
	}
	for i := range want {
		if diff := xmpptest.Match(want[i], got[i], map[string]string{}); diff != "" {
			v.t.Errorf("%s: %s: %s\ngot %s", why, full, diff, got[i])
		}
	}
}

// silent checks that nobody was told anything.
func (v *verona) silent(why string) {
	v.t.Helper()
	for full := range v.clients {
		v.hears(why, full)
	}
}

// publication is a request to publish one item; opts are the fields of options.
func publication(node, id, payload string, opts ...string) string {
	if id != "" {
		id = " id='" + id + "'"
	}
	item := "<item" + id + ">" + payload + "</item>"
	return "<pubsub xmlns='" + pep.NS + "'><publish node='" + node + "'>" + item + "</publish>" + options(opts) + "</pubsub>"
}

// options makes the element of that name, of "name=value".
func options(opts []string) string {
	if len(opts) == 0 {
		return ""
	}
	return "<publish-options>" + submission(pep.PublishOptions, opts) + "</publish-options>"
}

func submission(formType string, fields []string) string {
	f := "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>" + formType + "</value></field>"
	for _, o := range fields {
		name, value, _ := strings.Cut(o, "=")
		f += "<field var='" + name + "'><value>" + value + "</value></field>"
	}
	return f + "</x>"
}

func song(title string) string {
	return "<tune xmlns='" + tune + "'><title>" + title + "</title></tune>"
}

func items(node string, inner string) string {
	return "<pubsub xmlns='" + pep.NS + "'><items node='" + node + "'>" + inner + "</items></pubsub>"
}

// event is a pattern of a message from Juliet.
func event(inner string) string {
	return "<message type='headline' from='juliet@capulet.lit' id='*'><event xmlns='" + pep.NS + "#event'>" + inner + "</event></message>"
}

func owner(inner string) string { return "<pubsub xmlns='" + pep.NSOwner + "'>" + inner + "</pubsub>" }

func wantError(typ, condition, specific string) string {
	e := "<error type='" + typ + "'><" + condition + nsCond + "/>"
	if specific != "" {
		name, attr, _ := strings.Cut(specific, " ")
		e += "<" + name + nsError + " " + attr + "/>"
	}
	return e + "</error>"
}

package archive

import (
	"context"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// A device is a client that writes down what it is given.
type device struct {
	session *router.Session
	mu      sync.Mutex
	got     []string
	silent  bool // it takes stanzas, but does not tell
	full    bool
	cramped bool // it has no room for an answer that can wait
	untold  []func(bool)
}

func (d *device) Deliver(st *stanza.Stanza) (router.Ticket, bool) {
	d.mu.Lock()
	if d.full || d.cramped && st.Kind == stanza.IQ && st.Told != nil {
		d.mu.Unlock()
		return nil, false
	}
	d.got = append(d.got, string(st.AppendTo(nil)))
	if st.Told == nil || d.silent {
		if st.Told != nil {
			d.untold = append(d.untold, st.Told)
		}
		d.mu.Unlock()
		return nil, true
	}
	d.mu.Unlock()
	st.Told(true)
	return nil, true
}

func (d *device) End(*stream.Error) {}

// tell tells what became of what was taken.
func (d *device) tell(delivered bool) {
	d.mu.Lock()
	untold := d.untold
	d.untold = nil
	d.mu.Unlock()
	for _, f := range untold {
		f(delivered)
	}
}

// take gives what came and forgets it.
func (d *device) take() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	got := d.got
	d.got = nil
	return got
}

// A world is a real router with two hosts, an archive, and what lies beyond.
type world struct {
	t       testing.TB
	disk    *disk
	router  *router.Router
	service *Service
	devices map[string]*device
	beyond  *device
	roster  friends
}

// everybody exists.
type everybody struct{}

func (everybody) Exists(context.Context, jid.JID) (bool, error) { return true, nil }
func (everybody) Active(context.Context, jid.JID) (bool, error) { return true, nil }

// friends are who has whom in the roster.
type friends map[[2]string]bool

func (f friends) HasContact(_ context.Context, owner, contact jid.JID) (bool, error) {
	return f[[2]string{owner.String(), contact.String()}], nil
}

func newWorld(t testing.TB, change ...func(*Config)) *world {
	log := slog.New(slog.DiscardHandler)
	r := router.New(router.Config{Hosts: []string{"capulet.lit", "montague.lit"}, Accounts: everybody{}, Logger: log})
	w := &world{t: t, disk: newDisk(), router: r, devices: make(map[string]*device), beyond: &device{}, roster: friends{}}
	cfg := Config{Store: w.disk, Contacts: w.roster, Router: r, Logger: log}
	for _, f := range change {
		f(&cfg)
	}
	w.service = New(cfg)
	r.HandleIQ(router.AtAccount, NS, w.service)
	r.AddKeeper(w.service)
	r.SetRemote(gate{w.beyond})
	return w
}

// A gate hands on what passes it.
type gate struct{ to *device }

func (g gate) Accept(_ context.Context, st *stanza.Stanza) (router.Ticket, error) {
	g.to.Deliver(st)
	return nil, nil
}

// bind makes a session that has not sent presence.
func (w *world) bind(full string) *device {
	w.t.Helper()
	d := &device{}
	s, err := w.router.Bind(w.t.Context(), jid.MustParse(full), d)
	if err != nil {
		w.t.Fatal(err)
	}
	d.session = s
	w.devices[full] = d
	return d
}

// login makes a session that takes messages.
func (w *world) login(full string) *device {
	w.t.Helper()
	d := w.bind(full)
	w.appear(d)
	return d
}

func (w *world) appear(d *device) {
	w.t.Helper()
	d.session.SetAvailable(stanza.New(stanza.Presence, stanza.Available, "", jid.JID{}, jid.JID{}), 0)
	if err := d.session.Backlog(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// route sends a stanza in the name of somebody.
func (w *world) route(from, xml string) router.Ticket {
	w.t.Helper()
	st := parse(w.t, xml)
	st.From = jid.MustParse(from)
	t, err := w.router.Emit(w.t.Context(), st)
	if err != nil {
		w.t.Fatal(err)
	}
	return t
}

func parse(t testing.TB, xml string) *stanza.Stanza {
	t.Helper()
	st, err := stanza.Parse([]byte(xml))
	if err != nil {
		t.Fatalf("%s: %v", xml, err)
	}
	return st
}

// says sends a chat message with a body.
func (w *world) says(from, to, body string) router.Ticket {
	w.t.Helper()
	return w.route(from, "<message type='chat' to='"+to+"' id='"+body+"'><body>"+body+"</body></message>")
}

// ask sends a request to the own account and gives all that comes.
func (w *world) ask(full, kind, payload string) []string {
	w.t.Helper()
	d := w.devices[full]
	d.take()
	w.route(full, "<iq type='"+kind+"' id='q'>"+payload+"</iq>")
	return d.take()
}

var (
	bodies  = regexp.MustCompile(`<body>([^<]*)</body>`)
	results = regexp.MustCompile(`<result [^>]*id='([0-9]+)'`)
	stamps  = regexp.MustCompile(`<stanza-id xmlns='urn:xmpp:sid:0' by='([^']*)' id='([0-9]+)'/>`)
)

// bodiesOf gives the bodies in stanzas, those without one left out.
func bodiesOf(stanzas []string) string {
	var list []string
	for _, xml := range stanzas {
		if m := bodies.FindStringSubmatch(xml); m != nil {
			list = append(list, m[1])
		}
	}
	return strings.Join(list, " ")
}

// idsOf gives the archive ids of results.
func idsOf(stanzas []string) []string {
	var list []string
	for _, xml := range stanzas {
		if m := results.FindStringSubmatch(xml); m != nil {
			list = append(list, m[1])
		}
	}
	return list
}

// condition gives the error condition in the last stanza, "" if it is none.
func condition(stanzas []string) string {
	if len(stanzas) == 0 {
		return "silence"
	}
	st, err := stanza.Parse([]byte(stanzas[len(stanzas)-1]))
	if err != nil {
		return err.Error()
	}
	if e, ok := st.AsError(); ok {
		return string(e.Condition)
	}
	return ""
}

// kept gives the bodies that an archive holds.
func (w *world) kept(owner string) string {
	var list []string
	for _, e := range w.disk.archive(owner) {
		list = append(list, string(e.XML))
	}
	return bodiesOf(list)
}

func (w *world) want(why, got, want string) {
	w.t.Helper()
	if got != want {
		w.t.Errorf("%s:\n got %s\nwant %s", why, got, want)
	}
}

// query makes the payload of a query; fields are name=value.
func query(set string, fields ...string) string {
	return "<query xmlns='urn:xmpp:mam:2' queryid='f27'>" + submit(fields...) + set + "</query>"
}

func submit(fields ...string) string {
	if fields == nil {
		return ""
	}
	x := "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>urn:xmpp:mam:2</value></field>"
	for _, f := range fields {
		name, value, _ := strings.Cut(f, "=")
		x += "<field var='" + name + "'>"
		for v := range strings.SplitSeq(value, ",") {
			x += "<value>" + v + "</value>"
		}
		x += "</field>"
	}
	return x + "</x>"
}

// set makes a result set request.
func set(inside string) string {
	return "<set xmlns='http://jabber.org/protocol/rsm'>" + inside + "</set>"
}

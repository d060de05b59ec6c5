package muc

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
	"causeway/xmpp/xmpptest"
)

// everybody exists, but nobody@.
type everybody struct{}

func (everybody) Exists(_ context.Context, j jid.JID) (bool, error) {
	return j.Local() != "nobody", nil
}
func (everybody) Active(context.Context, jid.JID) (bool, error) { return true, nil }
func (everybody) IsGuest(bare jid.JID) bool                     { return strings.HasPrefix(bare.Local(), "guest") }
func (everybody) IsAdmin(bare jid.JID, _ string) bool           { return bare.Local() == "prince" }

// A ticket is a write to the disk of a world.
type ticket struct {
	done chan struct{}
	err  error
	mu   sync.Mutex
	then []func(error)
}

func (t *ticket) Done() <-chan struct{} { return t.done }
func (t *ticket) Err() error            { return t.err }
func (t *ticket) OnDone(f func(error)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case <-t.done:
		f(t.err)
	default:
		t.then = append(t.then, f)
	}
}

// A disk keeps rooms and what is said in them; held writes wait for flush.
type disk struct {
	mu      sync.Mutex
	held    bool
	fail    error
	full    error // what Takes says
	lost    error // of writes that are under way
	waiting []func()
	rooms   map[jid.JID]*kept
	clock   int
}

type kept struct {
	record  Record
	members map[jid.JID]Member
	card    []byte
	said    []Saying
	peers   []jid.JID
}

// write does f when the disk gets to it.
func (d *disk) write(f func()) router.Ticket {
	t := &ticket{done: make(chan struct{})}
	d.mu.Lock()
	fail := d.fail
	do := func() {
		if fail == nil {
			fail = d.lost
		}
		if fail == nil {
			f()
		}
		t.mu.Lock()
		t.err = fail
		close(t.done)
		then := t.then
		t.mu.Unlock()
		for _, f := range then {
			f(fail)
		}
	}
	if d.held {
		d.waiting = append(d.waiting, do)
		d.mu.Unlock()
		return t
	}
	do()
	d.mu.Unlock()
	return t
}

// flush does all that waits.
func (d *disk) flush() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range d.waiting {
		f()
	}
	d.waiting, d.held = nil, false
}

func (d *disk) Room(_ context.Context, room jid.JID) (*Record, []Member, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	k := d.rooms[room]
	if k == nil {
		return nil, nil, nil
	}
	r := k.record
	return &r, slices.Collect(maps.Values(k.members)), nil
}

func (d *disk) Write(room jid.JID, c Change) router.Ticket {
	return d.write(func() {
		k := d.rooms[room]
		if k == nil && c.Record == nil {
			panic("members of a room that is not there")
		}
		if k == nil {
			k = &kept{members: make(map[jid.JID]Member)}
			d.rooms[room] = k
		}
		if c.Record != nil {
			k.record = *c.Record
		}
		for _, m := range c.Members {
			if m.Idle() {
				delete(k.members, m.JID)
			} else {
				k.members[m.JID] = m
			}
		}
		if c.VCard != nil {
			k.card = c.VCard
		}
	})
}

func (d *disk) Takes() error { return d.full }

func (d *disk) Remove(room jid.JID) router.Ticket {
	return d.write(func() { delete(d.rooms, room) })
}

func (d *disk) VCard(_ context.Context, room jid.JID) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if k := d.rooms[room]; k != nil {
		return k.card, nil
	}
	return nil, nil
}

func (d *disk) List(_ context.Context, service, after string, limit int, all bool) (list []Listing, _ error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for j, k := range d.rooms {
		if j.Domain() == service && j.Local() > after && (all || k.record.Settings.Public) {
			list = append(list, Listing{j, k.record.Settings.Name})
		}
	}
	slices.SortFunc(list, func(a, b Listing) int { return jid.Compare(a.JID, b.JID) })
	return list[:min(len(list), limit)], nil
}

func (d *disk) Count(_ context.Context, service string, creator jid.JID) (n int, _ error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for j, k := range d.rooms {
		if j.Domain() == service && k.record.Creator == creator {
			n++
		}
	}
	return n, nil
}

func (d *disk) Temporary(_ context.Context, service string) (list []jid.JID, _ error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for j, k := range d.rooms {
		if j.Domain() == service && !k.record.Settings.Persistent {
			list = append(list, j)
		}
	}
	return list, nil
}

func (d *disk) Memberships(_ context.Context, person jid.JID) (list []jid.JID, _ error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for j, k := range d.rooms {
		if _, ok := k.members[person]; ok {
			list = append(list, j)
		}
	}
	return list, nil
}

func (d *disk) Append(_ context.Context, room, peer jid.JID, xml []byte) (string, router.Ticket, error) {
	d.mu.Lock()
	d.clock++
	id, at := strconv.Itoa(d.clock), time.Now()
	d.mu.Unlock()
	xml = bytes.Clone(xml)
	return id, d.write(func() {
		if k := d.rooms[room]; k != nil {
			k.said = append(k.said, Saying{id, at, xml})
			k.peers = append(k.peers, peer)
		}
	}), nil
}

func (d *disk) Query(_ context.Context, room jid.JID, iq *stanza.Stanza, deliver func(*stanza.Stanza) bool) ([]byte, error) {
	for _, s := range d.said(room) {
		st := stanza.New(stanza.Message, stanza.Normal, "", room, iq.From)
		st.Kept = true
		st.Extra = []byte("<result xmlns='urn:xmpp:mam:2' id='" + s.ID + "'><forwarded xmlns='urn:xmpp:forward:0'>" + string(s.XML) + "</forwarded></result>")
		if !deliver(st) {
			return nil, errors.New("full")
		}
	}
	return []byte("<fin xmlns='urn:xmpp:mam:2' complete='true'/>"), nil
}

func (d *disk) said(room jid.JID) []Saying {
	d.mu.Lock()
	defer d.mu.Unlock()
	if k := d.rooms[room]; k != nil {
		return slices.Clone(k.said)
	}
	return nil
}

func (d *disk) Last(_ context.Context, room jid.JID, limit int) ([]Saying, error) {
	list := d.said(room)
	return list[max(0, len(list)-limit):], nil
}

func (d *disk) Get(_ context.Context, room jid.JID, id string) (Saying, bool, error) {
	for _, s := range d.said(room) {
		if s.ID == id {
			return s, true, nil
		}
	}
	return Saying{}, false, nil
}

func (d *disk) Replace(room jid.JID, id string, xml []byte) router.Ticket {
	return d.write(func() {
		for i := range d.rooms[room].said {
			if d.rooms[room].said[i].ID == id {
				d.rooms[room].said[i].XML = xml
			}
		}
	})
}

// A bell is who is woken.
type bell struct {
	mu      sync.Mutex
	rung    []string
	cracked bool // it panics
}

func (b *bell) Wake(_ context.Context, owner jid.JID, _ *stanza.Stanza) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cracked {
		panic("cracked")
	}
	b.rung = append(b.rung, owner.String())
}

// A client is one connected resource.
type client struct {
	w       *world
	session *router.Session
	mu      sync.Mutex
	got     []string
	deaf    bool
}

func (c *client) Deliver(st *stanza.Stanza) (router.Ticket, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deaf {
		return nil, false
	}
	c.got = append(c.got, string(st.AppendTo(nil)))
	return nil, true
}

func (c *client) End(*stream.Error) {}

// A world is a router with rooms and people. It lives in a bubble of synctest.
type world struct {
	t       *testing.T
	router  *router.Router
	rooms   *Service
	disk    *disk
	bell    *bell
	clients map[string]*client
}

func newWorld(t *testing.T, change ...func(*Config)) *world {
	t.Helper()
	r := router.New(router.Config{Hosts: []string{"capulet.lit", "montague.lit"}, Accounts: everybody{}, Logger: slog.New(slog.DiscardHandler)})
	w := &world{t: t, router: r, disk: &disk{rooms: make(map[jid.JID]*kept)}, bell: &bell{}, clients: make(map[string]*client)}
	w.open(change...)
	return w
}

// open makes the service, as it is after a start.
func (w *world) open(change ...func(*Config)) {
	w.t.Helper()
	cfg := Config{
		Store: w.disk, Archive: w.disk, Router: w.router, People: everybody{}, Waker: w.bell,
		Secret:   func(context.Context) ([]byte, error) { return []byte("mandrake"), nil },
		Defaults: DefaultSettings(), Logger: slog.New(slog.DiscardHandler),
	}
	for _, f := range change {
		f(&cfg)
	}
	var err error
	if w.rooms, err = New(w.t.Context(), cfg); err != nil {
		w.t.Fatal(err)
	}
	for _, host := range w.router.Hosts() {
		w.router.SetGate(w.rooms.Domain(host), w.rooms)
	}
}

// login gives the client of a full JID, connected.
func (w *world) login(full string) *client {
	w.t.Helper()
	if c := w.clients[full]; c != nil {
		return c
	}
	c := &client{w: w}
	s, err := w.router.Bind(w.t.Context(), jid.MustParse(full), c)
	if err != nil {
		w.t.Fatal(err)
	}
	s.SetAvailable(stanza.New(stanza.Presence, stanza.Available, "", jid.JID{}, jid.JID{}), 0)
	if err := s.Backlog(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	c.session = s
	w.clients[full] = c
	return c
}

// send sends stanzas and waits until all came of it that does.
func (c *client) send(xml ...string) router.Ticket {
	c.w.t.Helper()
	var last router.Ticket
	for _, x := range xml {
		st, err := stanza.Parse([]byte(x))
		if err != nil {
			c.w.t.Fatalf("%s: %v", x, err)
		}
		if last, err = c.session.Route(c.w.t.Context(), st); err != nil {
			c.w.t.Fatalf("%s: %v", x, err)
		}
	}
	synctest.Wait()
	return last
}

// take gives what came since the last call.
func (c *client) take() []string {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	got := c.got
	c.got = nil
	return got
}

// wants compares what came with patterns, in order; a pattern is a part of what is
// wanted (xmpptest.Match).
func (c *client) wants(why string, patterns ...string) {
	c.w.t.Helper()
	got := c.take()
	for i, p := range patterns {
		if i >= len(got) {
			c.w.t.Errorf("%s: wanted %s, nothing came any more", why, p)
			return
		}
		if fault := xmpptest.Match(p, got[i], nil); fault != "" {
			c.w.t.Errorf("%s: %s\n  got  %s\n  want %s", why, fault, got[i], p)
		}
	}
	for _, rest := range got[min(len(got), len(patterns)):] {
		c.w.t.Errorf("%s: came too much: %s", why, rest)
	}
}

const balcony = "balcony@conference.capulet.lit"

var jidBalcony = jid.MustParse(balcony)

// enter has a client enter a room, and drops what it is told.
func (c *client) enter(room, nick string) *client {
	c.w.t.Helper()
	c.send(join(room, nick, ""))
	c.take()
	return c
}

func join(room, nick, inside string) string {
	return "<presence to='" + room + "/" + nick + "'><x xmlns='" + NS + "'>" + inside + "</x></presence>"
}

func say(room, text string) string {
	return "<message type='groupchat' to='" + room + "' id='" + text + "'><body>" + text + "</body></message>"
}

// configure sends settings, as pairs of names without their prefix and values.
func (c *client) configure(room string, pairs ...string) {
	c.w.t.Helper()
	f := "<field var='FORM_TYPE'><value>" + formSettings + "</value></field>"
	for p := range slices.Chunk(pairs, 2) {
		f += "<field var='muc#roomconfig_" + p[0] + "'>"
		for v := range strings.SplitSeq(p[1], ",") {
			f += "<value>" + v + "</value>"
		}
		f += "</field>"
	}
	c.send("<iq type='set' id='config' to='" + room + "'><query xmlns='" + nsOwner + "'><x xmlns='jabber:x:data' type='submit'>" + f + "</x></query></iq>")
}

// stage gives the balcony, owned by juliet, with romeo and the nurse in it; nobody has
// anything to read.
func stage(t *testing.T, settings ...string) (w *world, juliet, romeo, nurse *client) {
	t.Helper()
	w = newWorld(t)
	juliet, romeo, nurse = w.login("juliet@capulet.lit/chamber"), w.login("romeo@montague.lit/orchard"), w.login("nurse@capulet.lit/kitchen")
	juliet.enter(balcony, "Juliet")
	juliet.configure(balcony, settings...)
	romeo.enter(balcony, "Romeo")
	nurse.enter(balcony, "Nurse")
	for _, c := range w.clients {
		c.take()
	}
	return w, juliet, romeo, nurse
}

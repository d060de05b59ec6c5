package roster

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// A world is two hosts with a few accounts, on a real router and a store in
// memory, and a gate behind which all other servers are.
type world struct {
	t       testing.TB
	store   *memStore
	router  *router.Router
	roster  *Service
	clients map[string]*client // by the short name of a full JID; "remote" is the gate
}

// A client notes what it is given, as an Exit or as a Gate.
type client struct {
	sess *router.Session
	mu   sync.Mutex
	got  []string
}

var people = map[string]string{
	"romeo": "montague.lit", "benvolio": "montague.lit",
	"juliet": "capulet.lit", "nurse": "capulet.lit", "tybalt": "capulet.lit",
}

func newWorld(t testing.TB, l Limits) *world {
	log := slog.New(slog.DiscardHandler)
	w := &world{t: t, store: newMemStore(), clients: make(map[string]*client)}
	w.router = router.New(router.Config{Hosts: []string{"montague.lit", "capulet.lit"}, Accounts: accounts{}, Logger: log})
	w.roster = New(Config{Store: w.store, Router: w.router, Limits: l, Logger: log})
	w.router.HandleIQ(router.AtAccount, NS, w.roster)
	w.router.SetPresence(w.roster)
	w.clients["remote"] = &client{}
	w.router.SetRemote(w.clients["remote"])
	return w
}

type accounts struct{}

func (a accounts) Exists(_ context.Context, bare jid.JID) (bool, error) {
	return people[bare.Local()] == bare.Domain(), nil
}

func (a accounts) Active(ctx context.Context, bare jid.JID) (bool, error) { return a.Exists(ctx, bare) }

// full gives the address that a short name stands for: juliet/balcony or juliet.
func full(short string) jid.JID {
	local, resource, _ := strings.Cut(short, "/")
	j, err := jid.New(local, people[local], resource)
	if err != nil {
		panic(err) // a mistake in the test
	}
	return j
}

func (c *client) Deliver(st *stanza.Stanza) (router.Ticket, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.got = append(c.got, plain(string(st.AppendTo(nil))))
	return nil, true
}

func (c *client) End(*stream.Error) {}

func (c *client) Accept(_ context.Context, st *stanza.Stanza) (router.Ticket, error) {
	c.Deliver(st)
	return nil, nil
}

// take gives what came and forgets it.
func (c *client) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	got := c.got
	c.got = nil
	return got
}

var (
	ownID = regexp.MustCompile(` id='(push|probe|ask)-[^']*'`)
	stamp = regexp.MustCompile(`stamp='[^']*'`)
	text  = regexp.MustCompile(`<text [^>]*>[^<]*</text>`)
)

// plain takes out of a stanza what differs from run to run.
func plain(xml string) string {
	xml = ownID.ReplaceAllString(xml, " id='$1'")
	xml = stamp.ReplaceAllString(xml, "stamp='*'")
	return text.ReplaceAllString(xml, "")
}

func (w *world) bind(short string) *client {
	c := &client{}
	sess, err := w.router.Bind(context.Background(), full(short), c)
	if err != nil {
		w.t.Fatal(err)
	}
	c.sess = sess
	w.clients[short] = c
	return c
}

// login binds, asks for the roster and becomes available, as clients do.
func (w *world) login(short string) *client {
	c := w.bind(short)
	w.send(short, "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>")
	w.send(short, "<presence/>")
	w.clear()
	return c
}

// send lets a client send, or the gate when it is "remote".
func (w *world) send(short, xml string) {
	w.t.Helper()
	st, err := stanza.Parse([]byte(xml))
	if err != nil {
		w.t.Fatalf("%s: %v", xml, err)
	}
	if short == "remote" {
		_, err = w.router.Emit(context.Background(), st)
	} else {
		_, err = w.clients[short].sess.Route(context.Background(), st)
	}
	if err != nil {
		w.t.Fatalf("%s: %v", xml, err)
	}
}

// sendTo lets a client send a presence without content.
func (w *world) sendTo(short string, t stanza.Type, to jid.JID) {
	w.t.Helper()
	w.send(short, string(stanza.New(stanza.Presence, t, "", jid.JID{}, to).AppendTo(nil)))
}

// befriend makes two accounts see each other's presence, without a client.
func (w *world) befriend(a, b string) {
	for _, p := range [][2]jid.JID{{full(a), full(b)}, {full(b), full(a)}} {
		w.put(p[0], Item{JID: p[1], Subscription: Both, Listed: true})
	}
}

func (w *world) put(owner jid.JID, it Item) {
	_, err := w.roster.change(context.Background(), owner, it.JID, func(*Item, *contacts) (*Item, error) { return &it, nil }, nil)
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) close(short string) {
	w.clients[short].sess.Close(context.Background())
	delete(w.clients, short)
}

// clear forgets what anybody got.
func (w *world) clear() {
	for _, c := range w.clients {
		c.take()
	}
}

// leftover says what was delivered and not expected.
func (w *world) leftover() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(w.clients)) {
		for _, xml := range w.clients[name].take() {
			fmt.Fprintf(&b, "\n\tS %s: %s", name, xml)
		}
	}
	return b.String()
}

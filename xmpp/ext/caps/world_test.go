package caps

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// A world is a real router with clients that answer questions, and a store that
// outlives a restart.
type world struct {
	t      *testing.T
	store  *memory
	router *router.Router
	caps   *Service
	known  []string // full JIDs, in the order they became known
	mu     sync.Mutex
}

type everybody struct{}

func (everybody) Exists(context.Context, jid.JID) (bool, error) { return true, nil }
func (everybody) Active(context.Context, jid.JID) (bool, error) { return true, nil }

func newWorld(t *testing.T, cfg Config) *world {
	w := &world{t: t, store: &memory{}}
	w.start(cfg)
	return w
}

// start makes everything new but the store.
func (w *world) start(cfg Config) {
	log := slog.New(slog.DiscardHandler)
	w.router = router.New(router.Config{Hosts: []string{"capulet.lit"}, Accounts: everybody{}, Logger: log})
	cfg.Store, cfg.Router, cfg.Logger = w.store, w.router, log
	w.caps = New(cfg)
	w.caps.OnKnown(func(_ context.Context, full jid.JID) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.known = append(w.known, full.String())
	})
}

// takeKnown gives who became known since it was last called, sorted.
func (w *world) takeKnown() string {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.known
	w.known = nil
	slices.Sort(list)
	return strings.Join(list, " ")
}

// A client answers disco#info with what stands in answer; with an error if it is
// "error", and not at all if it is empty.
type client struct {
	w      *world
	sess   *router.Session
	answer string
	delay  time.Duration
	mu     sync.Mutex
	asked  []string
}

func (w *world) login(address, answer string) *client {
	w.t.Helper()
	full, err := jid.Parse(address)
	if err != nil {
		w.t.Fatal(err)
	}
	c := &client{w: w, answer: answer}
	if c.sess, err = w.router.Bind(w.t.Context(), full, c); err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (c *client) Deliver(st *stanza.Stanza) (router.Ticket, bool) {
	st = st.Clone()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, string(st.AppendTo(nil)))
	switch c.answer {
	case "":
	case "error":
		go c.reply(st.ErrorReply(stanza.ServiceUnavailable.Err(""))) // ends when it is routed
	default:
		go c.reply(st.Result([]byte("<query xmlns='http://jabber.org/protocol/disco#info'>" + c.answer + "</query>"))) // ends when it is routed
	}
	return nil, true
}

func (c *client) reply(st *stanza.Stanza) {
	time.Sleep(c.delay) // in the time of the bubble
	if _, err := c.sess.Route(c.w.t.Context(), st); err != nil {
		c.w.t.Error(err)
	}
}

func (c *client) End(*stream.Error) {}

// claims broadcasts a presence with this <c/>.
func (c *client) claims(attributes string) {
	c.w.t.Helper()
	c.says("<presence><c xmlns='http://jabber.org/protocol/caps' " + attributes + "/></presence>")
}

func (c *client) says(presence string) {
	c.w.t.Helper()
	st, err := stanza.Parse([]byte(presence))
	if err != nil {
		c.w.t.Fatal(err)
	}
	c.w.caps.Presence(c.w.t.Context(), c.sess, st)
}

// times says how often the client was asked.
func (c *client) times() int {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.asked)
}

func (c *client) wants(node string) bool { return c.w.caps.Wants(c.sess.JID(), node) }

// memory is a Store.
type memory struct {
	mu   sync.Mutex
	sets []Set
}

func (m *memory) Sets(context.Context) ([]Set, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.sets), nil
}

func (m *memory) PutSet(_ context.Context, s Set) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sets = append(m.sets, s)
	return nil
}

func (m *memory) ForgetSet(_ context.Context, hash, ver string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sets = slices.DeleteFunc(m.sets, func(s Set) bool { return s.Hash == hash && s.Ver == ver })
	return nil
}

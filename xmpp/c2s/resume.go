package c2s

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/xml"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"mellium.im/xmlstream"
	"mellium.im/xmpp"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// newLedger starts stream management as the client wants it.
func (s *Server) newLedger(want management) *ledger {
	g := &ledger{resumable: want.Resume == "true" || want.Resume == "1"}
	if !g.resumable {
		return g
	}
	g.id = rand.Text() + rand.Text() // 260 random bits: half is looked up, half compared
	g.max = s.cfg.Limits.Resume
	// "a 'max' attribute to specify the client's preferred maximum resumption time"
	if n, err := strconv.ParseUint(want.Max, 10, 31); err == nil && n > 0 {
		g.max = min(g.max, time.Duration(n)*time.Second)
	}
	return g
}

// resumables finds sessions by their id. The first half of an id is looked up,
// which takes time that depends on what is there; the other half is compared in
// constant time.
type resumables struct {
	mu   sync.Mutex
	open map[string]*client
	// past remembers how far sessions had got that have ended, for the h of
	// <failed/> (XEP-0198 #resumption).
	past  map[string]past
	order []string // of past, oldest first
}

type past struct {
	id string
	by jid.JID
	h  uint32
}

// pastSessions is the number of ended sessions that are remembered.
const pastSessions = 4096

func (t *resumables) init() {
	t.open = make(map[string]*client)
	t.past = make(map[string]past)
}

func key(id string) string { return id[:len(id)/2] }

func (t *resumables) remember(id string, c *client) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open[key(id)] = c
}

// forget notes that the session has ended after h stanzas of its client.
func (t *resumables) forget(g *ledger, by jid.JID) {
	if g.id == "" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	k := key(g.id)
	delete(t.open, k)
	if len(t.order) >= pastSessions {
		delete(t.past, t.order[0])
		t.order = t.order[1:]
	}
	t.past[k] = past{g.id, by, g.handled}
	t.order = append(t.order, k)
}

// find gives the session of that id if it is one of the account's; otherwise how
// far it had got, if it was.
func (t *resumables) find(id string, bare jid.JID) (c *client, h uint32, known bool) {
	if len(id) < 2 {
		return nil, 0, false
	}
	t.mu.Lock()
	c, p := t.open[key(id)], t.past[key(id)]
	t.mu.Unlock()
	if c != nil && c.jid.Bare() == bare && c.isID(id) {
		return c, 0, true
	}
	if p.by == bare && subtle.ConstantTimeCompare([]byte(p.id), []byte(id)) == 1 {
		return nil, p.h, true
	}
	return nil, 0, false
}

// all appends the sessions that may be resumed.
func (t *resumables) all(list []*client) []*client {
	t.mu.Lock()
	defer t.mu.Unlock()
	list = slices.Grow(list, len(t.open))
	for _, c := range t.open {
		list = append(list, c)
	}
	return list
}

func (c *client) isID(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ledger != nil && subtle.ConstantTimeCompare([]byte(c.ledger.id), []byte(id)) == 1
}

// managementFeature offers resumption; <enable/> comes after login and is
// answered by the stream itself.
func (l *login) managementFeature() xmpp.StreamFeature {
	return xmpp.StreamFeature{
		Name:       xml.Name{Space: nsManagement, Local: "sm"},
		Necessary:  xmpp.Authn,
		Prohibited: xmpp.Ready,
		List: func(_ context.Context, w xmlstream.TokenWriter, start xml.StartElement) (bool, error) {
			return false, writeList(w, start, "", nil)
		},
		Negotiate: func(_ context.Context, s *xmpp.Session, _ any) (xmpp.SessionState, io.ReadWriter, error) {
			if err := consume(s); err != nil {
				return 0, nil, err
			}
			return xmpp.Ready, l.conn, nil // digest has done it
		},
	}
}

// resume answers <resume/>. If the session cannot be resumed the client goes on
// to bind a resource.
func (l *login) resume(ctx context.Context, el stream.Element) (ok bool, err error) {
	want, err := readManagement(el)
	h, valid := number(want.H)
	if err != nil || !valid || want.PrevID == "" {
		l.conn.say(failed(stanza.BadRequest, 0, false))
		return false, nil
	}
	c, past, known := l.srv.cut.find(want.PrevID, l.bare)
	if c != nil && c.program != l.loan.by() {
		c, past, known = nil, 0, false // what the one may do, the other may not
	}
	if c != nil {
		// The account may have been disabled since the password was checked.
		if active, err := l.srv.cfg.Router.Active(ctx, l.bare); err != nil || !active || l.barred() {
			c = nil
		}
	}
	if c == nil {
		l.conn.say(failed(stanza.ItemNotFound, past, known))
		return false, nil
	}
	if !c.takeOver() {
		l.conn.say(failed(stanza.ItemNotFound, 0, false))
		return false, nil
	}
	if err := c.acknowledged(h); err != nil {
		c.finish(ctx)
		return false, err
	}
	l.client = c
	return true, nil
}

// takeOver frees the session from its old connection, which may not know yet that
// it is dead, and waits until all that came in by it is dealt with and kept. It
// is false if the session has ended, or somebody else is taking it over.
func (c *client) takeOver() bool {
	for {
		c.mu.Lock()
		if c.over || c.ended || c.claimed || c.ledger == nil || c.ledger.failed != nil {
			c.mu.Unlock()
			return false
		}
		var wait chan struct{}
		var old *link
		switch g := c.ledger; {
		case c.holding != nil:
			wait = c.holding
		case c.reading != nil:
			if old = c.link; old != nil {
				// "the server SHOULD send a 'conflict' stream error and close that stream"
				old.sayGoodbye(stream.Conflict.Err("resumed on another connection"))
				c.link = nil
			}
			if c.reading.gone == nil {
				c.reading.gone = make(chan struct{})
			}
			wait = c.reading.gone
		case g.kept != g.given:
			if g.quiet == nil {
				g.quiet = make(chan struct{})
			}
			wait = g.quiet
		default:
			c.claimed, c.cut = true, false
			c.mu.Unlock()
			return true
		}
		c.mu.Unlock()
		if old != nil {
			_ = old.conn.SetReadDeadline(time.Unix(1, 0)) // stops its reading goroutine, which sayGoodbye has woken if it slept
		}
		<-wait
	}
}

// welcomeBack gives <resumed/> and all that the client has not acknowledged, to be
// sent on k. The lock is held.
func (c *client) welcomeBack(k *link) *buffer {
	g := c.ledger
	out := c.srv.getBuffer()
	out.b = append(out.b, "<resumed xmlns='"+nsManagement+"'"...)
	out.b = stanza.AppendAttr(out.b, "previd", g.id)
	out.b = stanza.AppendAttr(out.b, "h", decimal(g.handled))
	out.b = append(out.b, "/>"...)
	out.b = append(out.b, g.waiting()...)
	if len(g.open()) > 0 {
		out.b = append(out.b, request...)
		g.unasked = false
		k.asked.Store(c.srv.now.Load())
	}
	return out
}

// errNotResumed is for the log only: there is no stream to tell it on.
var errNotResumed = errors.New("not resumed in time")

// expire ends the session if its client has stayed away too long.
func (c *client) expire(ctx context.Context, now int64) {
	c.mu.Lock()
	g := c.ledger
	due := c.cut && g != nil && now-g.cutAt >= int64(g.max/time.Second)
	if due {
		c.note(errNotResumed)
	}
	c.mu.Unlock()
	if due {
		c.finish(ctx)
	}
}

// leave does with what the client has not got what would have been done without
// the client (XEP-0198 #acking).
func (c *client) leave(ctx context.Context, g *ledger) {
	log := g.waiting()
	var last router.Ticket
	since, elsewhere := c.srv.cfg.Router.Elsewhere(c.jid.Bare())
	for _, e := range g.open() {
		raw := log[:e.size:e.size]
		log = log[e.size:]
		if e.told != nil {
			e.told(false) // whoever asked keeps it
			continue
		}
		st, err := stanza.Parse(append([]byte(nil), raw...))
		if err != nil {
			c.srv.log.Error("an unacknowledged stanza cannot be read", slog.String("jid", c.jid.String()), slog.Any("err", err))
			continue
		}
		switch {
		case e.held != nil && !elsewhere && c.settle(e.held, false):
		case elsewhere && st.Kind == stanza.Message && st.To.IsBare() && since.Add(settling).Unix() < e.at:
			// The other resource had it at the same time.
			c.settle(e.held, true)
		default:
			if t := c.reroute(ctx, st, e.at); t != nil {
				last = t
			}
			c.settle(e.held, true)
		}
	}
	await(last)
}

// await waits for a write, and with it for all that were begun before.
func await(t router.Ticket) {
	if t != nil {
		<-t.Done()
	}
}

// settling is how long after it began to take messages a session is certain to
// have had all that came for its account: our clock is coarse.
const settling = 2 * time.Second

// reroute treats st as "a stanza sent to an unavailable resource" (XEP-0198 #acking).
// The ticket is nil if st was not stored.
func (c *client) reroute(ctx context.Context, st *stanza.Stanza, at int64) router.Ticket {
	switch {
	case c.keepable(st):
		if m, _ := matterOf(st); m == chatState {
			return nil // it is not so any more
		}
		if !st.Has(nsDelay, "delay") {
			st = delayed(st, c.jid.Host(), at)
		}
		st.Kept = true // it went by the archive, and was copied, when it first came
	case st.Kind == stanza.IQ && (st.Type == stanza.Get || st.Type == stanza.Set):
		st = st.ErrorReply(stanza.RecipientUnavailable.Err("the client has gone"))
	default:
		return nil // presence, and answers to requests that nobody remembers
	}
	t, err := c.srv.cfg.Router.Emit(ctx, st)
	if err != nil {
		c.srv.log.Error("an unacknowledged stanza found no way", slog.String("jid", c.jid.String()), slog.Any("err", err))
	}
	return t
}

// keepable reports whether a stanza is one of those that wait for people who are
// not there (RFC 6121 §8.5.2.2.1). A copy is not: the message itself waits, or is
// in the archive, wherever it belongs.
func (c *client) keepable(st *stanza.Stanza) bool {
	return st.Kind == stanza.Message && (st.Type == stanza.Chat || st.Type == stanza.Normal) && !c.isCarbon(st)
}

// nsDelay is the namespace of the note that says when a stanza was first sent (XEP-0203).
const nsDelay = "urn:xmpp:delay"

// delayed gives st with the time at which it should have been delivered.
func delayed(st *stanza.Stanza, by jid.JID, at int64) *stanza.Stanza {
	note := stanza.AppendAttr([]byte("<delay xmlns='"+nsDelay+"'"), "from", by.String())
	note = stanza.AppendAttr(note, "stamp", time.Unix(at, 0).UTC().Format("2006-01-02T15:04:05Z"))
	with, err := stanza.Parse(st.AppendTo(nil, append(note, "/>"...)))
	if err != nil {
		return st
	}
	return with
}

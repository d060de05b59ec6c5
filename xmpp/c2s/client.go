package c2s

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// A client is a bound resource: the Exit of its session. It outlives its
// connection when stream management lets the client come back.
type client struct {
	srv     *Server
	jid     jid.JID
	session Session // set before the first stanza is read
	program string  // who acts in the name of the person; "" if it is the person itself

	mu       sync.Mutex
	link     *link          // the connection; nil until login is complete, and while cut
	reading  *link          // the connection whose reading goroutine runs; outlasts link
	early    *buffer        // what was delivered before there was a link; nil if nothing
	ledger   *ledger        // nil without stream management
	holding  chan struct{}  // closed when what waits is in line for the disk; nil unless it is getting there
	holds    sync.WaitGroup // messages that Deliver is putting in that line; no new ones once the session is over
	deferred *deferred      // what waits for an inactive client; nil if it is active
	managed  bool           // there is, or was, a ledger
	refused  bool           // there was no room for a message that waits elsewhere
	claimed  bool           // a login has taken the session over and not attached its connection yet
	cut      bool           // the connection is lost, the client may come back
	ended    bool           // somebody has ended the session: the client may not come back
	over     bool           // the session has ended: nothing is taken any more
	parting  int            // who sees to what is left; the last one closes the session
	why      string         // what ended its stream, for the log; the first that was noted
}

func newClient(s *Server, full jid.JID) *client { return &client{srv: s, jid: full} }

// take gives the connection to the client that was bound or resumed, and starts
// the stream. It is false when the session ended in the meantime. Nothing of the
// login is kept, not even the goroutine: its stack has grown.
func (l *login) take(ctx context.Context) bool {
	if err := l.conn.flush(); err != nil {
		return false
	}
	if err := l.wire.SetDeadline(time.Time{}); err != nil {
		return false
	}
	c := l.client
	k := newLink(c, l.wire, l.conn.Conn, &l.header)
	l.conn.framer.SetLimits(l.srv.limits())
	if l.wire.carrier != nil {
		l.wire.carrier.Allow(l.srv.limits())
	}
	if !c.attach(k, l.inactive) {
		return false
	}
	l.wire.link.Store(k)
	if l.srv.closing.Load() {
		c.End(stream.SystemShutdown.Err("")) // Shutdown may have looked before it could see k
	}
	c.srv.log.Info("client connected", slog.String("jid", c.jid.String()),
		slog.String("addr", l.wire.addr.String()), slog.Bool("tls", l.secured()))
	// Stopped by the end of the connection.
	go k.run(ctx, &reader{framer: l.conn.framer})
	// A session that overflowed before it was cut has missed messages.
	if err := c.session.Backlog(ctx); err != nil {
		c.srv.log.Error("offline messages could not be read", slog.String("jid", c.jid.String()), slog.Any("err", err))
	}
	return true
}

// attach makes k the connection of c. What was delivered since the resource was
// bound, or what the resumed client has missed, goes first. The client is active
// unless it has said otherwise on this connection: "stream resumption does not affect
// the current CSI state, which always defaults to 'active' for new and resumed
// streams" (XEP-0352 #stream-resumption).
func (c *client) attach(k *link, inactive bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over || c.ended || c.link != nil {
		return false
	}
	c.activate()
	if inactive {
		c.deferred = new(deferred)
	}
	c.link, c.reading, c.cut, c.claimed, c.why = k, k, false, false, ""
	if c.ledger != nil {
		c.ledger.missed = false
		k.out = c.welcomeBack(k)
	} else {
		k.out, c.early = c.early, nil
	}
	if k.out != nil {
		k.startFlush()
	}
	return true
}

// abandon lets go of the session of a login that came to nothing after all.
func (l *login) abandon(ctx context.Context) {
	c := l.client
	if c == nil {
		return
	}
	c.mu.Lock()
	free, resumed := c.link == nil && c.reading == nil && !c.cut, c.claimed
	c.mu.Unlock()
	switch {
	case free && resumed:
		c.holdAll(ctx) // the client may come back once more
		c.mu.Lock()
		c.claimed = false
		c.mu.Unlock()
		c.endIfOver(ctx)
	case free:
		c.finish(ctx)
	}
}

func (s *Server) limits() stanza.Limits {
	return stanza.Limits{Bytes: s.cfg.Limits.StanzaBytes, Depth: s.cfg.Limits.Depth}
}

// End closes the stream of the client, telling it why, and its session with it.
func (c *client) End(reason *stream.Error) {
	if c.endStream(reason) {
		// Another client has the resource now. What this one has not acknowledged
		// gets in line before the other is given anything newer.
		c.finish(context.Background())
	}
}

// endStream is End up to the session's own end; replaced says that this is not to
// be left to the reading goroutine.
func (c *client) endStream(reason *stream.Error) (replaced bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	if reason != nil {
		c.note(reason)
	}
	switch {
	case c.over:
	case c.link != nil:
		c.link.sayGoodbye(reason)  // its reading goroutine does the rest
		if !c.srv.closing.Load() { // Shutdown has a limit of its own
			c.link.hurry()
		}
		return reason != nil && reason.Condition == stream.Conflict
	case c.cut && c.srv.closing.Load(): // Shutdown sees to it
	case c.cut:
		c.over = true
		c.srv.running.Add(1)
		go func() { // ends by itself
			defer c.srv.running.Done()
			c.finish(context.Background())
		}()
	default:
		c.over = true // still in its login, which will find out
	}
	return false
}

// lost is the end of a connection: the session is cut if its client may come
// back, and else it ends.
func (c *client) lost(ctx context.Context, k *link, err error) {
	c.mu.Lock()
	if c.link != k {
		c.mu.Unlock()
		return // the client is already on another connection
	}
	c.note(err)
	if lostAlone(err) && !k.closing && !c.over && !c.ended && c.ledger != nil && c.ledger.resumable {
		c.link = nil
		c.srv.log.Info("client cut", slog.String("jid", c.jid.String()), slog.String("reason", c.why))
		c.why = ""
		missed := c.missed()
		c.holdAllLocked(ctx)
		c.tellMissed(ctx, missed)
		c.endIfOver(ctx)
		return
	}
	c.mu.Unlock()
	c.finish(ctx)
}

// endIfOver ends a session that was ended by somebody while it was being cut.
func (c *client) endIfOver(ctx context.Context) {
	c.mu.Lock()
	over := c.over
	c.mu.Unlock()
	if over {
		c.finish(ctx)
	}
}

// finish ends the session: the resource is unbound, and what the client has not
// got goes where it would have gone without it, before anything newer. It may be
// called more than once.
func (c *client) finish(ctx context.Context) {
	c.beginParting()
	defer c.endParting(ctx)
	c.mu.Lock()
	missed := c.missed()
	for c.ledger != nil && !c.cut {
		c.holdAllLocked(ctx)
		c.mu.Lock()
	}
	c.over = true
	c.link, c.cut = nil, false
	early, g, why := c.early, c.ledger, c.why
	c.early, c.ledger = nil, nil
	if g != nil && g.quiet != nil {
		close(g.quiet) // whoever waits to take the session over sees that it has ended
		g.quiet = nil
	}
	c.mu.Unlock()
	if g != nil {
		c.srv.cut.forget(g, c.jid.Bare())
	}
	c.srv.lent.forget(c)
	if c.session != nil {
		c.session.Unbind(ctx)
	}
	c.rerouteUnsent(ctx, early)
	if g != nil {
		// Deliver may not route, so it leaves here what it cannot keep: see hold.
		c.holds.Wait()
		c.leave(ctx, g)
		c.rerouteDeferred(ctx)
		c.tellMissed(ctx, missed)
		c.srv.cfg.Router.Wake(ctx, c.jid.Bare())
	}
	c.srv.log.Info("client gone", slog.String("jid", c.jid.String()), slog.String("reason", why))
}

// beginParting says that somebody sees to what the client has not got.
func (c *client) beginParting() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.parting++
}

// endParting ends what beginParting began. The last one closes a session that is
// over: whoever removes the account then finds all that was stored.
func (c *client) endParting(ctx context.Context) {
	c.mu.Lock()
	c.parting--
	last := c.over && c.parting == 0
	c.mu.Unlock()
	if last && c.session != nil {
		c.session.Close(ctx)
	}
}

// note remembers what ended the stream. The lock is held.
func (c *client) note(err error) {
	if c.why != "" {
		return
	}
	var told *stream.Error
	switch {
	case errors.Is(err, errClosed):
		c.why = "closed by the client"
	case errors.As(err, &told):
		c.why = strings.TrimPrefix(told.Error(), "stream error: ")
	case errors.Is(err, io.EOF):
		c.why = "connection closed"
	default:
		c.why = err.Error()
	}
}

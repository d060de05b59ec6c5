package c2s

import (
	"context"
	"log/slog"

	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// A held is a message that waits in a cut session, and on the disk in case the
// server ends before the client comes back. It is used under client.mu.
type held struct {
	begun     bool                 // somebody has taken it to put it on the disk
	ticket    router.Ticket        // of the write; nil if there is none
	release   func(delivered bool) // nil until it is on its way to the disk
	failed    bool                 // it could not be kept
	settled   bool                 // what became of it is known ...
	delivered bool                 // ... and is this
}

// holdAll puts on the way to the disk what waits for a client that was cut, or
// is leaving, in order. What comes in meanwhile joins the line, and its senders
// wait for the end of it; from then on the session is cut, and Deliver does it.
func (c *client) holdAll(ctx context.Context) {
	c.mu.Lock()
	c.holdAllLocked(ctx)
}

// holdAllLocked is holdAll with the lock held, which it gives back.
func (c *client) holdAllLocked(ctx context.Context) {
	if c.ledger == nil || c.cut || c.holding != nil {
		holding := c.holding
		c.mu.Unlock()
		if holding != nil {
			<-holding
		}
		return
	}
	c.holding = make(chan struct{})
	c.mu.Unlock()
	for at := (logAt{}); ; {
		c.mu.Lock()
		st, h := c.nextToHold(&at)
		if h == nil {
			c.cut = true
			c.ledger.cutAt = c.srv.now.Load()
			close(c.holding)
			c.holding = nil
			c.mu.Unlock()
			return
		}
		c.mu.Unlock()
		c.hold(ctx, h, st)
	}
}

// deliverCut puts a message that waits for a client which was cut on the way to
// the disk too: the server may not live as long as the session, and the sender
// may take it for kept when the ticket is fulfilled. It is called with the lock
// held and gives it back.
func (c *client) deliverCut(st *stanza.Stanza) router.Ticket {
	if c.srv.cfg.Holder == nil || st.Told != nil || !c.keepable(st) {
		c.mu.Unlock()
		return nil
	}
	g, holding := c.ledger, c.holding
	h := &held{begun: holding == nil}
	g.entries[len(g.entries)-1].held = h
	if holding == nil {
		c.holds.Add(1)
		defer c.holds.Done()
	}
	c.mu.Unlock()
	if holding != nil {
		<-holding // older messages have to get in line first, which takes no disk
	} else {
		c.hold(context.Background(), h, st)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return h.ticket
}

// A logAt is a place in the log of a session, counted from its beginning: while it is
// in use the client may still acknowledge what stands before it, or behind.
type logAt struct {
	entry  uint32 // modulo 2^32, as the counts of the ledger are
	offset uint64
}

// nextToHold gives the next message that is not held yet. The lock is held.
func (c *client) nextToHold(at *logAt) (*stanza.Stanza, *held) {
	if c.srv.cfg.Holder == nil {
		return nil, nil
	}
	g := c.ledger
	if at.offset < g.passed {
		*at = logAt{g.acked, g.passed}
	}
	for open := g.open(); at.entry != g.sent(); {
		e := &open[at.entry-g.acked]
		raw := g.waiting()[at.offset-g.passed:][:e.size]
		at.entry++
		at.offset += uint64(e.size)
		if e.held != nil && e.held.begun || e.told != nil {
			continue // it is on the disk already
		}
		st, err := stanza.Parse(append([]byte(nil), raw...))
		if err == nil && c.keepable(st) {
			if e.held == nil {
				e.held = new(held)
			}
			e.held.begun = true
			return st, e.held
		}
	}
	return nil, nil
}

// hold puts one message on the way to the disk. It is called from within Deliver,
// whose caller may have the router's turn for the account: it never routes, and
// waits for nobody who does. If it fails it leaves the message to leave, which
// comes later.
func (c *client) hold(ctx context.Context, h *held, st *stanza.Stanza) {
	release, t, err := c.srv.cfg.Holder.Hold(ctx, c.jid.Bare(), st)
	if err != nil {
		t = refused{err}
	}
	c.mu.Lock()
	h.release, h.ticket, h.failed = release, t, err != nil
	settled, delivered := h.settled, h.delivered
	c.mu.Unlock()
	if t != nil {
		t.OnDone(func(err error) { c.heldOnDisk(h, err) })
	}
	if settled && err == nil {
		release(delivered)
	}
}

// heldOnDisk notes the outcome of a write.
func (c *client) heldOnDisk(h *held, err error) {
	if err == nil {
		return
	}
	c.srv.log.Error("a message for a cut session could not be kept", slog.String("jid", c.jid.String()), slog.Any("err", err))
	c.mu.Lock()
	h.failed = true
	c.mu.Unlock()
}

// refused is the ticket of a write that did not even begin.
type refused struct{ err error }

func (r refused) Done() <-chan struct{} {
	done := make(chan struct{})
	close(done)
	return done
}
func (r refused) Err() error           { return r.err }
func (r refused) OnDone(f func(error)) { f(r.err) }

// settle says what became of a message that is held. It is false if the message
// could not be held, and is true if there is none.
func (c *client) settle(h *held, delivered bool) bool {
	if h == nil {
		return true
	}
	c.mu.Lock()
	if h.failed {
		c.mu.Unlock()
		return false
	}
	h.settled, h.delivered = true, delivered
	release := h.release
	c.mu.Unlock()
	if release != nil {
		release(delivered)
	}
	return true
}

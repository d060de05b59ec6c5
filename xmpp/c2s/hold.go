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
	release   func(delivered bool) // nil until it is on its way to the disk
	failed    bool                 // it could not be kept
	settled   bool                 // what became of it is known ...
	delivered bool                 // ... and is this
}

// holdAll puts on the disk what waits for a client that was just cut, in order.
// What comes in meanwhile joins, and its senders wait; only when all is on the
// disk is the session cut, and from then on Deliver does it.
func (c *client) holdAll(ctx context.Context) {
	held := make(chan struct{})
	c.mu.Lock()
	c.holding = held
	c.mu.Unlock()
	over := c.holdRest(ctx)
	c.mu.Lock()
	c.holding = nil
	c.mu.Unlock()
	close(held)
	if over {
		c.finish(ctx)
	}
}

// holdRest is holdAll up to the cut; over says that the session has ended before.
func (c *client) holdRest(ctx context.Context) (over bool) {
	var onTheWay []keeping
	for at := (logAt{}); ; {
		c.mu.Lock()
		if c.over || c.ledger == nil {
			c.mu.Unlock()
			return true
		}
		st, h := c.nextToHold(&at)
		if h == nil && len(onTheWay) == 0 {
			c.cut = true
			c.ledger.cutAt = c.srv.now.Load()
			c.mu.Unlock()
			return false
		}
		c.mu.Unlock()
		if h != nil {
			onTheWay = append(onTheWay, keeping{h, c.hold(ctx, h, st)})
			continue
		}
		for _, k := range onTheWay {
			c.await(k)
		}
		onTheWay = onTheWay[:0]
	}
}

// A keeping is a held message on its way to the disk.
type keeping struct {
	held   *held
	ticket router.Ticket // nil if there is nothing to wait for
}

// await waits until a held message is on the disk: only then may it be
// acknowledged to its sender.
func (c *client) await(k keeping) {
	if k.ticket == nil {
		return
	}
	<-k.ticket.Done()
	if err := k.ticket.Err(); err != nil {
		c.srv.log.Error("a message for a cut session could not be kept", slog.String("jid", c.jid.String()), slog.Any("err", err))
		c.mu.Lock()
		k.held.failed = true
		c.mu.Unlock()
	}
}

// A logAt is a place in the log of a session that nobody reads or acknowledges.
type logAt struct{ entry, offset int }

// nextToHold gives the next message that is not held yet. The lock is held.
func (c *client) nextToHold(at *logAt) (*stanza.Stanza, *held) {
	if c.srv.cfg.Holder == nil {
		return nil, nil
	}
	g := c.ledger
	for open := g.open(); at.entry < len(open); {
		e := &open[at.entry]
		raw := g.waiting()[at.offset : at.offset+e.size]
		at.entry++
		at.offset += e.size
		if e.held != nil || e.told != nil {
			continue // it is on the disk already
		}
		st, err := stanza.Parse(append([]byte(nil), raw...))
		if err == nil && keepable(st) {
			e.held = new(held)
			return st, e.held
		}
	}
	return nil, nil
}

// hold puts one message on the way to the disk. The ticket is nil if it does not
// get there.
func (c *client) hold(ctx context.Context, h *held, st *stanza.Stanza) router.Ticket {
	release, t, err := c.srv.cfg.Holder.Hold(ctx, c.jid.Bare(), st)
	if err != nil {
		c.srv.log.Error("a message for a cut session could not be kept", slog.String("jid", c.jid.String()), slog.Any("err", err))
	}
	c.mu.Lock()
	h.release, h.failed = release, err != nil
	settled, delivered := h.settled, h.delivered
	c.mu.Unlock()
	switch {
	case settled && err == nil:
		release(delivered)
	case settled && !delivered:
		c.reroute(ctx, st.Clone(), c.srv.now.Load())
	}
	return t
}

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

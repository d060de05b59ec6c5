package c2s

import (
	"context"
	"slices"

	"causeway/xmpp/stanza"
)

// missed gives the messages that a client has not acknowledged whose connection is
// lost. Nobody has been woken for them, since it seemed to be there; what comes from
// now on is seen to wait (Cut). The lock is held.
func (c *client) missed() (list []*stanza.Stanza) {
	g := c.ledger
	if g == nil || g.missed || c.srv.cfg.Missed == nil {
		return nil
	}
	g.missed = true
	log := g.waiting()
	for _, e := range g.open() {
		raw := log[:e.size]
		log = log[e.size:]
		if e.told != nil {
			continue // it has waited before, and somebody was woken then
		}
		st, err := stanza.Parse(slices.Clone(raw))
		if err != nil || st.Kind != stanza.Message || c.isCarbon(st) {
			continue
		}
		if _, ok := c.canWait(st); !ok {
			list = append(list, st)
		}
	}
	return list
}

// tellMissed tells who wakes devices.
func (c *client) tellMissed(ctx context.Context, list []*stanza.Stanza) {
	for _, st := range list {
		c.srv.cfg.Missed(ctx, c.jid, st)
	}
}

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
		if err != nil || st.Kind != stanza.Message || st.Type == stanza.TypeError {
			continue
		}
		if st = c.news(st); st != nil {
			list = append(list, st)
		}
	}
	return list
}

// news gives what is important in st: itself, or what it is a copy of if another
// device has received that (XEP-0280 #inbound); nil if nothing is.
func (c *client) news(st *stanza.Stanza) *stanza.Stanza {
	m, child := matterOf(st)
	if m == carbon && c.isCarbon(st) && st.Has(nsCarbons, "received") {
		if st = forwarded(st, child); st == nil {
			return nil
		}
		m, _ = matterOf(st)
	}
	if m != important {
		return nil
	}
	return st
}

// tellMissed tells who wakes devices.
func (c *client) tellMissed(ctx context.Context, list []*stanza.Stanza) {
	for _, st := range list {
		c.srv.cfg.Missed(ctx, c.jid, st)
	}
}

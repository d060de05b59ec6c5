package c2s

import (
	"context"

	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// nsState is the namespace of client state indication (XEP-0352).
const nsState = "urn:xmpp:csi:0"

// indicate takes a word of the client on whether somebody looks at it. "There is no
// reply from the server to either of these elements" (XEP-0352 #indication).
func (k *link) indicate(el stream.Element) error {
	c := k.client
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.link != k {
		return nil
	}
	switch string(el.Local()) {
	case "active":
		// "The server first changes the CSI state to active and flushes all": what the
		// client asks next is answered behind that (XEP-0352 #in-order-processing).
		c.activate()
	case "inactive":
		if c.deferred == nil {
			c.deferred = new(deferred)
		}
	default:
		return stream.UnsupportedStanzaType.Err("") // RFC 6120 §4.9.3.24
	}
	return nil
}

// indicate takes the same from a client that has no resource yet: it has been offered
// since the client authenticated (XEP-0352 #discovery).
func (l *login) indicate(state string) error {
	if l.bare.IsZero() || state != "active" && state != "inactive" {
		return stream.UnsupportedStanzaType.Err("") // RFC 6120 §4.9.3.24
	}
	l.inactive = state == "inactive"
	return nil
}

// Inactive reports whether the client has said that nobody looks at it (XEP-0352
// #indication). It is for our own decisions: "servers MUST NOT reveal" it (XEP-0352
// #security).
func (c *client) Inactive() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.deferred != nil
}

// A deferred is what waits for an inactive client until it is active again or
// something comes that cannot wait. Stream management knows nothing of it: it is
// neither counted nor asked about before it is sent. It is used under client.mu.
type deferred struct {
	line   []later       // in order
	newest map[topic]int // where in line the last word about a topic stands
	waits  int           // of line, less what something newer has taken the place of
	cost   int           // of what waits, in bytes
}

// A later is a stanza that waits; without xml, one that need not be sent any more.
type later struct {
	xml   []byte
	at    int64 // when it came, Unix seconds
	about topic
}

// laterCost is what a waiting stanza costs besides its bytes.
const laterCost = 128

// put adds st to the end of the line. What it makes pointless goes: the others
// keep their order, which is all that RFC 6120 §10.1 asks for.
func (d *deferred) put(st *stanza.Stanza, about topic, at int64) {
	var room []byte
	if about != (topic{}) {
		if d.newest == nil {
			d.newest = make(map[topic]int)
		}
		if i, ok := d.newest[about]; ok {
			room = d.drop(i)
		}
		d.newest[about] = len(d.line)
	}
	// Room for more than twice what is needed would not be counted.
	if need := st.Size() + len(st.To.String()) + len(st.From.String()) + 16; cap(room) > 2*need || cap(room) == 0 {
		room = make([]byte, 0, need)
	}
	xml := st.AppendTo(room)
	d.line = append(d.line, later{xml, at, about})
	d.waits++
	d.cost += len(xml) + laterCost
	if len(d.line) >= 2*d.waits+16 {
		d.closeRanks()
	}
}

// drop takes the stanza at i out and gives its bytes for use again.
func (d *deferred) drop(i int) (room []byte) {
	old := &d.line[i]
	d.waits--
	d.cost -= len(old.xml) + laterCost
	room, old.xml = old.xml[:0], nil
	return room
}

// closeRanks forgets the places of what was dropped.
func (d *deferred) closeRanks() {
	kept := d.line[:0]
	for _, l := range d.line {
		if l.xml == nil {
			continue
		}
		if l.about != (topic{}) {
			d.newest[l.about] = len(kept)
		}
		kept = append(kept, l)
	}
	clear(d.line[len(kept):])
	d.line = kept
}

// putOff takes a stanza that can wait while the client is inactive. If st cannot,
// all that waits goes before it, in one write with it: a device that is woken
// should not be woken again soon. The lock is held.
func (c *client) putOff(st *stanza.Stanza) bool {
	d := c.deferred
	if d.cost+st.Size()+laterCost <= c.srv.cfg.Limits.Deferred {
		if about, ok := c.canWait(st); ok {
			d.put(st, about, c.srv.now.Load())
			return true
		}
	}
	c.catchUp()
	return false
}

// catchUp sends what waits for an inactive client, which stays so. While the
// session is cut it goes to those that are sent when the client comes back. The
// lock is held.
func (c *client) catchUp() {
	d, k := c.deferred, c.link
	written := k != nil && !k.dead && !k.closing
	if d == nil || d.waits == 0 || !written && c.ledger == nil {
		return // finish sees to what is never written
	}
	for _, l := range d.line {
		if l.xml == nil {
			continue
		}
		if c.ledger != nil {
			c.ledger.addBytes(l.xml, l.at)
		}
		if written {
			out := c.queue()
			out.b = append(out.b, l.xml...)
		}
	}
	*d = deferred{}
	if written {
		k.startFlush()
	}
}

// activate ends the inactive state, if that is what it is. The lock is held.
func (c *client) activate() {
	c.catchUp()
	c.deferred = nil
}

// rerouteDeferred does with what waited for a client that was inactive to its end
// what is done with all that a client has not got. Nearly all of it is dropped.
func (c *client) rerouteDeferred(ctx context.Context) {
	c.mu.Lock()
	d := c.deferred
	c.deferred = nil
	c.mu.Unlock()
	if d == nil {
		return
	}
	var last router.Ticket
	for _, l := range d.line {
		if l.xml == nil {
			continue
		}
		st, err := stanza.Parse(l.xml)
		if err != nil {
			continue // it was checked when it came in
		}
		if t := c.reroute(ctx, st, l.at); t != nil {
			last = t
		}
	}
	await(last)
}

package websdk

import (
	"slices"

	"causeway/xmpp/stanza"
)

// again is the status by which an SDK says that its request answers one (wire 3.5). Between
// SDKs it travels as an element, so that nobody else reads it.
const again = "[resp:true]"

// contacts is what is known of the requests that the SDK makes by itself: when somebody has
// been given its presence it asks for his, each time a push says so (wire 3.5). Once is
// enough: whoever refuses would be asked for ever.
type contacts struct {
	pushes   map[string][]string // by id, whom a push would have it ask
	expected []string            // whom it asks next, if it does so by itself
	tried    map[string]bool     // who has been asked, by it or by whoever uses it
}

// pushed notes a roster push that goes to the SDK.
func (c *contacts) pushed(id string, item *element) {
	if item.attr("subscription") != "from" || len(c.pushes) >= maxKnown {
		return
	}
	j := item.attr("jid")
	if item.attr("ask") != "" {
		c.try(j)
	}
	c.pushes[id] = append(c.pushes[id], j)
}

// answeredPush notes that the SDK has answered a push: what it asks by itself comes next.
func (c *contacts) answeredPush(id string) {
	c.expected = c.pushes[id]
	delete(c.pushes, id)
}

func (c *contacts) try(j string) {
	if len(c.tried) < maxKnown {
		c.tried[j] = true
	}
}

// needless reports whether a request to j is one that the SDK makes by itself, for the
// second time.
func (c *contacts) needless(p *element, j string) bool {
	i := slices.Index(c.expected, j)
	own := i >= 0 && len(p.children()) == 0
	before := c.tried[j] || len(c.tried) >= maxKnown
	c.try(j)
	if own {
		c.expected = slices.Delete(slices.Clone(c.expected), i, i+1)
	} else {
		c.expected = nil
	}
	return own && before
}

// sayPresence takes presence of the SDK.
func (s *Stream) sayPresence(p *element, written string) {
	to, typ := p.attr("to"), p.attr("type")
	if s.names.isRoom(to) {
		s.expected = nil
		s.sayRoomPresence(p, written)
		return
	}
	if typ == "subscribe" {
		if s.needless(p, bare(to)) {
			return
		}
	} else {
		s.expected = nil
	}
	out := elem(stanza.NSClient, "presence", "to", to, "type", typ, "id", p.attr("id"))
	for _, c := range p.children() {
		switch {
		case c.is(stanza.NSClient, "status") && c.text() == again:
			out.with(elem(nsOurs, "again"))
		case c.is(stanza.NSClient, "show"):
			switch c.text() { // RFC 6121 §4.7.2.1 has no others
			case "away", "chat", "dnd", "xa":
				out.with(c)
			}
		case c.is(stanza.NSClient, "status"), c.is(stanza.NSClient, "priority"), c.is(nsNick, "nick"):
			out.with(c)
		}
	}
	s.feedStanza(out)
}

// tellPresence makes what the SDK is told of presence. It looks for elements by their
// names alone, so it gets those that it knows.
func (s *Stream) tellPresence(p *element) []*element {
	from := p.attr("from")
	if s.names.isRoom(from) {
		return s.tellRoomPresence(p)
	}
	if bare(from) == s.myself() {
		return nil // it would take itself for a contact
	}
	out := elem(stanza.NSClient, "presence", "from", s.names.outward(from), "to", s.me(), "type", p.attr("type"), "id", p.attr("id"))
	for _, c := range p.children() {
		switch {
		case c.is(nsOurs, "again"):
			out.with(elem(stanza.NSClient, "status").saying(again))
		case c.is(stanza.NSClient, "show"), c.is(stanza.NSClient, "priority"), c.is(stanza.NSClient, "status"):
			out.with(elem(c.space, c.local).saying(c.text()))
		case c.is(nsNick, "nick"):
			out.with(elem(c.space, c.local).saying(c.text()))
		}
	}
	if out.attr("type") == "error" {
		out.with(faultOf(readFault(p)))
	}
	return []*element{out}
}

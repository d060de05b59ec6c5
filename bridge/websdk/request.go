package websdk

import (
	"strconv"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

const (
	nsRoster = "jabber:iq:roster"
	nsPing   = "urn:xmpp:ping"
	nsAdmin  = nsMUC + "#admin"
)

func decimal(n int) string { return strconv.Itoa(n) }

// inwardOr is names.inward for addresses inside of a stanza: one that is nobody's stays,
// and whoever looks for it finds nobody.
func (s *Stream) inwardOr(addr string) string {
	if j, ok := s.names.inward(addr); ok {
		return j
	}
	return addr
}

// addresses translates the addresses in e and all below.
func (s *Stream) addresses(e *element, how func(string) string) *element {
	e.each(func(c *element) {
		for _, name := range [...]string{"jid", "from", "to"} {
			if a := c.attr(name); a != "" {
				c.set(name, how(a))
			}
		}
	})
	return e
}

// sayRequest takes an IQ of the SDK, and gives what it is answered at once.
func (s *Stream) sayRequest(iq *element, written string) []*element {
	id := iq.attr("id")
	payload := iq.first()
	switch iq.attr("type") {
	case "result", "error":
		if !s.foreign[id] {
			return nil // it tells its version unasked (wire 3.3, step 6)
		}
		delete(s.foreign, id)
		s.answeredPush(id)
		s.feedStanza(iq)
		return nil
	}
	s.expected = nil
	if payload.is(nsPrivacy, "query") && (iq.attr("to") == "" || iq.attr("to") == s.myself()) {
		return s.sayPrivacy(iq, payload, written)
	}
	if len(s.asked) >= maxKnown { // an answer that is not known to be one is kept from the SDK
		fault := elem(stanza.NSClient, "iq", "type", "error", "id", id, "from", written, "to", s.me())
		return []*element{fault.with(faultOf(stanza.ResourceConstraint, "wait", ""))}
	}
	s.asked[id] = asked{iq.attr("to"), written}
	switch {
	case payload.is(nsBind, "bind"):
		bound(iq)
	case payload != nil:
		s.addresses(payload, s.inwardOr)
	}
	s.feedStanza(iq)
	return nil
}

// tellRequest makes what the SDK is told of an IQ.
func (s *Stream) tellRequest(iq *element) []*element {
	id, typ := iq.attr("id"), iq.attr("type")
	from := iq.attr("from")
	if typ == "get" || typ == "set" {
		return s.tellQuestion(iq, id)
	}
	if q, ok := s.asks[id]; ok && s.answers(from, q.to) {
		delete(s.asks, id)
		return q.then(iq)
	}
	payload := iq.first()
	if payload.is(nsBind, "bind") && typ == "result" && s.jid == "" {
		s.begin(payload)
		delete(s.asked, id)
		return []*element{iq}
	}
	// Strophe throws at an answer of anybody but whom it has asked (wire 3.3, step 7), and
	// believes one that has the name of whom it has asked.
	q, known := s.asked[id]
	if !known || !s.answers(from, q.to) {
		return nil
	}
	delete(s.asked, id)
	if q.written == "" && from != "" {
		iq.set("from", s.names.outward(from))
	} else {
		iq.set("from", q.written)
	}
	iq.set("to", s.me())
	if typ == "error" {
		iq.nodes = []node{{child: faultOf(readFault(iq))}}
		return []*element{iq}
	}
	if payload != nil {
		if payload.is(nsInfo, "query") && s.names.isRoom(from) {
			s.roomInfo(payload)
		}
		s.addresses(payload, s.names.outward)
	}
	return []*element{iq}
}

// answers reports whether an answer of from is one to a question to somebody: what is to
// nobody, or the own account, the server answers in its name (RFC 6120 §8.1.2.1).
func (s *Stream) answers(from, to string) bool {
	switch {
	case from == "": // only the own server leaves it out
		return true
	case to == "" || sameAddress(to, s.myself()):
		return sameAddress(from, s.myself()) || sameAddress(from, s.jid) || sameAddress(from, s.names.host)
	}
	return sameAddress(from, to)
}

// sameAddress compares two addresses, one of which somebody has written as he liked.
func sameAddress(a, b string) bool {
	if a == b {
		return true
	}
	x, err := jid.Parse(a)
	y, other := jid.Parse(b)
	return err == nil && other == nil && x == y
}

// begin is when the server has bound a resource: the SDK learns its address in its own
// spelling. From now on the server counts what each side has.
func (s *Stream) begin(bind *element) {
	j := bind.child(nsBind, "jid")
	s.jid = j.text()
	j.nodes = []node{{text: s.me()}}
	s.in.feed([]byte(enable))
	s.said = 0
	// Who has asked for a list is told of changes (RFC 6121 §2.1.6, XEP-0191 #block); the SDK
	// counts on that without asking.
	for _, list := range [...]*element{elem(nsRoster, "query"), elem(nsBlocking, "blocklist")} {
		s.ask("", "get", list, func(*element) []*element { return nil })
	}
}

// tellQuestion passes a request to the SDK if that has an answer, and else answers itself.
func (s *Stream) tellQuestion(iq *element, id string) []*element {
	from := iq.attr("from")
	own := from == "" || from == s.myself()
	payload := iq.first()
	switch {
	case own && payload.is(nsRoster, "query"):
		for _, item := range payload.children() {
			s.pushed(id, item)
			item.set("approved", "")
		}
	case own && (payload.is(nsBlocking, "block") || payload.is(nsBlocking, "unblock")):
		s.feedStanza(elem(stanza.NSClient, "iq", "type", "result", "id", id, "to", from))
		return []*element{s.privacyPush()}
	case payload.is(nsPing, "ping"):
	default:
		fault := elem(stanza.NSClient, "iq", "type", "error", "id", id, "to", from)
		s.feedStanza(fault.with(faultOf(stanza.ServiceUnavailable, "cancel", "")))
		return nil
	}
	if len(s.foreign) < maxKnown {
		s.foreign[id] = true
	}
	if from != "" {
		iq.set("from", s.names.outward(from))
	}
	iq.set("to", s.me())
	if payload.is(nsRoster, "query") {
		s.addresses(payload, s.names.outward)
	}
	return []*element{iq}
}

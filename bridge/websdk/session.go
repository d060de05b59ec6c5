package websdk

import (
	"strings"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// A session is what is known of an SDK that is logged in. It is used under Stream.mu.
type session struct {
	receipts
	contacts
	jid      string              // full JID, ours
	asked    map[string]asked    // by id, what the SDK has asked
	foreign  map[string]bool     // ids of requests that were passed to the SDK
	asks     map[string]question // by id, what the adapter itself has asked
	serial   int                 // of those
	rooms    map[string]*visit   // by bare JID
	original map[string]string   // by the id that the SDK was given, that of the message
	given    []string            // its keys, oldest first
}

// A question is one of the adapter.
type question struct {
	to   string
	then func(answer *element) []*element // what it gives is for the SDK
}

// asked is a question of the SDK.
type asked struct {
	to      string // "" is the own account
	written string // that, as the SDK wrote it
}

func (s *session) start() {
	s.pushes, s.tried = make(map[string][]string), make(map[string]bool)
	s.asked = make(map[string]asked)
	s.foreign = make(map[string]bool)
	s.asks = make(map[string]question)
	s.rooms = make(map[string]*visit)
	s.original = make(map[string]string)
}

// maxKnown bounds each of the maps of a session.
const maxKnown = 256

// me is the full JID of the SDK as it knows it.
func (s *Stream) me() string { return s.names.outward(s.jid) }

// myself is its bare JID, ours.
func (s *Stream) myself() string { return bare(s.jid) }

// ask asks the server something in the name of the account.
func (s *Stream) ask(to, typ string, payload *element, then func(answer *element) []*element) {
	s.serial++
	id := "sdk:" + decimal(s.serial)
	s.asks[id] = question{to, then}
	s.feedStanza(elem(stanza.NSClient, "iq", "type", typ, "to", to, "id", id).with(payload))
}

// say takes what an SDK says: it feeds the server, and gives what the SDK is answered at
// once.
func (s *Stream) say(e *element) (answer []byte) {
	var back []*element
	switch {
	case e.space == nsManagement, e.space == nsInactive:
		return nil // that is the adapter's
	case e.space != stanza.NSClient:
		s.in.feed(e.bytes())
		return nil
	}
	e.set("from", "") // the server knows who it is
	to, ok := s.names.inward(e.attr("to"))
	if !ok {
		back = s.nobody(e)
		return appendAll(nil, back)
	}
	written := e.attr("to")
	if j, err := jid.Parse(to); err == nil {
		to = j.String() // as whoever answers will spell it
	}
	e.set("to", to)
	if e.local != "presence" && e.local != "iq" {
		s.expected = nil
	}
	switch e.local {
	case "message":
		s.sayMessage(e, written)
	case "presence":
		s.sayPresence(e, written)
	case "iq":
		back = s.sayRequest(e, written)
	default:
		s.in.feed(e.bytes())
	}
	return appendAll(nil, back)
}

// nobody answers what is to somebody of another app: there is nobody of that name here.
func (s *Stream) nobody(e *element) []*element {
	if t := e.attr("type"); t == "error" || t == "result" {
		return nil
	}
	fault := elem(stanza.NSClient, e.local, "type", "error", "id", e.attr("id"), "from", e.attr("to"), "to", s.me())
	if body := e.child(stanza.NSClient, "body"); body != nil {
		if env, err := openEnvelope(body.text()); err == nil {
			fault.with(elem(stanza.NSClient, "body").saying(env.seal()))
		}
	}
	return []*element{fault.with(faultOf(stanza.ItemNotFound, "cancel", ""))}
}

// tell appends what the SDK is told of an element of the server.
func (s *Stream) tell(out []byte, e *element) []byte {
	if e.space == nsManagement {
		return s.manage(out, e)
	}
	if e.space != stanza.NSClient {
		return e.append(out, stanza.NSClient)
	}
	var list []*element
	receipt := ""
	switch e.local {
	case "message":
		var m *element
		if m, receipt = s.tellMessage(e); m != nil {
			list = append(list, m)
		}
	case "presence":
		list = s.tellPresence(e)
	case "iq":
		list = s.tellRequest(e)
	}
	s.passOn(receipt)
	return appendAll(out, list)
}

func appendAll(out []byte, list []*element) []byte {
	for _, e := range list {
		out = e.append(out, stanza.NSClient)
	}
	return out
}

// codes are those of the time before XMPP, which the SDK reads (XEP-0086 #mapping).
var codes = map[stanza.Condition]string{
	"bad-request": "400", "conflict": "409", "feature-not-implemented": "501", "forbidden": "403", "gone": "302",
	"internal-server-error": "500", "item-not-found": "404", "jid-malformed": "400", "not-acceptable": "406",
	"not-allowed": "405", "not-authorized": "401", "policy-violation": "406", "recipient-unavailable": "404", "redirect": "302",
	"registration-required": "407", "remote-server-not-found": "404", "remote-server-timeout": "504",
	"resource-constraint": "500", "service-unavailable": "503", "subscription-required": "407",
	"undefined-condition": "500", "unexpected-request": "400",
}

// faultOf makes an <error/>. The SDK takes its text for granted.
func faultOf(condition stanza.Condition, typ, text string) *element {
	code := codes[condition]
	if code == "" {
		condition, code = stanza.UndefinedCondition, "500"
	}
	if text == "" {
		text = strings.ReplaceAll(string(condition), "-", " ")
	}
	return elem(stanza.NSClient, "error", "code", code, "type", typ).with(
		elem(stanza.NSStanzas, string(condition)), elem(stanza.NSStanzas, "text").saying(text))
}

// readFault reads the <error/> of a stanza.
func readFault(e *element) (condition stanza.Condition, typ, text string) {
	condition, typ = stanza.UndefinedCondition, "cancel"
	fault := e.child(stanza.NSClient, "error")
	if fault == nil {
		return condition, typ, ""
	}
	if t := fault.attr("type"); t != "" {
		typ = t
	}
	for _, c := range fault.children() {
		switch {
		case c.is(stanza.NSStanzas, "text"):
			text = c.text()
		case c.space == stanza.NSStanzas:
			condition = stanza.Condition(c.local)
		}
	}
	return condition, typ, text
}

package websdk

import (
	"causeway/xmpp/stanza"
)

const (
	nsOurs     = "urn:causeway:websdk" // doc/namespaces.md
	nsJSON     = "urn:xmpp:json:0"     // XEP-0335
	nsFile     = "jabber:x:oob"        // XEP-0066
	nsHints    = "urn:xmpp:hints"      // XEP-0334
	nsMarkers  = "urn:xmpp:chat-markers:0"
	nsDelay    = "urn:xmpp:delay"
	nsStanzaID = "urn:xmpp:sid:0"
	nsInvite   = "jabber:x:conference" // XEP-0249
	nsRoomType = "easemob:x:roomtype"  // wire 3.4
	nsInactive = "urn:xmpp:csi:0"      // XEP-0352
	nsNick     = "http://jabber.org/protocol/nick"
)

// sayMessage takes a message of the SDK (wire 3.4). Others get what there is to read of
// it, and besides the whole envelope if there is more to it than that.
func (s *Stream) sayMessage(m *element, written string) {
	if r := m.child(nsReceipts, "received"); r != nil {
		s.receive(r, m)
		return
	}
	to, room := m.attr("to"), s.names.isRoom(m.attr("to"))
	typ := m.attr("type")
	if room && resourceOf(to) == "" && (typ == "" || typ == "chat") && m.child(nsMUCUser, "x") == nil {
		typ = "groupchat"
	}
	l := letter{mid: s.adapter.ids.id(), id: m.attr("id"), to: written}
	if typ == "groupchat" {
		l.room = bare(to)
	}
	out := elem(stanza.NSClient, "message", "to", to, "type", typ, "id", l.mid)
	if s.sayNotice(m, out) {
		s.feedStanza(out)
		return
	}
	if x := m.child(nsMUCUser, "x"); x != nil {
		out.with(s.addresses(x, s.inwardOr))
	}
	if body := m.child(stanza.NSClient, "body"); body != nil {
		l.body = s.unfold(body.text(), out)
	}
	s.feedMessage(out, l)
}

// unfold puts into out what others read of a body of the SDK, and gives the body as it may
// be given back to it.
func (s *Stream) unfold(text string, out *element) string {
	env, err := openEnvelope(text)
	if err != nil {
		out.with(elem(stanza.NSClient, "body").saying(text))
		env = envelop(text)
		env.From, env.To = s.names.name(s.jid), s.names.name(out.attr("to"))
		return env.seal()
	}
	plain := env.text()
	if plain != "" {
		out.with(elem(stanza.NSClient, "body").saying(plain))
	}
	if plain == "" || !env.ordinary() {
		out.with(elem(nsJSON, "json").saying(env.seal()))
	}
	if f := env.file(); f != "" {
		out.with(elem(nsFile, "x").with(elem(nsFile, "url").saying(f)))
	}
	if plain == "" {
		out.with(elem(nsHints, "store")) // it is meant to arrive, whoever is there
	}
	return env.seal()
}

// receive takes the receipt that the SDK sends for each message that it gets. It is for
// the server, which forgets the message then.
func (s *Stream) receive(r, m *element) {
	id := r.attr("id")
	if id == "" {
		id = m.attr("id")
	}
	before := s.passed
	if s.received(id); s.passed != before {
		s.in.feed(s.count())
	}
}

// sayNotice translates what later SDKs tell each other of messages: that they have come,
// and were read. Others know these as receipts and markers (XEP-0184, XEP-0333).
func (s *Stream) sayNotice(m, out *element) bool {
	for _, c := range m.children() {
		id := c.attr("id")
		if first, ok := s.original[id]; ok {
			id = first
		}
		switch {
		case c.is(nsReceipts, "delivery"):
			out.with(elem(nsReceipts, "received", "id", id))
		case c.is(nsReceipts, "acked"):
			out.with(elem(nsMarkers, "displayed", "id", id))
		default:
			continue
		}
		return true
	}
	return false
}

// tellMessage makes what the SDK is told of a message, nil if that is nothing; receipt is
// the id that it will acknowledge, if it is worth waiting for.
func (s *Stream) tellMessage(m *element) (told *element, receipt string) {
	from := m.attr("from")
	if m.attr("type") == "error" {
		return s.tellFault(m), ""
	}
	if v := s.rooms[bare(from)]; v != nil && m.attr("type") == "groupchat" && resourceOf(from) == v.nick {
		if l := s.letter(m.attr("id")); l != nil && l.room == bare(from) {
			return nil, "" // the SDK shows what it has said itself
		}
	}
	out := elem(stanza.NSClient, "message", "from", s.names.outward(from), "to", s.me(), "type", m.attr("type"))
	if out.attr("type") == "" || m.attr("type") == "headline" || m.attr("type") == "normal" {
		out.set("type", "chat")
	}
	if invitation := s.tellInvitation(m, out); invitation != nil {
		out = invitation
	} else if !s.tellNotice(m, out) && !s.fold(m, out) {
		return nil, "" // what has no body the SDK takes for presence
	}
	id := s.idOf(m)
	out.set("id", id)
	if d := m.child(nsDelay, "delay"); d != nil {
		out.with(elem(nsDelay, "delay", "stamp", d.attr("stamp")))
	}
	if v := s.rooms[bare(from)]; v != nil && v.chat {
		out.with(chatRoom())
	}
	if m.attr("type") == "groupchat" {
		return out, "" // it is in the archive of the room; nobody keeps it for one of them
	}
	return out, id
}

// fold puts what m says into the envelope that the SDK evaluates. It is false if there is
// nothing.
func (s *Stream) fold(m, out *element) bool {
	text := m.child(stanza.NSClient, "body").text()
	var env *envelope
	if carried := m.child(nsJSON, "json"); carried != nil {
		// What is said beside the text may not be something else than the text.
		if e, err := openEnvelope(carried.text()); err == nil && e.text() == text {
			env = e
		}
	}
	if env == nil {
		if text == "" {
			return false
		}
		env = envelop(text)
	}
	from := m.attr("from")
	env.From, env.To = s.names.name(from), s.names.name(s.jid)
	if s.names.isRoom(from) {
		if nick := resourceOf(from); nick != "" {
			env.From = nick
		}
		if m.attr("type") == "groupchat" {
			env.To = s.names.name(from)
		}
	}
	out.with(elem(stanza.NSClient, "body").saying(env.seal()))
	return true
}

// idOf gives a message the id that the SDK knows it by: digits, and the same when it comes
// again.
func (s *Stream) idOf(m *element) string {
	id := m.attr("id")
	if digits(id) {
		return id
	}
	archive, given := s.myself(), ""
	if m.attr("type") == "groupchat" {
		archive = bare(m.attr("from"))
	}
	for _, c := range m.children() {
		if c.is(nsStanzaID, "stanza-id") && c.attr("by") == archive && digits(c.attr("id")) {
			given = c.attr("id")
		}
	}
	switch {
	case given != "":
	case id == "":
		return s.adapter.ids.id()
	default:
		given = derived(m.attr("from"), id)
	}
	if id != "" {
		s.rememberID(given, id)
	}
	return given
}

// rememberID keeps which message an id of the SDK stands for.
func (s *session) rememberID(given, id string) {
	if _, known := s.original[given]; known {
		return
	}
	if len(s.given) >= maxKnown {
		delete(s.original, s.given[0])
		s.given = append(s.given[:0], s.given[1:]...)
	}
	s.original[given] = id
	s.given = append(s.given, given)
}

// tellNotice translates receipts and markers (XEP-0184, XEP-0333) of messages of the SDK.
func (s *Stream) tellNotice(m, out *element) bool {
	if m.child(stanza.NSClient, "body") != nil || m.attr("type") == "groupchat" {
		return false
	}
	for _, c := range m.children() {
		id, as := c.attr("id"), ""
		switch {
		case !digits(id):
		case c.is(nsReceipts, "received"):
			as = "delivery"
		case c.is(nsMarkers, "displayed"):
			as = "acked"
		}
		if as != "" {
			// It evaluates this body, too: a number is harmless.
			out.with(elem(stanza.NSClient, "body").saying(id), elem(nsReceipts, as, "id", id))
			return true
		}
	}
	return false
}

// tellFault gives a message back that could not be delivered: as the SDK wrote it, with a
// code (wire 3.4). Without a body it would take the error for presence.
func (s *Stream) tellFault(m *element) *element {
	l := s.letter(m.attr("id"))
	if l == nil {
		return nil
	}
	l.done = true
	condition, typ, text := readFault(m)
	fault := faultOf(condition, typ, text)
	if l.room != "" && condition == stanza.Forbidden {
		fault.with(elem(stanza.NSClient, "user-muted"))
	}
	out := elem(stanza.NSClient, "message", "type", "error", "from", l.to, "to", s.me(), "id", l.id)
	return out.with(elem(stanza.NSClient, "body").saying(l.body), fault)
}

// tellInvitation gives an invitation to a room the shape in which the SDK looks for it: it
// takes the reason for granted. It is nil if m is none.
func (s *Stream) tellInvitation(m, out *element) *element {
	from, room, reason := "", "", ""
	if x := m.child(nsMUCUser, "x"); x != nil {
		if i := x.child(nsMUCUser, "invite"); i != nil {
			from, room, reason = i.attr("from"), bare(m.attr("from")), i.child(nsMUCUser, "reason").text()
		}
	}
	if x := m.child(nsInvite, "x"); x != nil && room == "" {
		from, room, reason = m.attr("from"), x.attr("jid"), x.attr("reason")
	}
	if room == "" || !s.names.isRoom(room) {
		return nil
	}
	invite := elem(nsMUCUser, "invite", "from", s.names.outward(bare(from))).with(elem(nsMUCUser, "reason").saying(reason))
	return out.with(elem(nsMUCUser, "x").with(invite), elem(nsInvite, "x", "jid", s.names.outward(room)))
}

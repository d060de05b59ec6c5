package websdk

import (
	"causeway/xmpp/stanza"
)

const (
	nsMUC     = "http://jabber.org/protocol/muc" // XEP-0045
	nsMUCUser = nsMUC + "#user"
	nsInfo    = "http://jabber.org/protocol/disco#info"
	nsItems   = "http://jabber.org/protocol/disco#items"
	nsForm    = "jabber:x:data"
)

// A visit is a room that the SDK is in, or is about to enter or leave.
type visit struct {
	nick string
	chat bool   // a chat room, which is told as such; others are groups
	in   bool   // it has entered
	join string // id of the request to enter that waits for an answer
	quit string // of the one to leave
	to   string // whom both are to, as the SDK wrote it
}

// chatRoom is how the SDK knows a chat room.
func chatRoom() *element { return elem(nsRoomType, "roomtype", "type", "chatroom") }

// sayRoomPresence takes presence to a room. The SDK sends it as if it were a request, and
// waits for the answer to one (wire 3.6).
func (s *Stream) sayRoomPresence(p *element, written string) {
	to, typ := p.attr("to"), p.attr("type")
	room, nick := bare(to), resourceOf(to)
	v := s.rooms[room]
	if v == nil {
		if len(s.rooms) >= maxKnown || typ != "" {
			v = new(visit) // told of, and forgotten
		} else {
			v = &visit{nick: nick}
			s.rooms[room] = v
		}
	}
	v.to = written
	out := elem(stanza.NSClient, "presence", "to", to, "type", typ, "id", p.attr("id"))
	if typ == "unavailable" {
		v.quit = p.attr("id")
		s.feedStanza(out)
		return
	}
	if show := p.child(stanza.NSClient, "show"); show != nil {
		out.with(show)
	}
	v.join = p.attr("id")
	if !v.in {
		v.nick, v.chat = nick, p.child(nsRoomType, "roomtype") != nil
	}
	out.with(elem(nsMUC, "x"))
	if !v.chat || v.in {
		s.feedStanza(out)
		return
	}
	// Entering makes a room that is not there (XEP-0045 #createroom). Chat rooms are made
	// by the back end only.
	s.ask(room, "get", elem(nsInfo, "query"), func(answer *element) []*element {
		if answer.attr("type") == "error" {
			return s.turnedAway(room, answer)
		}
		s.feedStanza(out)
		return nil
	})
}

// turnedAway answers a request to enter a room that was refused.
func (s *Stream) turnedAway(room string, why *element) []*element {
	v := s.rooms[room]
	if v == nil {
		return nil
	}
	from, id, chat := v.to, v.join, v.chat
	v.join = ""
	if !v.in {
		delete(s.rooms, room)
	}
	if from == "" {
		from = s.names.outward(why.attr("from"))
	}
	p := elem(stanza.NSClient, "presence", "type", "error", "from", from, "to", s.me(), "id", id)
	if chat {
		p.with(chatRoom())
	}
	list := []*element{p.with(faultOf(readFault(why)))}
	if id != "" {
		iq := elem(stanza.NSClient, "iq", "type", "error", "from", from, "to", s.me(), "id", id)
		list = append(list, iq.with(faultOf(readFault(why))))
	}
	return list
}

// tellRoomPresence makes what the SDK is told of presence in a room.
func (s *Stream) tellRoomPresence(p *element) []*element {
	from, typ := p.attr("from"), p.attr("type")
	room := bare(from)
	if typ == "error" {
		return s.turnedAway(room, p)
	}
	v := s.rooms[room]
	user := p.child(nsMUCUser, "x")
	status := statusCodes(user)
	own := has(status, "110") || v != nil && v.nick == resourceOf(from) && v.in
	out := elem(stanza.NSClient, "presence", "from", s.names.outward(from), "to", s.me(), "type", typ)
	chat := v != nil && v.chat
	out.with(s.userElement(user, status, own && chat && typ == ""))
	if show := p.child(stanza.NSClient, "show"); show != nil {
		out.with(elem(stanza.NSClient, "show").saying(show.text()))
	}
	if chat {
		out.with(chatRoom())
	} else if has(status, "307") || has(status, "301") {
		out.set("nick", resourceOf(from)) // without it somebody has left by himself
	}
	list := []*element{out}
	if v == nil || !own || has(status, "303") {
		return list
	}
	if typ == "unavailable" {
		delete(s.rooms, room)
		return append(list, s.done(v.quit, v.to)...)
	}
	v.in, v.nick = true, resourceOf(from)
	id := v.join
	v.join = ""
	return append(list, s.done(id, v.to)...)
}

// done answers the request that a presence was for the SDK, so that its callback is called.
func (s *Stream) done(id, from string) []*element {
	if id == "" {
		return nil
	}
	return []*element{elem(stanza.NSClient, "iq", "type", "result", "from", from, "to", s.me(), "id", id)}
}

// statusCodes gives the status codes of presence, those that the SDK has to see first
// before all others: it looks at one.
func statusCodes(user *element) (list []string) {
	var last []string
	for _, c := range user.children() {
		switch code := c.attr("code"); {
		case !c.is(nsMUCUser, "status"):
		case code == "201", code == "301", code == "307", code == "321", code == "322":
			list = append(list, code)
		default:
			last = append(last, code)
		}
	}
	return append(list, last...)
}

func has(list []string, what string) bool {
	for _, s := range list {
		if s == what {
			return true
		}
	}
	return false
}

// userElement makes what the SDK reads of an occupant. Two things would end its hearing of
// presence: an address of somebody without a role and without an actor, and of codes 110
// beside the news that it has entered a chat room would hide them (wire 3.6).
func (s *Stream) userElement(user *element, status []string, entered bool) *element {
	if user == nil {
		return nil
	}
	out := elem(nsMUCUser, "x")
	gone := has(status, "301") || has(status, "307") || has(status, "321") || has(status, "322") || has(status, "332")
	for _, c := range user.children() {
		switch {
		case c.is(nsMUCUser, "item"):
			out.with(s.occupant(c, gone))
		case c.is(nsMUCUser, "destroy"):
			out.with(elem(nsMUCUser, "destroy", "jid", s.names.outward(c.attr("jid"))).with(
				elem(nsMUCUser, "reason").saying(c.child(nsMUCUser, "reason").text())))
		}
	}
	for _, code := range status {
		if !entered {
			out.with(elem(nsMUCUser, "status", "code", code))
		}
	}
	return out
}

// occupant makes the item of an occupant.
func (s *Stream) occupant(item *element, gone bool) *element {
	out := elem(nsMUCUser, "item", "affiliation", item.attr("affiliation"), "role", item.attr("role"), "nick", item.attr("nick"))
	actor := item.child(nsMUCUser, "actor")
	j := s.names.outward(item.attr("jid"))
	switch {
	case item.attr("role") != "none":
		out.set("jid", j)
	case gone || actor != nil:
		out.set("jid", j)
		a := elem(nsMUCUser, "actor")
		a.attrs = append(a.attrs, attribute{"nick", actor.nickname()})
		out.with(a)
	}
	if r := item.child(nsMUCUser, "reason"); r != nil {
		out.with(elem(nsMUCUser, "reason").saying(r.text()))
	}
	return out
}

// nickname gives the nick of an actor, "" if nobody knows him.
func (e *element) nickname() string {
	if e == nil {
		return ""
	}
	return e.attr("nick")
}

// roomInfo puts what a room is into the order in which the SDK counts on it: it reads the
// second, fourth and fifth feature (wire 3.6).
func (s *Stream) roomInfo(query *element) {
	features := make(map[string]bool)
	var rest []node
	var form *element
	for _, c := range query.children() {
		switch {
		case c.is(nsInfo, "feature"):
			features[c.attr("var")] = true
		case c.is(nsForm, "x"):
			form = c
		default:
			rest = append(rest, node{child: c})
		}
	}
	invites := false
	for _, f := range form.children() {
		if f.attr("var") == "muc#roomconfig_allowinvites" {
			v := f.child(nsForm, "value").text()
			invites = v == "1" || v == "true"
		}
	}
	either := func(is bool, yes, no string) string {
		if is {
			return yes
		}
		return no
	}
	for _, f := range []string{
		nsMUC, either(features["muc_public"], "muc_public", "muc_hidden"),
		either(features["muc_moderated"], "muc_moderated", "muc_unmoderated"),
		either(features["muc_membersonly"], "muc_membersonly", "muc_open"),
		either(invites, "muc_allowinvites", "muc_notallowinvites"),
	} {
		rest = append(rest, node{child: elem(nsInfo, "feature", "var", f)})
		delete(features, f)
	}
	for _, c := range query.children() {
		if c.is(nsInfo, "feature") && features[c.attr("var")] {
			rest = append(rest, node{child: c})
		}
	}
	if form != nil {
		rest = append(rest, node{child: form})
	}
	query.nodes = rest
}

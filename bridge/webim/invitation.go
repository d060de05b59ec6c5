package webim

import (
	"strings"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// inviter gives who invites to a room by a message, as the room says (XEP-0045
// #invite-mediated); zero if nobody does. An occupant cannot speak for the room.
func inviter(st *stanza.Stanza) (from jid.JID) {
	c, ok := st.Child(nsRoomUser, "x")
	if !ok || st.From.IsFull() {
		return from
	}
	_, inside, err := stanza.Split(st.ChildBytes(c))
	if err != nil {
		return from
	}
	for i := range inside {
		if !inside[i].Is(nsRoomUser, "invite") {
			continue
		}
		if from, err = jid.Parse(inside[i].Attr("from")); err != nil {
			return st.From
		}
		return from.Bare()
	}
	return from
}

// takeInvitation takes an invitation to a room. For the library it is an event by which
// it joins without asking, and so shows the person (wire §4): that may only be caused by
// somebody on the roster, and not while the person is invisible. Any other is a
// notification. It reports whether a packet keeps the letter.
func (p *person) takeInvitation(st *stanza.Stanza, from jid.JID, l *letter) (kept bool) {
	room, name := p.room(st.From), jid.Unescape(st.From.Local())
	if r := p.rooms[st.From]; r != nil {
		name = r.title()
	}
	c := p.contacts[from]
	if c == nil || !c.listed || p.show == showInvisible || !p.vouches(st.From, from) {
		p.notify(notice{Text: escape(cut(p.nickOf(from)+" invites you to "+name+".", maxStatus)), Link: "#"})
		return false
	}
	k := pack(messages, logItem{
		Type: typeChat, To: p.buddy(p.account), From: p.buddy(from), Nick: escape(p.nickOf(from)),
		Body: eventPrefix + "invite|,|" + room + "|,|" + hideID.Replace(escape(name)), Timestamp: millis(time.Now()),
	})
	k.letter = l
	p.all(k, nil)
	return l != nil
}

// vouches reports whether a room is believed who invites to it: one of our own, or one
// at the domain of whom it names. Anybody can make a room elsewhere that names a friend.
func (p *person) vouches(room, from jid.JID) bool {
	return room.Domain() == p.site.rooms || room.Domain() == from.Domain() || strings.HasSuffix(room.Domain(), "."+from.Domain())
}

package plugchat

import (
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// Namespaces of what comes and goes by a line.
const (
	nsDelay    = "urn:xmpp:delay"
	nsNick     = "http://jabber.org/protocol/nick"
	nsPrivate  = "jabber:iq:private"
	nsRoom     = "http://jabber.org/protocol/muc"
	nsRoomUser = "http://jabber.org/protocol/muc#user"
	nsVCard    = "vcard-temp"
	// nsOwn is that of what no specification has a word for (doc/namespaces.md).
	nsOwn = "urn:causeway:plugchat"
)

// arrived takes what has come for the line. Whoever sent it calls this.
func (s *session) arrived() {
	s.lineMu.RLock()
	line := s.line
	s.lineMu.RUnlock()
	if line == nil {
		return
	}
	s.mu.Lock()
	list := line.Take() // with the lock, or what somebody else takes next could be translated first
	for _, st := range list {
		s.take(st)
	}
	if line.Ended() {
		s.wake()
	}
	s.mu.Unlock()
	for _, st := range list {
		if st.Told != nil {
			st.Told(true) // the guest has no other place where it could wait
		}
	}
}

// take translates a stanza that has come. The lock is held.
func (s *session) take(st *stanza.Stanza) {
	inRoom := !s.room.jid.IsZero() && st.From.Bare() == s.room.jid
	switch {
	case st.Kind == stanza.Presence && inRoom:
		s.takeOccupant(st)
	case st.Kind == stanza.Message && st.Type == stanza.TypeError:
		s.room.cameBack(st)
	case st.Kind == stanza.Message && inRoom && st.Type == stanza.Groupchat:
		s.takeGroup(st)
	case st.Kind == stanza.Message && st.Type != stanza.Groupchat:
		s.takePrivate(st)
	}
}

// takeOccupant takes presence from the room (XEP-0045 #enter-pres).
func (s *session) takeOccupant(st *stanza.Stanza) {
	r, nick, codes := &s.room, st.From.Resource(), statuses(st)
	switch st.Type {
	case stanza.TypeError:
		if e, ok := st.AsError(); ok {
			r.arrive(e)
		}
	case stanza.Available:
		if codes["110"] { // XEP-0045 #enter-pres: the guest himself
			r.nick, r.inside, r.why, r.created = nick, true, "", codes["201"]
			r.occupants[nick] = true
			r.arrive(nil)
			s.changed(true)
			return
		}
		if !r.occupants[nick] && len(r.occupants) < maxOccupants {
			r.occupants[nick] = true
		}
		s.changed(false)
	case stanza.Unavailable:
		delete(r.occupants, nick)
		if codes["110"] && !codes["303"] { // XEP-0045 #changenick: else the new nick comes next
			s.left(codes)
			return
		}
		s.changed(false)
	}
}

// left is when the room says that the guest is not in it any more.
func (s *session) left(codes map[string]bool) {
	r := &s.room
	s.setFace("") // the nick may be somebody else's now
	r.inside, r.why = false, "The room has ended."
	if codes["301"] || codes["307"] || codes["321"] || codes["322"] {
		r.why = "You have been asked to leave the room."
	}
	clear(r.occupants)
	r.arrive(stanza.Forbidden.Err("removed from the room"))
	s.changed(true)
}

// statuses reads the status codes in presence from a room (XEP-0045 #registrar-statuscodes).
func statuses(st *stanza.Stanza) map[string]bool {
	c, ok := st.Child(nsRoomUser, "x")
	if !ok {
		return nil
	}
	_, inside, err := stanza.Split(st.ChildBytes(c))
	if err != nil {
		return nil
	}
	codes := make(map[string]bool)
	for i := range inside {
		if inside[i].Local == "status" {
			codes[inside[i].Attr("code")] = true
		}
	}
	return codes
}

// takeGroup takes a message from the room (XEP-0045 #message).
func (s *session) takeGroup(st *stanza.Stanza) {
	nick := st.From.Resource()
	mine := nick != "" && nick == s.room.nick
	if mine {
		s.room.cameBack(st)
	}
	body := st.Text(stanza.NSClient, "body")
	if body == "" {
		return // the subject, or what has no words
	}
	if nick == "" {
		nick = jid.Unescape(s.room.jid.Local())
	}
	s.tell(event{ID: st.ID(), Nick: nick, Avatar: s.faceOf(nick), Me: mine, Text: cut(body, maxShown), At: millis(sentAt(st))})
}

// cameBack notes that a message has come back from the room, so that the room has kept it,
// or was refused.
func (r *room) cameBack(st *stanza.Stanza) {
	for i, e := range r.echoes {
		if e.id != st.ID() {
			continue
		}
		var err error
		if told, ok := st.AsError(); ok {
			err = told
		}
		r.echoes = append(r.echoes[:i:i], r.echoes[i+1:]...)
		e.back <- err
		return
	}
}

// maxKnown bounds how many people a guest can answer.
const maxKnown = 100

// takePrivate takes a message to the guest alone.
func (s *session) takePrivate(st *stanza.Stanza) {
	body := st.Text(stanza.NSClient, "body")
	if body == "" || st.From.IsZero() {
		return
	}
	from := s.peer(st.From)
	if len(s.known) < maxKnown {
		s.known[from] = true
	}
	e := event{ID: st.ID(), With: from.String(), Nick: nameOf(from), Text: cut(body, maxShown), At: millis(sentAt(st))}
	if from.IsFull() {
		e.Avatar = s.faceOf(from.Resource())
	} else if nick := st.Text(nsNick, "nick"); nick != "" {
		e.Nick = cut(nick, maxNick)
	}
	s.tell(e)
}

// peer is whom a page knows somebody as: by the bare JID, but for an occupant of the room
// (XEP-0045 #privatemessage).
func (s *session) peer(j jid.JID) jid.JID {
	if j.Bare() == s.room.jid {
		return j
	}
	return j.Bare()
}

// nameOf is what somebody is called who says nothing of it himself.
func nameOf(j jid.JID) string {
	switch {
	case j.IsFull():
		return j.Resource()
	case j.Local() == "":
		return j.Domain()
	}
	return jid.Unescape(j.Local())
}

// tell puts an event into the ring.
func (s *session) tell(e event) {
	s.ring.add(e)
	s.wake()
}

// maxShown bounds what a page is shown of one message, in bytes.
const maxShown = 8 << 10

// cut cuts a text behind most bytes.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	n := most
	for n > 0 && text[n]&0xC0 == 0x80 {
		n--
	}
	return text[:n] + "…"
}

// sentAt is when a message was sent, as a server on the way says (XEP-0203), or now.
func sentAt(st *stanza.Stanza) time.Time {
	now := time.Now()
	c, ok := st.Child(nsDelay, "delay")
	if !ok {
		return now
	}
	e := stanza.Element{XML: st.ChildBytes(c)}
	if t, err := time.Parse(time.RFC3339Nano, e.Attr("stamp")); err == nil && t.Before(now) {
		return t
	}
	return now
}

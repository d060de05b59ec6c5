package muc

import (
	"bytes"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// presenceOf gives the presence of an occupant with what the room says of it. What the
// item leaves open is filled in.
func (r *room) presenceOf(occ *occupant, i *item, sees bool) *stanza.Stanza {
	return r.presenceAs(occ, occ.shown.presence, i, sees)
}

// presenceAs is presenceOf with another stanza than that which the others know.
func (r *room) presenceAs(occ *occupant, presence *stanza.Stanza, i *item, sees bool) *stanza.Stanza {
	full := *i
	full.affiliation = r.affiliation(occ.bare)
	if presence.Type == stanza.Available {
		full.role = occ.role
	}
	if sees && full.jid.IsZero() {
		full.jid = occ.shown.jid
	}
	out := *presence
	out.Extra = full.append(make([]byte, 0, 256))
	out.Extra = appendOccupantID(out.Extra, occ.id)
	out.Extra = r.appendHats(out.Extra, occ.bare)
	return &out
}

// told is the presence of an occupant as it is told to whoever has not seen it yet. It is
// made once for all who ask before it changes: many enter large rooms.
func (r *room) told(occ *occupant, sees bool) *stanza.Stanza {
	i := 0
	if sees {
		i = 1
	}
	if occ.told[i] == nil {
		occ.told[i] = r.presenceOf(occ, &item{}, sees)
	}
	return occ.told[i]
}

// announce tells all others of an occupant's presence (XEP-0045 #enter-pres). One that
// they are not told of any more, because of another role or another setting, is gone for
// them (muc#roomconfig_presencebroadcast).
func (r *room) announce(t *turn, occ *occupant, i item) {
	occ.changed()
	switch {
	case r.visible(occ.role):
		occ.known = true
		see, blind := r.split(occ)
		t.tell(r.presenceOf(occ, &i, true), see...)
		t.tell(r.presenceOf(occ, &i, false), blind...)
	case occ.known:
		r.tellGone(t, occ, stanza.New(stanza.Presence, stanza.Unavailable, "", occ.jid, jid.JID{}), i)
	}
}

// proclaim tells everybody of an occupant's presence, its own sessions first.
func (r *room) proclaim(t *turn, occ *occupant, i item) {
	occ.changed()
	for _, s := range occ.sessions {
		r.tellOwn(t, s, i)
	}
	r.announce(t, occ, i)
}

// setRole gives an occupant a role, and tells everybody (XEP-0045 #roles-change). Who is
// a moderator now learns who the others are, which "occurs automatically through
// presence" (#moderator).
func (r *room) setRole(t *turn, occ *occupant, role Role, i item) {
	saw := r.sees(occ)
	occ.role = role
	r.proclaim(t, occ, i)
	if saw || !r.sees(occ) {
		return
	}
	for _, other := range r.seats {
		if other != occ && other.known {
			t.tell(r.told(other, true), occ.sessions...)
		}
	}
}

// update is a new presence of an occupant (XEP-0045 #changepres).
func (r *room) update(t *turn, s *session, st *stanza.Stanza) error {
	presence, err := r.clean(st, s.occupant.jid)
	if err != nil {
		return err
	}
	s.occupant.show(s, presence)
	r.tellSelf(t, s)
	r.tellSiblings(t, s.occupant, s)
	r.announce(t, s.occupant, item{})
	return nil
}

// tellSiblings tells the sessions of one occupant, but for one, what all others see of it.
func (r *room) tellSiblings(t *turn, occ *occupant, but *session) {
	for _, s := range occ.sessions {
		if s != but {
			r.tellSelf(t, s)
		}
	}
}

// stranger answers the presence of somebody who believes to be in the room: "It is
// RECOMMENDED … an explicit kick" (XEP-0045 #enter-gc).
func (r *room) stranger(t *turn, st *stanza.Stanza) error {
	if !st.To.IsFull() {
		return stanza.JIDMalformed.Err("which nick?") // XEP-0045 #enter-muc
	}
	r.absent(t, st.To, st.From)
	return nil
}

// absent tells somebody that he is not in the room.
func (r *room) absent(t *turn, occupant, who jid.JID) {
	i := item{affiliation: None, codes: []int{statusSelf, statusKicked, statusFault}}
	if r.exists(who.Bare()) {
		i.affiliation = r.affiliation(who.Bare())
	}
	gone := stanza.New(stanza.Presence, stanza.Unavailable, "", occupant, who, i.append(nil))
	t.write(gone, who)
}

// sameContent compares the children of two presences.
func sameContent(a, b *stanza.Stanza) bool {
	return bytes.Equal(inside(a), inside(b))
}

// inside gives the bytes between the tags.
func inside(st *stanza.Stanza) []byte {
	ix := st.Index()
	if ix.Closing == 0 {
		return nil
	}
	return st.Bytes(stanza.Span{Start: ix.TagEnd, End: ix.Closing})
}

// fault takes an error that came back for something the room has said: who cannot be
// reached is not there any more (XEP-0045 #impl-service-ghosts).
func (r *room) fault(t *turn, st *stanza.Stanza) {
	s := r.sessions[st.From]
	if s == nil {
		return
	}
	e, ok := st.AsError()
	if !ok {
		return
	}
	if r.isGone(s, e.Condition) {
		r.expel(t, s, item{codes: []int{statusFault}}) // XEP-0045 #service-error-kick
		return
	}
	// Somebody did not want a private message: its sender learns of it, but not by whom.
	to := r.byNick[nickKey(st.To.Resource())]
	if st.Kind == stanza.Message && to != nil && to != s.occupant && s.rate.take(t.now, r.service.cfg.Limits.Rate, r.service.cfg.Limits.Burst) {
		// Nor anything else: who may not write private messages could write one here.
		e = e.Condition.Err("")
		t.tell(stanza.New(stanza.Message, stanza.TypeError, st.ID(), s.occupant.jid, jid.JID{}, stanza.AppendError(nil, e)), to.sessions...)
	}
}

// isGone reports whether an error says that a session is not there any more.
func (r *room) isGone(s *session, c stanza.Condition) bool {
	switch c {
	case stanza.Gone, stanza.ItemNotFound, stanza.RecipientUnavailable, stanza.Redirect,
		stanza.RemoteServerNotFound, stanza.RemoteServerTimeout:
		return true
	case stanza.ServiceUnavailable:
		// That is what a host of ours says of a resource that is gone (RFC 6121 §8.5.3.2),
		// and of somebody who does not want to hear one of the occupants (XEP-0191 #block).
		router := r.service.cfg.Router
		return !router.IsHost(s.jid.Domain()) || router.Session(s.jid) == nil
	}
	return false
}

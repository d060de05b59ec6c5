package muc

import (
	"slices"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// exit lets a session leave by its own wish (XEP-0045 #exit).
func (r *room) exit(t *turn, s *session, st *stanza.Stanza) error {
	farewell, err := r.clean(st, s.occupant.jid)
	if err != nil {
		return err
	}
	r.part(t, s, farewell, item{})
	return nil
}

// expel makes one session leave.
func (r *room) expel(t *turn, s *session, i item) {
	r.part(t, s, stanza.New(stanza.Presence, stanza.Unavailable, "", s.occupant.jid, jid.JID{}), i)
}

// remove makes all sessions of an occupant leave: they are told first, then who has asked
// for it, then the others (XEP-0045 #kick, #ban).
func (r *room) remove(t *turn, occ *occupant, i item) {
	gone := stanza.New(stanza.Presence, stanza.Unavailable, "", occ.jid, jid.JID{})
	own := i
	own.codes = append([]int{statusSelf}, i.codes...)
	farewell := r.presenceAs(occ, gone, &own, true)
	t.last = append(t.last, delivery{st: farewell, to: occ.sessions, gone: true})
	for _, s := range occ.sessions {
		r.unseat(s)
	}
	r.tellGone(t, occ, gone, i)
	r.emptied(t)
}

// part takes a session out of the room and tells who has to know.
func (r *room) part(t *turn, s *session, farewell *stanza.Stanza, i item) {
	occ := s.occupant
	own := i
	own.jid = s.jid
	own.codes = append([]int{statusSelf}, i.codes...)
	if r.locked && len(r.sessions) == 1 {
		// "a presence stanza of type unavailable … including a <destroy/>" (#createroom-reserved)
		own.destroy = []byte("<destroy/>")
	}
	t.out = append(t.out, delivery{st: r.presenceAs(occ, farewell, &own, true), to: []*session{s}, gone: true})
	if !r.unseat(s) {
		if occ.shown == s {
			// The others go on seeing the person, by another session.
			r.showAnother(t, occ)
		}
		return
	}
	r.tellGone(t, occ, farewell, i)
	r.emptied(t)
}

// showAnother has the presence of another session be that of an occupant.
func (r *room) showAnother(t *turn, occ *occupant) {
	occ.shown = occ.sessions[len(occ.sessions)-1]
	r.announce(t, occ, item{})
	r.tellSiblings(t, occ, nil)
}

// tellGone tells the others that an occupant is gone, if they know of it.
func (r *room) tellGone(t *turn, occ *occupant, farewell *stanza.Stanza, i item) {
	if !occ.known {
		return
	}
	occ.known = false
	see, blind := r.split(occ)
	t.tell(r.presenceAs(occ, farewell, &i, true), see...)
	t.tell(r.presenceAs(occ, farewell, &i, false), blind...)
}

// emptied sees to a room that somebody has left: "If the room is not persistent and this
// occupant is the last to exit, the service is responsible for destroying the room"
// (XEP-0045 #exit); one that was not configured goes in any case (#createroom-reserved).
func (r *room) emptied(t *turn) {
	if len(r.sessions) > 0 || r.phase != alive {
		return
	}
	switch {
	case r.locked:
		r.forget()
	case !r.Settings.Persistent:
		t.remove = true
		r.forget()
	}
}

// forget makes the room one that does not exist.
func (r *room) forget() {
	if r.phase == alive {
		r.service.touched.life(r.jid)
	}
	r.lock(false)
	r.phase = absent
	r.Record = Record{}
	r.members, r.reserved = make(map[jid.JID]Member), make(map[string]jid.JID)
	r.history = history{}
	r.vcard = nil
}

// scatter lets go of everybody and of everything that is known of the room but its
// records, after a fault: what is in memory may not be what is kept. Those who were made
// to leave by what went wrong are told, too. The lock is held.
func (r *room) scatter(also ...*session) {
	t := &turn{}
	i := item{affiliation: None, codes: []int{statusSelf, statusFault}}
	for _, s := range also {
		gone := stanza.New(stanza.Presence, stanza.Unavailable, "", s.occupant.jid, jid.JID{}, i.append(nil))
		t.tell(gone, s)
	}
	r.dismiss(t, i)
	r.forget()
	r.phase = unread
	r.post(post{deliveries: t.out, afresh: true})
}

// collapse is scatter for who does not hold the lock, when a post could not be kept.
func (r *room) collapse(p *post) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for seen := -1; seen < len(r.outbox.waiting); {
		waiting := r.outbox.waiting
		seen = len(waiting)
		r.mu.Unlock()
		await(waiting) // or the room would be read again without it
		r.mu.Lock()
	}
	var gone []*session
	for _, d := range p.deliveries {
		for _, s := range d.to {
			if r.sessions[s.jid] == nil && !slices.Contains(gone, s) {
				gone = append(gone, s)
			}
		}
	}
	r.scatter(gone...)
}

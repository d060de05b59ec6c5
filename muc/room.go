package muc

import (
	"slices"
	"sync"

	"causeway/xmpp/jid"
)

// A room is one room that is alive: somebody is in it, or asks about it right now. All
// others are records only.
//
// Its fields are guarded by mu. Whoever holds it runs one step (step.go), which calls
// nobody but the archive and the store, which take writes and do not wait for the disk;
// what a step makes leaves by the outbox, when mu is free again.
type room struct {
	jid     jid.JID
	service *Service

	mu    sync.Mutex
	phase phase
	Record
	members  map[jid.JID]Member // by bare JID or domain
	reserved map[string]jid.JID // whom a nick is kept for, by its key
	locked   bool               // it awaits its first configuration (XEP-0045 #enter-locked)

	seats    []*occupant // in the order in which they came
	byNick   map[string]*occupant
	sessions map[jid.JID]*session // by full JID
	audience []*session           // all of them; what it points to is never changed

	opening opening
	history history
	outbox  outbox
	vcard   []byte // of a room that is locked; of others the store has it
}

// A phase is how far the life of a room has come.
type phase uint8

const (
	unread phase = iota // the store was not asked yet
	absent              // there is no such room
	alive
	left // nothing is going on any more, the next who comes makes another one
)

func newRoom(s *Service, at jid.JID) *room {
	r := &room{jid: at, service: s, byNick: make(map[string]*occupant), sessions: make(map[jid.JID]*session)}
	r.forget()
	r.phase = unread
	return r
}

// idle reports whether nothing is going on in a room.
func (r *room) idle() bool {
	return len(r.sessions) == 0 && len(r.outbox.waiting) == 0 && !r.outbox.busy
}

// isAdmin reports whether somebody administers the service.
func (r *room) isAdmin(bare jid.JID) bool {
	return r.service.cfg.People.IsAdmin(bare, r.service.hostOf(r.jid))
}

// lock makes the room await its first configuration, or ends that.
func (r *room) lock(is bool) {
	if r.locked == is {
		return
	}
	r.locked = is
	s := r.service
	s.mu.Lock()
	defer s.mu.Unlock()
	if is {
		s.locked[r.Creator]++
	} else if s.locked[r.Creator]--; s.locked[r.Creator] == 0 {
		delete(s.locked, r.Creator)
	}
}

// writable says why nothing can be kept of the room at the moment, before anything of it
// changes in memory.
func (r *room) writable() error {
	if r.locked {
		return nil // nothing is kept yet
	}
	return r.service.cfg.Store.Takes()
}

// exists reports whether there is the room for somebody: one that is not configured yet is
// there for its owner only (XEP-0045 #enter-locked).
func (r *room) exists(bare jid.JID) bool {
	return r.phase == alive && (!r.locked || r.affiliation(bare) == Owner)
}

// setMember puts an entry into the lists of the room.
func (r *room) setMember(m Member) {
	if old, ok := r.members[m.JID]; ok && old.Nick != "" {
		delete(r.reserved, nickKey(old.Nick))
	}
	if m.Idle() {
		delete(r.members, m.JID)
		return
	}
	r.members[m.JID] = m
	if m.Nick != "" {
		r.reserved[nickKey(m.Nick)] = m.JID
	}
}

// seat lets a session sit down; occ is new unless another session of the same person
// has that nick already.
func (r *room) seat(occ *occupant, s *session) {
	if len(occ.sessions) == 0 {
		r.seats = append(r.seats, occ)
		r.byNick[nickKey(occ.nick)] = occ
		r.service.touched.people(r.jid)
	}
	occ.sessions = append(occ.sessions, s)
	s.occupant = occ
	r.sessions[s.jid] = s
	r.audience = append(slices.Clip(r.audience), s)
}

// unseat takes a session out; it reports whether it was the last one of its occupant.
func (r *room) unseat(s *session) (last bool) {
	occ := s.occupant
	delete(r.sessions, s.jid)
	r.audience = without(r.audience, s)
	occ.sessions = without(occ.sessions, s)
	if len(occ.sessions) > 0 {
		return false
	}
	r.seats = without(r.seats, occ)
	r.service.touched.people(r.jid)
	delete(r.byNick, nickKey(occ.nick))
	return true
}

// without gives a list without one of its elements; the old list stays as it was.
func without[T comparable](list []T, x T) []T {
	out := make([]T, 0, len(list))
	for _, y := range list {
		if y != x {
			out = append(out, y)
		}
	}
	return out
}

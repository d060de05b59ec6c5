package muc

import (
	"sync"
	"sync/atomic"

	"causeway/xmpp/jid"
)

// touched remembers in which rooms somebody has come or gone, and whether rooms have, for
// who looks now and then. Until somebody has looked once it remembers nothing.
type touched struct {
	watched atomic.Bool

	mu    sync.Mutex
	rooms map[string]map[jid.JID]bool // by the domain of the service
	anew  map[string]bool             // rooms of that service have come or gone
}

// people notes that those in a room are others now.
func (t *touched) people(room jid.JID) {
	if !t.watched.Load() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if list, ok := t.rooms[room.Domain()]; ok {
		list[room] = true
	}
}

// life notes that a room has come or gone.
func (t *touched) life(room jid.JID) {
	if !t.watched.Load() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.anew[room.Domain()] = true
}

// Touched gives the rooms of a service in which somebody has come or gone since the last
// call, and whether rooms have. At the first call nothing is known: anew is true.
func (s *Service) Touched(service string) (rooms []jid.JID, anew bool) {
	t := &s.touched
	t.watched.Store(true)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.rooms == nil {
		t.rooms, t.anew = make(map[string]map[jid.JID]bool), make(map[string]bool)
	}
	list, known := t.rooms[service]
	for room := range list {
		rooms = append(rooms, room)
	}
	anew = t.anew[service] || !known
	t.rooms[service] = make(map[jid.JID]bool)
	delete(t.anew, service)
	return rooms, anew
}

// Within gives who is in a room, each person once, in the order in which they came. It
// reads nothing: in a room that is not alive there is nobody.
func (s *Service) Within(room jid.JID) []jid.JID {
	s.mu.Lock()
	r := s.rooms[room]
	s.mu.Unlock()
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := make(map[jid.JID]bool, len(r.seats))
	var list []jid.JID
	for _, occ := range r.seats {
		if !seen[occ.bare] {
			seen[occ.bare] = true
			list = append(list, occ.bare)
		}
	}
	return list
}

package roster

import (
	"context"
	"maps"
	"slices"
	"sync"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// Directed sees a presence that a client sends to somebody in particular
// (RFC 6121 §4.6.3). The router delivers it.
func (s *Service) Directed(ctx context.Context, sess *router.Session, st *stanza.Stanza) {
	if st.Type == stanza.Unavailable {
		// RFC 6121 §4.6.1: "MUST remove from the directed presence list any entity
		// to which the user sends directed unavailable presence"
		s.directed.remove(sess, st.To)
		return
	}
	s.directed.add(sess, st.To)
	if s.router.Session(sess.JID()) != sess {
		// It was unbound meanwhile, and perhaps too early to be told of this one.
		s.farewell(ctx, sess, newGone(sess.JID(), jid.JID{}), nil)
	}
}

// farewell sends unavailable presence to all that sess shares directed presence
// with, but for those that had it by a broadcast: to whom told says so.
func (s *Service) farewell(ctx context.Context, sess *router.Session, gone *stanza.Stanza, told func(jid.JID) bool) {
	out := *gone
	out.Told = nil
	for _, to := range s.directed.take(sess) {
		if told != nil && told(to.Bare()) {
			continue
		}
		out.To = to
		s.emit(ctx, &out)
	}
}

// A directory knows with whom each session shares directed presence (RFC 6121
// §4.6.1), for as long as the session is available or bound.
type directory struct {
	mu        sync.Mutex
	max       int // of one session
	bySession map[*router.Session]map[jid.JID]bool
}

// add notes that to has seen sess. Beyond the limit it is not noted: then to does
// not learn of sess going away, as after a lost connection between servers.
func (d *directory) add(sess *router.Session, to jid.JID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	set := d.bySession[sess]
	if set == nil {
		if d.bySession == nil {
			d.bySession = make(map[*router.Session]map[jid.JID]bool)
		}
		set = make(map[jid.JID]bool)
		d.bySession[sess] = set
	}
	if len(set) < d.max {
		set[to] = true
	}
}

// remove forgets to; a bare JID stands for all its resources.
func (d *directory) remove(sess *router.Session, to jid.JID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	set := d.bySession[sess]
	delete(set, to)
	if to.IsBare() {
		for j := range set {
			if j.Bare() == to {
				delete(set, j)
			}
		}
	}
	if len(set) == 0 {
		delete(d.bySession, sess)
	}
}

// has reports whether j, or another resource of it, has seen sess.
func (d *directory) has(sess *router.Session, j jid.JID) bool {
	for _, to := range d.list(sess) {
		if to.Bare() == j.Bare() {
			return true
		}
	}
	return false
}

// list gives whom sess shares presence with.
func (d *directory) list(sess *router.Session) []jid.JID {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.SortedFunc(maps.Keys(d.bySession[sess]), jid.Compare)
}

// take gives the same, and forgets it.
func (d *directory) take(sess *router.Session) []jid.JID {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := slices.SortedFunc(maps.Keys(d.bySession[sess]), jid.Compare)
	delete(d.bySession, sess)
	return all
}

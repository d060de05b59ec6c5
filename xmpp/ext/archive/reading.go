package archive

import (
	"context"
	"slices"
	"sync"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// A reading is what the client of one session has read of its archive. "A server
// MAY choose not to deliver offline messages to a client that has already queried
// their MAM archive and received the archived copies of those messages" (XEP-0313
// #business-storeret-user-archives).
//
// A message that waits is taken for delivered when the client has acknowledged the
// answer to its query, which came after the copies; not earlier, or nobody would have it
// if the connection dies. It is the router.Reader of the session.
type reading struct {
	store Store
	owner jid.JID

	mu      sync.Mutex
	span    span // all messages in it were given
	untold  int  // pages of which it is not known yet whether they arrived
	waiting []func(delivered bool)
}

// A span is a part of an archive: what is above low, up to high.
type span struct{ low, high ID }

var _ router.Reader = (*reading)(nil)

// readingOf gives what the client of a session has read.
func (s *Service) readingOf(session *router.Session) *reading {
	if r, ok := session.Reader().(*reading); ok {
		return r
	}
	r := &reading{store: s.store, owner: session.JID().Bare()}
	session.SetReader(r)
	return r
}

// span tells which part of the archive a page without a selection shows. Messages
// come to the archive of one account in the order of their IDs, so nothing can come in
// below one that is there.
func (q *question) span(entries []Entry) span {
	if len(entries) == 0 {
		return span{}
	}
	first, last := entries[0].ID, entries[len(entries)-1].ID
	if !q.Backward {
		return span{q.After, last}
	}
	if slices.Contains(q.named, q.Before) {
		last = q.Before - 1
	}
	return span{first - 1, last}
}

// given notes that a page is on its way, and gives what is to be called when it is
// known whether it arrived.
func (r *reading) given(sp span) (told func(delivered bool)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if sp.low <= r.span.high && r.span.low <= sp.high {
		r.span = span{min(sp.low, r.span.low), max(sp.high, r.span.high)} // the next page
	} else {
		r.span = sp
	}
	r.untold++
	return r.told
}

// told settles the messages that were passed over, when the last page has arrived;
// or at once, if one has not.
func (r *reading) told(delivered bool) {
	r.mu.Lock()
	r.untold--
	if !delivered {
		r.span = span{}
	}
	if delivered && r.untold > 0 {
		r.mu.Unlock()
		return
	}
	waiting := r.waiting
	r.waiting = nil
	r.mu.Unlock()
	for _, tell := range waiting {
		tell(delivered)
	}
}

// Has reports whether the client has read a message that waits for it. Then it sees
// to it that st.Told is called.
func (r *reading) Has(st *stanza.Stanza) bool {
	id, ok := idBy(st, r.owner)
	if !ok {
		return false
	}
	if !r.within(id) || !r.there(id) {
		return false
	}
	r.mu.Lock()
	switch {
	case !r.span.has(id):
		r.mu.Unlock()
		return false
	case r.untold > 0:
		r.waiting = append(r.waiting, st.Told)
		r.mu.Unlock()
	default:
		r.mu.Unlock()
		st.Told(true)
	}
	return true
}

func (s span) has(id ID) bool { return id > s.low && id <= s.high }

func (r *reading) within(id ID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.span.has(id)
}

// there reports whether the archive has a message now, and so had it when it was read:
// it may let go of messages sooner than they stop waiting.
func (r *reading) there(id ID) bool {
	n, err := r.store.Count(context.Background(), r.owner, Query{IDs: []ID{id}}, 1)
	return err == nil && n > 0
}

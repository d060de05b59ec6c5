package router

import (
	"context"

	"causeway/xmpp/stanza"
)

// A Bulk is an Exit that takes several stanzas at once.
type Bulk interface {
	Exit
	// DeliverAll is Deliver of several stanzas, one after the other, that leave in one
	// write if they can. The caller makes that write, unless it would have to wait. taken
	// is how many were taken; none behind the first that was not is.
	DeliverAll(list []*stanza.Stanza) (taken int)
}

// EmitAll routes stanzas for the full JID of s, in order, as Router.Emit does: what a
// service says to many of whom it knows the sessions. None of them is a message that is to
// be kept.
func (s *Session) EmitAll(ctx context.Context, list []*stanza.Stanza) {
	from := 0
	for i, st := range list {
		if plain := !s.closed.Load() && !s.waits(st); plain && !s.router.blocked(ctx, st) {
			continue
		} else if s.deliverAll(ctx, list[from:i]); !plain {
			s.routeAll(ctx, list[i:i+1])
		}
		from = i + 1
	}
	s.deliverAll(ctx, list[from:])
}

// deliverAll gives stanzas to the exit; those that it does not take are judged again.
func (s *Session) deliverAll(ctx context.Context, list []*stanza.Stanza) {
	taken := 0
	if bulk, ok := s.exit.(Bulk); ok && len(list) > 0 {
		taken = bulk.DeliverAll(list)
	} else {
		for taken < len(list) && s.took(list[taken]) {
			taken++
		}
	}
	if taken < len(list) {
		s.fallBehind()
		s.routeAll(ctx, list[taken:])
	}
}

func (s *Session) took(st *stanza.Stanza) bool {
	_, ok := s.exit.Deliver(st)
	return ok
}

func (s *Session) routeAll(ctx context.Context, list []*stanza.Stanza) {
	for _, st := range list {
		// The ticket is of one who may come back, for whom nobody here waits; there is no
		// error but of what is kept.
		_, _ = s.router.route(ctx, st)
	}
}

package pep

import (
	"context"
	"log/slog"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
)

// A round gives one resource the last items of many accounts. A client can be sent only
// so much before it has taken what it was sent: with a thousand contacts it would be
// cut off as one that does not read, each time that it comes.
type round struct {
	session *router.Session
	record  *record         // its own, of what it has had
	owners  []jid.JID       // who is still to come
	had     map[string]bool // nodes that it has had something of before the round
	given   map[string]bool // nodes that it wants, and was given what there is
	closed  bool            // it wants others by now: those are for the next round, which gives them of all owners
	room    int             // bytes that it may still be sent
	taken   chan bool       // says when it has taken most of the others; nil if there is room
}

const (
	// envelope is about what the message around an item takes, in bytes.
	envelope = 512
	// roundPatience is how long a client may take for a part of a round: longer than one
	// whose connection was cut has to come back.
	roundPatience = 15 * time.Minute
)

// take finds room for a message; ok is false if there is none. When half of all is
// used, told is to be called with what becomes of the message.
func (r *round) take(size, all int) (told func(bool), ok bool) {
	if size > r.room {
		return nil, false
	}
	r.room -= size
	if r.room > all/2 || r.taken != nil {
		return nil, true
	}
	taken := make(chan bool, 1)
	r.taken = taken
	return func(delivered bool) { taken <- delivered }, true // it is called once
}

// serve goes on with a round while there is room, and reports whether it is over.
func (s *Service) serve(ctx context.Context, r *round) bool {
	for r.taken == nil {
		if len(r.owners) == 0 {
			return true
		}
		owner := r.owners[0]
		r.owners = r.owners[1:]
		if !s.local(owner) {
			continue // the server of that account sees to it
		}
		r.closed = s.served.another(r.record)
		if err := s.lastItems(ctx, owner, r); err != nil {
			s.log.Error("last items were not sent", slog.String("jid", r.session.JID().String()), slog.Any("err", err))
		}
	}
	return len(r.owners) == 0
}

// serveRest goes on with a round each time that the client has taken what it was sent.
func (s *Service) serveRest(ctx context.Context, r *round) {
	defer s.finish(ctx, r)
	patience := time.NewTimer(roundPatience)
	defer patience.Stop()
	for {
		select {
		case delivered := <-r.taken:
			if !delivered {
				return
			}
		case <-patience.C:
			s.log.Debug("last items were not taken", slog.String("jid", r.session.JID().String()))
			return
		}
		if s.router.Session(r.session.JID()) != r.session || !r.session.Available() {
			return
		}
		r.room, r.taken = s.limits.PageBytes, nil
		patience.Reset(roundPatience)
		if s.serve(ctx, r) {
			return
		}
	}
}

// finish ends a round, and begins the next if one was asked for meanwhile.
func (s *Service) finish(ctx context.Context, r *round) {
	full := r.session.JID()
	if s.served.finish(full, r.record, r.given) && s.router.Session(full) == r.session {
		s.Known(ctx, full)
	}
}

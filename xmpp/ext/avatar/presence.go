package avatar

import (
	"context"
	"hash/maphash"
	"log/slog"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// Broadcast takes a presence that a client sends to all who may see it, puts the hash
// of the photo into it, and hands it on.
//
// A session has its turn from the stamp until its presence is out: else what announce
// sends again might come after what the client has said since.
func (s *Service) Broadcast(ctx context.Context, sess *router.Session, st *stanza.Stanza) error {
	defer s.turn(sess.JID())()
	s.setEmptied(sess.JID(), false)
	if st.Type != stanza.Available {
		return s.presence.Broadcast(ctx, sess, st)
	}
	stamped, emptied := s.stamp(ctx, st, false)
	s.setEmptied(sess.JID(), emptied)
	return s.presence.Broadcast(ctx, sess, stamped)
}

// Directed puts the hash into a presence that a client sends to somebody in
// particular: "such as MUC joins" (XEP-0398 #presence). What comes back is st itself
// if there is nothing to put in.
func (s *Service) Directed(ctx context.Context, st *stanza.Stanza) *stanza.Stanza {
	if st.Type != stanza.Available {
		return st
	}
	stamped, _ := s.stamp(ctx, st, false)
	return stamped
}

// Gone forgets a session that is not bound any more.
func (s *Service) Gone(full jid.JID) { s.setEmptied(full, false) }

// announce sends the presence of an owner's clients again where the photo in it has
// changed (XEP-0153 #publish). Directed presence is not sent again (XEP-0398
// #impl-client).
func (s *Service) announce(ctx context.Context, owner jid.JID) {
	for _, sess := range s.sessions.Sessions(owner) {
		if err := s.announceOne(ctx, sess); err != nil {
			s.log.Error("presence with another photo was not sent", slog.String("jid", sess.JID().String()), slog.Any("err", err))
		}
	}
}

func (s *Service) announceOne(ctx context.Context, sess *router.Session) error {
	defer s.turn(sess.JID())()
	last := sess.Presence()
	if last == nil {
		return nil // not available
	}
	stamped, emptied := s.stamp(ctx, last, true)
	if stamped == last {
		return nil
	}
	s.setEmptied(sess.JID(), emptied)
	return s.presence.Broadcast(ctx, sess, stamped)
}

// turn waits for the turn of a session, which is to be given back by calling release.
// Whoever has it calls Presence, which never comes back here.
func (s *Service) turn(full jid.JID) (release func()) {
	mu := &s.turns[maphash.String(s.seed, full.String())%uint64(len(s.turns))]
	mu.Lock()
	return mu.Unlock
}

// setEmptied notes whether the empty photo in a session's presence is ours.
func (s *Service) setEmptied(full jid.JID, emptied bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if emptied {
		s.emptied[full] = true
	} else {
		delete(s.emptied, full)
	}
}

func (s *Service) isEmptied(full jid.JID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.emptied[full]
}

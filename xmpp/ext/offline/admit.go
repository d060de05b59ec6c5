package offline

import (
	"context"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// Admit stores a message that waited for owner somewhere else. It is kept byte for
// byte, with the stamp that it came with, and as long as one that comes now. The error
// is service-unavailable when the queue is full, and that of the Store when it takes
// no more. The caller does not change xml afterwards.
func (s *Service) Admit(ctx context.Context, owner jid.JID, xml []byte) (router.Ticket, error) {
	q, err := s.enter(ctx, owner.Bare())
	if err != nil {
		return nil, err
	}
	defer s.leave(q)
	s.recount(ctx, q, len(xml))
	q.mu.Lock()
	if !s.fits(q, len(xml)) {
		q.mu.Unlock()
		return nil, stanza.ServiceUnavailable.Err("too many messages wait already")
	}
	e := q.add(xml, time.Now().Add(s.keep))
	q.mu.Unlock()
	return s.write(q, e)
}

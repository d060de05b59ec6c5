package roster

import (
	"context"
	"fmt"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// maxInterim is the most changes that are pushed one by one to a client with an
// old version. RFC 6121 §2.6.3 leaves the complete roster when that "would use
// less bandwidth".
const maxInterim = 100

// get answers a roster get (RFC 6121 §2.1.3, §2.6.2), and makes the client that
// asked an interested resource (§2.2).
func (s *Service) get(ctx context.Context, iq *stanza.Stanza, owner jid.JID, q *query) ([]byte, error) {
	if len(q.Items) > 0 {
		return nil, stanza.BadRequest.Err("a roster get has no items") // RFC 6121 §2.1.3
	}
	// The answer is delivered within the turn: a push of a later version must not
	// get to the client before it.
	defer s.turns.take(owner)()
	sess := s.router.Session(iq.From)
	if sess != nil {
		sess.SetInterested()
		if q.Ver != nil {
			done, err := s.interim(ctx, sess, iq, *q.Ver)
			if done || err != nil {
				return nil, err
			}
		}
	}
	items, version, err := s.store.Get(ctx, owner)
	if err != nil {
		return nil, fmt.Errorf("read roster of %s: %w", owner, err)
	}
	s.cache.put(owner, summarize(items))
	// RFC 6121 §2.6.3: the ver attribute SHOULD be there even for a client that
	// did not ask for it.
	payload := appendQuery(nil, version, func(b []byte) []byte {
		for i := range items {
			if items[i].Listed {
				b = appendItem(b, &items[i])
			}
		}
		return b
	})
	if sess == nil {
		return payload, nil
	}
	sess.Deliver(iq.Result(payload))
	return nil, router.ErrAnswered
}

// interim brings a client that has the roster as of ver up to date: the answer is
// then empty, and what changed is pushed after it (RFC 6121 §2.6.3); the error is
// router.ErrAnswered. It is false if the client is to have the whole roster
// instead.
func (s *Service) interim(ctx context.Context, sess *router.Session, iq *stanza.Stanza, ver string) (done bool, err error) {
	owner := sess.JID().Bare()
	since, ok := parseVersion(ver)
	if !ok {
		return false, nil
	}
	changes, _, full, err := s.store.Since(ctx, owner, since)
	if err != nil {
		return false, fmt.Errorf("read roster changes of %s: %w", owner, err)
	}
	if full || len(changes) > maxInterim {
		return false, nil
	}
	sess.Deliver(iq.Result())
	for i := range changes {
		ch := &changes[i]
		push := s.newPush(ch.Version, &ch.Item)
		if ch.Removed {
			push = s.newRemoval(ch.Version, ch.Item.JID)
		}
		push.To = sess.JID()
		sess.Deliver(push)
	}
	return true, router.ErrAnswered
}

package offline

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// pageSize is how many messages are in memory at once during a flush.
const pageSize = 100

// Flush delivers what waits for owner by deliver, in order, until it returns
// false; a message that is still being written is waited for. Each is forgotten
// when its Told says true; it waits on when it says false. Two flushes of one
// owner never deliver the same message. When nothing waits any more, empty
// (unless nil) is called with the queue still locked.
func (s *Service) Flush(ctx context.Context, owner jid.JID, deliver func(*stanza.Stanza) bool, empty func()) error {
	q, err := s.enter(ctx, owner.Bare())
	if err != nil {
		return err
	}
	defer s.leave(q)
	q.mu.Lock()
	q.flushes++
	q.mu.Unlock()
	defer func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.flushed()
	}()
	var at cursor
	for {
		bound, done, err := q.next(ctx, &at, empty)
		if done || err != nil {
			return err
		}
		for at.after < bound {
			goOn, err := s.page(ctx, q, &at, bound, deliver)
			if !goOn || err != nil {
				return err
			}
		}
	}
}

// A cursor is how far a flush has come.
type cursor struct {
	after    uint64 // all up to this ID has been looked at
	returned uint64 // what queue.returned was when the flush was at the beginning
}

// next gives the highest ID up to which there may be something to hand out and
// nothing is being written; it waits for a write. Never skipping one keeps the
// order. It is done when nothing waits any more.
func (q *queue) next(ctx context.Context, at *cursor, empty func()) (bound uint64, done bool, err error) {
	q.mu.Lock()
	for {
		if at.returned != q.returned {
			// What was handed out to somebody else, and came back, is behind us.
			*at = cursor{returned: q.returned}
		}
		if q.count == 0 || at.after == q.last {
			if empty != nil {
				empty()
			}
			q.mu.Unlock()
			return 0, true, nil
		}
		if bound := q.settled(); bound > at.after {
			q.mu.Unlock()
			return bound, false, nil
		}
		changed := q.change()
		q.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return 0, false, ctx.Err()
		}
		q.mu.Lock()
	}
}

// page hands out one page of what lies behind the cursor, up to bound, and moves
// the cursor. It is false when deliver wants no more.
func (s *Service) page(ctx context.Context, q *queue, at *cursor, bound uint64, deliver func(*stanza.Stanza) bool) (bool, error) {
	entries, err := s.store.Page(ctx, q.owner, at.after, pageSize)
	if err != nil {
		return false, fmt.Errorf("read offline messages of %s: %w", q.owner, err)
	}
	for _, e := range entries {
		if e.ID > bound {
			break
		}
		if !s.handOut(q, e, deliver) {
			return false, nil
		}
		at.after = e.ID
	}
	if len(entries) < pageSize || entries[len(entries)-1].ID > bound {
		at.after = bound // nothing else lies there
	}
	return true, nil
}

// handOut claims one message and delivers it, unless it is claimed already. It
// is false when deliver does not take it.
func (s *Service) handOut(q *queue, e Entry, deliver func(*stanza.Stanza) bool) bool {
	q.mu.Lock()
	if _, claimed := q.claims[e.ID]; claimed {
		q.mu.Unlock()
		return true
	}
	q.claim(e.ID, len(e.XML))
	q.mu.Unlock()

	if !time.Now().Before(e.Expires) {
		s.told(q, e.ID, true) // it came too late for anybody
		return true
	}
	st, err := stanza.Parse(e.XML)
	if err != nil {
		// The claim stays, so that it is neither tried again nor deleted: somebody
		// may want to look at it before it expires.
		s.log.Error("a stored message could not be read", slog.String("jid", q.owner.String()),
			slog.Uint64("id", e.ID), slog.Any("err", err))
		return true
	}
	st.Told = func(delivered bool) { s.told(q, e.ID, delivered) }
	if !deliver(st) {
		s.told(q, e.ID, false)
		return false
	}
	return true
}

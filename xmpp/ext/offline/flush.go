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
// false. It covers every message that was stored before it was called; one that
// is still being written is waited for. Each message is forgotten when its Told
// says true; it waits on when it says false. Two flushes of one owner never
// deliver the same message.
func (s *Service) Flush(ctx context.Context, owner jid.JID, deliver func(*stanza.Stanza) bool) error {
	q, err := s.enter(ctx, owner.Bare())
	if err != nil {
		return err
	}
	defer s.leave(q)
	s.mu.Lock()
	if q.count == 0 {
		s.mu.Unlock()
		return nil
	}
	end := q.last
	q.flushes++
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		q.flushed()
		s.mu.Unlock()
	}()
	for after := uint64(0); after < end; {
		bound, err := s.await(ctx, q, after, end)
		if err != nil {
			return err
		}
		for after < bound {
			var goOn bool
			after, goOn, err = s.page(ctx, q, after, bound, deliver)
			if err != nil || !goOn {
				return err
			}
		}
	}
	return nil
}

// await waits until something above after is on the disk, and gives the highest
// ID, end at most, up to which all is. Never skipping one that is still being
// written keeps the order.
func (s *Service) await(ctx context.Context, q *queue, after, end uint64) (uint64, error) {
	for {
		s.mu.Lock()
		if bound := min(q.settled(), end); bound > after {
			s.mu.Unlock()
			return bound, nil
		}
		if q.changed == nil {
			q.changed = make(chan struct{})
		}
		changed := q.changed
		s.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// page hands out one page of what lies above after, up to bound. It gives the
// place where to go on, which is bound when nothing is left, and false when
// deliver wants no more.
func (s *Service) page(ctx context.Context, q *queue, after, bound uint64, deliver func(*stanza.Stanza) bool) (uint64, bool, error) {
	entries, err := s.store.Page(ctx, q.owner, after, pageSize)
	if err != nil {
		return after, false, fmt.Errorf("read offline messages of %s: %w", q.owner, err)
	}
	for _, e := range entries {
		if e.ID > bound {
			return bound, true, nil
		}
		if !s.handOut(q, e, deliver) {
			return after, false, nil
		}
		after = e.ID
	}
	if len(entries) < pageSize {
		return bound, true, nil
	}
	return after, true, nil
}

// handOut claims one message and delivers it, unless it is claimed already. It
// is false when deliver does not take it.
func (s *Service) handOut(q *queue, e Entry, deliver func(*stanza.Stanza) bool) bool {
	s.mu.Lock()
	if _, claimed := q.claims[e.ID]; claimed {
		s.mu.Unlock()
		return true
	}
	q.claims[e.ID] = claim{size: len(e.XML)}
	s.mu.Unlock()

	if !time.Now().Before(e.Expires) {
		s.told(q, e.ID, true) // it came too late for anybody
		return true
	}
	st, err := stanza.Parse(e.XML)
	if err != nil {
		// It is left where it is, for somebody to look at, until it expires.
		s.log.Error("a stored message could not be read", slog.String("jid", q.owner.String()),
			slog.Uint64("id", e.ID), slog.Any("err", err))
		s.told(q, e.ID, false)
		return true
	}
	st.Told = func(delivered bool) { s.told(q, e.ID, delivered) }
	if !deliver(st) {
		s.told(q, e.ID, false)
		return false
	}
	return true
}

package offline

import (
	"context"
	"log/slog"
)

// told ends the claim on a message: it is forgotten when it was delivered, and
// waits again when it was not. Only the first call for a claim counts.
func (s *Service) told(q *queue, id uint64, delivered bool) {
	q.mu.Lock()
	c, claimed := q.claims[id]
	if !claimed || c.told {
		q.mu.Unlock()
		return
	}
	if !delivered {
		delete(q.claims, id)
		q.returned++
		q.mu.Unlock()
		return
	}
	// The claim lasts until the message is gone from the disk, so that no flush
	// finds it there in between.
	q.claims[id] = claim{size: c.size, told: true}
	q.gone = append(q.gone, id)
	batch := q.nextGone()
	q.mu.Unlock()
	s.forget(q, batch)
}

// nextGone takes what is to be forgotten, unless a deletion is on its way, whose
// end takes it: however many messages a client acknowledges at once, the store
// sees few deletions. The caller holds mu.
func (q *queue) nextGone() []uint64 {
	if q.forgetting || len(q.gone) == 0 {
		return nil
	}
	batch := q.gone
	q.gone, q.forgetting = nil, true
	return batch
}

// forget deletes a batch, and then what has gathered meanwhile.
func (s *Service) forget(q *queue, batch []uint64) {
	if len(batch) == 0 {
		return
	}
	s.store.Delete(q.owner, batch).OnDone(func(err error) {
		if err != nil {
			// They stay claimed: delivered twice after a restart is bad enough.
			s.log.Error("delivered messages could not be forgotten", slog.String("jid", q.owner.String()),
				slog.Int("count", len(batch)), slog.Any("err", err))
		}
		q.mu.Lock()
		for _, id := range batch {
			if c, ok := q.claims[id]; ok && err == nil {
				q.sub(c.size)
				q.unclaim(id, c)
			}
		}
		q.forgetting = false
		next := q.nextGone()
		q.wake()
		q.mu.Unlock()
		s.forget(q, next)
		s.mu.Lock()
		s.dropEmpty(q)
		s.mu.Unlock()
	})
}

// Drain waits until all that was delivered is forgotten. It is called when the
// streams are closed and before the store is: what is not forgotten then would
// be delivered again after the restart.
func (s *Service) Drain(ctx context.Context) error {
	for {
		q := s.busy()
		if q == nil {
			return nil
		}
		q.mu.Lock()
		changed, forgetting := q.change(), q.forgetting
		q.mu.Unlock()
		if !forgetting {
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// busy gives a queue that is forgetting something, or nil.
func (s *Service) busy() *queue {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, q := range s.queues {
		q.mu.Lock()
		forgetting := q.forgetting
		q.mu.Unlock()
		if forgetting {
			return q
		}
	}
	return nil
}

// unclaim ends the claim on a message that is gone from the disk. While a flush
// goes on the claim stays: the flush may have read the message before it went.
// The caller holds mu.
func (q *queue) unclaim(id uint64, c claim) {
	if q.flushes == 0 {
		delete(q.claims, id)
		return
	}
	c.gone = true
	q.claims[id] = c
}

// flushed ends one flush, and the claims that were kept for it. The caller holds mu.
func (q *queue) flushed() {
	q.flushes--
	if q.flushes > 0 {
		return
	}
	for id, c := range q.claims {
		if c.gone {
			delete(q.claims, id)
		}
	}
}

package offline

import (
	"context"
	"fmt"
	"time"

	"causeway/xmpp/jid"
)

// minSweep is the least number of queues in memory that makes the idle ones go.
const minSweep = 4096

// enter gives the queue of owner, which stays in memory until leave at least.
func (s *Service) enter(ctx context.Context, owner jid.JID) (*queue, error) {
	s.mu.Lock()
	q, known := s.queues[owner]
	if !known {
		if len(s.queues) >= s.sweepAt {
			s.sweep()
		}
		q = newQueue(owner)
		s.queues[owner] = q
	}
	q.users++
	s.mu.Unlock()
	if known {
		<-q.ready // somebody else reads the store
	} else {
		s.load(ctx, q)
	}
	if q.err != nil {
		s.leave(q)
		return nil, fmt.Errorf("read offline queue of %s: %w", owner, q.err)
	}
	return q, nil
}

// leave ends what enter began.
func (s *Service) leave(q *queue) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q.users--
	s.dropEmpty(q)
}

// dropEmpty lets a queue go in which nothing waits and nothing goes on, as that of
// nearly everybody who is online. The caller holds mu.
func (s *Service) dropEmpty(q *queue) {
	if q.users > 0 || s.queues[q.owner] != q {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.count == 0 && q.quiet() {
		delete(s.queues, q.owner)
	}
}

// load asks the store what waits. Others wait for it too, so it does not end
// with the one who came first.
func (s *Service) load(ctx context.Context, q *queue) {
	sum, err := s.store.Summary(context.WithoutCancel(ctx), q.owner)
	q.err = err
	if err != nil {
		s.mu.Lock()
		delete(s.queues, q.owner) // the next one tries again
		s.mu.Unlock()
	} else {
		q.mu.Lock()
		q.count, q.bytes, q.oldest, q.last = sum.Count, sum.Bytes, sum.Expires, sum.Last
		q.mu.Unlock()
	}
	close(q.ready)
}

// sweep lets the queues go that nothing goes on in, and sets the size at which
// to do so again, so that it costs little per queue. The caller holds mu.
func (s *Service) sweep() {
	for owner, q := range s.queues {
		if q.users > 0 {
			continue
		}
		q.mu.Lock()
		if q.quiet() {
			delete(s.queues, owner)
		}
		q.mu.Unlock()
	}
	s.sweepAt = max(minSweep, 2*len(s.queues))
}

// fits reports whether a message of size bytes may join. The caller holds q.mu.
func (s *Service) fits(q *queue, size int) bool {
	return q.count < s.messages && q.bytes+size <= s.bytes
}

// recount asks the store again what waits when a message of size bytes does not
// fit and some of the others must have expired since.
func (s *Service) recount(ctx context.Context, q *queue, size int) {
	q.mu.Lock()
	stale := !s.fits(q, size) && q.quiet() && !q.oldest.IsZero() && !time.Now().Before(q.oldest)
	last := q.last
	q.mu.Unlock()
	if !stale {
		return
	}
	sum, err := s.store.Summary(ctx, q.owner)
	q.mu.Lock()
	defer q.mu.Unlock()
	if err == nil && q.quiet() && q.last == last {
		q.count, q.bytes, q.oldest = sum.Count, sum.Bytes, sum.Expires
	}
}

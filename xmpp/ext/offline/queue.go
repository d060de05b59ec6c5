package offline

import (
	"context"
	"fmt"
	"math"
	"time"

	"causeway/xmpp/jid"
)

// minSweep is the least number of queues in memory that makes the idle ones go.
const minSweep = 4096

// A queue is what is known in memory of the messages of one account. All but
// owner and ready is guarded by Service.mu.
type queue struct {
	owner jid.JID
	ready chan struct{} // closed when the store has been asked, or could not be
	err   error         // why it could not; read after ready

	users  int       // calls that work on it, flushes among them
	count  int       // messages that are stored or being written
	bytes  int       // their XML together
	oldest time.Time // when the first of them expires, if not before; zero if there were none
	last   uint64    // the highest ID given out

	flushes int                 // calls of Flush
	writing map[uint64]struct{} // given to the store, not on the disk yet
	claims  map[uint64]claim    // handed out, held or being forgotten, by ID
	gone    []uint64            // to be forgotten when forgetting is done
	// forgetting tells that a deletion is on its way.
	forgetting bool
	changed    chan struct{} // closed when writing changes; nil if nobody waits
}

// A claim keeps a message from being handed out.
type claim struct {
	size int
	told bool // it was delivered and is being forgotten
	gone bool // it is not on the disk any more, but in a page that a flush has read
}

// enter gives the queue of owner, which stays until leave.
func (s *Service) enter(ctx context.Context, owner jid.JID) (*queue, error) {
	s.mu.Lock()
	q := s.queues[owner]
	if q == nil {
		if len(s.queues) >= s.sweepAt {
			s.sweep()
		}
		q = &queue{
			owner:   owner,
			ready:   make(chan struct{}),
			writing: make(map[uint64]struct{}),
			claims:  make(map[uint64]claim),
		}
		q.users++
		s.queues[owner] = q
		s.mu.Unlock()
		s.load(ctx, q)
	} else {
		q.users++
		s.mu.Unlock()
		<-q.ready // a read of some keys
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
	q.users--
	s.mu.Unlock()
}

// load asks the store what waits. Others wait for it too, so it does not end
// with the one who came first.
func (s *Service) load(ctx context.Context, q *queue) {
	sum, err := s.store.Summary(context.WithoutCancel(ctx), q.owner)
	s.mu.Lock()
	defer s.mu.Unlock()
	q.count, q.bytes, q.oldest, q.last = sum.Count, sum.Bytes, sum.Expires, sum.Last
	q.err = err
	if err != nil {
		delete(s.queues, q.owner) // the next one tries again
	}
	close(q.ready)
}

// sweep lets the queues go that nothing goes on in, and sets the size at which
// to do so again, so that it costs little per queue. The caller holds mu.
func (s *Service) sweep() {
	for owner, q := range s.queues {
		if q.users == 0 && q.quiet() {
			delete(s.queues, owner)
		}
	}
	s.sweepAt = max(minSweep, 2*len(s.queues))
}

// fits reports whether a message of size bytes may join. A full queue whose
// first messages have expired is counted again.
func (s *Service) fits(ctx context.Context, q *queue, size int) bool {
	s.mu.Lock()
	ok := q.count < s.messages && q.bytes+size <= s.bytes
	stale := !q.oldest.IsZero() && !time.Now().Before(q.oldest) && q.quiet()
	last := q.last
	s.mu.Unlock()
	if ok || !stale {
		return ok
	}
	sum, err := s.store.Summary(ctx, q.owner)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil && q.quiet() && q.last == last {
		q.count, q.bytes, q.oldest = sum.Count, sum.Bytes, sum.Expires
	}
	return q.count < s.messages && q.bytes+size <= s.bytes
}

// quiet reports whether the store alone knows all there is to know.
func (q *queue) quiet() bool {
	return len(q.writing) == 0 && len(q.claims) == 0 && !q.forgetting
}

// add counts one more message.
func (q *queue) add(size int, expires time.Time) {
	q.count++
	q.bytes += size
	if q.oldest.IsZero() {
		q.oldest = expires
	}
}

// sub counts one message less.
func (q *queue) sub(size int) {
	q.count = max(0, q.count-1)
	q.bytes = max(0, q.bytes-size)
	if q.count == 0 {
		q.oldest = time.Time{}
	}
}

// settled gives the highest ID up to which everything is on the disk.
func (q *queue) settled() uint64 {
	if len(q.writing) == 0 {
		return q.last
	}
	low := uint64(math.MaxUint64)
	for id := range q.writing {
		low = min(low, id)
	}
	return low - 1
}

// wake lets those go on who wait for a write.
func (q *queue) wake() {
	if q.changed != nil {
		close(q.changed)
		q.changed = nil
	}
}

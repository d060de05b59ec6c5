package offline

import (
	"math"
	"sync"
	"time"

	"causeway/xmpp/jid"
)

// A queue is what is known in memory of the messages of one account.
type queue struct {
	owner jid.JID
	ready chan struct{} // closed when the store has been asked, or could not be
	err   error         // why it could not; read after ready
	users int           // calls that work on it; guarded by Service.mu

	mu     sync.Mutex // guards what follows
	count  int        // messages that are stored or being written
	bytes  int        // their XML together
	oldest time.Time  // when the first of them expires, if not before; zero if there were none
	last   uint64     // the highest ID given out

	writing map[uint64]struct{} // given to the store, not on the disk yet
	claims  map[uint64]claim    // handed out, held or being forgotten, by ID
	gone    []uint64            // to be forgotten when forgetting is done
	// forgetting tells that a deletion is on its way.
	forgetting bool
	flushes    int           // calls of Flush
	returned   uint64        // how many messages were handed out and came back
	changed    chan struct{} // closed when a write or deletion ends; nil if nobody waits
}

// A claim keeps a message from being handed out.
type claim struct {
	size int
	told bool // it was delivered and is being forgotten
	gone bool // it is not on the disk any more, but in a page that a flush has read
}

func newQueue(owner jid.JID) *queue {
	return &queue{owner: owner, ready: make(chan struct{})}
}

// The caller of each of the following holds mu.

// quiet reports whether the store alone knows all there is to know.
func (q *queue) quiet() bool {
	return len(q.writing) == 0 && len(q.claims) == 0 && !q.forgetting
}

// add gives a message the next place. It is being written from now on.
func (q *queue) add(xml []byte, expires time.Time) Entry {
	if q.writing == nil {
		q.writing = make(map[uint64]struct{})
	}
	q.last++
	q.writing[q.last] = struct{}{}
	q.count++
	q.bytes += len(xml)
	if q.oldest.IsZero() {
		q.oldest = expires
	}
	return Entry{ID: q.last, Expires: expires, XML: xml}
}

// claim keeps the message of that ID, of size bytes, from being handed out.
func (q *queue) claim(id uint64, size int) {
	if q.claims == nil {
		q.claims = make(map[uint64]claim)
	}
	q.claims[id] = claim{size: size}
}

// written notes that a message is on the disk, or never will be.
func (q *queue) written(e Entry, err error) {
	delete(q.writing, e.ID)
	if err != nil {
		delete(q.claims, e.ID)
		q.sub(len(e.XML))
	}
	q.wake()
}

// change gives what is closed when a write or deletion ends.
func (q *queue) change() <-chan struct{} {
	if q.changed == nil {
		q.changed = make(chan struct{})
	}
	return q.changed
}

func (q *queue) wake() {
	if q.changed != nil {
		close(q.changed)
		q.changed = nil
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

// settled gives the highest ID up to which nothing is being written.
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

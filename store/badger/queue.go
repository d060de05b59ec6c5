package badger

import (
	"sync"
	"sync/atomic"
)

const (
	// groupSize is how many commits share one channel. Small enough that a batch that was split tells its first
	// part early, large enough that a channel costs nothing per commit.
	groupSize = 64

	// maxWaiting bounds the memory that closures may hold while the disk is stuck.
	maxWaiting = 1 << 15
	// From crowdedAt on those who write much should wait, from fullAt on all who can.
	crowdedAt = maxWaiting / 4
	fullAt    = maxWaiting / 2
)

// A Crowd says how many writes wait for the disk.
type Crowd int32

// Crowds.
const (
	None  Crowd = iota
	Some        // those who write much should wait
	Heavy       // all should who can
)

// queue holds the commits that wait for the committer, in order.
type queue struct {
	wake  chan struct{} // has a token when the committer should look
	crowd atomic.Int32  // a Crowd

	mu      sync.Mutex // guards all below
	groups  []*group
	waiting int
	seq     uint64
	err     error         // set by close: nothing more is taken
	relief  chan struct{} // closed when the committer has taken what waits; nil if nobody waits for that
}

func newQueue() *queue {
	return &queue{wake: make(chan struct{}, 1)}
}

// takes says why nothing is taken at the moment.
func (q *queue) takes() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.refusal()
}

// refusal is takes with the lock held.
func (q *queue) refusal() error {
	if q.err == nil && q.waiting >= maxWaiting {
		return ErrBusy
	}
	return q.err
}

// add puts fn at the end.
func (q *queue) add(fn func(*Txn) error) (*Commit, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.refusal(); err != nil {
		return nil, err
	}
	q.waiting++
	if n := len(q.groups); n == 0 || len(q.groups[n-1].commits) == groupSize {
		q.seq++
		q.groups = append(q.groups, &group{seq: q.seq, done: make(chan struct{})})
	}
	g := q.groups[len(q.groups)-1]
	switch q.waiting {
	case crowdedAt:
		q.crowd.Store(int32(Some))
	case fullAt:
		q.crowd.Store(int32(Heavy))
	}
	c := &Commit{group: g, fn: fn}
	g.commits = append(g.commits, c)
	q.signal()
	return c, nil
}

// take blocks until there is something and returns all of it, in order; nil when the queue is closed
// and empty. The result replaces spent, the slice of an earlier call.
func (q *queue) take(spent []*group) []*group {
	clear(spent)
	for {
		q.mu.Lock()
		groups, closed := q.groups, q.err != nil
		if len(groups) > 0 {
			q.groups, q.waiting = spent[:0], 0
			q.relieve()
		}
		q.mu.Unlock()
		if len(groups) > 0 {
			return groups
		}
		if closed {
			return nil
		}
		<-q.wake
	}
}

// crowded gives how many wait, and a channel that is closed when they have been taken.
func (q *queue) crowded() (Crowd, <-chan struct{}) {
	if q.crowd.Load() == int32(None) {
		return None, nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	c := Crowd(q.crowd.Load())
	if c != None && q.relief == nil {
		q.relief = make(chan struct{})
	}
	return c, q.relief
}

// relieve lets those go on who wait. The lock is held.
func (q *queue) relieve() {
	q.crowd.Store(int32(None))
	if q.relief != nil {
		close(q.relief)
		q.relief = nil
	}
}

// close lets nothing more in; err is what later callers get.
func (q *queue) close(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err == nil {
		q.err = err
	}
	q.relieve()
	q.signal()
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default: // the committer will look anyway
	}
}

package badger

import (
	"context"
	"sync"
)

// Commit is a write on its way to the disk. Commits end in the order in which they were submitted, so
// who waits for several of one goroutine need only keep the last; see Later.
type Commit struct {
	group *group
	fn    func(*Txn) error // nil once it has run
	err   error            // valid once the group is done
}

// Done is closed when the write is synced, or has failed. Commits that were submitted close together
// may share the channel.
func (c *Commit) Done() <-chan struct{} { return c.group.done }

// Err tells how the write ended: nil when it is synced. Before Done it is always nil.
func (c *Commit) Err() error {
	select {
	case <-c.group.done:
		return c.err
	default:
		return nil
	}
}

// Wait waits for Done and returns Err. When ctx ends first its error is returned; the write goes on.
func (c *Commit) Wait(ctx context.Context) error {
	select {
	case <-c.group.done:
		return c.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// OnDone runs fn with Err once after Done; at once, in the calling goroutine, when that has been. Otherwise it
// runs in the committer, which all writers wait for: fn must be brief, must not block and must not wait
// for another write.
func (c *Commit) OnDone(fn func(error)) {
	if !c.group.later(callback{c, fn}) {
		fn(c.err)
	}
}

// Later returns the one of a and b that ends last. Either may be nil. When the disk fails for a Commit it fails
// for all later ones too, so the last one speaks for the disk; for what its own closure returned, or for being
// refused, each Commit must be asked itself.
func Later(a, b *Commit) *Commit {
	if a == nil || b != nil && b.group.seq >= a.group.seq {
		return b
	}
	return a
}

// group is a run of consecutive commits that share their end.
type group struct {
	seq     uint64 // order of the group; 0 for what was refused
	commits []*Commit
	done    chan struct{}

	mu        sync.Mutex // guards the two below
	callbacks []callback
	finished  bool
}

type callback struct {
	c  *Commit
	fn func(error)
}

// later keeps cb until the end; false when the end has been.
func (g *group) later(cb callback) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.finished {
		return false
	}
	g.callbacks = append(g.callbacks, cb)
	return true
}

// finish tells everybody, once. A failure replaces the outcome of every commit that had none of its own.
func (g *group) finish(failure error) {
	for _, c := range g.commits {
		if c.err == nil {
			c.err = failure
		}
	}
	g.commits = nil // a kept Commit must not keep its neighbours
	g.mu.Lock()
	g.finished = true
	callbacks := g.callbacks
	g.callbacks = nil
	g.mu.Unlock()
	close(g.done)
	for _, cb := range callbacks {
		cb.fn(cb.c.err)
	}
}

// refused returns a Commit that has ended with err.
func refused(err error) *Commit {
	g := &group{done: make(chan struct{})}
	g.finish(nil)
	return &Commit{group: g, err: err}
}

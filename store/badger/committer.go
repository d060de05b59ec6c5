package badger

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	badgerdb "github.com/dgraph-io/badger/v4"
)

// committer is the only writer: it turns the closures of the queue into batches, and batches into
// synced transactions. All its fields belong to its goroutine.
type committer struct {
	db     *DB
	batch  *batch
	txn    Txn           // of the running closure
	read   *badgerdb.Txn // what was committed before the batch; nil until a closure needs it
	ended  []*group      // groups whose closures have all run and that wait for the sync
	failed error         // after a failed commit nothing is tried any more
}

func newCommitter(db *DB) *committer {
	return &committer{db: db, batch: newBatch()}
}

// run commits until the queue is closed and empty.
func (c *committer) run() {
	defer close(c.db.committed)
	var groups []*group
	for {
		groups = c.db.queue.take(groups)
		if groups == nil {
			return
		}
		for _, g := range groups {
			for _, w := range g.commits {
				w.err = c.apply(w.fn)
				w.fn = nil
			}
			c.ended = append(c.ended, g)
			if c.batch.full() {
				c.flush()
			}
		}
		c.flush()
	}
}

// apply runs one closure on the batch. When its writes no longer fit, what is there is committed
// first and the closure runs again on an empty batch.
func (c *committer) apply(fn func(*Txn) error) error {
	if err := c.doomed(); err != nil {
		return err
	}
	shared := !c.batch.empty()
	overflow, err := c.try(fn)
	if overflow && shared {
		c.flush()
		if c.failed != nil {
			return c.failed
		}
		overflow, err = c.try(fn)
	}
	if overflow {
		return ErrTooLarge
	}
	return err
}

// doomed says why nothing may be written any more: a commit failed, or the engine stops for a cause.
func (c *committer) doomed() error {
	if c.failed != nil {
		return c.failed
	}
	select {
	case <-c.db.halted:
		if c.db.cause != nil {
			return c.db.closedErr()
		}
	default:
	}
	return nil
}

// try runs fn and takes its writes back unless it succeeds.
func (c *committer) try(fn func(*Txn) error) (overflow bool, err error) {
	if c.read == nil {
		c.read = c.db.kv.NewTransaction(false)
	}
	c.batch.begin()
	c.txn = Txn{read: c.read, batch: c.batch}
	txn := &c.txn
	// A closure runs here for somebody else. Its fault must not take down the writer of everybody.
	defer func() {
		if p := recover(); p != nil {
			c.db.opts.Logger.Error("write closure panicked", slog.Any("err", p), slog.String("stack", string(debug.Stack())))
			c.batch.rollback()
			err = fmt.Errorf("write closure panicked: %v", p)
		}
	}()
	err = fn(txn)
	if err != nil || txn.overflow {
		c.batch.rollback()
	}
	return txn.overflow, err
}

// flush commits the batch and tells all whose closures are in it, or failed beside it.
func (c *committer) flush() {
	early := c.db.opts.Fault.EarlyAck()
	if early {
		c.finish()
	}
	c.commit()
	if !early {
		c.finish()
	}
}

func (c *committer) finish() {
	for i, g := range c.ended {
		g.finish(c.failed)
		c.ended[i] = nil
	}
	c.ended = c.ended[:0]
}

// commit writes and syncs the batch. A failure is final: whether the disk has the batch is unknown, and a second
// sync that succeeds would prove nothing about the pages the first one lost.
func (c *committer) commit() {
	if c.read != nil {
		c.read.Discard() // so that the next closure sees this batch
		c.read = nil
	}
	if c.batch.empty() || c.failed != nil {
		return
	}
	c.db.noteWritten(c.batch.bytes)
	err := c.write()
	c.batch.reset()
	if err != nil {
		c.failed = fmt.Errorf("%w: %w", ErrClosed, err)
		c.db.halt(err)
	}
}

// errUnsynced is why the engine stops when Badger could not sync its value log.
var errUnsynced = errors.New("values could not be synced")

func (c *committer) write() error {
	fault := c.db.opts.Fault
	if err := fault.BeforeCommit(); err != nil {
		return err
	}
	if err := c.batch.commit(c.db.kv); err != nil {
		return err
	}
	if c.db.unsynced.Load() {
		return errUnsynced
	}
	return fault.AfterCommit()
}

package backup

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"time"

	"causeway/store/badger"
)

// Bounds of one write to the new store, within those of the engine, and how many of them wait for the disk.
const (
	stepBytes   = 250 << 10
	stepRecords = 1000
	stepsAhead  = 8
)

// A filler writes records to a new store.
type filler struct {
	db      *badger.DB
	step    []badger.Record
	bytes   int // in step
	waiting []*badger.Commit
	expired uint64 // records left out
}

// fill writes all records of the state that have not expired.
func fill(ctx context.Context, db *badger.DB, c chain) (expired uint64, err error) {
	f := &filler{db: db}
	if err := c.records(ctx, f.add); err != nil {
		return 0, err
	}
	f.flush()
	for len(f.waiting) > 0 {
		if err := f.settle(); err != nil {
			return 0, err
		}
	}
	return f.expired, nil
}

func (f *filler) add(r badger.Record) error {
	if isExpired(r) {
		f.expired++
		return nil
	}
	f.step = append(f.step, badger.Record{Key: bytes.Clone(r.Key), Val: bytes.Clone(r.Val), Expires: r.Expires})
	if f.bytes += len(r.Key) + len(r.Val); f.bytes < stepBytes && len(f.step) < stepRecords {
		return nil
	}
	f.flush()
	if len(f.waiting) < stepsAhead {
		return nil
	}
	return f.settle()
}

// flush hands the step to the engine, which keeps it.
func (f *filler) flush() {
	step := f.step
	f.step, f.bytes = nil, 0
	f.waiting = append(f.waiting, f.db.Submit(func(txn *badger.Txn) error {
		for _, r := range step {
			if err := setRecord(txn, r); err != nil {
				return err
			}
		}
		return nil
	}))
}

// settle waits for the oldest step.
func (f *filler) settle() error {
	oldest := f.waiting[0]
	f.waiting = f.waiting[1:]
	<-oldest.Done()
	return oldest.Err()
}

func setRecord(txn *badger.Txn, r badger.Record) error {
	if r.Expires == 0 {
		return txn.Set(r.Key, r.Val)
	}
	return txn.SetWithExpiry(r.Key, r.Val, time.Unix(r.Expires, 0))
}

func isExpired(r badger.Record) bool { return r.Expires != 0 && r.Expires <= time.Now().Unix() }

// compare reads the new store back and holds it against the chain.
func compare(ctx context.Context, db *badger.DB, c chain) error {
	var failed error
	wanted, stop := iter.Pull(func(yield func(badger.Record) bool) {
		failed = c.records(ctx, func(r badger.Record) error {
			if !yield(r) {
				return context.Canceled
			}
			return nil
		})
	})
	defer stop()
	// want gives the next record that must be there, or the one of that key.
	want := func(key []byte) (badger.Record, bool) {
		r, ok := wanted()
		for ok && isExpired(r) && !bytes.Equal(r.Key, key) {
			r, ok = wanted()
		}
		return r, ok
	}
	err := db.Snapshot(ctx, func(s *badger.Snapshot) error {
		return s.Each(ctx, func(r badger.Record) error {
			w, ok := want(r.Key)
			if !ok || !bytes.Equal(w.Key, r.Key) || !bytes.Equal(w.Val, r.Val) || w.Expires != r.Expires {
				return errDiffers
			}
			return nil
		})
	})
	if err != nil {
		return errors.Join(err, failed)
	}
	if _, more := want(nil); more {
		return errDiffers
	}
	return failed
}

var errDiffers = errors.New("the new store is not what the backup has")

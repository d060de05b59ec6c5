package badger

import (
	"bytes"
	"context"
	"fmt"

	badgerdb "github.com/dgraph-io/badger/v4"
)

// iteratorBytes is how much one of Badger's iterators reads. An iterator keeps the tables and the memory
// tables that it began with, also when compaction has replaced them long ago.
const iteratorBytes = 32 * mib

// Snapshot is all that the engine kept at one moment. Writers go on beside it: what they replace or delete
// stays on the disk until the snapshot ends.
type Snapshot struct {
	db      *DB
	version uint64
	read    *badgerdb.Txn
}

// Record is one key with its value. Both are valid only during the call that gives them and must not be changed.
type Record struct {
	Key, Val []byte
	Expires  int64 // seconds since 1970; 0: never
}

// Snapshot runs fn on a snapshot of all that was acknowledged before the call. It holds up an orderly end of the
// engine; Each therefore stops by itself when that is asked for. Before, all tables are checked against their
// checksums: a reader would silently pass over what a damaged disk has lost, and so would a backup.
func (db *DB) Snapshot(ctx context.Context, fn func(*Snapshot) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := db.View(func(*Txn) error { return db.kv.VerifyChecksum() }); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return db.View(func(txn *Txn) error {
		return fn(&Snapshot{db: db, version: txn.read.ReadTs(), read: txn.read})
	})
}

// Version is the number of the last commit that the snapshot contains. It grows with each commit, but after a
// restart Badger may give a number again whose records were all deleted: it orders snapshots of one run only.
func (s *Snapshot) Version() uint64 { return s.version }

// Each calls fn with every record in the order of keys, until fn fails. Records that have expired by now are
// passed over.
func (s *Snapshot) Each(ctx context.Context, fn func(Record) error) error {
	for from, more := []byte(nil), true; more; {
		var err error
		if from, more, err = s.some(ctx, from, fn); err != nil {
			return err
		}
	}
	return nil
}

// some is Each from a key on, until it has read iteratorBytes. It returns where to go on.
func (s *Snapshot) some(ctx context.Context, from []byte, fn func(Record) error) (next []byte, more bool, err error) {
	it := s.read.NewIterator(badgerdb.IteratorOptions{})
	defer it.Close()
	var unpacker unpacker
	size := 0
	for it.Seek(from); it.Valid(); it.Next() {
		item := it.Item()
		if size > iteratorBytes {
			return bytes.Clone(item.Key()), true, nil
		}
		if err := s.stopped(ctx); err != nil {
			return nil, false, err
		}
		err := unpacker.visitAll(item, func(val []byte) error {
			size += len(item.Key()) + len(val)
			return fn(Record{Key: item.Key(), Val: val, Expires: int64(item.ExpiresAt())})
		})
		if err != nil {
			return nil, false, err
		}
	}
	return nil, false, nil
}

func (s *Snapshot) stopped(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-s.db.halted:
		return s.db.closedErr()
	default:
		return nil
	}
}

// Room says whether the file system of dir has more free space than the low water mark; if not the error
// is ErrFull. Who writes much beside the engine asks now and then.
func (db *DB) Room(dir string) error {
	free, err := db.opts.FreeSpace(dir)
	if err != nil {
		return fmt.Errorf("look at free space: %w", err)
	}
	if free < db.opts.LowWater {
		return fmt.Errorf("%w: %d MiB free, %d MiB are kept free", ErrFull, free/mib, db.opts.LowWater/mib)
	}
	return nil
}

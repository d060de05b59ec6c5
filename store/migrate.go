package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"causeway/store/badger"
)

// Errors of opening a store of another version.
var (
	// ErrNewer says that the store was written by a newer program.
	ErrNewer = errors.New("store was written by a newer version of this program")
	// ErrTooOld says that the store is older than what the program can bring up to date.
	ErrTooOld = errors.New("store was written by a version of this program that is too old")
)

// schemaVersion is the number of the layout that doc.go describes.
const schemaVersion = 2

// schema is a layout and the ways to it.
type schema struct {
	version int
	// steps[n] brings a store from version n to n+1. It works in bounded slices and may run again on what it has
	// done in part, since the number is raised only after it.
	steps map[int]step
}

type step func(ctx context.Context, db *badger.DB) error

// current is the schema of this program. Version 1 is the first that was ever released.
func current() schema { return schema{version: schemaVersion, steps: map[int]step{1: giveIDs}} }

// migrate brings the store to the version of s, or marks an empty one with it.
func migrate(ctx context.Context, db *badger.DB, s schema) error {
	version, err := storedVersion(db, s.version)
	if err != nil {
		return err
	}
	if version > s.version {
		return fmt.Errorf("%w: it has version %d, known are versions up to %d", ErrNewer, version, s.version)
	}
	for ; version < s.version; version++ {
		run, ok := s.steps[version]
		if !ok {
			return fmt.Errorf("%w: it has version %d", ErrTooOld, version)
		}
		if err := run(ctx, db); err != nil {
			return fmt.Errorf("bring store from version %d to %d: %w", version, version+1, err)
		}
		if err := setVersion(ctx, db, version+1); err != nil {
			return err
		}
	}
	return setVersion(ctx, db, version)
}

// storedVersion reads the number of the layout: that of an empty store is fresh, that of one without a number 0.
func storedVersion(db *badger.DB, fresh int) (version int, err error) {
	err = db.View(func(txn *badger.Txn) error {
		val, err := read(txn, schemaKey())
		if err != nil {
			return err
		}
		if val != nil {
			n, size := binary.Uvarint(val)
			if size != len(val) || n > 1<<31 {
				return fmt.Errorf("version of the store: %w", errRecord)
			}
			version = int(n)
			return nil
		}
		version = fresh
		return txn.Scan(badger.Range{Limit: 1}, func(_, _ []byte) (bool, error) {
			version = 0
			return false, nil
		})
	})
	return version, err
}

// setVersion writes the number unless it is there already, so that opening a store costs no write.
func setVersion(ctx context.Context, db *badger.DB, version int) error {
	val := binary.AppendUvarint(nil, uint64(version))
	stored, err := get(ctx, db, schemaKey())
	if err != nil || string(stored) == string(val) {
		return err
	}
	return updateEssential(ctx, db, func(txn *badger.Txn) error { return txn.Set(schemaKey(), val) })
}

package store

import (
	"bytes"
	"context"
	"testing"

	"causeway/store/badger"
)

// Fold moves all recent entries of the archives to the index.
func (r *Archive) Fold(ctx context.Context) error {
	return r.fold(ctx)
}

// HoldTurn keeps others from folding and purging until release.
func (r *Archive) HoldTurn() (release func()) {
	r.turn <- struct{}{}
	return func() { <-r.turn }
}

// Recent is how many entries are not in the index.
func (r *Archive) Recent() int { return r.tail.size() }

// Sweep deletes what has expired.
var Sweep = (*Archive).sweep

// Clear clears away what removed rooms have left.
func (r *Rooms) Clear(ctx context.Context) error { return r.clear(ctx) }

// StopClearing leaves that to the next start.
func (r *Rooms) StopClearing() { r.close() }

// Contains counts the records whose key or value has a text.
func (s *Store) Contains(tb testing.TB, text string) int {
	return s.count(tb, func(key, val []byte) bool {
		return bytes.Contains(key, []byte(text)) || bytes.Contains(val, []byte(text))
	})
}

// Keys counts the records whose key has a text.
func (s *Store) Keys(tb testing.TB, text string) int {
	return s.count(tb, func(key, _ []byte) bool { return bytes.Contains(key, []byte(text)) })
}

func (s *Store) count(tb testing.TB, which func(key, val []byte) bool) (n int) {
	tb.Helper()
	err := s.db.View(func(txn *badger.Txn) error {
		return txn.Scan(badger.Range{}, func(key, val []byte) (bool, error) {
			if which(key, val) {
				n++
			}
			return true, nil
		})
	})
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

package store

import (
	"bytes"
	"context"
	"fmt"

	"causeway/store/badger"
	"causeway/xmpp/jid"
)

// forgetSlice is how many keys one step deletes, so that removing a large account does not hold up the others.
const forgetSlice = 500

// Forget removes everything that is kept for an account but the account itself: roster, queue and so on, of
// whatever service. What rooms know of it is theirs, see Rooms.Forget. It is not one step; when it fails half way it can
// be called again. Its form suits account.Service.OnRemove.
func (s *Store) Forget(ctx context.Context, owner jid.JID) error {
	// Twice: a message that was on its way when the removal began may still come to the archive meanwhile.
	for range 2 {
		err := s.archive.forget(ctx, owner)
		if err == nil {
			err = s.Tokens().RevokeOf(ctx, owner, "", "")
		}
		if err == nil {
			err = clearPrefix(ctx, s.db, ownerPrefix(owner))
		}
		if err != nil {
			return fmt.Errorf("forget %s: %w", owner, err)
		}
	}
	return nil
}

// clearPrefix deletes all keys with the prefix, slice by slice.
func clearPrefix(ctx context.Context, db *badger.DB, prefix []byte) error {
	return inSlices(ctx, db, badger.Range{Prefix: prefix}, func(txn *badger.Txn, key, _ []byte) error { return txn.Delete(key) })
}

// inSlices calls f with each key of a range and its value, some of them in each step. It is for what frees space. f may
// keep the key, and is called again with what it has seen when a step has to be repeated.
func inSlices(ctx context.Context, db *badger.DB, all badger.Range, f func(txn *badger.Txn, key, val []byte) error) error {
	for more := true; more; {
		var last []byte
		err := updateEssential(ctx, db, func(txn *badger.Txn) error {
			n, size := 0, 0
			more = false
			return txn.Scan(all, func(key, val []byte) (bool, error) {
				if n == forgetSlice || size > forgetBytes {
					more = true
					return false, nil
				}
				n, size, last = n+1, size+len(key), bytes.Clone(key)
				return true, f(txn, last, val)
			})
		})
		if err != nil {
			return err
		}
		all.From = append(last, 0) // not past it again: what was deleted is costly to step over
	}
	return nil
}

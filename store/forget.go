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
// whatever service. It is not one step; when it fails half way it can be called again. Its form suits
// account.Service.OnRemove.
func (s *Store) Forget(ctx context.Context, owner jid.JID) error {
	// Twice: a message that was on its way when the removal began may still come to the archive meanwhile.
	for range 2 {
		err := s.archive.forget(ctx, owner)
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
	for more := true; more; {
		err := updateEssential(ctx, db, func(txn *badger.Txn) error {
			n := 0
			err := txn.Scan(badger.Range{Prefix: prefix, Limit: forgetSlice}, func(key, _ []byte) (bool, error) {
				n++
				return true, txn.Delete(bytes.Clone(key))
			})
			more = n == forgetSlice
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

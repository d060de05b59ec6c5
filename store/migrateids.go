package store

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"causeway/store/badger"
	"causeway/xmpp/account"
	"causeway/xmpp/jid"
)

// giveIDs is the way from version 1 to 2: each account gets an ID, in the order of when
// the accounts were made and then of their addresses, so that they can be listed so; and
// who is blocked is noted by whom. Who
// has one already keeps it.
func giveIDs(ctx context.Context, db *badger.DB) error {
	list, err := withoutID(ctx, db)
	if err != nil {
		return err
	}
	var last uint64
	for part := range slices.Chunk(list, forgetSlice) {
		err := updateEssential(ctx, db, func(txn *badger.Txn) error {
			for _, old := range part {
				last = max(last+1, uint64(max(0, old.created.UnixMilli()))<<12)
				if err := giveID(txn, old.bare, newID(last)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func giveID(txn *badger.Txn, bare jid.JID, id account.ID) error {
	a, err := readAccount(txn, bare)
	if err != nil {
		return err
	}
	a.ID = id
	if err := txn.Set(madeKey(bare.Domain(), id), []byte(bare.Local())); err != nil {
		return err
	}
	if err := txn.Set(accountKey(bare), encodeAccount(&a)); err != nil {
		return err
	}
	blocks, err := readBlocks(txn, bare)
	if err != nil {
		return err
	}
	return markBlockers(txn, bare, nil, blocks)
}

// An aged account is one that has no ID.
type aged struct {
	bare    jid.JID
	created time.Time
}

// withoutID gives the accounts of all domains that have no ID, oldest first.
func withoutID(ctx context.Context, db *badger.DB) ([]aged, error) {
	prefix := []byte{layout, familyAccount}
	var list []aged
	err := view(ctx, db, func(txn *badger.Txn) error {
		return txn.Scan(badger.Range{Prefix: prefix}, func(key, val []byte) (bool, error) {
			bare, err := leavingOf(key[len(prefix):])
			if err != nil {
				return false, err
			}
			a, err := decodeAccount(bare, bytes.Clone(val))
			if err != nil {
				return false, fmt.Errorf("number %s: %w", bare, err)
			}
			if a.ID == (account.ID{}) {
				list = append(list, aged{bare, a.Created})
			}
			return true, nil
		})
	})
	slices.SortFunc(list, func(a, b aged) int {
		return cmp.Or(a.created.Compare(b.created), jid.Compare(a.bare, b.bare))
	})
	return list, err
}

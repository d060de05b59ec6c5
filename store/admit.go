package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"causeway/roster"
	"causeway/store/badger"
	"causeway/xmpp/account"
	"causeway/xmpp/jid"
)

// errNotReserved is the error of an account that is open, or gone.
var errNotReserved = errors.New("account is not reserved")

// Admit opens an account that was reserved, which is to say created as leaving, with
// what a says and with its whole roster, in one step: before, nobody can log in to it,
// and a server that starts removes it; afterwards it is all there. The items of the
// roster are of different contacts. What the account has besides was written before.
func (s *Store) Admit(ctx context.Context, a account.Account, items []roster.Item) error {
	a.Leaving = false
	err := update(ctx, s.db, func(txn *badger.Txn) error {
		old, err := readAccount(txn, a.JID)
		if err != nil {
			return err
		}
		if !old.Leaving {
			return errNotReserved
		}
		if err := loadRoster(txn, a.JID, items); err != nil {
			return err
		}
		a.ID = old.ID
		return writeAccount(txn, &a)
	})
	if err != nil {
		return fmt.Errorf("admit %s: %w", a.JID, err)
	}
	return nil
}

// AddContacts puts those items into a roster whose contacts it does not have yet, in
// one step, and gives how many these were.
func (s *Store) AddContacts(ctx context.Context, owner jid.JID, items []roster.Item) (added int, err error) {
	err = update(ctx, s.db, func(txn *badger.Txn) error {
		var fresh []roster.Item
		for _, it := range items {
			rec, err := readContact(txn, owner, it.JID)
			if err != nil {
				return err
			}
			if rec.item == nil {
				fresh = append(fresh, it)
			}
		}
		added = len(fresh)
		return loadRoster(txn, owner, fresh)
	})
	if err != nil {
		return 0, fmt.Errorf("add contacts to %s: %w", owner, err)
	}
	return added, nil
}

// loadRoster writes items that the roster has not got, and the version they make.
func loadRoster(txn *badger.Txn, owner jid.JID, items []roster.Item) error {
	if len(items) == 0 {
		return nil
	}
	head, err := readHead(txn, owner)
	if err != nil {
		return err
	}
	first := head.version == 0
	// Each change has a number of its own; see replaceContact.
	head.version = max(head.version, roster.Version(time.Now().UnixMicro()))
	for i := range items {
		old, err := readContact(txn, owner, items[i].JID)
		if err != nil {
			return err
		}
		rec := contactRecord{item: &items[i], version: old.version}
		if rec.listed() {
			head.version++
			rec.version = head.version
			if old.tombstone() {
				head.tombstones--
			}
			if first {
				head.floor, first = head.version, false
			}
		}
		if err := writeContact(txn, owner, items[i].JID, rec); err != nil {
			return err
		}
	}
	return txn.Set(tablePrefix(owner, tableRosterVersion), encodeHead(head))
}

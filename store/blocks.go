package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"causeway/store/badger"
	"causeway/xmpp/ext/blocking"
	"causeway/xmpp/jid"
)

// Blocks keeps whom an account does not want to hear, one record per account.
type Blocks struct{ db *badger.DB }

var _ blocking.Store = Blocks{}

// Blocked implements blocking.Store.
func (r Blocks) Blocked(ctx context.Context, owner jid.JID) ([]jid.JID, error) {
	var list []jid.JID
	err := view(ctx, r.db, func(txn *badger.Txn) (err error) {
		list, err = readBlocks(txn, owner)
		return err
	})
	return list, err
}

// Change implements blocking.Store.
func (r Blocks) Change(ctx context.Context, owner jid.JID, change func([]jid.JID) ([]jid.JID, error)) error {
	key := tablePrefix(owner, tableBlocks)
	return update(ctx, r.db, func(txn *badger.Txn) error {
		list, err := readBlocks(txn, owner)
		if err != nil {
			return err
		}
		before := slices.Clone(list)
		list, err = change(list)
		if err != nil {
			return err
		}
		if err := markBlockers(txn, owner, before, list); err != nil {
			return err
		}
		if len(list) == 0 {
			return txn.Delete(key)
		}
		return txn.Set(key, encodeBlocks(list))
	})
}

// Blockers implements blocking.Store.
func (r Blocks) Blockers(ctx context.Context, blocked jid.JID) ([]jid.JID, error) {
	prefix := blockerPrefix(blocked)
	var list []jid.JID
	err := view(ctx, r.db, func(txn *badger.Txn) error {
		return txn.Scan(badger.Range{Prefix: prefix, Keys: true}, func(key, _ []byte) (bool, error) {
			owner, err := jid.ParseBytes(key[len(prefix):])
			list = append(list, owner)
			return true, err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("who blocks %s: %w", blocked, err)
	}
	return list, nil
}

// familyBlockers finds by an address who blocks it.
const familyBlockers = 'b'

func blockerPrefix(blocked jid.JID) []byte {
	key := append([]byte{layout, familyBlockers}, blocked.String()...)
	return append(key, 0)
}

// markBlockers notes what changed between two lists of an owner.
func markBlockers(txn *badger.Txn, owner jid.JID, before, after []jid.JID) error {
	key := func(blocked jid.JID) []byte { return append(blockerPrefix(blocked), owner.String()...) }
	has := make(map[jid.JID]bool, len(after))
	for _, j := range after {
		has[j] = true
	}
	had := make(map[jid.JID]bool, len(before))
	for _, j := range before {
		had[j] = true
		if !has[j] {
			if err := txn.Delete(key(j)); err != nil {
				return err
			}
		}
	}
	for _, j := range after {
		if !had[j] {
			if err := txn.Set(key(j), nil); err != nil {
				return err
			}
		}
	}
	return nil
}

func readBlocks(txn *badger.Txn, owner jid.JID) ([]jid.JID, error) {
	val, err := read(txn, tablePrefix(owner, tableBlocks))
	if val == nil || err != nil {
		return nil, err
	}
	list, err := decodeBlocks(val)
	if err != nil {
		return nil, fmt.Errorf("block list of %s: %w", owner, err)
	}
	return list, nil
}

func encodeBlocks(list []jid.JID) []byte {
	b := binary.AppendUvarint([]byte{recordVersion}, uint64(len(list)))
	for _, j := range list {
		b = appendBytes(b, j.String())
	}
	return b
}

func decodeBlocks(val []byte) ([]jid.JID, error) {
	d := decode(val)
	var list []jid.JID
	for range d.count() {
		list = append(list, d.jid())
	}
	if err := d.end(); err != nil {
		return nil, err
	}
	return list, nil
}

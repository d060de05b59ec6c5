package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"causeway/store/badger"
	"causeway/xmpp/ext/pep"
	"causeway/xmpp/jid"
)

// PubSub keeps the nodes of accounts and their items. Items are numbered in the order
// of publication. What is below the first number of a node is gone, even while its
// records are still there: so any number of items goes in one step, and their records
// follow slice by slice.
type PubSub struct{ db *badger.DB }

var _ pep.Store = PubSub{}

// PubSub gives the repository of nodes and items.
func (s *Store) PubSub() PubSub { return PubSub{s.db} }

const (
	tableNodes table = 'n'
	tableItems table = 'i'

	// The two kinds of keys of items.
	itemByNumber = 's'
	itemByID     = 'k'
)

func nodeKey(owner jid.JID, node string) []byte {
	return append(tablePrefix(owner, tableNodes), node...)
}

// itemsPrefix covers the keys of one kind of the items of a node.
func itemsPrefix(owner jid.JID, node string, kind byte) []byte {
	key := append(tablePrefix(owner, tableItems), node...)
	return append(key, 0, kind)
}

func itemKey(owner jid.JID, node string, number uint64) []byte {
	return binary.BigEndian.AppendUint64(itemsPrefix(owner, node, itemByNumber), number)
}

func itemIDKey(owner jid.JID, node, id string) []byte {
	return append(itemsPrefix(owner, node, itemByID), id...)
}

// Nodes implements pep.Store.
func (r PubSub) Nodes(ctx context.Context, owner jid.JID) ([]pep.Node, error) {
	var list []pep.Node
	err := view(ctx, r.db, func(txn *badger.Txn) error {
		return eachNode(txn, owner, func(n *nodeRecord) { list = append(list, n.Node) })
	})
	if err != nil {
		return nil, fmt.Errorf("nodes of %s: %w", owner, err)
	}
	return list, nil
}

// eachNode calls f with the nodes of owner that are there, by name.
func eachNode(txn *badger.Txn, owner jid.JID, f func(*nodeRecord)) error {
	prefix := tablePrefix(owner, tableNodes)
	return txn.Scan(badger.Range{Prefix: prefix}, func(key, val []byte) (bool, error) {
		name := string(key[len(prefix):])
		if name == "" {
			return true, nil // the record of all
		}
		n, err := decodeNode(name, val)
		if err == nil && !n.gone {
			f(n)
		}
		return true, err
	})
}

// Page implements pep.Store.
func (r PubSub) Page(ctx context.Context, owner jid.JID, node string, p pep.Page) (items []pep.Item, more bool, err error) {
	err = view(ctx, r.db, func(txn *badger.Txn) error {
		items, more = nil, false
		o, err := openNode(txn, owner, node)
		if err != nil || o.rec == nil {
			return err
		}
		rows := badger.Range{Prefix: itemsPrefix(owner, node, itemByNumber), From: itemKey(owner, node, o.rec.first), Reverse: p.Backward}
		if p.After != "" {
			number, err := o.bound(p.After)
			if err != nil {
				return err
			}
			rows.From = itemKey(owner, node, number+1)
		}
		if p.Before != "" {
			number, err := o.bound(p.Before)
			if err != nil {
				return err
			}
			rows.To = itemKey(owner, node, number)
		}
		size := 0
		return txn.Scan(rows, func(_, val []byte) (bool, error) {
			row, err := decodeItem(val)
			if err != nil || isExpired(row.expires, o.now) {
				return true, err
			}
			size += len(row.item.Payload)
			if p.Max > 0 && len(items) == p.Max || p.Bytes > 0 && size > p.Bytes && len(items) > 0 {
				more = true
				return false, nil
			}
			items = append(items, row.copy())
			return true, nil
		})
	})
	if err != nil {
		return nil, false, fmt.Errorf("items of %s: %w", owner, err)
	}
	if p.Backward {
		slices.Reverse(items)
	}
	return items, more, nil
}

// Find implements pep.Store.
func (r PubSub) Find(ctx context.Context, owner jid.JID, node string, ids []string, limit int) ([]pep.Item, error) {
	var items []pep.Item
	err := view(ctx, r.db, func(txn *badger.Txn) error {
		items = nil
		o, err := openNode(txn, owner, node)
		if err != nil || o.rec == nil {
			return err
		}
		size := 0
		for _, id := range ids {
			_, row, err := o.lookup(id)
			if err != nil {
				return err
			}
			if row == nil || isExpired(row.expires, o.now) {
				continue
			}
			if size += len(row.item.Payload); limit > 0 && size > limit && len(items) > 0 {
				return nil
			}
			items = append(items, row.copy())
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("items of %s: %w", owner, err)
	}
	return items, nil
}

// Change implements pep.Store.
func (r PubSub) Change(
	ctx context.Context, owner jid.JID, node string, f func(*pep.Node, pep.Usage) (*pep.Step, error),
) (evicted []string, err error) {
	var left bool
	err = update(ctx, r.db, func(txn *badger.Txn) error {
		o, err := openNode(txn, owner, node)
		if err != nil {
			return err
		}
		if err := o.change(f); err != nil {
			return err
		}
		evicted, left = o.evicted, o.left
		return nil
	})
	if err != nil {
		return nil, err
	}
	for left {
		// What is gone takes only space: if that fails, the next purge or the removal of
		// the node goes on.
		if left, err = r.sweep(ctx, owner, node); err != nil {
			break
		}
	}
	return evicted, nil
}

// sweep deletes a slice of the records of items that are gone, and last that of a
// node which is; it says whether there are more.
func (r PubSub) sweep(ctx context.Context, owner jid.JID, node string) (more bool, err error) {
	err = updateEssential(ctx, r.db, func(txn *badger.Txn) error {
		more = false
		o, err := openNode(txn, owner, node)
		if err != nil || o.rec == nil && o.tomb == nil {
			return err
		}
		rec := o.rec
		if rec == nil {
			rec = o.tomb
		}
		rows := badger.Range{Prefix: itemsPrefix(owner, node, itemByNumber), To: itemKey(owner, node, rec.first)}
		err = txn.Scan(rows, func(key, val []byte) (bool, error) {
			row, err := decodeItem(val)
			if err != nil {
				return false, err
			}
			if !o.room(row.item.ID) {
				more = true
				return false, nil
			}
			return true, o.erase(binary.BigEndian.Uint64(key[len(key)-8:]), row.item.ID)
		})
		if err == nil && rec.gone && !more {
			err = txn.Delete(nodeKey(owner, node))
		}
		return err
	})
	return more, err
}

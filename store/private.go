package store

import (
	"bytes"
	"context"
	"fmt"

	"causeway/store/badger"
	"causeway/xmpp/ext/private"
	"causeway/xmpp/jid"
)

// Private keeps the elements of private XML storage.
type Private struct{ db *badger.DB }

var _ private.Store = Private{}

// Element implements private.Store.
func (r Private) Element(ctx context.Context, owner jid.JID, name private.Name) ([]byte, error) {
	val, err := get(ctx, r.db, privateKey(owner, name.Space, name.Local))
	if val == nil || err != nil {
		return nil, err
	}
	return decodeXML(val)
}

// Elements gives all that owner has stored, in the order of their names. They may be
// kept; a quota bounds them.
func (r Private) Elements(ctx context.Context, owner jid.JID) ([]private.Element, error) {
	prefix := tablePrefix(owner, tablePrivate)
	var list []private.Element
	err := view(ctx, r.db, func(txn *badger.Txn) error {
		return txn.Scan(badger.Range{Prefix: prefix}, func(key, val []byte) (bool, error) {
			xml, err := decodeXML(val)
			space, local, _ := bytes.Cut(key[len(prefix):], []byte{0})
			list = append(list, private.Element{Name: private.Name{Space: string(space), Local: string(local)}, XML: bytes.Clone(xml)})
			return true, err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("private storage of %s: %w", owner, err)
	}
	return list, nil
}

// Put implements private.Store.
func (r Private) Put(ctx context.Context, owner jid.JID, elements []private.Element, q private.Quota) error {
	return update(ctx, r.db, func(txn *badger.Txn) error {
		sizes, err := privateSizes(txn, owner)
		if err != nil {
			return fmt.Errorf("private storage of %s: %w", owner, err)
		}
		count, size := total(sizes)
		for _, e := range elements {
			key := privateKey(owner, e.Name.Space, e.Name.Local)
			if e.XML == nil {
				delete(sizes, string(key))
				err = txn.Delete(key)
			} else {
				sizes[string(key)] = len(e.XML)
				err = txn.Set(key, encodeXML(e.XML))
			}
			if err != nil {
				return err
			}
		}
		newCount, newSize := total(sizes)
		if newCount > max(count, q.Elements) || newSize > max(size, q.Bytes) {
			return private.ErrQuota
		}
		return nil
	})
}

// privateSizes maps the keys of what owner has stored to the length of its XML.
func privateSizes(txn *badger.Txn, owner jid.JID) (map[string]int, error) {
	sizes := make(map[string]int)
	err := txn.Scan(badger.Range{Prefix: tablePrefix(owner, tablePrivate)}, func(key, val []byte) (bool, error) {
		xml, err := decodeXML(val)
		sizes[string(key)] = len(xml)
		return true, err
	})
	return sizes, err
}

func total(sizes map[string]int) (count, size int) {
	for _, n := range sizes {
		size += n
	}
	return len(sizes), size
}

// encodeXML makes a record of one element.
func encodeXML(xml []byte) []byte {
	return append([]byte{recordVersion}, xml...)
}

// decodeXML reads what encodeXML wrote; the element is a part of val.
func decodeXML(val []byte) ([]byte, error) {
	xml, ok := bytes.CutPrefix(val, []byte{recordVersion})
	if !ok {
		return nil, errRecord
	}
	return xml, nil
}

package store

import (
	"context"
	"encoding/binary"
	"fmt"

	"causeway/store/badger"
	"causeway/xmpp/ext/caps"
)

// Caps keeps what the hashes of entity capabilities stand for. It belongs to no account.
type Caps struct{ db *badger.DB }

var _ caps.Store = Caps{}

// Caps gives the repository of entity capabilities.
func (s *Store) Caps() Caps { return Caps{s.db} }

// Sets implements caps.Store.
func (r Caps) Sets(ctx context.Context) ([]caps.Set, error) {
	var sets []caps.Set
	err := view(ctx, r.db, func(txn *badger.Txn) error {
		return txn.Scan(badger.Range{Prefix: capsPrefix()}, func(_, val []byte) (bool, error) {
			set, err := decodeCaps(val)
			if err != nil {
				return false, fmt.Errorf("entity capabilities: %w", err)
			}
			sets = append(sets, set)
			return true, nil
		})
	})
	return sets, err
}

// PutSet implements caps.Store.
func (r Caps) PutSet(ctx context.Context, s caps.Set) error {
	key, val := capsKey(s.Hash, s.Ver), encodeCaps(s)
	return update(ctx, r.db, func(txn *badger.Txn) error { return txn.Set(key, val) })
}

// ForgetSet implements caps.Store.
func (r Caps) ForgetSet(ctx context.Context, hash, ver string) error {
	return updateEssential(ctx, r.db, func(txn *badger.Txn) error { return txn.Delete(capsKey(hash, ver)) })
}

// capsPrefix covers all sets.
func capsPrefix() []byte { return []byte{layout, familyCaps} }

func capsKey(hash, ver string) []byte {
	key := append(capsPrefix(), hash...)
	return append(append(key, 0), ver...)
}

func encodeCaps(s caps.Set) []byte {
	b := appendBytes(appendBytes([]byte{recordVersion}, s.Hash), s.Ver)
	b = binary.AppendUvarint(b, uint64(len(s.Features)))
	for _, f := range s.Features {
		b = appendBytes(b, f)
	}
	return b
}

func decodeCaps(val []byte) (caps.Set, error) {
	d := decode(val)
	s := caps.Set{Hash: d.string(), Ver: d.string()}
	for range d.count() {
		s.Features = append(s.Features, d.string())
	}
	return s, d.end()
}

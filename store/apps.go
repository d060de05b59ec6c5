package store

import (
	"bytes"
	"context"
	"crypto/subtle"
	"fmt"
	"slices"

	"causeway/bridge"
	"causeway/store/badger"
	"causeway/xmpp/jid"
)

// Apps keeps what foreign programs and sites a host lets in by its bridges.
type Apps struct {
	db   *badger.DB
	memo *stretchMemo
}

var _ bridge.Apps = (*Apps)(nil)

// Apps gives the repository of Apps.
func (s *Store) Apps() *Apps { return s.apps }

// App implements bridge.Apps.
func (r *Apps) App(ctx context.Context, kind bridge.Kind, id string) (bridge.App, bool, error) {
	row, err := r.row(ctx, kind, id)
	if row == nil {
		return bridge.App{}, false, err
	}
	return row.App, true, nil
}

// row gives nil if there is no such App.
func (r *Apps) row(ctx context.Context, kind bridge.Kind, id string) (row *appRow, err error) {
	err = view(ctx, r.db, func(txn *badger.Txn) error {
		row, err = readApp(txn, kind, id)
		return err
	})
	return row, err
}

func readApp(txn *badger.Txn, kind bridge.Kind, id string) (*appRow, error) {
	if len(id) > maxAppText {
		return nil, nil
	}
	val, err := read(txn, appKey(kind, id))
	if val == nil || err != nil {
		return nil, err
	}
	return decodeApp(kind, id, val)
}

// AppOfKey implements bridge.Apps. Of several it is the first that is not disabled.
func (r *Apps) AppOfKey(ctx context.Context, key string) (a bridge.App, ok bool, err error) {
	if len(key) > maxAppText {
		return a, false, nil
	}
	prefix := keyAppsPrefix(key)
	err = view(ctx, r.db, func(txn *badger.Txn) error {
		return txn.Scan(badger.Range{Prefix: prefix, Keys: true}, func(found, _ []byte) (bool, error) {
			row, err := readApp(txn, bridge.REST, string(found[len(prefix):]))
			if err != nil || row == nil {
				return false, err
			}
			if !ok || !row.Disabled {
				a, ok = row.App, true
			}
			return a.Disabled, nil
		})
	})
	return a, ok, err
}

// Verify implements bridge.Apps. If secret is right, a is the App, though it may be disabled.
func (r *Apps) Verify(ctx context.Context, kind bridge.Kind, id, secret string) (a bridge.App, ok bool, err error) {
	if secret == "" || len(secret) > maxAppSecret {
		return a, false, nil
	}
	row, err := r.row(ctx, kind, id)
	if err != nil {
		return a, false, err
	}
	var salt []byte
	sum := make([]byte, 1) // equal to none
	if row != nil {
		salt, sum = row.salt, row.sum
	}
	got, err := r.secretSum(ctx, kind, id, secret, salt)
	if err != nil || subtle.ConstantTimeCompare(got, sum) != 1 {
		return a, false, err
	}
	r.right(kind, id, secret, got)
	return row.App, !row.Disabled, nil
}

// AppOfSecret implements bridge.Apps. As with Verify, a may be disabled.
func (r *Apps) AppOfSecret(ctx context.Context, kind bridge.Kind, secret string) (a bridge.App, ok bool, err error) {
	if kind != bridge.Plugchat || secret == "" || len(secret) > maxAppSecret {
		return a, false, nil
	}
	sum, err := r.secretSum(ctx, kind, "", secret, nil)
	if err != nil {
		return a, false, err
	}
	var row *appRow
	err = view(ctx, r.db, func(txn *badger.Txn) error {
		id, err := read(txn, appSecretKey(kind, sum))
		if id == nil || err != nil {
			return err
		}
		row, err = readApp(txn, kind, string(id))
		return err
	})
	if row == nil || err != nil {
		return a, false, err
	}
	r.right(kind, "", secret, sum)
	return row.App, !row.Disabled, nil
}

// List gives the Apps of a host, at most limit, in the order of kind and ID, after the given
// one; "" and "" begin.
func (r *Apps) List(ctx context.Context, host jid.JID, after bridge.Kind, afterID string, limit int) ([]bridge.App, error) {
	if limit <= 0 {
		return nil, nil
	}
	prefix := hostAppsPrefix(host.Domain())
	page := badger.Range{Prefix: prefix, Limit: limit, Keys: true}
	if after != "" || afterID != "" {
		page.From = append(hostAppKey(host.Domain(), after, afterID), 0)
	}
	var list []bridge.App
	err := view(ctx, r.db, func(txn *badger.Txn) error {
		return txn.Scan(page, func(key, _ []byte) (bool, error) {
			kind, id, err := kindAndID(key[len(prefix):])
			if err != nil {
				return false, err
			}
			row, err := readApp(txn, kind, id)
			if row != nil {
				list = append(list, row.App)
			}
			return true, err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list the apps of %s: %w", host, err)
	}
	return list, nil
}

// Has reports whether a host has an App of one of the kinds that is not disabled.
func (r *Apps) Has(ctx context.Context, domain string, kinds ...bridge.Kind) (has bool, err error) {
	prefix := hostAppsPrefix(domain)
	err = view(ctx, r.db, func(txn *badger.Txn) error {
		return txn.Scan(badger.Range{Prefix: prefix, Keys: true}, func(key, _ []byte) (bool, error) {
			kind, id, err := kindAndID(bytes.Clone(key[len(prefix):]))
			if err != nil || !slices.Contains(kinds, kind) {
				return true, err
			}
			row, err := readApp(txn, kind, id)
			has = row != nil && !row.Disabled
			return !has, err
		})
	})
	return has, err
}

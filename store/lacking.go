package store

import (
	"context"
	"fmt"

	"causeway/store/badger"
	"causeway/xmpp/account"
	"causeway/xmpp/jid"
	"causeway/xmpp/sasl"
)

// familyLacking marks accounts that have no key set for a hash, so that the question
// whether a host has one is a look at one key.
const familyLacking = 'h'

// lackingPrefix covers the accounts of a domain that have no key set for a hash.
func lackingPrefix(domain string, h sasl.Hash) []byte {
	return append(append(domainKey(familyLacking, domain), h...), 0)
}

func lackingKey(bare jid.JID, h sasl.Hash) []byte {
	return append(lackingPrefix(bare.Domain(), h), bare.Local()...)
}

// Lacking implements account.Store.
func (r Accounts) Lacking(ctx context.Context, domain string, h sasl.Hash) (bool, error) {
	lacking := false
	err := view(ctx, r.db, func(txn *badger.Txn) error {
		return txn.Scan(badger.Range{Prefix: lackingPrefix(domain, h), Limit: 1}, func(_, _ []byte) (bool, error) {
			lacking = true
			return false, nil
		})
	})
	if err != nil {
		return false, fmt.Errorf("key sets of %s: %w", domain, err)
	}
	return lacking, nil
}

// markLacking notes which key sets an account has not. One that has none at all can
// log in with no mechanism, and one that is leaving may not; they hold nobody up.
func markLacking(txn *badger.Txn, a *account.Account) error {
	for _, h := range sasl.Hashes() {
		_, has := a.KeysFor(h)
		if err := mark(txn, lackingKey(a.JID, h), !has && len(a.Keys) > 0 && !a.Leaving); err != nil {
			return err
		}
	}
	return nil
}

// mark sets or deletes a key without a value, unless that is done already.
func mark(txn *badger.Txn, key []byte, set bool) error {
	is, err := txn.Has(key)
	switch {
	case err != nil || is == set:
		return err
	case set:
		return txn.Set(key, nil)
	default:
		return txn.Delete(key)
	}
}

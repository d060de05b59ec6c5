package store

import (
	"context"
	"fmt"

	"causeway/bridge"
	"causeway/store/badger"
	"causeway/xmpp/jid"
)

// Revoke implements bridge.Tokens.
func (r Tokens) Revoke(ctx context.Context, family string) error {
	return dropTokens(ctx, r.db, badger.Range{Prefix: familyPrefix(family)})
}

// RevokeOf implements bridge.Tokens. With no person it is the tokens with which the App
// itself acts.
func (r Tokens) RevokeOf(ctx context.Context, user jid.JID, kind bridge.Kind, app string) error {
	prefix := personTokensPrefix(user.Bare(), kind, app)
	if user.IsZero() {
		prefix = ownTokensPrefix(kind, app, true)
	}
	return dropTokens(ctx, r.db, badger.Range{Prefix: prefix})
}

// dropTokens removes the tokens of which a range of an index has the keys, slice by slice.
func dropTokens(ctx context.Context, db *badger.DB, index badger.Range) error {
	index.Keys = true
	err := inSlices(ctx, db, index, func(txn *badger.Txn, key, _ []byte) error {
		hash, err := hashAtEnd(key)
		if err != nil {
			return err
		}
		if err := txn.Delete(key); err != nil { // of a token that is not there, too
			return err
		}
		return dropToken(txn, hash)
	})
	if err != nil {
		return fmt.Errorf("revoke tokens: %w", err)
	}
	return nil
}

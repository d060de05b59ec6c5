package store

import (
	"context"
	"fmt"

	"causeway/store/badger"
	"causeway/xmpp/ext/vcard"
	"causeway/xmpp/jid"
)

// VCards keeps one vCard per account.
type VCards struct{ db *badger.DB }

var _ vcard.Store = VCards{}

// Card implements vcard.Store.
func (r VCards) Card(ctx context.Context, owner jid.JID) ([]byte, error) {
	val, err := get(ctx, r.db, tablePrefix(owner, tableVCard))
	if val == nil || err != nil {
		return nil, err
	}
	xml, err := decodeXML(val)
	if err != nil {
		return nil, fmt.Errorf("vcard of %s: %w", owner, err)
	}
	return xml, nil
}

// SetCard implements vcard.Store.
func (r VCards) SetCard(ctx context.Context, owner jid.JID, xml []byte) error {
	key := tablePrefix(owner, tableVCard)
	if xml == nil {
		return updateEssential(ctx, r.db, func(txn *badger.Txn) error { return txn.Delete(key) })
	}
	val := encodeXML(xml)
	return update(ctx, r.db, func(txn *badger.Txn) error { return txn.Set(key, val) })
}

package store

import (
	"context"
	"fmt"

	"causeway/store/badger"
	"causeway/xmpp/ext/vcard"
	"causeway/xmpp/jid"
)

// VCards keeps one vCard per account, and beside it the hash of its photo.
type VCards struct{ db *badger.DB }

var _ vcard.Store = VCards{}

// Card implements vcard.Store.
func (r VCards) Card(ctx context.Context, owner jid.JID) ([]byte, error) {
	val, err := get(ctx, r.db, tablePrefix(owner, tableVCard))
	if val == nil || err != nil {
		return nil, err
	}
	return decodeCard(owner, val)
}

// Photo implements vcard.Store.
func (r VCards) Photo(ctx context.Context, owner jid.JID) (hash string, known bool, err error) {
	val, err := get(ctx, r.db, tablePrefix(owner, tablePhoto))
	if val == nil || err != nil {
		return "", false, err
	}
	d := decode(val)
	hash = d.string()
	return hash, true, d.end()
}

// Change implements vcard.Store.
func (r VCards) Change(ctx context.Context, owner jid.JID, f func(old []byte) (vcard.Card, error)) error {
	return update(ctx, r.db, func(txn *badger.Txn) error {
		val, err := read(txn, tablePrefix(owner, tableVCard))
		if err != nil {
			return err
		}
		var old []byte
		if val != nil {
			if old, err = decodeCard(owner, val); err != nil {
				return err
			}
		}
		card, err := f(old)
		if err != nil {
			return err
		}
		photo := appendBytes([]byte{recordVersion}, card.Photo)
		return setCard(txn, owner, card.XML, photo)
	})
}

// SetCard stores a card of which nobody has said whether it has a photo, or none if
// xml is nil.
func (r VCards) SetCard(ctx context.Context, owner jid.JID, xml []byte) error {
	set := func(txn *badger.Txn) error { return setCard(txn, owner, xml, nil) }
	if xml == nil {
		return updateEssential(ctx, r.db, set)
	}
	return update(ctx, r.db, set)
}

// setCard writes both records, or deletes what is nil.
func setCard(txn *badger.Txn, owner jid.JID, xml, photo []byte) error {
	if xml == nil {
		photo = nil
		if err := txn.Delete(tablePrefix(owner, tableVCard)); err != nil {
			return err
		}
	} else if err := txn.Set(tablePrefix(owner, tableVCard), encodeXML(xml)); err != nil {
		return err
	}
	if photo == nil {
		return txn.Delete(tablePrefix(owner, tablePhoto))
	}
	return txn.Set(tablePrefix(owner, tablePhoto), photo)
}

func decodeCard(owner jid.JID, val []byte) ([]byte, error) {
	xml, err := decodeXML(val)
	if err != nil {
		return nil, fmt.Errorf("vcard of %s: %w", owner, err)
	}
	return xml, nil
}

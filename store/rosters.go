package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"causeway/roster"
	"causeway/store/badger"
	"causeway/xmpp/jid"
)

// Rosters keeps contact lists: one record for each contact (rosteritem.go) and one for the versions.
type Rosters struct{ db *badger.DB }

var _ roster.Store = Rosters{}

// maxTombstones is how many removed contacts a roster remembers. With one more the older half goes; who has
// not asked for changes since gets the whole roster.
const maxTombstones = 512

// Get implements roster.Store.
func (r Rosters) Get(ctx context.Context, owner jid.JID) ([]roster.Item, roster.Version, error) {
	var items []roster.Item
	head, err := r.scan(ctx, owner, func(_ jid.JID, rec contactRecord) {
		if rec.item != nil {
			items = append(items, *rec.item)
		}
	})
	return items, head.version, err
}

// Since implements roster.Store.
func (r Rosters) Since(
	ctx context.Context, owner jid.JID, since roster.Version,
) (changes []roster.Change, now roster.Version, full bool, err error) {
	head, err := r.scan(ctx, owner, func(contact jid.JID, rec contactRecord) {
		switch {
		case rec.version <= since:
		case rec.listed():
			changes = append(changes, roster.Change{Item: *rec.item, Version: rec.version})
		default:
			changes = append(changes, roster.Change{Item: roster.Item{JID: contact}, Removed: true, Version: rec.version})
		}
	})
	if err != nil {
		return nil, 0, false, err
	}
	// Version 0 is the empty roster: to it every item of today is new, and no removal is missing.
	if since > head.version || since != 0 && since < head.floor {
		return nil, head.version, true, nil
	}
	slices.SortFunc(changes, func(a, b roster.Change) int { return cmp.Compare(a.Version, b.Version) })
	return changes, head.version, false, nil
}

// Update implements roster.Store.
func (r Rosters) Update(
	ctx context.Context, owner, contact jid.JID, f func(*roster.Item) (*roster.Item, error),
) (roster.Version, error) {
	var version roster.Version
	err := update(ctx, r.db, func(txn *badger.Txn) error {
		old, err := readContact(txn, owner, contact)
		if err != nil {
			return err
		}
		head, err := readHead(txn, owner)
		if err != nil {
			return err
		}
		item, err := f(old.item)
		if err != nil {
			return err
		}
		if item != old.item {
			head, err = replaceContact(txn, owner, contact, head, old, item)
		}
		version = head.version
		return err
	})
	return version, err
}

// Clear implements roster.Store.
func (r Rosters) Clear(ctx context.Context, owner jid.JID) error {
	if err := clearPrefix(ctx, r.db, tablePrefix(owner, tableRoster)); err != nil {
		return err
	}
	return clearPrefix(ctx, r.db, tablePrefix(owner, tableRosterVersion))
}

// replaceContact writes what became of a contact and gives the head as it is afterwards.
func replaceContact(
	txn *badger.Txn, owner, contact jid.JID, head rosterHead, old contactRecord, item *roster.Item,
) (rosterHead, error) {
	rec := contactRecord{item: item, version: old.version}
	if !old.listed() && !rec.listed() {
		return head, writeContact(txn, owner, contact, rec) // no client sees any of it
	}
	first := head.version == 0
	// The clock makes the number larger than any that an earlier account of this name had.
	head.version = max(head.version+1, roster.Version(time.Now().UnixMicro()))
	if first {
		head.floor = head.version
	}
	rec.version = head.version
	if old.tombstone() {
		head.tombstones--
	}
	if rec.tombstone() {
		head.tombstones++
	}
	if err := writeContact(txn, owner, contact, rec); err != nil {
		return head, err
	}
	if head.tombstones > maxTombstones {
		var err error
		if head, err = dropTombstones(txn, owner, head); err != nil {
			return head, err
		}
	}
	return head, txn.Set(tablePrefix(owner, tableRosterVersion), encodeHead(head))
}

// dropTombstones forgets the older half of the removed contacts.
func dropTombstones(txn *badger.Txn, owner jid.JID, head rosterHead) (rosterHead, error) {
	type grave struct {
		contact jid.JID
		rec     contactRecord
	}
	var graves []grave
	err := scanContacts(txn, owner, func(contact jid.JID, rec contactRecord) {
		if rec.tombstone() {
			graves = append(graves, grave{contact, rec})
		}
	})
	if err != nil {
		return head, err
	}
	slices.SortFunc(graves, func(a, b grave) int { return cmp.Compare(a.rec.version, b.rec.version) })
	old := graves[:len(graves)/2]
	for _, g := range old {
		head.floor = g.rec.version
		g.rec.version = 0
		if err := writeContact(txn, owner, g.contact, g.rec); err != nil {
			return head, err
		}
	}
	head.tombstones = len(graves) - len(old)
	return head, nil
}

// scan calls fn with every record of a roster in one consistent picture.
func (r Rosters) scan(ctx context.Context, owner jid.JID, fn func(jid.JID, contactRecord)) (rosterHead, error) {
	var head rosterHead
	err := view(ctx, r.db, func(txn *badger.Txn) (err error) {
		if head, err = readHead(txn, owner); err != nil {
			return err
		}
		return scanContacts(txn, owner, fn)
	})
	return head, err
}

func scanContacts(txn *badger.Txn, owner jid.JID, fn func(jid.JID, contactRecord)) error {
	prefix := tablePrefix(owner, tableRoster)
	err := txn.Scan(badger.Range{Prefix: prefix}, func(key, val []byte) (bool, error) {
		contact, err := jid.Parse(string(key[len(prefix):]))
		if err != nil {
			return false, err
		}
		rec, err := decodeContact(contact, val)
		if err != nil {
			return false, fmt.Errorf("contact %s: %w", contact, err)
		}
		fn(contact, rec)
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("roster of %s: %w", owner, err)
	}
	return nil
}

func readContact(txn *badger.Txn, owner, contact jid.JID) (contactRecord, error) {
	val, err := read(txn, contactKey(owner, contact))
	if val == nil || err != nil {
		return contactRecord{}, err
	}
	rec, err := decodeContact(contact, val)
	if err != nil {
		return contactRecord{}, fmt.Errorf("contact %s of %s: %w", contact, owner, err)
	}
	return rec, nil
}

func writeContact(txn *badger.Txn, owner, contact jid.JID, rec contactRecord) error {
	if rec.empty() {
		return txn.Delete(contactKey(owner, contact))
	}
	return txn.Set(contactKey(owner, contact), encodeContact(rec))
}

func readHead(txn *badger.Txn, owner jid.JID) (rosterHead, error) {
	val, err := read(txn, tablePrefix(owner, tableRosterVersion))
	if val == nil || err != nil {
		return rosterHead{}, err
	}
	head, err := decodeHead(val)
	if err != nil {
		return rosterHead{}, fmt.Errorf("roster versions of %s: %w", owner, err)
	}
	return head, nil
}

package store

import (
	"context"
	"encoding/binary"
	"fmt"

	"causeway/store/badger"
	"causeway/xmpp/ext/archive"
	"causeway/xmpp/jid"
)

func archivePrefsKey(owner jid.JID) []byte { return tablePrefix(owner, tableArchivePrefs) }

// Prefs implements archive.Store.
func (r *Archive) Prefs(ctx context.Context, owner jid.JID) (p archive.Prefs, ok bool, err error) {
	val, err := get(ctx, r.db, archivePrefsKey(owner))
	if val == nil || err != nil {
		return p, false, err
	}
	d := decode(val)
	p.Default = archive.Rule(d.string())
	p.Always, p.Never = d.jids(), d.jids()
	if err := d.end(); err != nil {
		return archive.Prefs{}, false, fmt.Errorf("archive preferences of %s: %w", owner, err)
	}
	return p, true, nil
}

// SetPrefs implements archive.Store.
func (r *Archive) SetPrefs(ctx context.Context, owner jid.JID, p archive.Prefs) error {
	val := appendBytes([]byte{recordVersion}, string(p.Default))
	for _, list := range [][]jid.JID{p.Always, p.Never} {
		val = binary.AppendUvarint(val, uint64(len(list)))
		for _, j := range list {
			val = appendBytes(val, j.String())
		}
	}
	return update(ctx, r.db, func(txn *badger.Txn) error { return txn.Set(archivePrefsKey(owner), val) })
}

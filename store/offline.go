package store

import (
	"context"
	"fmt"
	"time"

	"causeway/store/badger"
	"causeway/xmpp/ext/offline"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
)

// Offline keeps messages for those who are not there.
type Offline struct{ db *badger.DB }

var _ offline.Store = Offline{}

// expirySlack is how long the engine keeps an entry after it has expired. Its clock counts in whole seconds, and must
// never be the one that decides.
const expirySlack = time.Hour

// Summary implements offline.Store. The engine keeps values beside their keys, so this reads what Page
// would read, without copying it.
func (r Offline) Summary(ctx context.Context, owner jid.JID) (offline.Summary, error) {
	var sum offline.Summary
	now := time.Now()
	err := r.scan(ctx, owner, 0, func(id uint64, expires time.Time, xml []byte) bool {
		sum.Last = id
		if !isExpired(expires, now) {
			sum.Count++
			sum.Bytes += len(xml)
			if !expires.IsZero() && (sum.Expires.IsZero() || expires.Before(sum.Expires)) {
				sum.Expires = expires
			}
		}
		return true
	})
	return sum, err
}

// Page implements offline.Store.
func (r Offline) Page(ctx context.Context, owner jid.JID, after uint64, max int) ([]offline.Entry, error) {
	var page []offline.Entry
	now := time.Now()
	if max <= 0 || after+1 == 0 { // nothing can be behind the last id
		return nil, nil
	}
	err := r.scan(ctx, owner, after+1, func(id uint64, expires time.Time, xml []byte) bool {
		if !isExpired(expires, now) {
			page = append(page, offline.Entry{ID: id, Expires: expires, XML: append([]byte(nil), xml...)})
		}
		return len(page) < max
	})
	return page, err
}

// Push implements offline.Store.
func (r Offline) Push(owner jid.JID, e offline.Entry) router.Ticket {
	key, val := offlineKey(owner, e.ID), encodeEntry(e)
	return ticket{r.db.Submit(func(txn *badger.Txn) error {
		if e.Expires.IsZero() {
			return txn.Set(key, val)
		}
		return txn.SetWithExpiry(key, val, e.Expires.Add(expirySlack))
	})}
}

// Delete implements offline.Store.
func (r Offline) Delete(owner jid.JID, ids []uint64) router.Ticket {
	return ticket{r.db.SubmitEssential(func(txn *badger.Txn) error {
		for _, id := range ids {
			if err := txn.Delete(offlineKey(owner, id)); err != nil {
				return err
			}
		}
		return nil
	})}
}

// Clear implements offline.Store.
func (r Offline) Clear(ctx context.Context, owner jid.JID) error {
	return clearPrefix(ctx, r.db, tablePrefix(owner, tableOffline))
}

// scan calls fn with the entries from the given id on, expired or not; xml is valid only during the call.
func (r Offline) scan(
	ctx context.Context, owner jid.JID, from uint64, fn func(id uint64, expires time.Time, xml []byte) bool,
) error {
	prefix := tablePrefix(owner, tableOffline)
	err := view(ctx, r.db, func(txn *badger.Txn) error {
		all := badger.Range{Prefix: prefix, From: offlineKey(owner, from)}
		return txn.Scan(all, func(key, val []byte) (bool, error) {
			id, err := offlineID(key[len(prefix):])
			if err != nil {
				return false, err
			}
			expires, xml, err := decodeEntry(val)
			if err != nil {
				return false, err
			}
			return fn(id, expires, xml), nil
		})
	})
	if err != nil {
		return fmt.Errorf("offline messages of %s: %w", owner, err)
	}
	return nil
}

// isExpired says whether expires has come; the zero time never does.
func isExpired(expires, now time.Time) bool {
	return !expires.IsZero() && !now.Before(expires)
}

func encodeEntry(e offline.Entry) []byte {
	b := append(make([]byte, 0, len(e.XML)+16), recordVersion)
	b = appendTime(b, e.Expires)
	return append(b, e.XML...)
}

// decodeEntry reads what encodeEntry wrote; xml is a part of val.
func decodeEntry(val []byte) (expires time.Time, xml []byte, err error) {
	d := decode(val)
	expires = d.time()
	return expires, d.rest, d.err
}

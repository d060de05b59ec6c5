package store

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"causeway/store/badger"
	"causeway/xmpp/account"
	"causeway/xmpp/jid"
)

// ids makes the IDs of accounts, each greater than the one before.
type ids struct {
	mu   sync.Mutex
	last uint64 // the milliseconds, and 12 bits that count within one
}

// next makes a UUID of version 7 whose 12 bits behind the time count what was made within
// one millisecond (RFC 9562 §6.2, method 1); a clock that goes back is not followed.
func (i *ids) next(t time.Time) account.ID {
	i.mu.Lock()
	i.last = max(i.last+1, uint64(t.UnixMilli())<<12)
	at := i.last
	i.mu.Unlock()
	return newID(at)
}

func newID(at uint64) (id account.ID) {
	rand.Read(id[8:]) // crypto/rand.Read never fails
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], at>>12)
	copy(id[:6], ms[2:])
	id[6], id[7] = 0x70|byte(at>>8)&0x0f, byte(at) // RFC 9562 §5.7
	id[8] = 0x80 | id[8]&0x3f
	return id
}

// Made implements account.Store.
func (r Accounts) Made(ctx context.Context, domain string, from account.ID, limit int) ([]account.Account, error) {
	if limit <= 0 {
		return nil, nil
	}
	var found []account.Account
	page := badger.Range{Prefix: madePrefix(domain), From: madeKey(domain, from), Limit: limit}
	err := view(ctx, r.db, func(txn *badger.Txn) error {
		return txn.Scan(page, func(_, local []byte) (bool, error) {
			a, err := madeOf(txn, domain, local)
			found = append(found, a)
			return true, err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list accounts of %s by age: %w", domain, err)
	}
	return found, nil
}

// OfID implements account.Store.
func (r Accounts) OfID(ctx context.Context, domain string, id account.ID) (a account.Account, err error) {
	err = view(ctx, r.db, func(txn *badger.Txn) error {
		local, err := read(txn, madeKey(domain, id))
		if err != nil {
			return err
		}
		if local == nil {
			return account.ErrNotFound
		}
		a, err = madeOf(txn, domain, local)
		return err
	})
	return a, err
}

func madeOf(txn *badger.Txn, domain string, local []byte) (account.Account, error) {
	bare, err := jid.New(string(local), domain, "")
	if err != nil {
		return account.Account{}, err
	}
	return readAccount(txn, bare)
}

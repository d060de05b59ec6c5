package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"time"

	"causeway/store/badger"
	"causeway/xmpp/account"
	"causeway/xmpp/jid"
	"causeway/xmpp/sasl"
)

// Accounts keeps who has an account and how they prove it.
type Accounts struct {
	db  *badger.DB
	ids *ids
}

var _ account.Store = Accounts{}

// secretSize is what account.Store promises, in bytes.
const secretSize = 32

// Create implements account.Store.
func (r Accounts) Create(ctx context.Context, a account.Account) error {
	return update(ctx, r.db, r.create(a))
}

// CreateAll implements account.Store.
func (r Accounts) CreateAll(ctx context.Context, list []account.Account) []error {
	errs := make([]error, len(list))
	commits := make([]*badger.Commit, len(list))
	for i := range list {
		if errs[i] = ctx.Err(); errs[i] == nil {
			commits[i] = r.db.Submit(r.create(list[i]))
		}
	}
	for i, c := range commits {
		if c != nil {
			errs[i] = outcome(c)
		}
	}
	return errs
}

// create makes the step that adds an account.
func (r Accounts) create(a account.Account) func(*badger.Txn) error {
	key := accountKey(a.JID)
	return func(txn *badger.Txn) error {
		taken, err := txn.Has(key)
		if err != nil {
			return err
		}
		if taken {
			return account.ErrExists
		}
		if err := addCount(txn, a.JID.Domain(), 1); err != nil {
			return err
		}
		made := a
		made.ID = r.ids.next(time.Now())
		if err := txn.Set(madeKey(a.JID.Domain(), made.ID), []byte(a.JID.Local())); err != nil {
			return err
		}
		return writeAccount(txn, &made)
	}
}

// Get implements account.Store.
func (r Accounts) Get(ctx context.Context, bare jid.JID) (account.Account, error) {
	var a account.Account
	err := view(ctx, r.db, func(txn *badger.Txn) (err error) {
		a, err = readAccount(txn, bare)
		return err
	})
	return a, err
}

// Update implements account.Store. It works on a disk that is nearly full too: it must always be possible
// to disable an account or to begin its removal.
func (r Accounts) Update(ctx context.Context, bare jid.JID, change func(*account.Account) error) error {
	return updateEssential(ctx, r.db, func(txn *badger.Txn) error {
		a, err := readAccount(txn, bare)
		if err != nil {
			return err
		}
		if err := change(&a); err != nil {
			return err
		}
		return writeAccount(txn, &a)
	})
}

// Delete implements account.Store.
func (r Accounts) Delete(ctx context.Context, bare jid.JID) error {
	key := accountKey(bare)
	return updateEssential(ctx, r.db, func(txn *badger.Txn) error {
		a, err := readAccount(txn, bare)
		if err != nil {
			return err
		}
		if err := txn.Delete(madeKey(bare.Domain(), a.ID)); err != nil {
			return err
		}
		if err := addCount(txn, bare.Domain(), -1); err != nil {
			return err
		}
		// Without keys it lacks none.
		if err := markLacking(txn, &account.Account{JID: bare}); err != nil {
			return err
		}
		if err := txn.Delete(leavingKey(bare)); err != nil {
			return err
		}
		return txn.Delete(key)
	})
}

// Leaving implements account.Store.
func (r Accounts) Leaving(ctx context.Context, limit int) ([]jid.JID, error) {
	prefix := leavingPrefix()
	var found []jid.JID
	err := view(ctx, r.db, func(txn *badger.Txn) error {
		return txn.Scan(badger.Range{Prefix: prefix, Limit: limit}, func(key, _ []byte) (bool, error) {
			bare, err := leavingOf(key[len(prefix):])
			found = append(found, bare)
			return true, err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list accounts that leave: %w", err)
	}
	return found, nil
}

// Scan implements account.Store.
func (r Accounts) Scan(ctx context.Context, domain, after string, limit int) ([]account.Account, error) {
	if limit <= 0 {
		return nil, nil
	}
	prefix := accountsPrefix(domain)
	page := badger.Range{Prefix: prefix, Limit: limit}
	if after != "" {
		// One byte more than the key of after itself is the first key behind it.
		page.From = append(append(bytes.Clone(prefix), after...), 0, 0)
	}
	var found []account.Account
	err := view(ctx, r.db, func(txn *badger.Txn) error {
		return txn.Scan(page, func(key, val []byte) (bool, error) {
			bare, err := accountOf(domain, key[len(prefix):])
			if err != nil {
				return false, err
			}
			a, err := decodeAccount(bare, bytes.Clone(val))
			found = append(found, a)
			return true, err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list accounts of %s: %w", domain, err)
	}
	return found, nil
}

// Count implements account.Store.
func (r Accounts) Count(ctx context.Context, domain string) (int, error) {
	var n int
	err := view(ctx, r.db, func(txn *badger.Txn) (err error) {
		n, err = readCount(txn, domain)
		return err
	})
	return n, err
}

// Secret implements account.Store.
func (r Accounts) Secret(ctx context.Context, name string) ([]byte, error) {
	key := secretKey(name)
	if secret, err := get(ctx, r.db, key); secret != nil || err != nil {
		return secret, err
	}
	fresh := make([]byte, secretSize)
	rand.Read(fresh) // crypto/rand.Read never fails
	var secret []byte
	err := updateEssential(ctx, r.db, func(txn *badger.Txn) (err error) {
		secret, err = read(txn, key)
		if secret != nil || err != nil {
			return err // another caller was first
		}
		secret = fresh
		return txn.Set(key, fresh)
	})
	if err != nil {
		return nil, err
	}
	return secret, nil
}

func readAccount(txn *badger.Txn, bare jid.JID) (account.Account, error) {
	val, err := read(txn, accountKey(bare))
	if err != nil {
		return account.Account{}, err
	}
	if val == nil {
		return account.Account{}, account.ErrNotFound
	}
	return decodeAccount(bare, val)
}

// writeAccount writes an account and what is noted of it elsewhere.
func writeAccount(txn *badger.Txn, a *account.Account) error {
	if err := mark(txn, leavingKey(a.JID), a.Leaving); err != nil {
		return err
	}
	if err := markLacking(txn, a); err != nil {
		return err
	}
	return txn.Set(accountKey(a.JID), encodeAccount(a))
}

func readCount(txn *badger.Txn, domain string) (int, error) {
	val, err := read(txn, countKey(domain))
	if val == nil || err != nil {
		return 0, err
	}
	d := decode(val)
	n := d.uvarint()
	if err := d.end(); err != nil {
		return 0, fmt.Errorf("count of accounts of %s: %w", domain, err)
	}
	return int(n), nil
}

func addCount(txn *badger.Txn, domain string, n int) error {
	old, err := readCount(txn, domain)
	if err != nil {
		return err
	}
	return txn.Set(countKey(domain), binary.AppendUvarint([]byte{recordVersion}, uint64(max(0, old+n))))
}

// The flags of an account's record.
const (
	accountDisabled = 1 << iota
	accountLeaving
	accountErase
)

func encodeAccount(a *account.Account) []byte {
	flags := flag(a.Disabled, accountDisabled) | flag(a.Leaving, accountLeaving) | flag(a.Erase, accountErase)
	b := append(make([]byte, 0, 512), recordVersion, flags)
	b = appendTime(b, a.Created)
	b = appendTime(b, a.Changed)
	b = appendBytes(b, a.Reason)
	b = binary.AppendUvarint(b, uint64(len(a.Keys)))
	for _, k := range a.Keys {
		b = appendBytes(b, string(k.Hash))
		b = binary.AppendUvarint(b, uint64(k.Iterations))
		b = appendBytes(b, k.Salt)
		b = appendBytes(b, k.StoredKey)
		b = appendBytes(b, k.ServerKey)
	}
	if a.ID.IsZero() {
		return b // as records were before there were IDs; migrateids.go
	}
	b = append(b, a.ID[:]...)
	return appendProfile(b, &a.Profile)
}

// decodeAccount reads what encodeAccount wrote. The account keeps parts of val.
func decodeAccount(bare jid.JID, val []byte) (account.Account, error) {
	d := decode(val)
	flags := d.byte()
	a := account.Account{
		JID:      bare,
		Disabled: flags&accountDisabled != 0,
		Leaving:  flags&accountLeaving != 0,
		Erase:    flags&accountErase != 0,
		Created:  d.time(),
		Changed:  d.time(),
		Reason:   d.string(),
	}
	for range d.count() {
		a.Keys = append(a.Keys, sasl.Keys{
			Hash:       sasl.Hash(d.string()),
			Iterations: int(d.uvarint()),
			Salt:       d.bytes(),
			StoredKey:  d.bytes(),
			ServerKey:  d.bytes(),
		})
	}
	if d.err == nil && len(d.rest) > 0 { // else it is from before there were IDs; migrate.go
		copy(a.ID[:], d.take(len(a.ID)))
		a.Profile = d.profile()
	}
	if err := d.end(); err != nil {
		return account.Account{}, fmt.Errorf("account %s: %w", bare, err)
	}
	return a, nil
}

package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"causeway/bridge"
	"causeway/store/badger"
	"causeway/xmpp/account"
	"causeway/xmpp/jid"
)

// tableConsents has a record for each App that an account has allowed something.
const tableConsents table = 'g'

// Consents keeps what people have allowed.
type Consents struct{ db *badger.DB }

var _ bridge.Consents = Consents{}

// Consents gives the repository of consents.
func (s *Store) Consents() Consents { return Consents{s.db} }

// consentRow is a consent with the UUID of its App: another one with the same ID was never
// allowed anything.
type consentRow struct {
	bridge.Consent
	uuid string
}

func consentKey(user jid.JID, kind bridge.Kind, app string) []byte {
	key := append(tablePrefix(user, tableConsents), kind...)
	return append(append(key, 0), app...)
}

// Allow implements bridge.Consents.
func (r Consents) Allow(ctx context.Context, user jid.JID, c bridge.Consent) error {
	if len(c.Scope) > maxGrantText {
		return errors.New("keep a consent: too much text")
	}
	c.Given = time.Now().UTC()
	return update(ctx, r.db, func(txn *badger.Txn) error {
		app, err := readApp(txn, c.Kind, c.App)
		if err != nil {
			return err
		}
		if app == nil || app.Disabled {
			return bridge.ErrTokenUnknown
		}
		a, err := readAccount(txn, user.Bare())
		if errors.Is(err, account.ErrNotFound) || err == nil && !a.Active() {
			return bridge.ErrTokenUnknown
		}
		if err != nil {
			return err
		}
		row := consentRow{Consent: c, uuid: app.UUID}
		return txn.Set(consentKey(user.Bare(), c.Kind, c.App), encodeConsent(&row))
	})
}

// Allowed implements bridge.Consents.
func (r Consents) Allowed(ctx context.Context, user jid.JID) ([]bridge.Consent, error) {
	var list []bridge.Consent
	prefix := tablePrefix(user.Bare(), tableConsents)
	err := view(ctx, r.db, func(txn *badger.Txn) error {
		return txn.Scan(badger.Range{Prefix: prefix}, func(key, val []byte) (bool, error) {
			kind, id, err := kindAndID(key[len(prefix):])
			if err != nil {
				return false, err
			}
			row, err := decodeConsent(kind, id, val)
			if err != nil {
				return false, err
			}
			app, err := readApp(txn, kind, id)
			if app != nil && app.UUID == row.uuid {
				list = append(list, row.Consent)
			}
			return true, err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list the consents of %s: %w", user, err)
	}
	return list, nil
}

// Withdraw implements bridge.Consents. An App has so few tokens of a person that all of them
// can go in the step in which the consent goes.
func (r Consents) Withdraw(ctx context.Context, user jid.JID, kind bridge.Kind, app string) error {
	user = user.Bare()
	if app == "" || len(kind) > maxAppText || len(app) > maxAppText { // there is none
		return nil
	}
	return updateEssential(ctx, r.db, func(txn *badger.Txn) error {
		if err := txn.Delete(consentKey(user, kind, app)); err != nil {
			return err
		}
		tokens := badger.Range{Prefix: personTokensPrefix(user, kind, app), Keys: true}
		return txn.Scan(tokens, func(key, _ []byte) (bool, error) {
			hash, err := hashAtEnd(key)
			if err != nil {
				return false, err
			}
			return true, dropToken(txn, hash)
		})
	})
}

func encodeConsent(row *consentRow) []byte {
	return appendTime(appendBytes(appendBytes([]byte{recordVersion}, row.uuid), row.Scope), row.Given)
}

func decodeConsent(kind bridge.Kind, app string, val []byte) (*consentRow, error) {
	d := decode(val)
	row := &consentRow{uuid: d.string(), Consent: bridge.Consent{Kind: kind, App: app, Scope: d.string(), Given: d.time()}}
	if err := d.end(); err != nil {
		return nil, fmt.Errorf("consent to %s app %q: %w", kind, app, err)
	}
	return row, nil
}

package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"strings"
	"time"

	"causeway/bridge"
	"causeway/store/badger"
)

// Errors of changes to Apps.
var (
	ErrAppUnknown = errors.New("no such app")
	ErrAppExists  = errors.New("there is an app with this id")
	ErrKeyTaken   = errors.New("the key belongs to another host")
	ErrSecretUsed = errors.New("another app has this secret")
	ErrAppSecret  = errors.New("the secret is empty or too long")
	errAppText    = errors.New("a text of the app is too long or has a zero byte")
)

// maxAppText is the length in bytes of the longest text of an App that is part of a key.
const maxAppText = 1023

// Create adds an App. An ID that is not given is made, and so are its UUID and its times. The
// secret is given for kinds whose tools have theirs already, else it is made; it is in no
// other answer ever again. Errors: ErrAppExists, ErrKeyTaken, ErrSecretUsed, ErrAppSecret.
func (r *Apps) Create(ctx context.Context, a bridge.App, given string) (made bridge.App, secret string, err error) {
	own := a.ID == ""
	for {
		if own {
			a.ID = newAppID(a.Kind)
		}
		made, secret, err = r.create(ctx, a, given)
		if !own || !errors.Is(err, ErrAppExists) {
			return made, secret, err
		}
	}
}

func (r *Apps) create(ctx context.Context, a bridge.App, given string) (bridge.App, string, error) {
	for _, text := range []string{string(a.Kind), a.ID, a.Key} {
		if len(text) > maxAppText || strings.Contains(text, "\x00") {
			return bridge.App{}, "", errAppText
		}
	}
	row := &appRow{App: a}
	row.UUID, row.Created = newUUID(), time.Now().UTC()
	row.Rotated = row.Created
	secret, err := r.give(ctx, row, given)
	if err != nil {
		return bridge.App{}, "", err
	}
	err = update(ctx, r.db, func(txn *badger.Txn) error {
		if old, err := readApp(txn, a.Kind, a.ID); old != nil || err != nil {
			return errors.Join(err, ErrAppExists)
		}
		if err := keyIsFree(txn, &row.App); err != nil {
			return err
		}
		return writeNewApp(txn, row)
	})
	if err != nil {
		return bridge.App{}, "", err
	}
	return row.App, secret, nil
}

// give gives a row its secret.
func (r *Apps) give(ctx context.Context, row *appRow, given string) (secret string, err error) {
	if secret = given; secret == "" {
		secret = newSecret(row.Kind)
	}
	if len(secret) > maxAppSecret {
		return "", ErrAppSecret
	}
	if row.salt = nil; !stretched(row.Kind) {
		row.salt = make([]byte, sha256.Size)
		rand.Read(row.salt)
	}
	row.sum, err = r.secretSum(ctx, row.Kind, row.ID, secret, row.salt)
	return secret, err
}

// keyIsFree refuses an appkey that Apps of another host have.
func keyIsFree(txn *badger.Txn, a *bridge.App) error {
	if a.Key == "" {
		return nil
	}
	prefix := keyAppsPrefix(a.Key)
	return txn.Scan(badger.Range{Prefix: prefix, Limit: 1, Keys: true}, func(key, _ []byte) (bool, error) {
		other, err := readApp(txn, a.Kind, string(key[len(prefix):]))
		if err == nil && other != nil && other.Host != a.Host {
			err = ErrKeyTaken
		}
		return false, err
	})
}

// writeNewApp writes the record of an App and its places in the indexes.
func writeNewApp(txn *badger.Txn, row *appRow) error {
	if err := writeSecret(txn, row); err != nil {
		return err
	}
	if row.Key != "" {
		if err := txn.Set(keyAppKey(row.Key, row.ID), nil); err != nil {
			return err
		}
	}
	return txn.Set(hostAppKey(row.Host.Domain(), row.Kind, row.ID), nil)
}

// writeSecret writes the record of an App that has a new secret.
func writeSecret(txn *badger.Txn, row *appRow) error {
	if row.Kind == bridge.Plugchat {
		key := appSecretKey(row.Kind, row.sum)
		if other, err := read(txn, key); err != nil || other != nil && string(other) != row.ID {
			return errors.Join(err, ErrSecretUsed)
		}
		if err := txn.Set(key, []byte(row.ID)); err != nil {
			return err
		}
	}
	return txn.Set(appKey(row.Kind, row.ID), encodeApp(row))
}

// Change changes what an App is, but not which one: its kind, ID, host, key, UUID and times
// stay. An error of change is returned as it is and nothing is written.
func (r *Apps) Change(ctx context.Context, kind bridge.Kind, id string, change func(*bridge.App) error) (bridge.App, error) {
	var after bridge.App
	err := updateEssential(ctx, r.db, func(txn *badger.Txn) error {
		row, err := readApp(txn, kind, id)
		if err != nil || row == nil {
			return errors.Join(err, ErrAppUnknown)
		}
		before := row.App
		if err := change(&row.App); err != nil {
			return err
		}
		row.Kind, row.ID, row.Host, row.Key, row.UUID = before.Kind, before.ID, before.Host, before.Key, before.UUID
		row.Created, row.Rotated = before.Created, before.Rotated
		after = row.App
		return txn.Set(appKey(kind, id), encodeApp(row))
	})
	return after, err
}

// Rotate gives an App another secret, a given one or one that is made. The one before is
// wrong from now on, and so are the tokens that a REST app has got with it.
func (r *Apps) Rotate(ctx context.Context, kind bridge.Kind, id, given string) (a bridge.App, secret string, err error) {
	fresh := &appRow{App: bridge.App{Kind: kind, ID: id}}
	if secret, err = r.give(ctx, fresh, given); err != nil {
		return a, "", err
	}
	now := time.Now().UTC()
	err = updateEssential(ctx, r.db, func(txn *badger.Txn) error {
		row, err := readApp(txn, kind, id)
		if err != nil || row == nil {
			return errors.Join(err, ErrAppUnknown)
		}
		if kind == bridge.Plugchat {
			if err := txn.Delete(appSecretKey(kind, row.sum)); err != nil {
				return err
			}
		}
		row.salt, row.sum = fresh.salt, fresh.sum
		if row.Rotated = row.Rotated.Add(1); now.After(row.Rotated) { // always later, whatever the clock does
			row.Rotated = now
		}
		a = row.App
		return writeSecret(txn, row)
	})
	if err != nil {
		return bridge.App{}, "", err
	}
	return a, secret, nil
}

// Delete removes an App and all its tokens.
func (r *Apps) Delete(ctx context.Context, kind bridge.Kind, id string) error {
	err := updateEssential(ctx, r.db, func(txn *badger.Txn) error {
		row, err := readApp(txn, kind, id)
		if err != nil || row == nil {
			return errors.Join(err, ErrAppUnknown)
		}
		keys := [][]byte{appKey(kind, id), hostAppKey(row.Host.Domain(), kind, id)}
		if row.Key != "" {
			keys = append(keys, keyAppKey(row.Key, id))
		}
		if kind == bridge.Plugchat {
			keys = append(keys, appSecretKey(kind, row.sum))
		}
		return deleteAll(txn, keys)
	})
	if err != nil {
		return err
	}
	// Its tokens are unknown since that step; this frees their space.
	return dropTokens(ctx, r.db, badger.Range{Prefix: appTokensPrefix(kind, id)})
}

func deleteAll(txn *badger.Txn, keys [][]byte) error {
	for _, key := range keys {
		if err := txn.Delete(key); err != nil {
			return err
		}
	}
	return nil
}

package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"causeway/bridge"
	"causeway/store/badger"
	"causeway/xmpp/account"
)

// Tokens keeps what Apps and people act with, as hashes.
type Tokens struct{ db *badger.DB }

var _ bridge.Tokens = Tokens{}

// Tokens gives the repository of tokens.
func (s *Store) Tokens() Tokens { return Tokens{s.db} }

const (
	// tokenPrefix is what tokens of the REST API begin with, and their clients know them by.
	tokenPrefix = "YWMt"
	// maxToken is the length in bytes above which a token cannot be ours.
	maxToken = 64
	// Of tokens beyond these numbers some end, first those that are no good any more: what
	// asks for one again and again fills no disk.
	maxPersonTokens = 100 // that one App has of one person
	maxOwnTokens    = 500 // that one App has of itself
	maxGrantText    = 8 << 10
)

// newToken makes the token of a use: 192 random bits for the REST API, else 128.
func newToken(use bridge.Use) string {
	if use == bridge.AdminToken || use == bridge.UserToken {
		return tokenPrefix + randomText(24)
	}
	return randomHex()
}

// Issue implements bridge.Tokens. A Host that is not given is that of the App. The person has
// to be of that host.
func (r Tokens) Issue(ctx context.Context, g bridge.Grant) (string, error) {
	token := newToken(g.Use)
	if g.Family == "" {
		g.Family = randomHex()
	}
	switch {
	case g.Use == "" || g.App == "":
		return "", errors.New("issue a token: a use and an app are needed")
	case strings.Contains(g.Family, "\x00") || strings.Contains(g.App, "\x00") || strings.Contains(string(g.Kind), "\x00"):
		return "", errors.New("issue a token: a zero byte in a name")
	case len(g.Scope)+len(g.Data)+len(g.Family) > maxGrantText:
		return "", errors.New("issue a token: too much text")
	}
	g.User, g.Issued = g.User.Bare(), time.Now().UTC()
	row := &tokenRow{Grant: g, hash: sha256.Sum256([]byte(token))}
	err := update(ctx, r.db, func(txn *badger.Txn) error {
		if err := bindToken(txn, row); err != nil {
			return err
		}
		if err := thinOut(txn, row); err != nil {
			return err
		}
		return row.put(txn)
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

// bindToken notes what the token's App and account are now.
func bindToken(txn *badger.Txn, row *tokenRow) error {
	app, err := readApp(txn, row.Kind, row.App)
	if err != nil {
		return err
	}
	if app == nil || app.Disabled {
		return bridge.ErrTokenUnknown
	}
	if row.Host.IsZero() {
		row.Host = app.Host
	}
	if row.Host != app.Host {
		return fmt.Errorf("issue a token: the app acts for %s, not for %s", app.Host, row.Host)
	}
	row.uuid = app.UUID
	if row.User.IsZero() {
		row.rotated = app.Rotated
		return nil
	}
	if row.User.Domain() != row.Host.Domain() {
		return fmt.Errorf("issue a token: %s is not of %s", row.User, row.Host)
	}
	a, err := readAccount(txn, row.User)
	if errors.Is(err, account.ErrNotFound) || err == nil && !a.Active() {
		return bridge.ErrTokenUnknown
	}
	row.password = a.Changed
	return err
}

// thinOut makes room for row if there are too many tokens like it: those go that are spent or
// have expired, some at a time, and the oldest if there are none. Its own family stays: by the token that
// it was traded for is known whether somebody came with that twice.
func thinOut(txn *badger.Txn, row *tokenRow) error {
	prefix, most := personTokensPrefix(row.User, row.Kind, row.App), maxPersonTokens
	if row.User.IsZero() {
		prefix, most = ownTokensPrefix(row.Kind, row.App, true), maxOwnTokens
	}
	var all []tokenHash // from the oldest on
	err := txn.Scan(badger.Range{Prefix: prefix, Keys: true}, func(key, _ []byte) (bool, error) {
		hash, err := hashAtEnd(key)
		all = append(all, hash)
		return true, err
	})
	if err != nil || len(all) < most {
		return err
	}
	left := len(all)
	var rest []*tokenRow // that are still good
	for _, hash := range all {
		old, err := readToken(txn, hash)
		switch {
		case err != nil:
			return err
		case old == nil || old.Family == row.Family:
			continue
		case !old.spent && !old.expired():
			rest = append(rest, old)
			continue
		}
		if err := old.drop(txn); err != nil {
			return err
		}
		if left--; left <= most-most/4 {
			return nil
		}
	}
	for i := 0; left >= most && i < len(rest); i++ {
		if err := rest[i].drop(txn); err != nil {
			return err
		}
		left--
	}
	return nil
}

// dropToken removes a token, if it is there.
func dropToken(txn *badger.Txn, hash tokenHash) error {
	row, err := readToken(txn, hash)
	if row == nil || err != nil {
		return err
	}
	return row.drop(txn)
}

// Grant implements bridge.Tokens.
func (r Tokens) Grant(ctx context.Context, use bridge.Use, token string) (g bridge.Grant, err error) {
	if len(token) > maxToken {
		return g, bridge.ErrTokenUnknown
	}
	hash := tokenHash(sha256.Sum256([]byte(token)))
	err = view(ctx, r.db, func(txn *badger.Txn) error {
		row, err := validToken(txn, use, hash)
		if row != nil {
			g = row.Grant
		}
		return err
	})
	return g, err
}

// validToken gives a token, if it is good for use. It also gives one that was spent, that has
// expired, or whose app is disabled, with the error that says so.
func validToken(txn *badger.Txn, use bridge.Use, hash tokenHash) (*tokenRow, error) {
	row, err := readToken(txn, hash)
	if err != nil {
		return nil, err
	}
	if row == nil || row.Use != use {
		return nil, bridge.ErrTokenUnknown
	}
	switch err := stillBound(txn, row); {
	case errors.Is(err, bridge.ErrAppDisabled):
		return row, err
	case err != nil:
		return nil, err
	case row.spent:
		return row, bridge.ErrTokenSpent
	case row.expired():
		return row, bridge.ErrTokenExpired
	}
	return row, nil
}

// stillBound refuses a token whose App or account is not any more what it was.
func stillBound(txn *badger.Txn, row *tokenRow) error {
	app, err := readApp(txn, row.Kind, row.App)
	if err != nil {
		return err
	}
	if app == nil || app.UUID != row.uuid {
		return bridge.ErrTokenUnknown
	}
	if app.Disabled {
		return bridge.ErrAppDisabled
	}
	if row.User.IsZero() {
		if !app.Rotated.Equal(row.rotated) {
			return bridge.ErrTokenUnknown
		}
		return nil
	}
	a, err := readAccount(txn, row.User)
	if errors.Is(err, account.ErrNotFound) || err == nil && (!a.Active() || !a.Changed.Equal(row.password)) {
		return bridge.ErrTokenUnknown
	}
	return err
}

// Spend implements bridge.Tokens. All closures of the store run one after the other, so of
// many callers the first one finds the token unspent.
func (r Tokens) Spend(ctx context.Context, use bridge.Use, token string) (bridge.Grant, error) {
	g, err := r.Grant(ctx, use, token) // who guesses costs no write
	if err != nil {
		return g, err
	}
	hash := tokenHash(sha256.Sum256([]byte(token)))
	err = update(ctx, r.db, func(txn *badger.Txn) error {
		row, err := validToken(txn, use, hash)
		if err != nil {
			return err
		}
		row.spent = true
		return row.put(txn)
	})
	if err != nil && !errors.Is(err, bridge.ErrTokenSpent) {
		return bridge.Grant{}, err
	}
	return g, err
}

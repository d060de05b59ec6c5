package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
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

// newToken makes the token of a use: 192 random bits for the REST API, else 128. One to refresh
// with names its family first (RFC 9700 §4.14.2: the grant "may be encoded into the refresh
// token itself"), so it need not be kept to know whose replay it is.
func newToken(use bridge.Use, family string) string {
	switch {
	case use == bridge.AdminToken || use == bridge.UserToken:
		return tokenPrefix + randomText(24)
	case use == bridge.RefreshToken && len(family) == familySize:
		return family + randomHex()
	}
	return randomHex()
}

// familySize is the length of a family that was named here.
const familySize = 32

// Issue implements bridge.Tokens. A Host that is not given is that of the App. The person has
// to be of that host.
func (r Tokens) Issue(ctx context.Context, g bridge.Grant) (string, error) {
	token, row, err := newTokenRow(g)
	if err == nil {
		err = update(ctx, r.db, func(txn *badger.Txn) error { return addToken(txn, row, tokenHash{}) })
	}
	if err != nil {
		return "", err
	}
	return token, nil
}

// newTokenRow makes a token and its record.
func newTokenRow(g bridge.Grant) (token string, row *tokenRow, err error) {
	if g.Family == "" {
		g.Family = randomHex()
	}
	switch {
	case g.Use == "" || g.App == "":
		return "", nil, errors.New("issue a token: a use and an app are needed")
	case strings.Contains(g.Family, "\x00") || strings.Contains(g.App, "\x00") || strings.Contains(string(g.Kind), "\x00"):
		return "", nil, errors.New("issue a token: a zero byte in a name")
	case len(g.Scope)+len(g.Data)+len(g.Family) > maxGrantText:
		return "", nil, errors.New("issue a token: too much text")
	}
	g.User, g.Issued = g.User.Bare(), time.Now().UTC()
	token = newToken(g.Use, g.Family)
	return token, &tokenRow{Grant: g, hash: sha256.Sum256([]byte(token))}, nil
}

// addToken puts a new token in, for which another is traded or none.
func addToken(txn *badger.Txn, row *tokenRow, traded tokenHash) error {
	if err := bindToken(txn, row); err != nil {
		return err
	}
	if err := thinOut(txn, row, traded); err != nil {
		return err
	}
	return row.put(txn)
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

// thinOut makes room for row if there are too many tokens like it. Those go that are spent or have
// expired, some at a time; else those that row follows upon, as an access token does on the one
// before the refresh; else the oldest. A code stays until it has expired, for who comes with it
// twice is found out by that: there are no more of them than are given in its ten minutes.
func thinOut(txn *badger.Txn, row *tokenRow, traded tokenHash) error {
	prefix, most := personTokensPrefix(row.User, row.Kind, row.App), maxPersonTokens
	if row.User.IsZero() {
		prefix, most = ownTokensPrefix(row.Kind, row.App, true), maxOwnTokens
	}
	all, err := hashesOf(txn, prefix)
	if err != nil || len(all) < most {
		return err
	}
	var dead, before, good []*tokenRow // each from the oldest on
	for _, hash := range all {
		old, err := readToken(txn, hash)
		switch {
		case err != nil:
			return err
		case old == nil || hash == traded:
		case old.expired(), old.spent && old.Use != bridge.Code:
			dead = append(dead, old)
		case old.spent:
		case old.Family == row.Family && old.Issued.Before(row.Issued):
			before = append(before, old)
		default:
			good = append(good, old)
		}
	}
	left := len(dead) + len(before) + len(good)
	for i, old := range slices.Concat(dead, before, good) {
		if left <= most-most/4 || i >= len(dead) && left < most {
			return nil
		}
		if err := old.drop(txn); err != nil {
			return err
		}
		left--
	}
	return nil
}

// hashesOf gives the tokens of which an index has the keys.
func hashesOf(txn *badger.Txn, prefix []byte) (all []tokenHash, err error) {
	err = txn.Scan(badger.Range{Prefix: prefix, Keys: true}, func(key, _ []byte) (bool, error) {
		hash, err := hashAtEnd(key)
		all = append(all, hash)
		return true, err
	})
	return all, err
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
	err = view(ctx, r.db, func(txn *badger.Txn) error {
		row, err := validToken(txn, use, token)
		if row != nil {
			g = row.Grant
		}
		return err
	})
	return g, err
}

// validToken gives a token, if it is good for use. It also gives one that was spent, that has
// expired, or whose app is disabled, with the error that says so.
func validToken(txn *badger.Txn, use bridge.Use, token string) (*tokenRow, error) {
	row, err := readToken(txn, sha256.Sum256([]byte(token)))
	if row == nil && err == nil && use == bridge.RefreshToken {
		row, err = spentRefresh(txn, token)
	}
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

// spentRefresh gives what a token to refresh with stood for that is kept no more, nil if no token
// of its family is left. One that was not spent but had to make room has no successor either.
func spentRefresh(txn *badger.Txn, token string) (*tokenRow, error) {
	if len(token) != maxToken {
		return nil, nil
	}
	all, err := hashesOf(txn, familyPrefix(token[:familySize]))
	if err != nil || len(all) == 0 {
		return nil, err
	}
	row, err := readToken(txn, all[0])
	if row != nil {
		row.Use, row.spent = bridge.RefreshToken, true
	}
	return row, err
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

// Trade implements bridge.Tokens. All closures of the store run one after the other, so of
// many callers the first one finds the token unspent.
func (r Tokens) Trade(ctx context.Context, use bridge.Use, token string, into ...bridge.Grant) (from bridge.Grant, made []string, err error) {
	if from, err = r.Grant(ctx, use, token); err != nil { // who guesses costs no write
		return from, nil, err
	}
	rows := make([]*tokenRow, len(into))
	made = make([]string, len(into))
	for i, g := range into {
		g.Kind, g.App, g.Host, g.User, g.Family = from.Kind, from.App, from.Host, from.User, from.Family
		if made[i], rows[i], err = newTokenRow(g); err != nil {
			return bridge.Grant{}, nil, err
		}
		rows[i].Issued = rows[0].Issued // none follows upon the other
	}
	err = update(ctx, r.db, func(txn *badger.Txn) error {
		traded, err := validToken(txn, use, token)
		if err != nil {
			return err
		}
		traded.spent = true
		if err := traded.put(txn); err != nil {
			return err
		}
		for _, row := range rows {
			if err := addToken(txn, row, traded.hash); err != nil {
				return err
			}
		}
		return nil
	})
	switch {
	case err == nil:
		return from, made, nil
	case errors.Is(err, bridge.ErrTokenSpent):
		return from, nil, err
	}
	return bridge.Grant{}, nil, err
}

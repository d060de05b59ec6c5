package store

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"causeway/bridge"
	"causeway/store/badger"
	"causeway/xmpp/jid"
)

// familyToken has the tokens; what follows the family says which index it is.
const (
	familyToken   = 't'
	tokenRecord   = 'i'
	tokenOfApp    = 'a'
	tokenOfFamily = 'f'

	tableTokens table = 't'
)

// A tokenHash is what is kept of a token, which has too many random bits for anybody to
// find it by its hash.
type tokenHash [sha256.Size]byte

// tokenRow is a token as it is kept. Beside what it stands for it has what its App and the
// account were when it was issued; if they are something else by now, it is unknown.
type tokenRow struct {
	bridge.Grant
	hash     tokenHash
	spent    bool
	uuid     string    // of the App
	rotated  time.Time // of the App, if it is the App that acts
	password time.Time // when that of the account was set, if it is a person who acts
}

func tokenKey(hash tokenHash) []byte {
	return append([]byte{layout, familyToken, tokenRecord}, hash[:]...)
}

// familyPrefix covers the tokens of a family; what follows is a hash.
func familyPrefix(family string) []byte {
	return append(append([]byte{layout, familyToken, tokenOfFamily}, family...), 0)
}

// appTokensPrefix covers the tokens of an App.
func appTokensPrefix(kind bridge.Kind, app string) []byte {
	key := append([]byte{layout, familyToken, tokenOfApp}, kind...)
	return append(append(append(key, 0), app...), 0)
}

// ownTokensPrefix covers those with which the App itself acts, or those that it has of people.
func ownTokensPrefix(kind bridge.Kind, app string, own bool) []byte {
	return append(appTokensPrefix(kind, app), flag(own, 1))
}

// personTokensPrefix covers the tokens of a person, those of one App if app is not "".
func personTokensPrefix(user jid.JID, kind bridge.Kind, app string) []byte {
	key := tablePrefix(user, tableTokens)
	if app == "" {
		return key
	}
	return append(append(append(append(key, kind...), 0), app...), 0)
}

// appendIssue ends the keys of the indexes, so that the oldest token is the first.
func appendIssue(key []byte, row *tokenRow) []byte {
	return append(binary.BigEndian.AppendUint64(key, uint64(row.Issued.UnixNano())), row.hash[:]...)
}

// hashAtEnd reads the hash of a token from the key of an index.
func hashAtEnd(key []byte) (hash tokenHash, err error) {
	if len(key) < len(hash) {
		return hash, errors.New("key of a token has no hash")
	}
	return tokenHash(key[len(key)-len(hash):]), nil
}

// indexes gives the keys under which a token is found beside its own.
func (row *tokenRow) indexes() [][]byte {
	own := row.User.IsZero()
	keys := [][]byte{
		append(familyPrefix(row.Family), row.hash[:]...),
		appendIssue(ownTokensPrefix(row.Kind, row.App, own), row),
	}
	if !own {
		keys = append(keys, appendIssue(personTokensPrefix(row.User, row.Kind, row.App), row))
	}
	return keys
}

// tokenGrace is how long it is known of a token that it has expired or was spent, and is not
// just unknown.
const tokenGrace = 24 * time.Hour

func (row *tokenRow) expired() bool {
	return !row.Expires.IsZero() && !time.Now().Before(row.Expires)
}

// put writes a token and its places in the indexes. The engine frees their space some time
// after the token has expired, by itself.
func (row *tokenRow) put(txn *badger.Txn) error {
	set := txn.Set
	if !row.Expires.IsZero() {
		set = func(key, val []byte) error { return txn.SetWithExpiry(key, val, row.Expires.Add(tokenGrace)) }
	}
	for _, key := range row.indexes() {
		if err := set(key, nil); err != nil {
			return err
		}
	}
	return set(tokenKey(row.hash), encodeToken(row))
}

// drop removes all of that.
func (row *tokenRow) drop(txn *badger.Txn) error {
	return deleteAll(txn, append(row.indexes(), tokenKey(row.hash)))
}

// readToken gives nil if there is none.
func readToken(txn *badger.Txn, hash tokenHash) (*tokenRow, error) {
	val, err := read(txn, tokenKey(hash))
	if val == nil || err != nil {
		return nil, err
	}
	return decodeToken(hash, val)
}

const tokenSpent = 1

func encodeToken(row *tokenRow) []byte {
	b := append(make([]byte, 0, 256), recordVersion, flag(row.spent, tokenSpent))
	user := ""
	if !row.User.IsZero() {
		user = row.User.String()
	}
	for _, text := range []string{
		string(row.Use), string(row.Kind), row.App, row.Host.String(), user, row.Scope, row.Data, row.Family, row.uuid,
	} {
		b = appendBytes(b, text)
	}
	for _, at := range []time.Time{row.Issued, row.Expires, row.rotated, row.password} {
		b = appendTime(b, at)
	}
	return b
}

func decodeToken(hash tokenHash, val []byte) (*tokenRow, error) {
	d := decode(val)
	row := &tokenRow{hash: hash, spent: d.byte()&tokenSpent != 0}
	row.Use, row.Kind, row.App, row.Host = bridge.Use(d.string()), bridge.Kind(d.string()), d.string(), d.jid()
	if user := d.string(); user != "" {
		j, err := jid.Parse(user)
		if err != nil {
			d.fail()
		}
		row.User = j
	}
	row.Scope, row.Data, row.Family, row.uuid = d.string(), d.string(), d.string(), d.string()
	row.Issued, row.Expires, row.rotated, row.password = d.time(), d.time(), d.time(), d.time()
	if err := d.end(); err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	return row, nil
}

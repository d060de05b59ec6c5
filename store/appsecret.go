package store

import (
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"sync"

	"causeway/bridge"
)

// Secrets that are always ours have so many random bits that a salted hash keeps them. Those
// of Plugchat and Flash may be words that people chose, so all of these are stretched: who
// steals the store has to spend on each guess what a log-in with a password costs.
const (
	stretchRounds = 20_000 // of PBKDF2-HMAC-SHA-256 (RFC 8018 §5.2); another number would be another hash
	maxAppSecret  = 1023   // bytes, as of passwords
	// stretchSecret names the store's secret that salts what is stretched. It is one for
	// all, because an App of Plugchat is found by its secret.
	stretchSecret = "app secrets"
)

func stretched(kind bridge.Kind) bool { return kind == bridge.Plugchat || kind == bridge.Flash }

// secretSum is what is kept of a secret. salt is that of the record, for kinds that have one.
func (r *Apps) secretSum(ctx context.Context, kind bridge.Kind, id, secret string, salt []byte) ([]byte, error) {
	if !stretched(kind) {
		if len(salt) == 0 {
			salt = make([]byte, sha256.Size) // of an App that is not there
		}
		return keyed(salt, secret), nil
	}
	own, err := Accounts{db: r.db}.Secret(ctx, stretchSecret)
	if err != nil {
		return nil, err
	}
	if kind == bridge.Plugchat {
		id = "" // it is not known when the secret comes
	}
	about := string(kind) + "\x00" + id + "\x00"
	tag := [sha256.Size]byte(keyed(r.memo.key[:], about+secret))
	if sum, ok := r.memo.get(tag); ok {
		return sum, nil
	}
	sum, err := pbkdf2.Key(sha256.New, secret, append([]byte(about), own...), stretchRounds, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("stretch the secret of an app: %w", err)
	}
	return sum, nil
}

// right is called with a secret that was found right, and the sum of it.
func (r *Apps) right(kind bridge.Kind, id, secret string, sum []byte) {
	if !stretched(kind) {
		return
	}
	if kind == bridge.Plugchat {
		id = ""
	}
	r.memo.put([sha256.Size]byte(keyed(r.memo.key[:], string(kind)+"\x00"+id+"\x00"+secret)), sum)
}

func keyed(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

// A stretchMemo remembers what right secrets were stretched to, so that a tool which shows
// its secret with each command costs little. It is a function of what it is asked for, so
// nothing in it is ever out of date; and it has the secrets themselves only under a key
// that ends with the process.
type stretchMemo struct {
	key [sha256.Size]byte

	mu    sync.Mutex
	known map[[sha256.Size]byte][]byte
}

// memoSize is how many secrets are remembered.
const memoSize = 10_000

func newStretchMemo() *stretchMemo {
	m := &stretchMemo{known: make(map[[sha256.Size]byte][]byte)}
	rand.Read(m.key[:]) // crypto/rand.Read never fails
	return m
}

func (m *stretchMemo) get(tag [sha256.Size]byte) ([]byte, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	sum, ok := m.known[tag]
	return sum, ok
}

func (m *stretchMemo) put(tag [sha256.Size]byte, sum []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.known) >= memoSize && m.known[tag] == nil {
		for other := range m.known { // any one
			delete(m.known, other)
			break
		}
	}
	m.known[tag] = sum
}

// newSecret makes a secret for an App, with 128 random bits or more, in the form that those
// who use its kind know.
func newSecret(kind bridge.Kind) string {
	if kind == bridge.REST {
		return restPrefix + randomText(24)
	}
	return randomHex()
}

// restPrefix is what IDs and secrets of REST apps begin with.
const restPrefix = "YXA6"

// newAppID makes an ID for an App. That of a Site has 14 digits, which no other program takes
// for anything but text or a number.
func newAppID(kind bridge.Kind) string {
	switch kind {
	case bridge.REST:
		return restPrefix + randomText(16)
	case bridge.Site:
		var b [13]byte
		rand.Read(b[:])
		digits := []byte{'1' + b[0]%9}
		for _, v := range b {
			digits = append(digits, '0'+v%10)
		}
		return string(digits)
	default:
		return randomHex()
	}
}

// newUUID makes a random UUID (RFC 9562 §5.4).
func newUUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// randomText is so many random bytes in letters, digits, - and _.
func randomText(size int) string {
	b := make([]byte, size)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// randomHex is 128 random bits.
func randomHex() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

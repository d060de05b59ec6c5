package sasl

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1" // SCRAM-SHA-1 does not rest on the collision resistance that SHA-1 has lost
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"errors"
	"fmt"
	"hash"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"
)

// Hash names a hash function the way SCRAM does: the mechanism's name without -PLUS.
type Hash string

// The hash functions of RFC 5802 and RFC 7677, and of their obvious continuation, which other servers offer as well.
const (
	SHA1   Hash = "SCRAM-SHA-1"
	SHA256 Hash = "SCRAM-SHA-256"
	SHA512 Hash = "SCRAM-SHA-512"
)

// Hashes lists the hashes that we know, strongest first.
func Hashes() []Hash { return []Hash{SHA512, SHA256, SHA1} }

// Size is the length in bytes of the hash, and so of StoredKey and ServerKey; 0 for a hash that we do not know.
func (h Hash) Size() int {
	if f := h.function(); f != nil {
		return f().Size()
	}
	return 0
}

// function is nil for a hash that we do not know.
func (h Hash) function() func() hash.Hash {
	switch h {
	case SHA1:
		return sha1.New
	case SHA256:
		return sha256.New
	case SHA512:
		return sha512.New
	default:
		return nil
	}
}

// hmac is HMAC() of RFC 5802 §2.2. The hash must be a known one.
func (h Hash) hmac(key []byte, message string) []byte {
	m := hmac.New(h.function(), key)
	m.Write([]byte(message))
	return m.Sum(nil)
}

// sum is H() of RFC 5802 §2.2. The hash must be a known one.
func (h Hash) sum(b []byte) []byte {
	m := h.function()()
	m.Write(b)
	return m.Sum(nil)
}

// Keys is one SCRAM key set of an account (RFC 5802 §3). It holds StoredKey and ServerKey only: the password cannot be
// read from it, and whoever steals it cannot log in with it.
type Keys struct {
	// Hash is the hash that the keys were made with.
	Hash Hash
	// Iterations is the count of PBKDF2 rounds that the client has to go through.
	Iterations int
	// Salt makes equal passwords look different.
	Salt []byte
	// StoredKey checks the client's proof, ServerKey makes ours. Both are Hash.Size bytes long.
	StoredKey, ServerKey []byte
}

// DeriveKeys makes the key set of a password, prepared with the OpaqueString profile (RFC 8265 §4.2). It takes the
// time of that many PBKDF2 rounds. Errors: a hash that we do not know, no salt, less than one iteration, a password that is
// empty or cannot be prepared. No error holds the password.
func DeriveKeys(h Hash, password string, salt []byte, iterations int) (Keys, error) {
	if h.function() == nil {
		return Keys{}, errors.New("derive keys: unknown hash")
	}
	if len(salt) == 0 || iterations < 1 {
		return Keys{}, errors.New("derive keys: salt and iterations needed")
	}
	prepared, err := precis.OpaqueString.String(password)
	if err != nil || !utf8.ValidString(password) {
		return Keys{}, errors.New("derive keys: password is empty or has characters that are not allowed")
	}
	// RFC 5802 §3: SaltedPassword := Hi(Normalize(password), salt, i).
	salted := h.hi([]byte(prepared), salt, iterations)
	clientKey := h.hmac(salted, "Client Key")
	return Keys{
		Hash:       h,
		Iterations: iterations,
		Salt:       bytes.Clone(salt),
		StoredKey:  h.sum(clientKey),
		ServerKey:  h.hmac(salted, "Server Key"),
	}, nil
}

// Verify reports whether the keys are those of the password. It takes the time of DeriveKeys, and compares in constant
// time.
func (k Keys) Verify(password string) bool {
	got, err := DeriveKeys(k.Hash, password, k.Salt, k.Iterations)
	if err != nil {
		return false
	}
	stored := subtle.ConstantTimeCompare(got.StoredKey, k.StoredKey)
	server := subtle.ConstantTimeCompare(got.ServerKey, k.ServerKey)
	return stored&server == 1
}

// check reports what would make an exchange over the keys fail or lie. The error holds none of them.
func (k Keys) check(h Hash) error {
	if k.Hash != h || k.Iterations < 1 || len(k.Salt) == 0 || len(k.StoredKey) != h.Size() || len(k.ServerKey) != h.Size() {
		return fmt.Errorf("key set does not fit %s", h)
	}
	return nil
}

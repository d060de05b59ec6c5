package portable

import (
	"encoding/base64"
	"encoding/xml"
	"strconv"
	"strings"

	"causeway/xmpp/sasl"
)

// credentials reads a key set (XEP-0227 #scram-credentials).
func (w *walker) credentials(raw []byte) error {
	var c struct {
		Mechanism string `xml:"mechanism,attr"`
		Iter      string `xml:"iter-count"`
		Salt      string `xml:"salt"`
		ServerKey string `xml:"server-key"`
		StoredKey string `xml:"stored-key"`
	}
	if xml.Unmarshal(raw, &c) != nil {
		return w.emit(problem("credentials that cannot be read"))
	}
	// The name comes "always without the '-PLUS' suffix".
	return w.emit(keysOf(c.Mechanism, c.Iter, c.Salt, c.StoredKey, c.ServerKey))
}

// keysOf gives the Credentials that are written so, or the Problem with them.
func keysOf(mechanism, iterations, salt, storedKey, serverKey string) Record {
	k := sasl.Keys{Hash: sasl.Hash(mechanism)}
	if k.Hash.Size() == 0 {
		return problem("credentials for %q", clip(mechanism))
	}
	var err error
	if k.Iterations, err = strconv.Atoi(strings.TrimSpace(iterations)); err != nil || k.Iterations < 1 || k.Iterations > maxIterations {
		return problem("%s credentials with an iteration count that cannot be", mechanism)
	}
	k.Salt, k.StoredKey, k.ServerKey = binary(salt), binary(storedKey), binary(serverKey)
	if k.Hash == sasl.SHA1 {
		k.Hash = ofSize(len(k.StoredKey), k.Hash)
	}
	if len(k.Salt) == 0 || len(k.StoredKey) != k.Hash.Size() || len(k.ServerKey) != k.Hash.Size() {
		return problem("%s credentials with keys that are not base64 of the right length", mechanism)
	}
	return Credentials{k}
}

// binary reads base64; nil if it is none, or very long.
func binary(text string) []byte {
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(b) > maxSalt {
		return nil
	}
	return b
}

// ofSize gives the hash whose keys have that size, or else the one that was named. The
// migrator of Prosody 0.12 names all SCRAM-SHA-1, whatever password_hash was.
func ofSize(size int, named sasl.Hash) sasl.Hash {
	for _, h := range sasl.Hashes() {
		if h.Size() == size {
			return h
		}
	}
	return named
}

// Bounds of key sets: a login has to work with them.
const (
	maxIterations = 10_000_000
	maxSalt       = 1024
)

// oldScram begins the password of an account whose key set ejabberd writes in its place:
// stored key, server key and salt in base64, and the iterations, with commas between, and
// the name of the hash before them if it is another than SHA-1.
const oldScram = "scram:"

// fromPassword gives the Credentials that a password attribute holds, if it does. What
// merely looks so at its beginning is a password.
func fromPassword(password string) (Credentials, bool) {
	text, ok := strings.CutPrefix(password, oldScram)
	if !ok {
		return Credentials{}, false
	}
	parts := strings.Split(text, ",")
	if len(parts) == 5 {
		parts = parts[1:] // the keys have the length of their hash
	}
	if len(parts) != 4 {
		return Credentials{}, false
	}
	c, ok := keysOf(string(sasl.SHA1), parts[3], parts[2], parts[0], parts[1]).(Credentials)
	return c, ok
}

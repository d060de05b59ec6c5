//go:build bench

package bench

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// passwords remembers the salted password of each account, as a client may
// (RFC 5802 §5.1), so that the load does not hash it again at every login. It is
// safe for many goroutines.
type passwords struct {
	mu     sync.Mutex
	salted map[string][]byte // by salt, iterations and password
}

func newPasswords() *passwords { return &passwords{salted: make(map[string][]byte)} }

func (p *passwords) salt(password, salt string, iterations int) ([]byte, error) {
	key := fmt.Sprintf("%q %d %q", salt, iterations, password)
	p.mu.Lock()
	salted := p.salted[key]
	p.mu.Unlock()
	if salted != nil {
		return salted, nil
	}
	salted, err := pbkdf2.Key(sha256.New, password, []byte(salt), iterations, sha256.Size)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.salted[key] = salted
	return salted, nil
}

// A scram is one exchange of SCRAM-SHA-256 from the client's side (RFC 5802 §5,
// RFC 7677), without channel binding. User names need no escaping here.
type scram struct {
	passwords *passwords
	password  string
	first     string // client-first-message-bare
	verifier  []byte // ServerSignature
}

const gs2Header = "n,,"

// begin returns the client-first-message.
func (s *scram) begin(user string) string {
	s.first = "n=" + user + ",r=" + rand.Text()
	return gs2Header + s.first
}

// answer returns the client-final-message to the server-first-message.
func (s *scram) answer(challenge string) (string, error) {
	fields := attributes(challenge)
	salt, err := base64.StdEncoding.DecodeString(fields["s"])
	if err != nil {
		return "", err
	}
	iterations, err := strconv.Atoi(fields["i"])
	if err != nil {
		return "", err
	}
	_, nonce, _ := strings.Cut(s.first, ",r=")
	if !strings.HasPrefix(fields["r"], nonce) {
		return "", errors.New("scram: the server's nonce does not continue ours")
	}
	salted, err := s.passwords.salt(s.password, string(salt), iterations)
	if err != nil {
		return "", err
	}
	final := "c=" + base64.StdEncoding.EncodeToString([]byte(gs2Header)) + ",r=" + fields["r"]
	message := s.first + "," + challenge + "," + final
	proof := mac(salted, "Client Key")
	stored := sha256.Sum256(proof)
	subtle.XORBytes(proof, proof, mac(stored[:], message))
	s.verifier = mac(mac(salted, "Server Key"), message)
	return final + ",p=" + base64.StdEncoding.EncodeToString(proof), nil
}

// verify checks the server-final-message.
func (s *scram) verify(final string) error {
	got, err := base64.StdEncoding.DecodeString(attributes(final)["v"])
	if err != nil {
		return err
	}
	if !hmac.Equal(got, s.verifier) {
		return errors.New("scram: the server does not know the password")
	}
	return nil
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// attributes splits a message of SCRAM, such as "r=…,s=…,i=…".
func attributes(message string) map[string]string {
	fields := make(map[string]string)
	for field := range strings.SplitSeq(message, ",") {
		if name, value, ok := strings.Cut(field, "="); ok {
			fields[name] = value
		}
	}
	return fields
}

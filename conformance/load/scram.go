package load

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // SCRAM-SHA-1 is what some servers offer
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	stdhash "hash"
	"strconv"
	"strings"
	"sync"
)

// A hash is what a SCRAM mechanism is built on.
type hash struct {
	name string // of the mechanism
	new  func() stdhash.Hash
	size int
}

// hashes are those to be used, the strongest first.
var hashes = []hash{
	{"SCRAM-SHA-256", sha256.New, sha256.Size},
	{"SCRAM-SHA-1", sha1.New, sha1.Size},
}

// Passwords remembers the salted password of each account, as a client may
// (RFC 5802 §5.1), so that the load does not hash it again at every login. It is
// safe for many goroutines.
type Passwords struct {
	mu     sync.Mutex
	salted map[string][]byte // by salt, iterations and password
}

// NewPasswords gives an empty memory.
func NewPasswords() *Passwords { return &Passwords{salted: make(map[string][]byte)} }

func (p *Passwords) salt(h hash, password, salt string, iterations int) ([]byte, error) {
	key := fmt.Sprintf("%s %q %d %q", h.name, salt, iterations, password)
	p.mu.Lock()
	salted := p.salted[key]
	p.mu.Unlock()
	if salted != nil {
		return salted, nil
	}
	salted, err := pbkdf2.Key(h.new, password, []byte(salt), iterations, h.size)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.salted[key] = salted
	return salted, nil
}

// A scram is one exchange of SCRAM from the client's side (RFC 5802 §5,
// RFC 7677), without channel binding. User names need no escaping here.
type scram struct {
	passwords *Passwords
	password  string
	hash      hash
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
	const most = 1_000_000 // more is no server's setting, and would take the whole run
	if iterations < 1 || iterations > most {
		return "", fmt.Errorf("scram: %d iterations", iterations)
	}
	_, nonce, _ := strings.Cut(s.first, ",r=")
	if !strings.HasPrefix(fields["r"], nonce) {
		return "", errors.New("scram: the server's nonce does not continue ours")
	}
	salted, err := s.passwords.salt(s.hash, s.password, string(salt), iterations)
	if err != nil {
		return "", err
	}
	final := "c=" + base64.StdEncoding.EncodeToString([]byte(gs2Header)) + ",r=" + fields["r"]
	message := s.first + "," + challenge + "," + final
	proof := s.mac(salted, "Client Key")
	stored := s.hash.new()
	stored.Write(proof)
	subtle.XORBytes(proof, proof, s.mac(stored.Sum(nil), message))
	s.verifier = s.mac(s.mac(salted, "Server Key"), message)
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

func (s *scram) mac(key []byte, text string) []byte {
	h := hmac.New(s.hash.new, key)
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

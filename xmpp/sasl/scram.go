package sasl

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"strconv"
)

// nonceLength is the count of random bytes in our part of the nonce.
const nonceLength = 18

// scram is the family of mechanisms of RFC 5802: the client proves that it knows the password, we prove that we know its
// keys, and neither can be replayed. Two messages each way.
type scram struct {
	cfg  Config
	hash Hash
	plus bool

	// What the first message leaves for the second; nonce is empty until then.
	username string
	keys     Keys
	known    bool
	binding  []byte // what the client must send under c=
	nonce    string // the client's part and ours
	signed   string // client-first-message-bare "," server-first-message ","
}

func (s *scram) next(ctx context.Context, message []byte) ([]byte, string, error) {
	if s.nonce == "" {
		out, err := s.first(ctx, message)
		return out, "", err
	}
	return s.final(message)
}

// first takes the client's first message and gives ours. Nothing in here may depend on whether the user exists.
func (s *scram) first(ctx context.Context, message []byte) ([]byte, error) {
	m, err := parseClientFirst(message)
	if err != nil {
		return nil, err
	}
	if s.username, err = prepareUsername(m.username); err != nil {
		return nil, err
	}
	if err := checkAuthzid(m.authzid, s.username, s.cfg.Domain); err != nil {
		return nil, err
	}
	if s.binding, err = s.expectBinding(m); err != nil {
		return nil, err
	}
	if s.keys, s.known, err = s.cfg.Directory.Keys(ctx, s.username, s.hash); err != nil {
		return nil, fmt.Errorf("look up keys: %w", err)
	}
	if err := s.keys.check(s.hash); err != nil {
		return nil, err
	}
	ours, err := newNonce(s.cfg.Rand)
	if err != nil {
		return nil, err
	}
	return s.challenge(m, ours), nil
}

// challenge is the server-first-message (RFC 5802 §7) to the client's, with our part of the nonce.
func (s *scram) challenge(m clientFirst, ours string) []byte {
	s.nonce = m.nonce + ours
	out := "r=" + s.nonce + ",s=" + base64.StdEncoding.EncodeToString(s.keys.Salt) + ",i=" + strconv.Itoa(s.keys.Iterations)
	s.signed = m.bare + "," + out + ","
	return []byte(out)
}

// expectBinding judges the channel-binding flag (RFC 5802 §6) and gives what the client has to send under c=: the
// header once more, so that nobody can have changed it, and the data of the channel.
func (s *scram) expectBinding(m clientFirst) ([]byte, error) {
	if s.plus != (m.flag == 'p') {
		return nil, malformed("channel-binding flag does not fit the mechanism")
	}
	switch m.flag {
	case 'p':
		data := s.cfg.Binding[m.binding]
		if len(data) == 0 {
			// RFC 5802 §6: a type that the server does not support fails the authentication.
			return nil, wrongBinding("unsupported channel-binding type")
		}
		return append([]byte(m.header), data...), nil
	case 'y':
		// The client can bind channels and believes that we cannot. If we said that we can, somebody in between
		// has taken it out of the list: "the server MUST fail authentication" (RFC 5802 §6). Some clients send y
		// in good faith after a failed -PLUS (slixmpp 1.8.3), so this does not count as a bad password.
		if plusOffered(s.cfg) {
			return nil, wrongBinding("server does support channel binding")
		}
	}
	return []byte(m.header), nil
}

// final checks the client's proof and gives ours. The work is the same for right and wrong, known and unknown.
func (s *scram) final(message []byte) ([]byte, string, error) {
	m, err := parseClientFinal(message)
	if err != nil {
		return nil, "", err
	}
	if m.nonce != s.nonce {
		return nil, "", malformed("nonce does not match")
	}
	if len(m.proof) != s.hash.Size() {
		return nil, "", malformed("proof of wrong length")
	}
	if subtle.ConstantTimeCompare(m.binding, s.binding) != 1 {
		return nil, "", wrongBinding("channel binding does not match")
	}
	// RFC 5802 §3: ClientKey := ClientProof XOR HMAC(StoredKey, AuthMessage), and H(ClientKey) must be StoredKey.
	authMessage := s.signed + m.withoutProof
	clientKey := s.hash.hmac(s.keys.StoredKey, authMessage)
	subtle.XORBytes(clientKey, clientKey, m.proof)
	proved := subtle.ConstantTimeCompare(s.hash.sum(clientKey), s.keys.StoredKey) == 1
	signature := s.hash.hmac(s.keys.ServerKey, authMessage)
	if !proved || !s.known {
		return nil, "", wrongCredentials()
	}
	return []byte("v=" + base64.StdEncoding.EncodeToString(signature)), s.username, nil
}

// newNonce makes our part of the nonce.
func newNonce(source io.Reader) (string, error) {
	if source == nil {
		source = rand.Reader
	}
	var b [nonceLength]byte
	if _, err := io.ReadFull(source, b[:]); err != nil {
		return "", fmt.Errorf("make nonce: %w", err)
	}
	return base64.StdEncoding.EncodeToString(b[:]), nil
}

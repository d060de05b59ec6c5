package oracle

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1" // SCRAM-SHA-1 is what RFC 6120 §13.8 requires of everybody
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
)

// maxIterations bounds the work that a hostile target can ask for.
const maxIterations = 1_000_000

// ErrRefused is a SASL <failure/>; its text has the condition.
var ErrRefused = errors.New("refused")

// Scram logs in with SCRAM (RFC 5802, RFC 7677), without channel binding, and checks
// that the server knows the password too.
func (s *Stream) Scram(mechanism, user, password string) error {
	var h func() hash.Hash
	switch mechanism {
	case "SCRAM-SHA-1":
		h = sha1.New
	case "SCRAM-SHA-256":
		h = sha256.New
	default:
		return fmt.Errorf("%s is none of the runner's mechanisms", mechanism)
	}
	nonce := rand.Text()
	bare := "n=" + strings.NewReplacer("=", "=3D", ",", "=2C").Replace(user) + ",r=" + nonce
	if err := s.Send(Auth(mechanism, "n,,"+bare)); err != nil {
		return err
	}
	first, err := s.sasl("challenge")
	if err != nil {
		return err
	}
	final, signature, err := answerScram(h, bare, first, nonce, password)
	if err != nil {
		return err
	}
	if err := s.Send("<response xmlns='" + NSSASL + "'>" + base64.StdEncoding.EncodeToString([]byte(final)) + "</response>"); err != nil {
		return err
	}
	last, err := s.sasl("success")
	if err != nil {
		return err
	}
	verifier, ok := strings.CutPrefix(last, "v=")
	got, err := base64.StdEncoding.DecodeString(verifier)
	if !ok || err != nil || subtle.ConstantTimeCompare(got, signature) != 1 {
		return errors.New("scram: the server has not shown that it knows the password")
	}
	return nil
}

// sasl reads the element of that name and gives its text in the clear.
func (s *Stream) sasl(local string) (string, error) {
	e, err := s.Next(s.Patience)
	if err != nil {
		return "", err
	}
	if e.Name.Space != NSSASL || e.Name.Local != local {
		return "", fmt.Errorf("%w: %.300s", ErrRefused, e.Raw)
	}
	text, err := base64.StdEncoding.DecodeString(strings.TrimSpace(e.Text))
	return string(text), err
}

// answerScram gives the client's last message and the signature that the server owes.
func answerScram(h func() hash.Hash, bare, first, nonce, password string) (final string, signature []byte, err error) {
	fields := make(map[string]string)
	for part := range strings.SplitSeq(first, ",") {
		if name, value, ok := strings.Cut(part, "="); ok {
			fields[name] = value
		}
	}
	salt, err := base64.StdEncoding.DecodeString(fields["s"])
	if err != nil {
		return "", nil, fmt.Errorf("scram: salt: %w", err)
	}
	n, err := strconv.Atoi(fields["i"])
	if err != nil || n < 1 || n > maxIterations {
		return "", nil, fmt.Errorf("scram: %q iterations", fields["i"])
	}
	if !strings.HasPrefix(fields["r"], nonce) || fields["r"] == nonce {
		return "", nil, errors.New("scram: the nonce is not ours with something added")
	}
	salted, err := pbkdf2.Key(h, password, salt, n, h().Size())
	if err != nil {
		return "", nil, err
	}
	sum := func(key []byte, text string) []byte {
		m := hmac.New(h, key)
		m.Write([]byte(text))
		return m.Sum(nil)
	}
	clientKey := sum(salted, "Client Key")
	stored := h()
	stored.Write(clientKey)
	unproved := "c=biws,r=" + fields["r"]
	message := bare + "," + first + "," + unproved
	proof := sum(stored.Sum(nil), message)
	subtle.XORBytes(proof, proof, clientKey)
	return unproved + ",p=" + base64.StdEncoding.EncodeToString(proof), sum(sum(salted, "Server Key"), message), nil
}

package bridge

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// A Sealer makes tokens that only it can have made: what they say can be read by
// anybody, and changed by nobody.
type Sealer struct{ key []byte }

// NewSealer makes a Sealer with a key of at least 32 random bytes.
func NewSealer(key []byte) *Sealer { return &Sealer{key} }

// Seal makes a token of text for one purpose, in characters that need no escaping in a
// URL, a cookie or a form.
func (s *Sealer) Seal(purpose, text string) string {
	body := base64.RawURLEncoding.EncodeToString([]byte(text))
	return body + "." + s.seal(purpose, body)
}

// Open gives the text of a token that Seal made for the same purpose.
func (s *Sealer) Open(purpose, token string) (text string, ok bool) {
	body, mac, ok := strings.Cut(token, ".")
	// The texts are compared, not what they decode to: a decoder of base64 passes over
	// line ends, and one token would have many spellings.
	if !ok || !hmac.Equal([]byte(mac), []byte(s.seal(purpose, body))) {
		return "", false
	}
	plain, err := base64.RawURLEncoding.Strict().DecodeString(body)
	return string(plain), err == nil
}

// seal gives the part behind the dot.
func (s *Sealer) seal(purpose, body string) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(purpose))
	mac.Write([]byte{0}) // no purpose has one in it
	mac.Write([]byte(body))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// isText reports whether s can stand in XML and in a log without doing harm there.
func isText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

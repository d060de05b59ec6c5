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
	return body + "." + base64.RawURLEncoding.EncodeToString(s.sign(purpose, body))
}

// Open gives the text of a token that Seal made for the same purpose.
func (s *Sealer) Open(purpose, token string) (text string, ok bool) {
	body, mac, ok := strings.Cut(token, ".")
	if !ok {
		return "", false
	}
	given, err := base64.RawURLEncoding.Strict().DecodeString(mac)
	if err != nil || !hmac.Equal(given, s.sign(purpose, body)) {
		return "", false
	}
	plain, err := base64.RawURLEncoding.Strict().DecodeString(body)
	return string(plain), err == nil
}

func (s *Sealer) sign(purpose, body string) []byte {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(purpose))
	mac.Write([]byte{0}) // no purpose has one in it
	mac.Write([]byte(body))
	return mac.Sum(nil)
}

// isText reports whether s can stand in XML and in a log without doing harm there.
func isText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

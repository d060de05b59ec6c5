package upload

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// A token shows that a URL for an upload is one that we have given out, so that
// others cost no look into the store, and that who knows the URL of a file cannot
// be the one who uploads it. It is the end of the slot in seconds since 1970, a
// dot, and an HMAC-SHA-256 over what the URL says.

// sign makes the token of a slot. The secret is the server's.
func sign(secret []byte, id, name string, until time.Time) string {
	end := strconv.FormatInt(until.Unix(), 10)
	return end + "." + seal(secret, id, name, end)
}

// seal is the part behind the dot.
func seal(secret []byte, id, name, end string) string {
	return base64.RawURLEncoding.EncodeToString(mac(secret, id, name, end))
}

// verify gives the end of the slot that a token is for; ok is false if the token is
// not one of ours for this id and name.
func verify(secret []byte, id, name, token string) (until time.Time, ok bool) {
	end, sum, found := strings.Cut(token, ".")
	// The texts are compared, not what they decode to: a decoder of base64 passes
	// over line ends, and one slot would have many URLs.
	if !found || !hmac.Equal([]byte(sum), []byte(seal(secret, id, name, end))) {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseInt(end, 10, 64)
	return time.Unix(seconds, 0), err == nil
}

// mac is over the parts with their lengths, so that none of them can pass for
// a piece of its neighbour.
func mac(secret []byte, parts ...string) []byte {
	h := hmac.New(sha256.New, secret)
	for _, p := range parts {
		_, _ = h.Write([]byte(strconv.Itoa(len(p)) + ":" + p)) // a hash takes everything
	}
	return h.Sum(nil)
}

package daemon

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"testing"
)

func pbkdf2Of(t *testing.T, answer, salt string, rounds int) string {
	t.Helper()
	key, err := pbkdf2.Key(sha256.New, answer, []byte(salt), rounds, sha256.Size)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(key)
}

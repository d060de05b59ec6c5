package sasl

import (
	"strings"
	"testing"
)

func TestDeriveKeysRefuses(t *testing.T) {
	tests := []struct {
		name       string
		hash       Hash
		password   string
		salt       string
		iterations int
	}{
		{"unknown hash", "SCRAM-MD5", password, "salt", 1},
		{"hash with the suffix of a mechanism", SHA256 + plusSuffix, password, "salt", 1},
		{"no salt", SHA256, password, "", 1},
		{"no iterations", SHA256, password, "salt", 0},
		{"negative iterations", SHA256, password, "salt", -1},
		{"empty password, RFC 8265 §4.2", SHA256, "", "salt", 1},
		{"control character, RFC 8265 §4.2", SHA256, "pass\x07word", "salt", 1},
		{"not UTF-8", SHA256, "pass\xffword", "salt", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := DeriveKeys(tt.hash, tt.password, []byte(tt.salt), tt.iterations)
			if err == nil {
				t.Fatal("no error")
			}
			if tt.password != "" && strings.Contains(err.Error(), tt.password) {
				t.Errorf("the error holds the password: %v", err)
			}
			k := Keys{Hash: tt.hash, Salt: []byte(tt.salt), Iterations: tt.iterations}
			if k.Verify(tt.password) {
				t.Error("verified by keys that cannot be")
			}
		})
	}
}

func TestVerify(t *testing.T) {
	for _, h := range Hashes() {
		k, err := DeriveKeys(h, "p\u00e8re\u00a0Laurence", []byte("salt"), iterations)
		if err != nil {
			t.Fatal(err)
		}
		if len(k.StoredKey) != h.Size() || len(k.ServerKey) != h.Size() {
			t.Errorf("%s: keys of %d and %d bytes", h, len(k.StoredKey), len(k.ServerKey))
		}
		for candidate, want := range map[string]bool{
			"p\u00e8re\u00a0Laurence":  true,
			"pe\u0300re Laurence":      true, // RFC 8265 §4.2.2: spaces mapped, then NFC
			"P\u00e8re\u00a0Laurence":  false,
			"p\u00e8re\u00a0Laurence ": false,
			"":                         false,
		} {
			if got := k.Verify(candidate); got != want {
				t.Errorf("%s: Verify(%q) = %v", h, candidate, got)
			}
		}
		stolen := k
		stolen.ServerKey = make([]byte, h.Size())
		if stolen.Verify("p\u00e8re Laurence") {
			t.Errorf("%s: verified against a wrong ServerKey", h)
		}
	}
}

func TestDeriveKeysOwnsSalt(t *testing.T) {
	salt := []byte("salt")
	k, err := DeriveKeys(SHA256, password, salt, iterations)
	if err != nil {
		t.Fatal(err)
	}
	salt[0] = 'x'
	if !k.Verify(password) {
		t.Error("the salt of the keys changed with the caller's slice")
	}
}

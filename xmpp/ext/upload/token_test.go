package upload

import (
	"strings"
	"testing"
	"time"
)

func TestToken(t *testing.T) {
	secret, end := []byte("mandrake"), time.Unix(1_800_000_000, 0)
	token := sign(secret, "ABC", "a.txt", end)
	if until, ok := verify(secret, "ABC", "a.txt", token); !ok || !until.Equal(end) {
		t.Errorf("%s: %v %v", token, until, ok)
	}
	for _, tt := range []struct{ name, secret, id, file, token string }{
		{"another secret", "henbane", "ABC", "a.txt", token},
		{"another id", "mandrake", "ABD", "a.txt", token},
		{"another name", "mandrake", "ABC", "b.txt", token},
		{"a letter moved", "mandrake", "ABCa", ".txt", token},
		{"another end", "mandrake", "ABC", "a.txt", strings.Replace(token, "18", "19", 1)},
		{"the sum cut", "mandrake", "ABC", "a.txt", token[:len(token)-1]},
		{"the sum longer", "mandrake", "ABC", "a.txt", token + "A"},
		{"a line end in the sum", "mandrake", "ABC", "a.txt", token[:20] + "\r\n" + token[20:]},
		{"no sum", "mandrake", "ABC", "a.txt", "1800000000."},
		{"no dot", "mandrake", "ABC", "a.txt", strings.Replace(token, ".", "", 1)},
		{"nothing", "mandrake", "ABC", "a.txt", ""},
	} {
		if _, ok := verify([]byte(tt.secret), tt.id, tt.file, tt.token); ok {
			t.Errorf("%s: taken", tt.name)
		}
	}
}

// No text but the one that was signed is a token.
func FuzzVerify(f *testing.F) {
	secret := []byte("mandrake")
	token := sign(secret, "ABC", "a.txt", time.Unix(1_800_000_000, 0))
	f.Add(token)
	f.Add("1800000000.")
	f.Add("." + strings.Repeat("A", 43))
	f.Add("-1.\x00")
	f.Fuzz(func(t *testing.T, text string) {
		if _, ok := verify(secret, "ABC", "a.txt", text); ok && text != token {
			t.Errorf("%q is taken for a token", text)
		}
	})
}

func FuzzSafeName(f *testing.F) {
	for _, name := range []string{"a.txt", "..", strings.Repeat(".", 300), strings.Repeat(".", 300) + "J.", "../a", "\x00", "\xff", strings.Repeat("ö", 300) + ".jpeg"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		safe := safeName(name)
		if len(safe) > maxName || strings.ContainsAny(safe, "/\\\x00\r\n") || safe == "." || safe == ".." {
			t.Errorf("%q becomes %q", name, safe)
		}
		if again := safeName(safe); again != safe {
			t.Errorf("%q becomes %q and then %q", name, safe, again)
		}
	})
}

package sasl

import "testing"

// The example exchanges of the RFCs, byte for byte. Their server nonces are not ours to make, so the test takes the
// place of scram.first after the message is read.
func TestVectors(t *testing.T) {
	tests := []struct {
		name  string
		hash  Hash
		salt  []byte
		first string
		ours  string
		want  string
		final string
		last  string
	}{
		{
			name: "RFC 5802 §5", hash: SHA1,
			salt:  mustDecode(t, "QSXCR+Q6sek8bf92"),
			first: "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
			ours:  "3rfcNHYJY1ZVvWVs7j",
			want:  "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
			final: "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
			last:  "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
		},
		{
			name: "RFC 7677 §3", hash: SHA256,
			salt:  mustDecode(t, "W22ZaJ0SNY7soEsUEjb6gQ=="),
			first: "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
			ours:  "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
			want:  "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
			final: "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
			last:  "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			keys, err := DeriveKeys(tt.hash, "pencil", tt.salt, 4096)
			if err != nil {
				t.Fatal(err)
			}
			m, err := parseClientFirst([]byte(tt.first))
			if err != nil {
				t.Fatal(err)
			}
			s := &scram{hash: tt.hash, keys: keys, known: true, username: m.username}
			if s.binding, err = s.expectBinding(m); err != nil {
				t.Fatal(err)
			}
			if got := s.challenge(m, tt.ours); string(got) != tt.want {
				t.Fatalf("challenge\n%s, want\n%s", got, tt.want)
			}
			last, username, err := s.next(t.Context(), []byte(tt.final))
			if err != nil || username != "user" || string(last) != tt.last {
				t.Fatalf("got %q, %q, %v, want %q", last, username, err, tt.last)
			}
		})
	}
}

func mustDecode(t *testing.T, s string) []byte {
	t.Helper()
	b, err := decode(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

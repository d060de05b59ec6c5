package sasl

import (
	"slices"
	"strings"
	"testing"
)

func TestMechanisms(t *testing.T) {
	directory := newPeople(t)
	binding := Binding{tlsExporter: []byte("data")}
	certificate := func(string) (string, bool) { return "juliet", true }
	anonymous := func() (string, error) { return "guest", nil }
	const scrams = "SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1"
	const plus = "SCRAM-SHA-512-PLUS SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS "
	tests := []struct {
		name   string
		cfg    Config
		secure bool
		want   string
	}{
		{"nothing configured", Config{}, true, ""},
		{"in the clear", Config{Directory: directory}, false, scrams},
		{"encrypted", Config{Directory: directory}, true, scrams + " PLAIN"},
		{"with binding", Config{Directory: directory, Binding: binding, PlusOffered: true}, true, plus + scrams + " PLAIN"},
		{"binding switched off", Config{Directory: directory, Binding: binding}, true, scrams + " PLAIN"},
		{"nothing to bind to", Config{Directory: directory, PlusOffered: true}, true, scrams + " PLAIN"},
		{"empty data to bind to", Config{Directory: directory, PlusOffered: true, Binding: Binding{tlsExporter: nil}}, true, scrams + " PLAIN"},
		{"all", Config{
			Directory: directory, Binding: binding, PlusOffered: true, Certificate: certificate, Anonymous: anonymous, Domain: domain,
		}, true, "EXTERNAL " + plus + scrams + " PLAIN ANONYMOUS"},
		{"with tokens", Config{Directory: directory, Tokens: &wallet{}}, true, scrams + " OAUTHBEARER PLAIN"},
		{"with tokens in the clear", Config{Directory: directory, Tokens: &wallet{}}, false, scrams},
		{"only tokens", Config{Tokens: &wallet{}}, true, "OAUTHBEARER"},
		{"an account without some key sets", Config{Directory: directory, Lacking: []Hash{SHA512, SHA256}}, true, "SCRAM-SHA-1 PLAIN"},
		{"accounts with nothing in common", Config{Directory: directory, Binding: binding, PlusOffered: true, Lacking: Hashes()}, true, "PLAIN"},
		{"certificate in the clear", Config{Certificate: certificate}, false, ""},
		{"only guests", Config{Anonymous: anonymous}, false, "ANONYMOUS"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Mechanisms(tt.cfg, tt.secure)
			if strings.Join(got, " ") != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			// What is not listed is not accepted, except that New does not know about encryption.
			all := strings.Fields("EXTERNAL " + plus + scrams + " OAUTHBEARER PLAIN ANONYMOUS OAUTHBEARER-PLUS DIGEST-MD5 scram-sha-1 SCRAM-SHA-1-PLUS-PLUS")
			for _, name := range append(all, "") {
				_, err := New(name, tt.cfg)
				want := InvalidMechanism
				if slices.Contains(Mechanisms(tt.cfg, true), name) {
					want = ""
				}
				if condition(err) != want {
					t.Errorf("New(%q): %v, want %q", name, err, want)
				}
			}
		})
	}
}

func TestFailure(t *testing.T) {
	tests := []struct {
		failure *Failure
		text    string
		counts  bool
	}{
		{wrongCredentials(), "sasl: not-authorized", true},
		{&Failure{Condition: NotAuthorized, Text: "no"}, "sasl: not-authorized: no", true},
		{wrongBinding("no"), "sasl: not-authorized: no", false},
		{malformed("no"), "sasl: malformed-request: no", false},
		{wrongAuthzid(), "sasl: invalid-authzid: log in as yourself", false},
		{&Failure{Condition: TemporaryAuthFailure}, "sasl: temporary-auth-failure", false},
	}
	for _, tt := range tests {
		if got := tt.failure.Error(); got != tt.text {
			t.Errorf("got %q, want %q", got, tt.text)
		}
		if got := tt.failure.CountsAsBadPassword(); got != tt.counts {
			t.Errorf("%v: counts %v", tt.failure, got)
		}
	}
}

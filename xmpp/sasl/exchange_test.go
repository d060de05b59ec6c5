package sasl

import (
	"errors"
	"strings"
	"testing"
)

// Everything that is one message long.
func TestSingleMessage(t *testing.T) {
	long := strings.Repeat("x", 300) // RFC 4616 §2: up to 255 octets MUST be accepted
	tests := []struct {
		name      string
		mechanism string
		message   string
		want      string // condition
		username  string
	}{
		{"RFC 4616 §2", "PLAIN", "\x00juliet\x00" + password, "", "juliet"},
		{"own address as authzid, RFC 6120 §6.3.8", "PLAIN", "juliet@capulet.lit\x00juliet\x00" + password, "", "juliet"},
		{"own address in another case", "PLAIN", "JULIET@Capulet.LIT\x00Juliet\x00" + password, "", "juliet"},
		{"name with comma and equals sign", "PLAIN", "\x00a,b=c\x00" + password, "", "a,b=c"},
		{"name is case mapped, RFC 8265 §3.3", "PLAIN", "\x00\uff2aULIET\x00" + password, "", "juliet"},
		{"wrong password", "PLAIN", "\x00juliet\x00" + password + ".", NotAuthorized, ""},
		{"unknown user", "PLAIN", "\x00tybalt\x00" + password, NotAuthorized, ""},
		{"long unknown user", "PLAIN", "\x00" + long + "\x00" + password, NotAuthorized, ""},
		{"password that cannot be prepared", "PLAIN", "\x00juliet\x00\x07", NotAuthorized, ""},
		{"authzid of somebody else", "PLAIN", "romeo@capulet.lit\x00juliet\x00" + password, InvalidAuthzid, ""},
		{"authzid at another host", "PLAIN", "juliet@montague.lit\x00juliet\x00" + password, InvalidAuthzid, ""},
		{"authzid without host", "PLAIN", "juliet\x00juliet\x00" + password, InvalidAuthzid, ""},
		{"authzid with empty host", "PLAIN", "juliet@\x00juliet\x00" + password, InvalidAuthzid, ""},
		{"authzid with resource", "PLAIN", "juliet@capulet.lit/balcony\x00juliet\x00" + password, InvalidAuthzid, ""},
		{"authzid is the host", "PLAIN", "capulet.lit\x00juliet\x00" + password, InvalidAuthzid, ""},
		{"no field", "PLAIN", "", MalformedRequest, ""},
		{"one field", "PLAIN", "juliet", MalformedRequest, ""},
		{"two fields", "PLAIN", "juliet\x00" + password, MalformedRequest, ""},
		{"four fields: NUL in the password", "PLAIN", "\x00juliet\x00pass\x00word", MalformedRequest, ""},
		{"only NULs", "PLAIN", "\x00\x00\x00", MalformedRequest, ""},
		{"empty name", "PLAIN", "\x00\x00" + password, MalformedRequest, ""},
		{"empty password", "PLAIN", "\x00juliet\x00", MalformedRequest, ""},
		{"name not UTF-8", "PLAIN", "\x00juli\xffet\x00" + password, MalformedRequest, ""},
		{"password not UTF-8", "PLAIN", "\x00juliet\x00\xc0\x80", MalformedRequest, ""},
		{"name with a space, RFC 8265 §3.3", "PLAIN", "\x00juliet c\x00" + password, MalformedRequest, ""},
		{"name with a control character", "PLAIN", "\x00juliet\x01\x00" + password, MalformedRequest, ""},
		{"too long", "PLAIN", "\x00juliet\x00" + strings.Repeat("x", MaxMessage), MalformedRequest, ""},

		{"no authzid, XEP-0178 #c2s", "EXTERNAL", "", "", "juliet"},
		{"own authzid", "EXTERNAL", "juliet@capulet.lit", "", "juliet"},
		{"address not in the certificate", "EXTERNAL", "romeo@capulet.lit", InvalidAuthzid, ""},
		{"certificate speaks for another than was asked for", "EXTERNAL", "nurse@capulet.lit", InvalidAuthzid, ""},
		{"not UTF-8", "EXTERNAL", "juliet@\xff", MalformedRequest, ""},
		{"NUL, RFC 4422 Appendix A", "EXTERNAL", "juliet@capulet.lit\x00", MalformedRequest, ""},
		{"too long", "EXTERNAL", strings.Repeat("x", MaxMessage+1), MalformedRequest, ""},

		{"empty trace, XEP-0175 #flow", "ANONYMOUS", "", "", "guest"},
		{"trace, RFC 4505 §2", "ANONYMOUS", "a stranger", "", "guest"},
		{"trace not UTF-8", "ANONYMOUS", "\xff", MalformedRequest, ""},
		{"too long", "ANONYMOUS", strings.Repeat("x", MaxMessage+1), MalformedRequest, ""},
	}
	cfg := Config{
		Directory: newPeople(t),
		Domain:    domain,
		Certificate: func(authzid string) (string, bool) {
			return "juliet", authzid != "romeo@capulet.lit"
		},
		Anonymous: func() (string, error) { return "guest", nil },
	}
	for _, tt := range tests {
		t.Run(tt.mechanism+" "+tt.name, func(t *testing.T) {
			x, err := New(tt.mechanism, cfg)
			if err != nil {
				t.Fatal(err)
			}
			challenge, done, err := x.Step(t.Context(), []byte(tt.message))
			if condition(err) != tt.want || done != (err == nil) || challenge != nil {
				t.Fatalf("got %q, %v, %v, want %q", challenge, done, err, tt.want)
			}
			if x.Username() != tt.username {
				t.Errorf("user name %q, want %q", x.Username(), tt.username)
			}
			_, done, err = x.Step(t.Context(), []byte(tt.message))
			if condition(err) != MalformedRequest || done {
				t.Errorf("message after the end: %v, %v", done, err)
			}
			if x.Username() != tt.username {
				t.Errorf("user name %q after the end, want %q", x.Username(), tt.username)
			}
		})
	}
}

// RFC 6120 §6.4.2: without an initial response the client is asked for its first message.
func TestNoInitialResponse(t *testing.T) {
	c := &client{hash: SHA256, flag: "n", username: "juliet", password: password}
	cfg := Config{
		Directory:   newPeople(t),
		Certificate: func(string) (string, bool) { return "juliet", true },
		Anonymous:   func() (string, error) { return "guest", nil },
	}
	for mechanism, first := range map[string][]byte{
		"PLAIN":         []byte("\x00juliet\x00" + password),
		"EXTERNAL":      nil, // an empty response element
		"SCRAM-SHA-256": c.first(),
	} {
		x, err := New(mechanism, cfg)
		if err != nil {
			t.Fatal(err)
		}
		challenge, done, err := x.Step(t.Context(), nil)
		if challenge == nil || len(challenge) != 0 || done || err != nil {
			t.Errorf("%s: got %q, %v, %v, want an empty challenge", mechanism, challenge, done, err)
		}
		challenge, done, err = x.Step(t.Context(), first)
		if done == strings.HasPrefix(mechanism, "SCRAM") || err != nil {
			t.Errorf("%s: got %q, %v, %v", mechanism, challenge, done, err)
		}
	}
	// XEP-0175 #flow: no question is needed.
	x, err := New("ANONYMOUS", cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, done, err := x.Step(t.Context(), nil); !done || err != nil {
		t.Errorf("ANONYMOUS: %v, %v", done, err)
	}
}

// Our own faults are no Failures, and end the exchange.
func TestOurFault(t *testing.T) {
	broken := errors.New("disk on fire")
	shapeless := newPeople(t)
	shapeless.fake = nil
	c := &client{hash: SHA1, flag: "n", username: "nurse", password: password}
	plain := []byte("\x00juliet\x00" + password)
	failing := newPeople(t)
	failing.err = broken
	tests := []struct {
		name      string
		mechanism string
		cfg       Config
		message   []byte
		want      error
	}{
		{"keys", "SCRAM-SHA-1", Config{Directory: failing}, c.first(), broken},
		{"password", "PLAIN", Config{Directory: failing}, plain, broken},
		{"keys of no shape", "SCRAM-SHA-1", Config{Directory: shapeless}, c.first(), nil},
		{"no randomness", "SCRAM-SHA-1", Config{Directory: newPeople(t), Rand: strings.NewReader("short")}, c.first(), nil},
		{"no guest", "ANONYMOUS", Config{Anonymous: func() (string, error) { return "", broken }}, nil, broken},
		{"nameless guest", "ANONYMOUS", Config{Anonymous: func() (string, error) { return "", nil }}, nil, nil},
		{"nameless certificate", "EXTERNAL", Config{Certificate: func(string) (string, bool) { return "", true }}, []byte{}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x, err := New(tt.mechanism, tt.cfg)
			if err != nil {
				t.Fatal(err)
			}
			_, done, err := x.Step(t.Context(), tt.message)
			var f *Failure
			if done || err == nil || errors.As(err, &f) || tt.want != nil && !errors.Is(err, tt.want) {
				t.Fatalf("got %v, %v, want %v", done, err, tt.want)
			}
			if _, done, err = x.Step(t.Context(), tt.message); done || condition(err) != MalformedRequest {
				t.Errorf("message after the end: %v, %v", done, err)
			}
		})
	}
}

package sasl

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
)

// wallet is the tokens of juliet, and what was asked for.
type wallet struct {
	err   error
	asked []string
}

const (
	token      = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==" // of RFC 7628 §4.1
	otherToken = "only.to_read~the-vCard+/"
)

func (w *wallet) Holder(_ context.Context, mechanism, username, text string) (Holder, TokenFault, error) {
	w.asked = append(w.asked, mechanism+" "+username+" "+text)
	switch {
	case w.err != nil:
		return Holder{}, "", w.err
	case text == token:
		return Holder{Username: "juliet"}, "", nil
	case text == otherToken:
		return Holder{}, TokenScope, nil
	}
	return Holder{}, TokenInvalid, nil
}

func said(t *testing.T, text string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The examples of RFC 7628 §4.1 and §4.3, byte for byte. They are of user@example.com.
func TestBearerVectors(t *testing.T) {
	cfg := Config{
		Tokens: bearer{"user", token}, Domain: "example.com",
		TokenScope: "example_scope", TokenIssuer: "https://example.com/.well-known/openid-configuration",
	}
	x, err := New("OAUTHBEARER", cfg)
	if err != nil {
		t.Fatal(err)
	}
	good := "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRH" +
		"RXVZMjl0Q2c9PQEB"
	if challenge, done, err := x.Step(t.Context(), said(t, good)); challenge != nil || !done || err != nil || x.Username() != "user" {
		t.Errorf("§4.1: %q, %v, %v as %q", challenge, done, err, x.Username())
	}
	if x, err = New("OAUTHBEARER", cfg); err != nil {
		t.Fatal(err)
	}
	challenge, done, err := x.Step(t.Context(), said(t, "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9AQE="))
	want := "eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIiwic2NvcGUiOiJleGFtcGxlX3Njb3BlIiwib3BlbmlkLWNvbmZpZ3VyYXRpb24iOiJodHRwczovL2V4YW1wbGUuY29t" +
		"Ly53ZWxsLWtub3duL29wZW5pZC1jb25maWd1cmF0aW9uIn0="
	if got := base64.StdEncoding.EncodeToString(challenge); got != want || done || err != nil {
		t.Errorf("§4.3: %s, %v, %v", challenge, done, err)
	}
	if _, done, err := x.Step(t.Context(), said(t, "AQ==")); done || condition(err) != NotAuthorized {
		t.Errorf("§4.3, the end: %v, %v", done, err)
	}
}

type bearer struct{ name, token string }

func (b bearer) Holder(_ context.Context, _, _, text string) (Holder, TokenFault, error) {
	if text != b.token {
		return Holder{}, TokenInvalid, nil
	}
	return Holder{Username: b.name}, "", nil
}

// One message, in which A stands for the control character; want is the condition of the failure that comes at once, or
// the challenge, or "".
func TestBearer(t *testing.T) {
	const invalid, scope = `{"status":"invalid_token","scope":"xmpp"}`, `{"status":"insufficient_scope","scope":"xmpp"}`
	for _, tt := range []struct{ name, message, want string }{
		{"RFC 7628 §3.1, all of it", "n,a=juliet@capulet.lit,^host=capulet.lit^port=5222^auth=Bearer " + token + "^^", ""},
		{"no authzid", "n,,^auth=Bearer " + token + "^^", ""},
		{"it would bind a channel, RFC 5801 §5", "y,,^auth=Bearer " + token + "^^", ""},
		{"a scheme has no case, RFC 9110 §11.1", "n,,^auth=bEARER  " + token + "^^", ""},
		{"another order, and a key that nobody knows", "n,,^foo=bar baz^auth=Bearer " + token + "^host=^^", ""},
		{"own address in another case", "n,a=JULIET@Capulet.lit,^auth=Bearer " + token + "^^", ""},
		{"authzid of somebody else", "n,a=romeo@capulet.lit,^auth=Bearer " + token + "^^", InvalidAuthzid},
		{"authzid at another host", "n,a=juliet@montague.lit,^auth=Bearer " + token + "^^", InvalidAuthzid},
		{"a wrong token", "n,,^auth=Bearer x" + token + "^^", invalid},
		{"a wrong token of somebody", "n,a=romeo@capulet.lit,^auth=Bearer x^^", invalid},
		{"a token for something else", "n,,^auth=Bearer " + otherToken + "^^", scope},
		{"no token yet", "n,,^auth=^^", invalid},
		{"no auth", "n,,^^", MalformedRequest},
		{"no auth but host", "n,,^host=capulet.lit^^", MalformedRequest},
		{"another scheme", "n,,^auth=Basic " + token + "^^", MalformedRequest},
		{"a scheme alone", "n,,^auth=Bearer^^", MalformedRequest},
		{"no token behind the scheme", "n,,^auth=Bearer ==^^", MalformedRequest},
		{"two tokens", "n,,^auth=Bearer a b^^", MalformedRequest},
		{"auth twice", "n,,^auth=Bearer " + token + "^auth=Bearer " + token + "^^", MalformedRequest},
		{"a key in capitals is another", "n,,^AUTH=Bearer " + token + "^^", MalformedRequest},
		{"only what ends a failed exchange", "^", MalformedRequest},
		{"nothing", "", MalformedRequest},
		{"no header", "^auth=Bearer " + token + "^^", MalformedRequest},
		{"half a header", "n,^auth=Bearer " + token + "^^", MalformedRequest},
		{"something behind the header", "n,,x^auth=Bearer " + token + "^^", MalformedRequest},
		{"channel binding", "p=tls-exporter,,^auth=Bearer " + token + "^^", MalformedRequest},
		{"another flag", "f,,^auth=Bearer " + token + "^^", MalformedRequest},
		{"an empty authzid", "n,a=,^auth=Bearer " + token + "^^", MalformedRequest},
		{"an authzid without a name", "n,juliet@capulet.lit,^auth=Bearer " + token + "^^", MalformedRequest},
		{"an escape that is none", "n,a=a=2c@capulet.lit,^auth=Bearer " + token + "^^", MalformedRequest},
		{"one separator at the end", "n,,^auth=Bearer " + token + "^", MalformedRequest},
		{"none", "n,,^auth=Bearer " + token, MalformedRequest},
		{"three", "n,,^auth=Bearer " + token + "^^^", MalformedRequest},
		{"a pair without =", "n,,^auth^^", MalformedRequest},
		{"a key with a digit", "n,,^auth1=x^auth=Bearer " + token + "^^", MalformedRequest},
		{"a value that is not ASCII", "n,,^foo=\u00e9^auth=Bearer " + token + "^^", MalformedRequest},
		{"a NUL", "n,,^foo=\x00^auth=Bearer " + token + "^^", MalformedRequest},
		{"a port that is none", "n,,^port=http^auth=Bearer " + token + "^^", MalformedRequest},
		{"a port with a zero", "n,,^port=05222^auth=Bearer " + token + "^^", MalformedRequest},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x, err := New("OAUTHBEARER", Config{Tokens: &wallet{}, Domain: domain, TokenScope: "xmpp"})
			if err != nil {
				t.Fatal(err)
			}
			challenge, done, err := x.Step(t.Context(), []byte(strings.ReplaceAll(tt.message, "^", kvsep)))
			switch {
			case tt.want == "":
				if err != nil || !done || challenge != nil || x.Username() != "juliet" {
					t.Errorf("got %q, %v, %v as %q", challenge, done, err, x.Username())
				}
			case tt.want[0] != '{':
				if condition(err) != tt.want || done || x.Username() != "" {
					t.Errorf("got %q, %v, %v, want %s", challenge, done, err, tt.want)
				}
			default:
				// Who has shown a wrong token has guessed, and whoever counts that knows now.
				guessed := tt.want == invalid && tt.name != "no token yet"
				if string(challenge) != tt.want || done || err != nil || x.Refused() != guessed {
					t.Fatalf("got %q, %v, %v, refused %v; want %s", challenge, done, err, x.Refused(), tt.want)
				}
				_, done, err = x.Step(t.Context(), []byte(kvsep))
				var failure *Failure
				if done || !errors.As(err, &failure) || failure.Condition != NotAuthorized || failure.CountsAsBadPassword() != guessed {
					t.Errorf("at the end: %v, %v", done, err)
				}
			}
		})
	}
}

// RFC 7628 has an initial response; a client that sends none is asked for it (RFC 4422 §5).
func TestBearerWithoutInitialResponse(t *testing.T) {
	x, err := New("OAUTHBEARER", Config{Tokens: &wallet{}, Domain: domain})
	if err != nil {
		t.Fatal(err)
	}
	if challenge, done, err := x.Step(t.Context(), nil); len(challenge) != 0 || done || err != nil {
		t.Fatalf("got %q, %v, %v", challenge, done, err)
	}
	if _, done, err := x.Step(t.Context(), []byte("n,,\x01auth=Bearer "+token+"\x01\x01")); !done || err != nil {
		t.Errorf("got %v, %v", done, err)
	}
}

func TestTokenInPlain(t *testing.T) {
	for _, tt := range []struct {
		name, message, want string
		asked               int
	}{
		{"a token", "\x00juliet\x00$t$" + token, "", 1},
		{"own address as authzid", "juliet@capulet.lit\x00Juliet\x00$t$" + token, "", 1},
		{"a password", "\x00juliet\x00" + password, "", 0},
		{"the token of somebody else", "\x00romeo\x00$t$" + token, NotAuthorized, 1},
		{"the token of somebody who is not there", "\x00tybalt\x00$t$" + token, NotAuthorized, 1},
		{"a wrong token", "\x00juliet\x00$t$x", NotAuthorized, 1},
		{"a token for something else", "\x00juliet\x00$t$" + otherToken, NotAuthorized, 1},
		{"no token", "\x00juliet\x00$t$", NotAuthorized, 1},
		{"a token that does not say that it is one", "\x00juliet\x00" + token, NotAuthorized, 0},
		{"the password as a token", "\x00juliet\x00$t$" + password, NotAuthorized, 1},
		{"authzid of somebody else", "romeo@capulet.lit\x00juliet\x00$t$" + token, InvalidAuthzid, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := &wallet{}
			x, err := New("PLAIN", Config{Directory: newPeople(t), Tokens: w, Domain: domain})
			if err != nil {
				t.Fatal(err)
			}
			if _, done, err := x.Step(t.Context(), []byte(tt.message)); condition(err) != tt.want || done != (tt.want == "") || len(w.asked) != tt.asked {
				t.Errorf("got %v, %v after asking for %q; want %q", done, err, w.asked, tt.want)
			}
		})
	}
	// A host whose people have no tokens takes it for a password.
	x, err := New("PLAIN", Config{Directory: newPeople(t), Domain: domain})
	if err != nil {
		t.Fatal(err)
	}
	if _, done, err := x.Step(t.Context(), []byte("\x00juliet\x00$t$"+token)); condition(err) != NotAuthorized || done {
		t.Errorf("got %v, %v", done, err)
	}
}

// Our own faults are not the client's.
func TestTokensFail(t *testing.T) {
	cfg := Config{Directory: newPeople(t), Tokens: &wallet{err: errors.New("the disk is gone")}, Domain: domain}
	for mechanism, message := range map[string]string{"PLAIN": "\x00juliet\x00$t$" + token, "OAUTHBEARER": "n,,\x01auth=Bearer " + token + "\x01\x01"} {
		x, err := New(mechanism, cfg)
		if err != nil {
			t.Fatal(err)
		}
		var failure *Failure
		if _, done, err := x.Step(t.Context(), []byte(message)); done || err == nil || errors.As(err, &failure) || strings.Contains(err.Error(), token) {
			t.Errorf("%s: %v, %v", mechanism, done, err)
		}
	}
}

// FuzzBearer: whatever a client says, nobody is let in without the token, and what is read is what was written.
func FuzzBearer(f *testing.F) {
	for _, text := range []string{
		"n,a=juliet@capulet.lit,^host=capulet.lit^port=5222^auth=Bearer " + token + "^^", "y,,^auth=bearer x^foo=^^", "n,,^auth=^^", "^", "n,a=a=2Cb,^^",
	} {
		f.Add([]byte(strings.ReplaceAll(text, "^", kvsep)))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		m, err := parseBearer(message)
		if err != nil && condition(err) != MalformedRequest {
			t.Fatalf("%q: %v", message, err)
		}
		if err == nil && m.token != "" && !strings.Contains(string(message), m.token+kvsep) {
			t.Fatalf("%q: token %q", message, m.token)
		}
		x, err := New("OAUTHBEARER", Config{Tokens: &wallet{}, Domain: domain})
		if err != nil {
			t.Fatal(err)
		}
		if _, done, _ := x.Step(t.Context(), message); done && m.token != token {
			t.Fatalf("%q lets in", message)
		}
	})
}

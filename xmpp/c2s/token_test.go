package c2s

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"causeway/xmpp/sasl"
)

// fakeTokens are "key-of-NAME", and "lent-by-NAME" for a program.
type fakeTokens struct{}

func (fakeTokens) Holder(_ context.Context, _, _, token string) (sasl.Holder, sasl.TokenFault, error) {
	if name, ok := strings.CutPrefix(token, "key-of-"); ok {
		return sasl.Holder{Username: name}, "", nil
	}
	if name, ok := strings.CutPrefix(token, "lent-by-"); ok {
		return sasl.Holder{Username: name, Program: "pocket"}, "", nil
	}
	return sasl.Holder{}, sasl.TokenInvalid, nil
}

func withTokens(c *Config) {
	c.Tokens = func(_ context.Context, host string) (sasl.Tokens, string, string, error) {
		return fakeTokens{}, "xmpp", "https://" + host + "/.well-known/oauth-authorization-server", nil
	}
}

func bearer(authzid, token string) string {
	return auth("OAUTHBEARER", base64.StdEncoding.EncodeToString([]byte("n,"+authzid+",\x01auth=Bearer "+token+"\x01\x01")))
}

const (
	nsText = " xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
	dummy  = "<response" + nsText + ">AQ==</response>"
	denied = "<failure" + nsText + "><not-authorized/></failure>"
)

func TestBearerLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, withTokens)
		p, _ := s.connect("romeo")
		p.Header("capulet.lit")
		if _, features := p.WantHeader("mechanisms", ""); !strings.Contains(features, "<mechanism>OAUTHBEARER</mechanism><mechanism>PLAIN</mechanism>") {
			t.Errorf("offered: %s", features)
		}
		// RFC 7628 §3.2.2, §3.2.3: what is wrong, as JSON; then a word that says nothing, and the failure.
		p.Send(bearer("", "stolen"))
		got := p.Want("what is wrong", "<challenge"+nsText+"/>")
		told, err := base64.StdEncoding.DecodeString(got[strings.Index(got, ">")+1 : strings.LastIndex(got, "<")])
		const want = `{"status":"invalid_token","scope":"xmpp","openid-configuration":"https://capulet.lit/.well-known/oauth-authorization-server"}`
		if err != nil || string(told) != want {
			t.Errorf("told %s, %v; want %s", told, err, want)
		}
		p.Send(dummy)
		p.Want("the failure", denied)
		p.Send(bearer("", "stolen") + "<abort" + nsText + "/>")
		p.Want("what is wrong", "<challenge"+nsText+"/>")
		p.Want("an end as it was asked for", "<failure"+nsText+"><aborted/></failure>")
		p.Send(bearer("a=romeo@capulet.lit", "key-of-romeo"))
		p.Want("to be let in", "<success"+nsText+"/>")
		p.Header("capulet.lit")
		p.WantHeader("bind", "")
		p.Send(bindRequest("b", "<resource>orchard</resource>"))
		p.Want("the resource of who has the token", "<iq type='result' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>romeo@capulet.lit/orchard</jid></bind></iq>")
	})
}

func TestTokenInPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, withTokens)
		p, _ := s.connect("romeo")
		p.Header("capulet.lit")
		p.WantHeader("mechanisms", "")
		p.Send(auth("PLAIN", plain("romeo", "$t$key-of-juliet")))
		p.Want("the failure", denied)
		p.Send(auth("PLAIN", plain("romeo", "$t$key-of-romeo")))
		p.Want("to be let in", "<success"+nsText+"/>")
	})
}

// Who guesses tokens is slowed down as who guesses passwords, also if it goes away when it
// has heard what is wrong.
func TestBearerThrottle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		throttle := &fakeThrottle{left: 3}
		s := newStage(t, func(c *Config) {
			withTokens(c)
			c.Throttle = throttle
		})
		p, conn := s.connect("mallory")
		p.Header("capulet.lit")
		p.WantHeader("mechanisms", "")
		p.Send(bearer("", "guess1") + dummy)
		p.Want("what is wrong", "<challenge"+nsText+"/>")
		p.Want("the failure", denied)
		p.Send(bearer("a=romeo@capulet.lit", "guess2"))
		p.Want("what is wrong", "<challenge"+nsText+"/>")
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
		p, _ = s.connect("mallory again")
		p.Header("capulet.lit")
		p.WantHeader("mechanisms", "")
		p.Send(auth("PLAIN", plain("romeo", "$t$guess3")))
		p.Want("to be held up", "<failure"+nsText+"><temporary-auth-failure/></failure>") // the look at the password is the fourth
		p.Send(bearer("", "key-of-romeo"))
		p.Want("to be held up with the right one, too", "<failure"+nsText+"><temporary-auth-failure/></failure>")
		const want = "allow @capulet.lit, failed @capulet.lit, allow romeo@capulet.lit, failed romeo@capulet.lit, " +
			"allow romeo@capulet.lit, allow romeo@capulet.lit, allow @capulet.lit"
		if got := strings.Join(throttle.said, ", "); got != want {
			t.Errorf("throttle heard %q, want %q", got, want)
		}
	})
}

// Only so many tries are let through on one connection (RFC 6120 §6.4.5).
func TestBearerTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, withTokens)
		p, _ := s.connect("mallory")
		p.Header("capulet.lit")
		p.WantHeader("mechanisms", "")
		for i := range 5 {
			p.Send(bearer("", fmt.Sprint("guess", i)) + dummy)
			p.Want("what is wrong", "<challenge"+nsText+"/>")
			p.Want("the failure", denied)
		}
		p.WantError("an end of the guessing", "policy-violation")
	})
}

// A host whose people have no tokens offers no mechanism for them.
func TestNoBearerWithoutTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, func(c *Config) {
			c.Tokens = func(context.Context, string) (sasl.Tokens, string, string, error) { return nil, "", "", nil }
		})
		p, _ := s.connect("romeo")
		p.Header("capulet.lit")
		_, got := p.WantHeader("mechanisms", "")
		if strings.Contains(got, "OAUTHBEARER") {
			t.Errorf("offered: %s", got)
		}
		p.Send(bearer("", "key-of-romeo"))
		p.Want("no such mechanism", "<failure"+nsText+"><invalid-mechanism/></failure>")
		p.Send(auth("PLAIN", plain("romeo", "$t$key-of-romeo")))
		p.Want("the wrong password", denied)
	})
}

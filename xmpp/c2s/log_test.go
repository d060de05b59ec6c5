package c2s

import (
	"bytes"
	"log/slog"
	"regexp"
	"testing"
	"testing/synctest"
)

// TestLog holds the lines that operators, and programs that watch the log, go by.
func TestLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := newStage(t, func(c *Config) {
			c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
		p, _ := s.connect("romeo")
		p.Header("capulet.lit")
		p.WantHeader("mechanisms", "")
		p.Send(auth("X-UNHEARD-OF", ""))
		p.Want("no such mechanism", "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><invalid-mechanism/></failure>")
		p.Send(auth("PLAIN", plain("rom\neo", "wrong")))
		p.Want("no such person", "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
		p.Send(auth("PLAIN", plain("romeo", "wrong")))
		p.Want("a refusal", "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>")

		polite, _ := s.login("juliet", "balcony")
		polite.Send("</stream:stream>")
		polite.WantClosed("a closing tag")
		_, conn := s.login("nurse", "hall")
		_ = conn.Close()
		synctest.Wait()
		for _, want := range []string{
			`level=DEBUG msg="login failed" addr=127.0.0.1 account="" mechanism=X-UNHEARD-OF reason=invalid-mechanism`,
			`level=DEBUG msg="login failed" addr=127.0.0.1 account="" mechanism=PLAIN reason="malformed-request: invalid user name"`,
			`level=INFO msg="login failed" addr=127.0.0.1 account=romeo@capulet.lit mechanism=PLAIN reason=not-authorized`,
			`msg="client gone" jid=juliet@capulet.lit/balcony reason="closed by the client"`,
			`msg="client gone" jid=nurse@capulet.lit/hall reason="connection closed"`,
		} {
			if !regexp.MustCompile(want).Match(log.Bytes()) {
				t.Errorf("%s is not in\n%s", want, log.String())
			}
		}
		if bytes.Contains(log.Bytes(), []byte("wrong")) {
			t.Error("a password is in the log")
		}
	})
}

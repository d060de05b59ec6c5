package badinput

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

// What goes wrong inside the TLS handshake has no stream to be told on: the
// connection is closed (RFC 6120 §5.4.3.2), and nobody else notices.
func TestHandshakes(t *testing.T) {
	s := process.New(t, domain, settings...)
	s.AddUsers(t, "romeo", "juliet", "nurse")
	s.Start(t)
	others := newBystanders(t, s)
	for _, h := range []struct {
		name string
		do   func(*testing.T, *process.Server)
	}{
		{"RFC 6120 §5.4.3.2: XML instead of the handshake", garbage(wire.Header(domain))},
		{"RFC 6120 §5.4.3.2: a record of a length that there is not", garbage("\x16\x03\x01\xff\xff" + strings.Repeat("a", 70_000))},
		{"RFC 6120 §5.4.3.2: a handshake that is none", garbage("\x16\x03\x01\x00\x05hello")},
		{"RFC 6120 §5.4.3.2: the connection ends in the middle of it", garbage("\x16\x03\x01\x00\xf4\x01\x00")},
		{"RFC 7590 §3.2: TLS 1.1", oldTLS},
		{"RFC 7590 §3.2: TLS 1.1 from the first byte", oldDirectTLS},
		{"XEP-0368 #reqs: XML where TLS is due", plainOnTLSPort},
		{"XEP-0368 #reqs: TLS for another protocol", foreignProtocol},
		{"RFC 8446 §6.1: TLS closed, and the connection not", closeNotify},
		{"RFC 6120 §6.4.5: mechanisms without an end", misfits},
	} {
		t.Run(h.name, func(t *testing.T) {
			others.chat(t)
			h.do(t, s)
			others.chat(t)
		})
	}
	others.leave()
	s.Stop(t)
}

// garbage sends bytes after <proceed/>, and then closes its half.
func garbage(text string) func(*testing.T, *process.Server) {
	return func(t *testing.T, s *process.Server) {
		c := reach(t, s, clear)
		c.MustSend(t, startTLS)
		c.Want(t, "TLS may begin", "<proceed xmlns='"+wire.NSTLS+"'/>")
		_ = c.Send(text)
		_ = c.CloseWrite()
		hungUp(t, c.Under())
	}
}

// hungUp reads what comes, which nobody understands, up to the end of the connection.
func hungUp(t *testing.T, nc net.Conn) {
	t.Helper()
	if err := nc.SetReadDeadline(time.Now().Add(wire.Patience)); err != nil {
		t.Fatal(err)
	}
	_, err := io.Copy(io.Discard, nc)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		t.Error("the connection is not closed")
	}
}

func oldTLS(t *testing.T, s *process.Server) {
	c := reach(t, s, clear)
	cfg := s.TLS()
	cfg.MinVersion, cfg.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	if err := c.StartTLS(cfg); err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("handshake by TLS 1.1: %v", err)
	}
	hungUp(t, c.Under())
}

// direct connects to the port that begins with TLS.
func direct(t *testing.T, s *process.Server) *wire.Conn {
	t.Helper()
	c, err := wire.Dial(s.TLSAddr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func oldDirectTLS(t *testing.T, s *process.Server) {
	c := direct(t, s)
	cfg := s.TLS()
	cfg.MinVersion, cfg.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	if err := c.Handshake(cfg); err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("handshake by TLS 1.1: %v", err)
	}
	hungUp(t, c.Under())
}

func plainOnTLSPort(t *testing.T, s *process.Server) {
	c := direct(t, s)
	c.MustSend(t, wire.Header(domain))
	hungUp(t, c.Under())
}

// foreignProtocol: "the ALPN protocol MUST be 'xmpp-client'"; with that one, and
// without any, the handshake is done.
func foreignProtocol(t *testing.T, s *process.Server) {
	c := direct(t, s)
	cfg := s.TLS()
	cfg.NextProtos = []string{"h2"}
	if err := c.Handshake(cfg); err == nil {
		t.Error("the server speaks h2")
	}
	for _, protocols := range [][]string{nil, {"xmpp-client"}} {
		c := direct(t, s)
		cfg := s.TLS()
		cfg.NextProtos = protocols
		if err := c.Handshake(cfg); err != nil {
			t.Fatalf("with %v: %v", protocols, err)
		}
		if _, err := c.Open(domain); err != nil {
			t.Errorf("with %v: %v", protocols, err)
		}
	}
}

func closeNotify(t *testing.T, s *process.Server) {
	for _, at := range []stage{secured, known, bound} {
		c := reach(t, s, at)
		if err := c.Net().(*tls.Conn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		closed(t, c)
	}
}

// misfits tries mechanisms that are not offered. That is no guessing, so more of
// them are allowed than of passwords, but not any number.
func misfits(t *testing.T, s *process.Server) {
	const many = 40
	c := reach(t, s, secured)
	_ = c.Send(strings.Repeat(auth("FLYING-NIGHTINGALE", "x"), many))
	for range many {
		e, err := c.Next(wire.Patience)
		if err != nil {
			t.Fatalf("%v\n%s", err, c.Transcript())
		}
		if wire.Match(loginError("invalid-mechanism")[0], e) == nil {
			continue
		}
		if err := wire.Match(streamError("policy-violation")[0], e); err != nil {
			t.Fatalf("%v\n%s", err, c.Transcript())
		}
		c.WantEnd(t, "after the error")
		return
	}
	t.Errorf("%d tries are allowed", many)
}

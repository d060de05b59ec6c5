package web

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"causeway/conformance/process"
)

// newPlain starts a server that listens without TLS too, and gives that address.
func newPlain(t *testing.T, settings ...string) (s *process.Server, addr string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr = ln.Addr().String()
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	return newServer(t, append(settings, fmt.Sprintf("http.listen_plain = [%q]", addr))...), addr
}

// dialPlain opens a WebSocket without TLS, as a proxy would.
func dialPlain(t *testing.T, addr string, headers http.Header) *socket {
	t.Helper()
	c, r, err := (&websocket.Dialer{Subprotocols: []string{"xmpp"}, HandshakeTimeout: patience}).Dial("ws://"+addr+"/ws", headers)
	if err != nil {
		t.Fatal(err, r)
	}
	_ = c.SetReadDeadline(soon())
	t.Cleanup(func() { _ = c.Close() })
	return &socket{t, c}
}

// A WebSocket on which nothing is said for a while has no goroutine, and goes on where
// it was: between two messages, within a frame, and within a message.
func TestWebSocketSleep(t *testing.T) {
	s, addr := newPlain(t, "c2s.plain_loopback = true")
	romeo, juliet, nurse := dialPlain(t, addr, nil), dialPlain(t, addr, nil), dialPlain(t, addr, nil)
	romeo.enter("romeo", "orchard")
	juliet.enter("juliet", "balcony")
	nurse.enter("nurse", "chamber")
	half := func(c *socket) func(rest string) {
		w, err := c.NextWriter(websocket.TextMessage)
		if err != nil {
			t.Fatal(err)
		}
		say := func(text string) {
			if _, err := w.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		say("<message xmlns='jabber:client' to='romeo@capulet.lit/orchard' id='h'><body>" + filler(5000)) // more than the writer keeps
		return func(rest string) {
			say(rest)
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	rest := half(juliet)
	frame := masked("<message xmlns='jabber:client' to='romeo@capulet.lit/orchard'/>")
	if _, err := nurse.NetConn().Write([]byte(frame[:3])); err != nil {
		t.Fatal(err)
	}
	<-time.After(5 * time.Second) // silence is what is tested; see sleepAfter in xmpp/c2s
	rest("</body></message>")
	romeo.want("a message in two parts", "<message xmlns='jabber:client'[^>]*id='h'.*")
	if _, err := nurse.NetConn().Write([]byte(frame[3:])); err != nil {
		t.Fatal(err)
	}
	romeo.want("a frame in two parts", "<message xmlns='jabber:client'[^>]*nurse.*")
	romeo.send(message("juliet@capulet.lit/balcony", "m1") + "\n")
	juliet.want("a message", "<message xmlns='jabber:client'[^>]*id='m1'.*")
	if err := romeo.WriteControl(websocket.PingMessage, nil, soon()); err != nil {
		t.Fatal(err)
	}
	romeo.send(closeTag)
	romeo.want("the end of the stream", closeTag)
	romeo.wantEnd("after that", websocket.CloseNormalClosure)
	s.Stop(t)
}

// masked is a frame of a client with a short text, whose mask is all zero (RFC 6455 §5.2).
func masked(text string) string {
	return "\x81" + string([]byte{0x80 | byte(len(text))}) + "\x00\x00\x00\x00" + text
}

// A proxy on this machine says for whom it speaks; without its word a client cannot say
// its password in the clear.
func TestProxy(t *testing.T) {
	_, addr := newPlain(t)
	forwarded := func(proto string) http.Header {
		return http.Header{"X-Forwarded-For": {"192.0.2.1"}, "X-Forwarded-Proto": {proto}}
	}
	const mechanisms = `.*<mechanism>PLAIN</mechanism>.*`
	behind := dialPlain(t, addr, forwarded("https"))
	behind.open()
	behind.want("mechanisms", mechanisms)
	behind.send(auth("romeo"))
	behind.want("to be let in", success)
	for name, headers := range map[string]http.Header{"http": forwarded("http"), "nothing": nil} {
		c := dialPlain(t, addr, headers)
		c.open()
		if offer := c.want("features", "("+features+")")[0]; strings.Contains(offer, "mechanism") {
			t.Errorf("forwarded as %s: %s", name, offer)
		}
		c.send(auth("romeo"))
		c.want("RFC 6120 §6.5.4", ".*<encryption-required/>.*")
	}
}

package sessions

import (
	"fmt"
	"testing"
	"time"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

// shutdownLimit is how long the end of the server may take whatever its clients do:
// eight seconds for those that do not take what waits for them, and some for a slow
// machine.
const shutdownLimit = 15 * time.Second

// The server ends in time with sessions that are cut, logins half way, clients that
// never close or read, and sessions that are just being taken over. What was not
// acknowledged is there afterwards (RFC 6120 §4.9.3.20, XEP-0198 #acking).
func TestShutdown(t *testing.T) {
	t.Parallel()
	s := newServer(t, "c2s.queue_bytes = 33554432")
	halfWay(t, s)
	romeo := arrive(t, s, "romeo", "orchard", false) // never closes
	for i := range 20 {
		login(t, s, "nurse", fmt.Sprintf("cut%d", i), true).Close()
	}
	deaf := arrive(t, s, "nurse", "deaf", false) // never reads
	juliet := arrive(t, s, "juliet", "balcony", true)
	romeo.say(deaf.full(), 1000, 60, 200_000)
	romeo.say("juliet@"+domain, 0, 60, 200_000) // does not read either
	romeo.ping()
	takeover, err := wire.Dial(s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer takeover.Close()
	if _, err := takeover.Enter(juliet.to); err != nil {
		t.Fatal(err)
	}
	takeover.MustSend(t, fmt.Sprintf("<resume xmlns='%s' previd='%s' h='0'/>", nsSM, juliet.session))

	begun := time.Now()
	s.Stop(t)
	d := time.Since(begun)
	t.Logf("the end took %v", d)
	if d > shutdownLimit {
		t.Error("that is too long")
	}
	s.Start(t)
	defer s.Stop(t)
	juliet = arrive(t, s, "juliet", "balcony", true)
	juliet.hear("not acknowledged before the end", 0, 60)
	juliet.ping()
}

// halfWay leaves connections at each step of a login.
func halfWay(t *testing.T, s *process.Server) {
	t.Helper()
	to := wire.Target{Addr: s.Addr, Domain: domain, TLS: s.TLS(), User: "nurse", Password: process.Password}
	steps := []func(*wire.Conn) error{
		func(c *wire.Conn) error { _, err := c.Open(domain); return err },
		func(c *wire.Conn) error { return c.StartTLS(to.TLS) },
		func(c *wire.Conn) error { _, err := c.Open(domain); return err },
		func(c *wire.Conn) error { return c.Authenticate(to.User, to.Password) },
		func(c *wire.Conn) error { _, err := c.Open(domain); return err },
		func(c *wire.Conn) error {
			return c.Send("<iq type='set' id='b'><bind xmlns='" + wire.NSBind + "'><res")
		},
	}
	for far := range len(steps) + 1 {
		for _, addr := range []string{s.Addr, s.TLSAddr} {
			c, err := wire.Dial(addr)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(c.Close)
			if addr == s.TLSAddr {
				continue // the handshake does not begin
			}
			for _, step := range steps[:far] {
				if err := step(c); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

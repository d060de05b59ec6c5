package badinput

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

// Many connections that do nothing, that come and go, or that are too many.
func TestCrowd(t *testing.T) {
	const most = 100
	s := process.New(t, domain, append(settings, fmt.Sprintf("c2s.connections = %d", most), "c2s.resources = 3")...)
	s.AddUsers(t, "romeo", "juliet", "nurse")
	s.Start(t)
	others := newBystanders(t, s)

	t.Run("connections that come and go", func(t *testing.T) {
		for i := range 500 {
			c, err := wire.Dial(s.Addr)
			if err != nil {
				t.Fatal(err)
			}
			if i%2 == 0 {
				_ = c.Send("<stream:stream")
			}
			if i%3 == 0 {
				_ = c.Under().(*net.TCPConn).SetLinger(0) // ends by a reset
			}
			c.Close()
			if i%50 == 0 {
				others.chat(t)
			}
		}
		others.chat(t)
	})

	t.Run("more connections than there may be", func(t *testing.T) {
		var crowd []*wire.Conn
		for range 2 * most {
			c, err := wire.Dial(s.Addr)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			crowd = append(crowd, c)
		}
		others.chat(t)
		refused := 0
		for _, c := range crowd {
			if _, err := c.Next(10 * time.Millisecond); wire.Gone(err) {
				refused++
			}
		}
		if refused < most {
			t.Errorf("%d of %d connections are refused, %d are allowed", refused, 2*most, most)
		}
		for _, c := range crowd {
			c.Close()
		}
		others.chat(t)
		comeIn(t, s)
	})

	t.Run("RFC 6120 §7.6.2.1 resource-constraint: more resources than there may be", func(t *testing.T) {
		for i := range 3 {
			comeInAs(t, s, fmt.Sprint("orchard", i))
		}
		c := reach(t, s, known)
		c.MustSend(t, iq("set", "", bind("orchard3")))
		c.Want(t, "the refusal", refused("wait", "resource-constraint")[0])
		others.chat(t)
		if err := c.Bind("orchard0"); err != nil {
			t.Errorf("RFC 6120 §7.7.2.2: one that is in use is taken over: %v", err)
		}
	})
	others.leave()
	s.Stop(t)
}

// comeIn logs in as soon as there is room again: the server learns of closed
// connections in its own time.
func comeIn(t *testing.T, s *process.Server) {
	t.Helper()
	soon := wire.Soon()
	for again := time.NewTicker(20 * time.Millisecond); ; {
		c, err := wire.Login(person(s, "romeo"))
		if err == nil {
			c.Close()
			return
		}
		select {
		case <-again.C:
		case <-soon:
			t.Fatalf("no room after the crowd has gone: %v", err)
		}
	}
}

func comeInAs(t *testing.T, s *process.Server, resource string) {
	t.Helper()
	to := person(s, "romeo")
	to.Resource = resource
	c, err := wire.Login(to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
}

// A client that does not read what comes for it is cut off in the end; those who
// talk to it, and all others, are not held up.
func TestNobodyWaitsForSlowReader(t *testing.T) {
	s := process.New(t, domain, append(settings, "c2s.stanza_bytes = 50000", "c2s.queue_bytes = 100000")...)
	s.AddUsers(t, "romeo", "tybalt", "juliet", "nurse")
	s.Start(t)
	others := newBystanders(t, s)

	deaf := connected(t, s)
	muffle(t, deaf)
	to := person(s, "tybalt")
	if _, err := deaf.Enter(to); err != nil {
		t.Fatal(err)
	}
	if err := deaf.Bind("street"); err != nil {
		t.Fatal(err)
	}
	romeo := reach(t, s, bound)
	letter := "<message type='headline' to='tybalt@" + domain + "/street'><body>" + strings.Repeat("Tybalt, the reason that I have to love thee. ", 200) + "</body></message>"
	const letters = 600 // 5 MB, far more than what may wait
	for i := range letters {
		romeo.MustSend(t, letter)
		if i%100 == 0 {
			others.chat(t)
		}
	}
	romeo.WantIdle(t, "who talks to somebody that does not read is not held up")
	others.chat(t)
	received := 0
	for {
		_, err := deaf.Next(wire.Patience)
		if err == nil {
			received++
			continue
		}
		if !errors.Is(err, wire.ErrEnd) && !wire.Gone(err) {
			t.Fatalf("who does not read is not cut off: %v", err)
		}
		break
	}
	if received >= letters {
		t.Errorf("all messages came: they must have waited somewhere")
	}
	others.chat(t)
	others.leave()
	s.Stop(t)
}

func connected(t *testing.T, s *process.Server) *wire.Conn {
	t.Helper()
	c, err := wire.Dial(s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// muffle lets the kernel keep little of what a connection does not read.
func muffle(t *testing.T, c *wire.Conn) {
	t.Helper()
	if err := c.Under().(*net.TCPConn).SetReadBuffer(8 << 10); err != nil {
		t.Fatal(err)
	}
}

// A client that asks and asks without reading the answers only harms itself.
func TestAnswersThatNobodyReads(t *testing.T) {
	s := process.New(t, domain, append(settings, "c2s.stanza_bytes = 50000", "c2s.queue_bytes = 100000")...)
	s.AddUsers(t, "romeo", "juliet", "nurse")
	s.Start(t)
	others := newBystanders(t, s)
	c := connected(t, s)
	muffle(t, c)
	if _, err := c.Enter(person(s, "romeo")); err != nil {
		t.Fatal(err)
	}
	if err := c.Bind("orchard"); err != nil {
		t.Fatal(err)
	}
	question := strings.Repeat(iq("get", domain, inside("query", "http://jabber.org/protocol/disco#info", "")), 100)
	for i := range 1000 {
		if c.Send(question) != nil {
			break // it is over
		}
		if i%50 == 0 {
			others.chat(t)
		}
	}
	others.chat(t)
	for {
		_, err := c.Next(wire.Patience)
		if err == nil {
			continue
		}
		if !errors.Is(err, wire.ErrEnd) && !wire.Gone(err) {
			t.Fatalf("who does not read is not cut off: %v", err)
		}
		break
	}
	others.chat(t)
	others.leave()
	s.Stop(t)
}

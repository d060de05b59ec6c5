package c2s

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"causeway/xmpp/jid"
)

// A tally is a connection that counts what is written to it.
type tally struct {
	sink
	mu     sync.Mutex
	writes int
	bytes.Buffer
}

func (c *tally) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writes++
	return c.Buffer.Write(p)
}

func (c *tally) Read(p []byte) (int, error) { return c.sink.Read(p) }

var _ net.Conn = (*tally)(nil)

// tallied gives a client whose connection is a tally.
func tallied(t *testing.T, limits Limits) (*client, *tally) {
	t.Helper()
	s, err := New(Config{Router: newFakeRouter(), Directories: fakeDirectories, Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Shutdown(context.Background()) })
	c, conn := newClient(s, jid.MustParse("romeo@capulet.lit/orchard")), new(tally)
	w := &wire{Conn: conn, srv: s}
	c.attach(newLink(c, w, w, &plainHeader), false)
	return c, conn
}

func (c *client) offer(t *testing.T, xml string) {
	t.Helper()
	if _, ok := c.Deliver(parse(t, xml)); !ok {
		t.Errorf("%s is not taken", xml)
	}
}

// Fifty contacts come and go twenty times each while nobody looks. The client gets
// one presence of each, in one write.
func TestInactiveCounts(t *testing.T) {
	const contacts, toggles = 50, 20
	synctest.Test(t, func(t *testing.T) {
		run := func(inactive bool) (writes, stanzas, bytes int) {
			c, conn := tallied(t, Limits{})
			if inactive {
				c.deferred = new(deferred)
			}
			for i := range toggles {
				for k := range contacts {
					contact := fmt.Sprint("contact", k)
					xml := presenceOf(contact, i)
					if i%2 == 1 {
						xml = goneOf(contact, i)
					}
					c.offer(t, xml)
					synctest.Wait()
				}
			}
			if inactive && conn.writes != 0 {
				t.Errorf("the client was woken %d times", conn.writes)
			}
			c.mu.Lock()
			c.activate()
			c.mu.Unlock()
			synctest.Wait()
			return conn.writes, strings.Count(conn.String(), "<presence"), conn.Len()
		}
		writes, stanzas, size := run(false)
		t.Logf("active: %d stanzas, %d bytes in %d writes", stanzas, size, writes)
		writes, stanzas, size = run(true)
		t.Logf("inactive: %d stanzas, %d bytes in %d writes", stanzas, size, writes)
		if writes != 1 || stanzas != contacts {
			t.Errorf("%d stanzas in %d writes, want %d in one", stanzas, writes, contacts)
		}
	})
}

// What waits is bounded: then it goes, and with it what did not fit.
func TestInactiveIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, conn := tallied(t, Limits{Deferred: 4 << 10})
		c.deferred = new(deferred)
		for i := range 1000 {
			c.offer(t, presenceOf(fmt.Sprint("contact", i), i))
			c.mu.Lock()
			if c.deferred.cost > 4<<10 || len(c.deferred.line) > 32 {
				t.Fatalf("%d presences cost %d", len(c.deferred.line), c.deferred.cost)
			}
			c.mu.Unlock()
			synctest.Wait()
		}
		c.mu.Lock()
		c.activate()
		c.mu.Unlock()
		synctest.Wait()
		if n := strings.Count(conn.String(), "<presence"); n != 1000 || conn.writes > 100 {
			t.Errorf("%d presences in %d writes", n, conn.writes)
		}
		for i := range 1000 {
			if _, rest, ok := strings.Cut(conn.String(), fmt.Sprintf("id='%d'", i)); !ok || i < 999 && !strings.Contains(rest, fmt.Sprintf("id='%d'", i+1)) {
				t.Fatalf("presence %d is not in its place", i)
			}
		}
	})
}

// The places of what was replaced are used again.
func TestInactiveStaysSmall(t *testing.T) {
	c, _ := tallied(t, Limits{})
	c.deferred = new(deferred)
	one, other := parse(t, presenceOf("benvolio", 1)), parse(t, presenceOf("mercutio", 1))
	step := func() { c.Deliver(one); c.Deliver(other) }
	for range 1000 {
		step()
	}
	if n := len(c.deferred.line); n > 32 || c.deferred.waits != 2 || len(c.deferred.newest) != 2 {
		t.Errorf("%d places for %d presences", n, c.deferred.waits)
	}
	if n := testing.AllocsPerRun(100, step); n >= 1 {
		t.Errorf("%v allocations for a presence that takes the place of another", n)
	}
}

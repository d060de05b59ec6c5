package crash

import (
	"errors"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

// A recipient's connection is cut, its session waits to be resumed, and messages
// for it are acknowledged to the sender. Then the server is killed, and the
// session with it: the messages are there at the next login (XEP-0198 #acking,
// #resumption).
func TestKillWhileSessionWaits(t *testing.T) {
	rounds := 10
	if testing.Short() {
		rounds = 3
	}
	s := process.New(t, domain, settings...)
	r := &recipient{name: "juliet", came: map[string]int{}}
	from := newSender("romeo", []*recipient{r})
	s.AddUsers(t, r.name, from.name, "nurse")
	s.Start(t)
	for range rounds {
		known := hibernate(t, s, r, from)
		s.Start(t)
		r.refusedThenDrain(t, s, known)
	}
	s.Stop(t)
	c := count(t, []*sender{from}, []*recipient{r})
	t.Logf("crash while a session waits: %d rounds, %d sent, %d acknowledged, %d missing, %d doubled, %d out of order",
		rounds, c.sent, c.acknowledged, c.missing, c.doubled, c.disordered)
	c.check(t)
}

// hibernate lets a sender talk to r, cuts the connection of r in the middle of it,
// and kills the server a little after a message has been acknowledged that was
// sent since. It gives the id of the lost session.
func hibernate(t *testing.T, s *process.Server, r *recipient, from *sender) (id string) {
	t.Helper()
	c, err := wire.Login(target(s, r.name, true))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if id, err = c.Enable(true); err != nil {
		t.Fatal(err)
	}
	c.MustSend(t, "<presence/>")
	var all sync.WaitGroup
	var cut atomic.Int64 // number of the first message that is sent after the cut
	cut.Store(math.MaxInt64)
	kept := newSignal()
	all.Go(func() {
		from.push(target(s, from.name, false), func(number int) {
			if int64(number) >= cut.Load() {
				kept.give()
			}
		})
	})
	r.listen(t, c, 1+rand.IntN(200))
	r.cut(t, c)
	cut.Store(from.count.Load())
	kept.await(t, "a message for the session that waits is acknowledged")
	<-time.After(rand.N(longest / 2))
	s.Kill(t)
	all.Wait()
	if from.fault != nil {
		t.Fatal(from.fault)
	}
	return id
}

// listen takes so many messages and acknowledges them: these must not come again.
func (r *recipient) listen(t *testing.T, c *wire.Conn, messages int) {
	t.Helper()
	for handled := 0; messages > 0; {
		e, err := c.Next(wire.Patience)
		if err != nil {
			t.Fatalf("%s: %v\n%s", r.name, err, c.Transcript())
		}
		if e.Name.Space == wire.NSManagement {
			continue
		}
		handled++
		if e.Is("message") {
			r.take(e.Attr("id"))
			messages--
		}
		if messages == 0 {
			c.MustSend(t, acknowledgement(handled))
		}
	}
}

// cut closes our half of the connection without closing the stream, and reads
// what still comes, which is never acknowledged and so has not been taken. The
// server closes its half when the session waits.
func (r *recipient) cut(t *testing.T, c *wire.Conn) {
	t.Helper()
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	for {
		_, err := c.Next(wire.Patience)
		if errors.Is(err, wire.ErrEnd) {
			t.Fatal("the server closed a stream that was cut: it cannot be resumed then")
		}
		if err != nil {
			if !wire.Gone(err) {
				t.Fatal(err)
			}
			return
		}
	}
}

// refusedThenDrain logs in after the restart. The session is gone (XEP-0198
// #resumption), so a resource is bound, and what waited comes.
func (r *recipient) refusedThenDrain(t *testing.T, s *process.Server, id string) {
	t.Helper()
	fence := r.fence(t, s)
	c, err := wire.Dial(s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	to := target(s, r.name, true)
	if _, err := c.Enter(to); err != nil {
		t.Fatal(err)
	}
	c.MustSend(t, "<resume xmlns='"+wire.NSManagement+"' h='1' previd='"+id+"'/>")
	c.Want(t, "the session died with the server", "<failed xmlns='"+wire.NSManagement+"'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>")
	if err := c.Bind(to.Resource); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Enable(false); err != nil {
		t.Fatal(err)
	}
	c.MustSend(t, "<presence/>")
	r.read(t, c, fence)
}

package crash

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

const domain = "capulet.lit"

func TestMain(m *testing.M) { process.Main(m) }

// settings are those of the server under test: room for all messages, and no log
// line for each connection.
var settings = []string{
	"limits.offline = 1000000",
	"accounts.iterations = 4096",
	"c2s.plain_loopback = true",
	`log.level = "warn"`,
}

// longest is how long after the first acknowledgement the server may live.
const longest = 300 * time.Millisecond

// Messages for people who are not there, acknowledged, and the server killed
// (XEP-0198 #acking, XEP-0160 #flow).
func TestKillWhileSendersPush(t *testing.T) {
	rounds := 20
	if testing.Short() {
		rounds = 5
	}
	s := process.New(t, domain, settings...)
	var senders []*sender
	var recipients []*recipient
	for i := range 6 {
		recipients = append(recipients, &recipient{name: fmt.Sprintf("page%d", i), came: map[string]int{}})
		s.AddUsers(t, recipients[i].name)
	}
	for i := range 4 {
		senders = append(senders, newSender(fmt.Sprintf("romeo%d", i), recipients))
		s.AddUsers(t, senders[i].name)
	}
	s.AddUsers(t, "nurse")
	for round := range rounds {
		s.Start(t)
		// What was taken and acknowledged may not come again either.
		recipients[round%len(recipients)].drain(t, s)
		killWhile(t, s, senders)
	}
	s.Start(t)
	for _, r := range recipients {
		r.drain(t, s)
	}
	s.Stop(t)
	s.Start(t)
	for _, r := range recipients {
		r.wantNothing(t, s) // forgotten for good
	}
	s.Stop(t)
	c := count(t, senders, recipients)
	t.Logf("crash: %d rounds, %d sent, %d acknowledged, %d missing, %d doubled, %d out of order",
		rounds, c.sent, c.acknowledged, c.missing, c.doubled, c.disordered)
	c.check(t)
}

// killWhile lets the senders push and kills the server at a random moment after
// something has been acknowledged.
func killWhile(t *testing.T, s *process.Server, senders []*sender) {
	t.Helper()
	first := newSignal()
	var all sync.WaitGroup
	for i, r := range senders {
		to := target(s, r.name, i%2 == 0)
		all.Go(func() { r.push(to, func(int) { first.give() }) })
	}
	first.await(t, "something is acknowledged")
	<-time.After(rand.N(longest))
	s.Kill(t)
	all.Wait()
	for _, r := range senders {
		if r.fault != nil {
			t.Fatalf("%s: %v", r.name, r.fault)
		}
	}
}

// target is a person on the server, over TLS or in the clear.
func target(s *process.Server, name string, encrypted bool) wire.Target {
	to := wire.Target{Addr: s.Addr, Domain: domain, User: name, Password: process.Password, Resource: "orchard"}
	if encrypted {
		to.TLS = s.TLS()
	}
	return to
}

// A signal is given by one goroutine, perhaps many times, and awaited by another.
type signal chan struct{}

func newSignal() signal { return make(signal, 1) }

func (s signal) give() {
	select {
	case s <- struct{}{}:
	default: // given already
	}
}

func (s signal) await(t *testing.T, what string) {
	t.Helper()
	select {
	case <-s:
	case <-wire.Soon():
		t.Fatalf("waited in vain until %s", what)
	}
}

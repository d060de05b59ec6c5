package resume

import (
	"sync"
	"testing"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

const domain = "capulet.lit"

func TestMain(m *testing.M) { process.Main(m) }

// Both sides of a conversation are cut in the middle of it, 100 times together;
// nothing is lost, doubled or in disorder (XEP-0198 #resumption, RFC 6120 §10.1).
func TestCutMidFlow(t *testing.T) {
	cuts := 100
	if testing.Short() {
		cuts = 20
	}
	s := process.New(t, domain, "accounts.iterations = 4096", `log.level = "warn"`)
	s.AddUsers(t, "romeo", "juliet")
	s.Start(t)
	romeo := newChatter(target(s, "romeo"), "juliet", cuts/2)
	juliet := newChatter(target(s, "juliet"), "romeo", cuts/2)
	for _, c := range []*chatter{romeo, juliet} {
		if err := c.begin(); err != nil {
			t.Fatal(err)
		}
	}
	var both sync.WaitGroup
	both.Go(romeo.talk)
	both.Go(juliet.talk)
	both.Wait()
	for _, c := range []*chatter{romeo, juliet} {
		if c.fault != nil {
			t.Errorf("%s: %v", c.target.User, c.fault)
		}
	}
	t.Logf("resume: %d cuts in mid-flow (%d by reset, %d by an end, %d silent), %d more while logging in, %d and %d messages",
		romeo.cuts+juliet.cuts, romeo.by[wire.Reset]+juliet.by[wire.Reset], romeo.by[wire.Finish]+juliet.by[wire.Finish],
		romeo.by[wire.Vanish]+juliet.by[wire.Vanish], romeo.early+juliet.early, romeo.said, juliet.said)
	romeo.check(t, juliet)
	juliet.check(t, romeo)
	s.Stop(t)
}

// target is a person on the server.
func target(s *process.Server, user string) wire.Target {
	return wire.Target{Addr: s.Addr, Domain: domain, TLS: s.TLS(), User: user, Password: process.Password, Resource: "garden"}
}

package sessions

import (
	"fmt"
	"testing"
	"time"

	"causeway/conformance/process"
)

// removalLimit is how long the removal of an account may take whatever its clients
// do; far more than it needs.
const removalLimit = 30 * time.Second

// linger is how many seconds a connection that has been given up may last.
const linger = 4

// An account is removed while one of its clients does not read: it is not waited for
// for long, and nothing that was on its way reaches the next owner of the name
// (XEP-0133 #delete-user, XEP-0198 #acking).
func TestRemovalOfClientThatDoesNotRead(t *testing.T) {
	t.Parallel()
	for _, managed := range []bool{true, false} {
		t.Run(fmt.Sprintf("stream management %v", managed), func(t *testing.T) {
			t.Parallel()
			s := newServer(t, "c2s.queue_bytes = 33554432")
			defer s.Stop(t)
			romeo := arrive(t, s, "romeo", "orchard", false)
			arrive(t, s, "juliet", "balcony", managed)
			romeo.say("juliet@"+domain, 0, 60, 200_000)
			romeo.ping()

			begun := time.Now()
			s.Command(t, "user", "del", "juliet@"+domain)
			if d := time.Since(begun); d > removalLimit {
				t.Errorf("the removal took %v", d)
			}
			s.Command(t, "user", "add", "juliet@"+domain, "--password", process.Password)
			next := arrive(t, s, "juliet", "balcony", false)
			next.ping() // nothing comes before the answer ...
			for range linger {
				<-time.After(time.Second)
				next.appear()
				next.ping() // ... nor while the old connection comes to its end
			}
		})
	}
}

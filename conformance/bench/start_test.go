//go:build bench

package bench

import (
	"fmt"
	"testing"
	"time"

	"causeway/conformance/process"
)

const megabyte = 1 << 20

// start measures how long a server takes to be ready, and what it then holds,
// without accounts and with many.
func (r *run) start(t *testing.T) {
	s := newServer(t, 0)
	r.startRounds(t, s, 0)
	addUsers(t, s, r.size.accounts)
	r.startRounds(t, s, r.size.accounts)
}

// startRounds starts and stops a server that has so many accounts.
func (r *run) startRounds(t *testing.T, s *process.Server, accounts int) {
	t.Helper()
	var seconds, megabytes []float64
	for range r.size.rounds {
		took := start(t, s)
		<-time.After(r.size.rest)
		held := memoryNow(t, s.Pid())
		if accounts > 0 {
			if err := comeAndGo(t.Context(), r.door(s, false))(accounts - 1); err != nil {
				t.Fatal(err) // the last account is not there
			}
		}
		s.Stop(t)
		seconds = append(seconds, took.Seconds())
		megabytes = append(megabytes, held.Anonymous/megabyte)
	}
	r.report(t, figure{
		name: fmt.Sprintf("start with %d accounts", accounts), unit: "s until ready",
		value: median(seconds), target: 2, beside: "seen to 20 ms",
	})
	r.report(t, figure{
		name: fmt.Sprintf("idle server with %d accounts", accounts), unit: "MB anonymous",
		value: median(megabytes), target: 60,
	})
}

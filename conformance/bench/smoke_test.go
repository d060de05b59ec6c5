//go:build bench

package bench

import (
	"testing"
	"time"

	"causeway/conformance/load"
	"causeway/conformance/process"
)

// TestSmoke guards counts that no machine changes much: `make bench-smoke`, in CI. The
// allocations of the path of a message are counted beside it by tests of router, stanza,
// stream and c2s.
//
// Instructions a message would be the best count, but need hardware counters, which virtual
// machines seldom have. Instead of them stands the CPU time of the server as a multiple of
// that of the relay in the same seconds, with bounds that only a blunder exceeds.
func TestSmoke(t *testing.T) {
	r := &run{size: quickSize(), passwords: load.NewPasswords()}
	r.size.rounds, r.size.messages, r.size.pongs = 3, 20_000, 4_000
	var err error
	if r.relay, err = startRelay(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.relay.Stop)
	r.smokeMessages(t, newServer(t, 2*r.size.pairs))
}

// TestSmokeIdle guards the memory of idle connections, while others work.
func TestSmokeIdle(t *testing.T) {
	t.Parallel()
	r := &run{size: quickSize(), passwords: load.NewPasswords()}
	r.size.idle, r.size.quiet = 1500, 10*time.Second
	r.smokeIdle(t, newServer(t, r.size.idle))
}

// smokeMessages counts reads and writes a message, and compares CPU time with the relay's.
func (r *run) smokeMessages(t *testing.T, s *process.Server) {
	start(t, s)
	defer s.Stop(t)
	people, err := r.door(s, false).Gather(t.Context(), 0, 2*r.size.pairs)
	if err != nil {
		t.Fatal(err)
	}
	defer people.Part()
	ours := &course{name: "ours", pid: s.Pid(), lanes: load.PairUp(people, bareJID)}
	raw := r.relayCourse(t, load.Way{}, "a frame a write")
	for _, v := range []struct {
		name          string
		total, window int
		calls         float64 // reads and writes a message, at most
		times         float64 // the relay's CPU time, at most
	}{
		// One read and one write, with a hundredth for what else the server does.
		{"one by one", r.size.pongs, 1, 2.02, 3},
		// Messages that come together leave together.
		{"window 16", r.size.messages, r.size.window, 0.4, 1.5},
	} {
		var calls, cost, relayed float64
		for range r.size.rounds {
			before, err := load.CallsOf(ours.pid)
			if err != nil {
				t.Fatal(err)
			}
			if err := ours.round(v.total, v.window); err != nil {
				t.Fatal(err)
			}
			after, err := load.CallsOf(ours.pid)
			if err != nil {
				t.Fatal(err)
			}
			if err := raw.round(v.total, v.window); err != nil {
				t.Fatal(err)
			}
			calls += float64(after - before)
		}
		calls /= float64(r.size.rounds * v.total)
		for i := range ours.cpu {
			cost, relayed = cost+ours.cpu[i], relayed+raw.cpu[i]
		}
		ours.cpu, raw.cpu = nil, nil
		t.Logf("%s: %.2f reads and writes a message, CPU × %.2f the relay's", v.name, calls, cost/relayed)
		if calls > v.calls {
			t.Errorf("%s: %.2f reads and writes a message, more than %.2f", v.name, calls, v.calls)
		}
		if cost > v.times*relayed {
			t.Errorf("%s: CPU × %.2f the relay's, more than × %.1f", v.name, cost/relayed, v.times)
		}
	}
}

// smokeIdle measures what the server holds for a connection that has talked a little and
// fallen silent. With few connections what the server holds anyway weighs more than among
// ten thousand, where the figure is taken.
func (r *run) smokeIdle(t *testing.T, s *process.Server) {
	const most = 7680
	start(t, s)
	defer s.Stop(t)
	before := memoryNow(t, s.Pid())
	people, err := r.door(s, false).Gather(t.Context(), 0, r.size.idle)
	if err != nil {
		t.Fatal(err)
	}
	defer people.Part()
	talk(t, people)
	<-time.After(r.size.quiet)
	after := memoryNow(t, s.Pid())
	share := (after.Anonymous - before.Anonymous) / float64(r.size.idle)
	t.Logf("%.0f bytes of heap and stacks for each of %d idle connections", share, r.size.idle)
	if share > most {
		t.Errorf("%.0f bytes for an idle connection, more than %d", share, most)
	}
}

//go:build bench

package backup

import (
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

const (
	writers = 32
	pause   = 20 * time.Millisecond // between two messages of one
	phase   = 6 * time.Second
)

// How long a message waits for its acknowledgement, with and without a backup beside it, in turns. It measures and
// judges nothing: go test -tags bench ./conformance/backup -run Latency -v
func TestLatency(t *testing.T) {
	s := process.New(t, domain, settings...)
	people := cast(s, writers, "")
	for _, p := range people {
		s.AddUsers(t, p.name)
	}
	s.Start(t)
	fill(t, people[:2], 40_000)
	file := filepath.Join(t.TempDir(), "full")
	for range 3 {
		measure(t, "alone", people, func(end <-chan time.Time) { <-end })
		measure(t, "beside backups", people, func(end <-chan time.Time) {
			for n := 0; ; n++ {
				select {
				case <-end:
					t.Logf("%d backups", n)
					return
				default:
					s.Command(t, "backup", file, "--force")
				}
			}
		})
	}
	s.Stop(t)
}

// measure lets everybody send at an even pace while something goes on.
func measure(t *testing.T, name string, people []*person, during func(end <-chan time.Time)) {
	t.Helper()
	stop := make(chan struct{})
	var all []time.Duration
	var mu sync.Mutex
	var senders sync.WaitGroup
	for i, p := range people {
		senders.Go(func() {
			took := p.pace(t, people[(i+1)%len(people)], stop)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
		})
	}
	during(time.After(phase))
	close(stop)
	senders.Wait()
	slices.Sort(all)
	at := func(share float64) time.Duration {
		return all[int(float64(len(all)-1)*share)].Round(10 * time.Microsecond)
	}
	t.Logf("%-15s %d messages: p50 %v, p99 %v, longest %v", name, len(all), at(0.5), at(0.99), at(1))
}

// pace sends one message after the other and waits for the acknowledgement of each.
func (p *person) pace(t *testing.T, to *person, stop chan struct{}) (took []time.Duration) {
	c := p.enter(t, p.server)
	defer c.Close()
	if _, err := c.Enable(false); err != nil {
		t.Error(err)
		return nil
	}
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return took
		case <-tick.C:
		}
		began := time.Now()
		err := c.Send("<message to='" + to.name + "@" + domain + "' type='chat'><body>Hark!</body></message><r xmlns='" + wire.NSManagement + "'/>")
		if err == nil {
			_, err = c.Next(wire.Patience)
		}
		if err != nil {
			t.Error(err)
			return took
		}
		took = append(took, time.Since(began))
	}
}

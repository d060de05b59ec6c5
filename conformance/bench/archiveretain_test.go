//go:build bench

package bench

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"causeway/conformance/load"
)

const (
	// The server looks for what is too old once a minute. What is measured lies on
	// either side of the first time.
	sweepAt    = 60 * time.Second
	retainSpan = 20 * time.Second
	retainRate = 20 * time.Millisecond // between two messages of one sender
	retainers  = 16
)

// archiveRetain measures what people notice when a long archive becomes too old at
// once: the time from a message to its acknowledgement, before and during it.
func (r *run) archiveRetain(t *testing.T) {
	s := newServerWith(t, 2*retainers, archived)
	fill(t, s, r.size.archive, time.Now().Add(-100*time.Hour), time.Hour)
	before := expired(t, s)
	start(t, s)
	begin := time.Now()
	people, err := r.door(s, false).Gather(t.Context(), 0, 2*retainers)
	if err != nil {
		t.Fatal(err)
	}
	var (
		mu           sync.Mutex // guards the two below
		quiet, sweep []float64  // ms
	)
	err = load.Each(len(people), len(people), func(i int) error {
		if i >= retainers {
			return listen(people[i], retainTotal)
		}
		return pace(people[i], retainers+i, begin, func(sent time.Time, took time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			ms := took.Seconds() * 1000
			switch at := sent.Sub(begin); {
			case at > sweepAt-5*time.Second-retainSpan && at <= sweepAt-5*time.Second:
				quiet = append(quiet, ms)
			case at > sweepAt-5*time.Second:
				sweep = append(sweep, ms)
			}
		})
	})
	people.Part()
	s.Stop(t)
	if err != nil {
		t.Fatal(err)
	}
	if after := expired(t, s); before == 0 || after > 0 {
		t.Errorf("%d of %d records are left", after, before)
	}
	slices.Sort(quiet)
	slices.Sort(sweep)
	p99 := func(list []float64) float64 { return list[len(list)*99/100] }
	r.report(t, figure{
		name: fmt.Sprintf("%d messages become too old", r.size.archive), unit: "% more at p99",
		value: (p99(sweep)/p99(quiet) - 1) * 100, target: 20,
		beside: fmt.Sprintf("from a message to its acknowledgement p99 %s ms, before %s ms", number(p99(sweep)), number(p99(quiet))),
	})
}

// retainTotal is how many messages each sender sends.
const retainTotal = int((sweepAt + retainSpan - 5*time.Second) / retainRate)

// pace sends messages to account to at a fixed rate, each with a request for its
// acknowledgement, and tells how long that took to come.
func pace(c *load.Client, to int, begin time.Time, tell func(sent time.Time, took time.Duration)) error {
	if err := c.Manage(); err != nil {
		return err
	}
	message := load.NewChat(bareJID(to), load.StanzaSize)
	for n := range retainTotal {
		due := begin.Add(time.Duration(n) * retainRate)
		<-time.After(time.Until(due))
		sent := time.Now()
		if _, err := c.Conn.Write(message.Append(nil, n)); err != nil {
			return err
		}
		if err := c.AwaitAck(n + 1); err != nil {
			return err
		}
		tell(sent, time.Since(sent))
	}
	return nil
}

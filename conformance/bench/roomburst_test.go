//go:build bench

package bench

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"causeway/conformance/load"
)

// everyBurst is how often a room is loud for a moment.
const everyBurst = 100 * time.Millisecond

// roomBurst measures how long people outside wait for each other's messages while a room
// is loud now and then. The relay that writes as much to as many is loud beside it, for what
// the machine itself makes them wait.
func (r *run) roomBurst(t *testing.T) {
	const occupants, speakers, said, pairs = 100, 4, 5, 10
	s := newServerWith(t, occupants+2*pairs, append(roomSettings, unarchived)...)
	start(t, s)
	defer s.Stop(t)
	listeners, err := startAudience(script{
		Addr: s.Addr, Domain: s.Domain, Occupants: occupants, Speakers: speakers, Said: said, RelayAddrs: r.relay.RelayAddrs, Archive: "1",
	})
	if err != nil {
		t.Fatal(err)
	}
	defer listeners.stop()
	outside, err := r.door(s, false).Gather(t.Context(), occupants, 2*pairs)
	if err != nil {
		t.Fatal(err)
	}
	defer outside.Part()
	bursts := []func() error{
		func() error { return nil },
		func() error { return listeners.burst(inRoom) },
		func() error { return listeners.burst(byRelay) },
	}
	var p99 [3][]float64
	for range r.size.rounds {
		for i, burst := range bursts {
			delays, err := during(outside, occupants, func() error { return nowAndThen(r.size.bursts, burst) })
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(delays)
			p99[i] = append(p99[i], delays[len(delays)*99/100].Seconds()*1e3)
		}
	}
	quiet, noisy, relayed := median(p99[0]), median(p99[1]), median(p99[2])
	name := fmt.Sprintf("chat outside while %d messages at once are said in a room of %d", speakers*said, occupants)
	r.report(t, figure{
		name: name, unit: "× p99 of quiet times", value: noisy / quiet, target: 2,
		beside: fmt.Sprintf("p99 %s ms instead of %s; the listeners step back for the server", number(noisy), number(quiet)),
	})
	r.report(t, figure{
		name: name, unit: "× p99 beside a loud relay", value: noisy / relayed, target: 2,
		beside: fmt.Sprintf("p99 %s ms while the relay writes as much", number(relayed)),
	})
}

// nowAndThen does something so many times.
func nowAndThen(times int, do func() error) error {
	clock := time.NewTicker(everyBurst)
	defer clock.Stop()
	for range times {
		if err := do(); err != nil {
			return err
		}
		<-clock.C
	}
	return nil
}

// during has pairs of people write to each other now and then until burst is over, and
// gives how long each message took.
func during(people load.Crowd, first int, burst func() error) ([]time.Duration, error) {
	const pause = 2 * time.Millisecond
	over := make(chan struct{})
	var fault error
	go func() { // ends with the burst
		fault = burst()
		close(over)
	}()
	var all sync.WaitGroup
	delays, faults := make([][]time.Duration, len(people)/2), make([]error, len(people)/2)
	for p := range delays {
		all.Go(func() {
			from, to := people[2*p], people[2*p+1]
			message := load.NewChat(bareJID(first+2*p+1), load.StanzaSize)
			buf := make([]byte, 16<<10)
			for n := 0; ; n++ {
				select {
				case <-over:
					return
				default:
				}
				begin := time.Now()
				if _, faults[p] = from.Conn.Write(message.Append(nil, n)); faults[p] != nil {
					return
				}
				if err := to.Conn.SetReadDeadline(begin.Add(load.AnswerLimit)); err != nil {
					faults[p] = err
					return
				}
				for got := 0; !bytes.Contains(buf[:got], []byte("</message>")); {
					m, err := to.Conn.Read(buf[got:])
					if err != nil {
						faults[p] = err
						return
					}
					got += m
				}
				delays[p] = append(delays[p], time.Since(begin))
				<-time.After(pause)
			}
		})
	}
	all.Wait()
	<-over
	for _, err := range append(faults, fault) {
		if err != nil {
			return nil, err
		}
	}
	return slices.Concat(delays...), nil
}

//go:build bench

package bench

import (
	"fmt"
	"io"
	"testing"
	"time"

	"causeway/conformance/load"
	"causeway/conformance/process"
)

// presenceMark is how the presence of an occupant begins.
const presenceMark = "<presence from='" + balcony + "/"

// roomEnter measures how long it takes until many who come at once have all seen all,
// and what it costs to come into a room that is full of people.
func (r *run) roomEnter(t *testing.T) {
	s := newServerWith(t, r.size.occupants+1, append(roomSettings, unarchived)...)
	var seconds, cost []float64
	for range r.size.rounds {
		took, used := r.allCome(t, s, r.size.occupants)
		seconds, cost = append(seconds, took), append(cost, used)
	}
	n := float64(r.size.occupants)
	r.report(t, figure{
		name: fmt.Sprintf("%d people enter one room at once", r.size.occupants), unit: "s until all see all",
		value: median(seconds), target: 4,
		beside: fmt.Sprintf("%s CPU s, %s CPU s/100k presences", number(median(cost)), number(median(cost)*1e5/(n*n))),
	})
	small, large := r.size.occupants/10, r.size.occupants
	smallCost, smallBytes := r.oneMore(t, s, small)
	largeCost, largeBytes := r.oneMore(t, s, large)
	r.report(t, figure{
		name: fmt.Sprintf("enter a room of %d and leave", large), unit: "× that of one of a tenth", value: largeCost / smallCost, target: 20,
		beside: fmt.Sprintf("%s and %s CPU ms", number(largeCost), number(smallCost)),
	})
	r.report(t, figure{
		name: fmt.Sprintf("enter a room of %d", large), unit: "bytes for each occupant", value: float64(largeBytes) / float64(large),
		target: 1.2 * float64(smallBytes) / float64(small), beside: fmt.Sprintf("%s in one of %d", number(float64(smallBytes)/float64(small)), small),
	})
}

// allCome has n people enter at once, and gives the seconds until each has the presence
// of each, and the CPU seconds of the server for it.
func (r *run) allCome(t *testing.T, s *process.Server, n int) (seconds, used float64) {
	t.Helper()
	start(t, s)
	defer s.Stop(t)
	people, err := r.door(s, false).Gather(t.Context(), 0, n)
	if err != nil {
		t.Fatal(err)
	}
	defer people.Part()
	if _, err := people[0].Enter(balcony, userName(0)); err != nil {
		t.Fatal(err)
	}
	if err := people[0].Configure(balcony); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	cpu, err := load.CPUDuring(s.Pid(), func() error {
		return load.Each(n, n, func(i int) error {
			missing := n
			if i > 0 {
				err := people[i].Send("<presence to='" + balcony + "/" + userName(i) + "'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
				if err != nil {
					return err
				}
			} else {
				missing-- // it has seen itself
			}
			return people[i].Count(presenceMark, missing)
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return time.Since(begin).Seconds(), cpu.Seconds()
}

// oneMore has one person more enter a room of n people, again and again. It gives the
// server's CPU ms for a time, and the bytes that the person gets.
func (r *run) oneMore(t *testing.T, s *process.Server, n int) (cost float64, size int) {
	t.Helper()
	start(t, s)
	defer s.Stop(t)
	people := r.gatherIn(t, s, n, "0")
	defer people.Part()
	for _, c := range people {
		if err := c.Conn.SetReadDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = io.Copy(io.Discard, c.Conn) }() // ends with the connection
	}
	more, err := r.door(s, false).Gather(t.Context(), r.size.occupants, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer more.Part()
	const times = 50
	used, err := load.CPUDuring(s.Pid(), func() error {
		for range times {
			if size, err = more[0].Enter(balcony, "more"); err != nil {
				return err
			}
			if _, err := more[0].Ask("<presence type='unavailable' to='"+balcony+"/more'/>", "<status code='110'/>"); err != nil {
				return err
			}
			if err := more[0].Settle(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return used.Seconds() * 1e3 / times, size
}

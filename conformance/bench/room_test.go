//go:build bench

package bench

import (
	"fmt"
	"testing"

	"causeway/conformance/load"
	"causeway/conformance/process"
)

// roomSettings let people speak as fast as they can.
var roomSettings = []string{"rooms.rate = -1", "rooms.join_rate = -1"}

// room measures rooms: what is said in them, who comes in, what others notice of it, and
// those in which nobody is.
func (r *run) room(t *testing.T) {
	t.Run("talk", r.roomTalk)
	t.Run("enter", r.roomEnter)
	t.Run("burst", r.roomBurst)
	t.Run("idle", r.roomIdle)
}

// roomTalk measures what a message costs, beside a relay that writes as many bytes to as
// many.
func (r *run) roomTalk(t *testing.T) {
	s := newServerWith(t, r.size.occupants+1, append(roomSettings, unarchived)...)
	for _, v := range []struct {
		occupants, speakers, window int
		archive                     string
		target                      float64 // CPU s for 100,000 deliveries
		times                       float64 // the relay's, at most
	}{
		{100, 4, 2, "1", 0.75, 0},
		{100, 4, 2, "0", 0.7, 0},
		{1000, 4, 2, "1", 0.8, 0},
		{1000, 1, 1, "1", 0, 1.5},
		{1000, 1, 1, "0", 0, 1.5},
	} {
		name := fmt.Sprintf("room of %d, %d speak, window %d", v.occupants, v.speakers, v.window)
		if v.archive == "1" {
			name += ", archived"
		}
		t.Run(name, func(t *testing.T) {
			start(t, s)
			defer s.Stop(t)
			g := r.gatherIn(t, s, v.occupants, v.archive)
			defer g.Part()
			talking := load.NewGathering(g, balcony, v.speakers, v.window)
			raw := r.fan(t, v.occupants)
			each := max(r.size.deliveries/v.occupants/v.speakers, 1)
			var cost, wrote []float64
			if err := talking.Talk(each/5 + 1); err != nil { // to grow what grows once
				t.Fatal(err)
			}
			deliveries := float64(each * v.speakers * v.occupants)
			for range r.size.rounds {
				used, err := load.CPUDuring(s.Pid(), func() error { return talking.Talk(each) })
				if err != nil {
					t.Fatal(err)
				}
				cost = append(cost, used.Seconds()*1e5/deliveries)
				used, err = load.CPUDuring(r.relay.Pid(), func() error { return raw(each * v.speakers) })
				if err != nil {
					t.Fatal(err)
				}
				wrote = append(wrote, used.Seconds()*1e5/deliveries)
			}
			bytes := 0
			for _, e := range talking.Heads {
				bytes += e.Bytes
			}
			heard := 0
			for _, e := range talking.Heads {
				for who := range v.speakers {
					heard += e.Next(who)
				}
			}
			beside := fmt.Sprintf("raw relay: %s for %d bytes a write; %d bytes a message", number(median(wrote)), load.RoomFrame, bytes/heard)
			r.report(t, figure{name: name, unit: "CPU s/100k deliveries", value: median(cost), target: v.target, beside: beside})
			if v.times > 0 {
				r.report(t, figure{name: name, unit: "× raw relay's write", value: median(cost) / median(wrote), target: v.times})
			}
		})
	}
}

// gatherIn has people log in and enter one room, which the first makes.
func (r *run) gatherIn(t *testing.T, s *process.Server, n int, archive string) load.Crowd {
	t.Helper()
	people, err := gatherIn(t.Context(), r.door(s, false), n, archive)
	if err != nil {
		t.Fatal(err)
	}
	return people
}

// fan gives what has the relay write so many frames to n connections, one after the other.
func (r *run) fan(t *testing.T, n int) func(frames int) error {
	t.Helper()
	raw, end, err := fan(t.Context(), r.relay.RelayAddrs, n)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(end)
	return raw
}

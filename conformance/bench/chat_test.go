//go:build bench

package bench

import (
	"fmt"
	"testing"
	"time"

	"causeway/conformance/load"
	"causeway/conformance/process"
)

// A course is one way for the messages of the chat figures to go.
type course struct {
	name   string
	pid    int
	lanes  []load.Lane
	cpu    []float64 // µs a message, by round
	speed  []float64 // messages/s, by round
	target float64
	raw    []*course // the relay's, to print beside
}

// chat measures the server's CPU time for each message, pipelined and one by one.
func (r *run) chat(t *testing.T, s *process.Server) {
	start(t, s)
	defer s.Stop(t)
	fullJID := func(i int) string { return bareJID(i) + "/" + load.Resource }
	var courses, raws []*course
	for _, secure := range []bool{false, true} {
		single := r.relayCourse(t, load.Way{TLS: secure}, "a frame a write")
		batch := r.relayCourse(t, load.Way{TLS: secure, Batch: true}, "coalesced")
		raws = append(raws, single, batch)
		name, target := "plain", 3.0
		if secure {
			name, target = "TLS 1.3", 4.0
		}
		people, err := r.door(s, secure).Gather(t.Context(), len(courses)*r.size.pairs, 2*r.size.pairs)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(people.Part)
		first := len(courses) * r.size.pairs
		to := func(address func(int) string) []load.Lane {
			return load.PairUp(people, func(i int) string { return address(first + i) })
		}
		courses = append(courses,
			&course{name: name + ", to bare JIDs", pid: s.Pid(), lanes: to(bareJID), target: target, raw: []*course{single, batch}},
			&course{name: name + ", to full JIDs", pid: s.Pid(), lanes: to(fullJID), target: target, raw: []*course{single, batch}})
	}
	all := append(courses, raws...)
	r.chatRounds(t, all, courses, r.size.messages, r.size.window)
	for _, c := range all {
		c.cpu, c.speed, c.target = nil, nil, 0
	}
	r.chatRounds(t, all, courses, r.size.pongs, 1)
}

// relayCourse is a course by the relay.
func (r *run) relayCourse(t *testing.T, way load.Way, name string) *course {
	t.Helper()
	people, err := r.relay.Group(t.Context(), way, 2*r.size.pairs)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(people.Part)
	lanes := load.PairUp(people, bareJID)
	return &course{name: name, pid: r.relay.Pid(), lanes: lanes}
}

// chatRounds lets the courses take turns, and reports those of the server.
func (r *run) chatRounds(t *testing.T, all, reported []*course, total, window int) {
	for _, c := range all { // to grow what grows once
		if err := load.ExchangeAll(c.lanes, total/10, window); err != nil {
			t.Fatalf("chat %s: %v", c.name, err)
		}
	}
	for range r.size.rounds {
		for _, c := range all {
			if err := c.round(total, window); err != nil {
				t.Fatalf("chat %s: %v", c.name, err)
			}
		}
	}
	for _, c := range reported {
		value := median(c.cpu)
		single, batch := median(c.raw[0].cpu), median(c.raw[1].cpu)
		r.report(t, figure{
			name:   fmt.Sprintf("chat, window %d, %s", window, c.name),
			unit:   "µs CPU/message",
			value:  value,
			target: c.target,
			beside: fmt.Sprintf("%s/s; raw relay: %s and %s/s a frame a write (× %.1f), %s and %s/s coalesced (× %.1f)",
				number(median(c.speed)), number(single), number(median(c.raw[0].speed)), value/single,
				number(batch), number(median(c.raw[1].speed)), value/batch),
		})
	}
}

// round exchanges so many messages on a course, and notes what they cost.
func (c *course) round(total, window int) error {
	start := time.Now()
	used, err := load.CPUDuring(c.pid, func() error { return load.ExchangeAll(c.lanes, total, window) })
	c.cpu = append(c.cpu, used.Seconds()*1e6/float64(total))
	c.speed = append(c.speed, float64(total)/time.Since(start).Seconds())
	return err
}

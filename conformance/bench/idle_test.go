//go:build bench

package bench

import (
	"fmt"
	"testing"
	"time"

	"causeway/conformance/process"
)

// talkSizes are the lengths of the messages that each idle client had sent and
// got before it fell silent.
var talkSizes = [...]int{stanzaSize, stanzaSize, stanzaSize, stanzaSize, 1700}

// idle measures what the server holds for each client who is logged in,
// available, and has talked a little.
func (r *run) idle(t *testing.T, s *process.Server) {
	for _, secure := range []bool{false, true} {
		name, target := "plain", 5.0
		if secure {
			name, target = "TLS 1.3", 17.0
		}
		t.Run(name, func(t *testing.T) {
			raw := r.idleRelay(t, wayIn{tls: secure})
			start(t, s)
			defer s.Stop(t)
			before, err := memoryOf(s.Pid())
			if err != nil {
				t.Fatal(err)
			}
			people, err := r.door(s, secure).gather(0, r.size.idle)
			if err != nil {
				t.Fatal(err)
			}
			defer people.part()
			r.talk(t, people)
			after := settle(t, s.Pid(), r.size.quiet)
			share := func(bytes float64) float64 { return bytes / 1024 / float64(r.size.idle) }
			r.report(t, figure{
				name: fmt.Sprintf("idle connection of %d, %s", r.size.idle, name), unit: "KB RSS",
				value: share(after.resident - before.resident), target: target,
				beside: number(share(after.anonymous-before.anonymous)) + " of it anonymous; raw relay: " + number(share(raw)),
			})
		})
	}
}

// idleRelay returns the growth in RSS of the relay, in bytes, for as many
// connections that talked as much.
func (r *run) idleRelay(t *testing.T, way wayIn) float64 {
	t.Helper()
	fresh, err := startRelay()
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.stop()
	before, err := memoryOf(fresh.pid())
	if err != nil {
		t.Fatal(err)
	}
	people, err := fresh.pairUp(way, r.size.idle/2)
	if err != nil {
		t.Fatal(err)
	}
	defer people.part()
	r.talk(t, people)
	return settle(t, fresh.pid(), r.size.quiet).resident - before.resident
}

// talk has each pair of clients send each other a few messages.
func (r *run) talk(t *testing.T, people crowd) {
	t.Helper()
	for number, length := range talkSizes {
		err := each(len(people), loginsAtOnce, func(i int) error {
			message := newChat(bareJID(i^1), length)
			_, err := people[i].conn.Write(message.append(nil, number))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		err = each(len(people), loginsAtOnce, func(i int) error {
			_, err := people[i].await("</message>")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// settle returns the memory of a process after some time.
func settle(t *testing.T, pid int, after time.Duration) memory {
	t.Helper()
	<-time.After(after)
	m, err := memoryOf(pid)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

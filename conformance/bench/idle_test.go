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
			before := memoryNow(t, s.Pid())
			people, err := r.door(s, secure).gather(0, r.size.idle)
			if err != nil {
				t.Fatal(err)
			}
			defer people.part()
			talk(t, people)
			<-time.After(r.size.quiet)
			after := memoryNow(t, s.Pid())
			share := func(bytes float64) float64 { return bytes / 1024 / float64(r.size.idle) }
			r.report(t, figure{
				name: fmt.Sprintf("idle connection of %d, %s", r.size.idle, name), unit: "KB RSS",
				value: share(after.resident - before.resident), target: target,
				beside: number(share(after.anonymous-before.anonymous)) + " of it anonymous; raw relay: " + number(raw/1024),
			})
		})
	}
}

// idleRelay returns the growth in RSS of the relay, in bytes, for each connection
// that talked as much. It has no garbage to get rid of, so it is read at once.
func (r *run) idleRelay(t *testing.T, way wayIn) float64 {
	t.Helper()
	fresh, err := startRelay()
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.stop()
	before := memoryNow(t, fresh.pid())
	people, err := fresh.pairUp(way, r.size.idle/2)
	if err != nil {
		t.Fatal(err)
	}
	defer people.part()
	talk(t, people)
	return (memoryNow(t, fresh.pid()).resident - before.resident) / float64(len(people))
}

// talk has each pair of clients send each other a few messages.
func talk(t *testing.T, people crowd) {
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

// memoryNow returns the memory of a process.
func memoryNow(t *testing.T, pid int) memory {
	t.Helper()
	m, err := memoryOf(pid)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

//go:build bench

package bench

import (
	"fmt"
	"testing"
	"time"

	"causeway/conformance/load"
	"causeway/conformance/process"
)

// talkSizes are the lengths of the messages that each idle client had sent and
// got before it fell silent.
var talkSizes = [...]int{load.StanzaSize, load.StanzaSize, load.StanzaSize, load.StanzaSize, 1700}

// idle measures what the server holds for each client who is logged in,
// available, and has talked a little.
func (r *run) idle(t *testing.T, s *process.Server) {
	for _, secure := range []bool{false, true} {
		name, target := "plain", 5.0
		if secure {
			name, target = "TLS 1.3", 17.0
		}
		t.Run(name, func(t *testing.T) {
			raw := r.idleRelay(t, load.Way{TLS: secure})
			start(t, s)
			defer s.Stop(t)
			before := memoryNow(t, s.Pid())
			people, err := r.door(s, secure).Gather(t.Context(), 0, r.size.idle)
			if err != nil {
				t.Fatal(err)
			}
			defer people.Part()
			talk(t, people)
			<-time.After(r.size.quiet)
			after := memoryNow(t, s.Pid())
			share := func(bytes float64) float64 { return bytes / 1024 / float64(r.size.idle) }
			r.report(t, figure{
				name: fmt.Sprintf("idle connection of %d, %s", r.size.idle, name), unit: "KB RSS",
				value: share(after.Resident - before.Resident), target: target,
				beside: number(share(after.Anonymous-before.Anonymous)) + " of it anonymous; raw relay: " + number(raw/1024),
			})
		})
	}
}

// idleRelay returns the growth in RSS of the relay, in bytes, for each connection
// that talked as much. It has no garbage to get rid of, so it is read at once.
func (r *run) idleRelay(t *testing.T, way load.Way) float64 {
	t.Helper()
	fresh, err := startRelay()
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.Stop()
	before := memoryNow(t, fresh.Pid())
	people, err := fresh.Group(t.Context(), way, r.size.idle&^1)
	if err != nil {
		t.Fatal(err)
	}
	defer people.Part()
	talk(t, people)
	return (memoryNow(t, fresh.Pid()).Resident - before.Resident) / float64(len(people))
}

// talk has each pair of clients send each other a few messages.
func talk(t *testing.T, people load.Crowd) {
	t.Helper()
	for number, length := range talkSizes {
		err := load.Each(len(people), load.AtOnce, func(i int) error {
			message := load.NewChat(bareJID(i^1), length)
			_, err := people[i].Conn.Write(message.Append(nil, number))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		err = load.Each(len(people), load.AtOnce, func(i int) error {
			_, err := people[i].Await("</message>")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// memoryNow returns the memory of a process.
func memoryNow(t *testing.T, pid int) load.Memory {
	t.Helper()
	m, err := load.MemoryOf(pid)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

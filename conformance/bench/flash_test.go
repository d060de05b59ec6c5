//go:build bench

package bench

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"causeway/conformance/load"
	"causeway/conformance/process"
)

const (
	flashLanes = 32  // connections at once
	flashBatch = 100 // documents of one connection, in one write: as many as one takes
)

// flash measures commands of old tools: pipelined, and one on each connection, as all that
// we know do it; and what the status files cost.
func (r *run) flash(t *testing.T) {
	s := newServerWith(t, 2*flashLanes, unarchived)
	s.AddGroup(t, "default", domain)
	start(t, s)
	// What a command is about is there before.
	err := load.Each(flashLanes, flashLanes, func(i int) error {
		_, err := commandAll(s.FlashAddr, []string{command("add_room", fmt.Sprintf(`name="r" id="%d"`, i+1))})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, typ string
		attrs     func(lane int) string
		goal      float64 // commands a second on one core
	}{
		{"refused, no such user", "kick", func(int) string { return `userid="nobody"` }, 5000},
		{"broadcast to nobody", "broadcast", func(int) string { return `userid="x" msg="hail"` }, 5000},
		{"private_message, stored and synced", "private_message", func(lane int) string {
			return fmt.Sprintf(`dest_uid="%s" msg="hail" owner_uid="%s" owner_nick="x" b="1" color="0xff0000"`, userName(lane), userName(lane+flashLanes))
		}, 5000},
		{"edit_room, synced", "edit_room", func(lane int) string {
			return fmt.Sprintf(`roomid="%d" name="r" desc="%s" max="200" owner="a"`, lane+1, time.Now().Format(time.RFC3339Nano))
		}, 5000},
		{"add_room, synced", "add_room", func(int) string { return `name="test room" owner="aaa" max="200" speaker="bbb"` }, 0},
	} {
		batches := r.size.commands / flashLanes / flashBatch
		r.flashFigure(t, s, c.name+", pipelined", c.goal, r.size.commands, func() error {
			return load.Each(flashLanes, flashLanes, func(lane int) error {
				for range batches {
					docs := make([]string, flashBatch)
					for i := range docs {
						docs[i] = command(c.typ, c.attrs(lane))
					}
					if _, err := commandAll(s.FlashAddr, docs); err != nil {
						return err
					}
				}
				return nil
			})
		})
		r.flashFigure(t, s, c.name+", one-shot", c.goal*2/5, r.size.commands/4, func() error {
			return load.Each(r.size.commands/4, flashLanes, func(i int) error {
				_, err := commandAll(s.FlashAddr, []string{command(c.typ, c.attrs(i%flashLanes))})
				return err
			})
		})
	}
	s.Stop(t)
	r.flashFiles(t)
}

// flashFigure reports what one sort of command costs. The goal is commands a second on one
// core: what is left of it is the server's CPU time for one.
func (r *run) flashFigure(t *testing.T, s *process.Server, name string, goal float64, n int, do func() error) {
	t.Helper()
	var cost, speed []float64
	for range r.size.rounds {
		began := time.Now()
		used, err := load.CPUDuring(s.Pid(), do)
		if err != nil {
			t.Fatal(err)
		}
		cost = append(cost, used.Seconds()*1e6/float64(n))
		speed = append(speed, float64(n)/time.Since(began).Seconds())
	}
	f := figure{name: name, unit: "µs CPU/command", value: median(cost), beside: fmt.Sprintf("%s commands/s with %d connections", number(median(speed)), flashLanes)}
	if goal > 0 {
		f.target = 1e6 / goal
	}
	r.report(t, f)
}

func command(typ, attrs string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><Command group="default" api_pwd="` + process.Password + `" type="` + typ + `" ` + attrs + " />\x00"
}

// commandAll sends documents in one write and reads to the end, as old tools do. Each has a
// reply, and none a fault but that of somebody who is not there.
func commandAll(addr string, docs []string) ([]string, error) {
	c, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close() }()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	wrote := make(chan error, 1)
	go func() { // ends with the connection
		_, err := io.WriteString(c, strings.Join(docs, ""))
		wrote <- err
	}()
	in := bufio.NewReader(c)
	replies := make([]string, 0, len(docs))
	for range docs {
		text, err := in.ReadString(0)
		if err != nil {
			return nil, fmt.Errorf("%d of %d replies: %w", len(replies), len(docs), err)
		}
		if !strings.Contains(text, `code="0"`) && !strings.Contains(text, `code="7"`) {
			return nil, fmt.Errorf("a command failed: %s", text)
		}
		replies = append(replies, text)
	}
	if _, err := in.ReadByte(); err != io.EOF {
		return nil, fmt.Errorf("the end did not come: %w", err)
	}
	return replies, <-wrote
}

// flashFiles measures what the status files of many rooms cost while people come and go, as
// the difference to the same without files.
func (r *run) flashFiles(t *testing.T) {
	const rooms, perMinute, people = 1000, 10_000, 50
	var with, without []float64
	for round := range 2 * r.size.rounds {
		kept := round%2 == 0
		own := []string{unarchived, "rooms.join_rate = -1", "rooms.rate = -1"}
		if kept {
			own = append(own, fmt.Sprintf("flash.files = [%q]", domain+"="+t.TempDir()))
		}
		s := newServerWith(t, people, own...)
		s.AddGroup(t, "default", domain)
		start(t, s)
		docs := make([]string, flashBatch)
		for i := range docs {
			docs[i] = command("add_room", `name="r"`)
		}
		err := load.Each(rooms/flashBatch, rooms/flashBatch, func(int) error {
			_, err := commandAll(s.FlashAddr, docs)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		crowd, err := r.door(s, false).Gather(t.Context(), 0, people)
		if err != nil {
			t.Fatal(err)
		}
		joins := perMinute / 60 * r.size.fileSeconds / people
		began := time.Now()
		used, err := load.CPUDuring(s.Pid(), func() error {
			return load.Each(people, people, func(i int) error {
				for n := range joins {
					<-time.After(time.Until(began.Add(time.Duration(n) * time.Duration(r.size.fileSeconds) * time.Second / time.Duration(joins))))
					room := fmt.Sprintf("room%d@conference.%s", 1+(i*joins+n)*7%rooms, domain)
					if _, err := crowd[i].Enter(room, userName(i)); err != nil {
						return err
					}
					if err := crowd[i].Send("<presence type='unavailable' to='" + room + "/" + userName(i) + "'/>"); err != nil {
						return err
					}
				}
				return nil
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		share := 100 * used.Seconds() / time.Since(began).Seconds()
		if kept {
			with = append(with, share)
		} else {
			without = append(without, share)
		}
		crowd.Part()
		s.Stop(t)
	}
	r.report(t, figure{
		name: fmt.Sprintf("status files of %d rooms, %d joins and as many leaves a minute", rooms, perMinute), unit: "% of a core",
		value: median(with) - median(without), target: 2, beside: fmt.Sprintf("%s%% with files, %s%% without", number(median(with)), number(median(without))),
	})
}

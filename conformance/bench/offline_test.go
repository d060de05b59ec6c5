//go:build bench

package bench

import (
	"context"
	"fmt"
	"testing"
	"time"

	"causeway/conformance/load"
	"causeway/conformance/process"
)

// ackEvery is how many messages a sender sends before it asks, and waits, for
// their acknowledgement.
const ackEvery = 16

// offline measures the keeping of messages for people who are offline, from the
// first to the last acknowledgement (XEP-0198 #acking), and their delivery when
// those people come. All that were acknowledged must come, once and in order.
func (r *run) offline(t *testing.T, s *process.Server) {
	start(t, s)
	defer s.Stop(t)
	door := r.door(s, false)
	perSender := r.size.absent * r.size.offline
	total := float64(r.size.senders * perSender)
	var speed, keep, deliver []float64
	for range r.size.rounds {
		senders, err := door.Gather(t.Context(), 0, r.size.senders)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		used, err := load.CPUDuring(s.Pid(), func() error {
			return load.Each(len(senders), len(senders), func(i int) error { return r.push(senders[i], i) })
		})
		senders.Part()
		if err != nil {
			t.Fatal(err)
		}
		speed = append(speed, total/time.Since(start).Seconds())
		keep = append(keep, used.Seconds()*1e6/total)
		used, err = load.CPUDuring(s.Pid(), func() error {
			return load.Each(r.size.senders*r.size.absent, load.AtOnce, func(i int) error {
				return r.collect(t.Context(), door, r.size.senders+i)
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		deliver = append(deliver, used.Seconds()*1e6/total)
	}
	name := fmt.Sprintf("offline messages, %d senders", r.size.senders)
	r.report(t, figure{
		name: name, unit: "acknowledged/s", value: median(speed), target: 20_000, more: true,
		beside: number(median(keep)) + " µs CPU/message",
	})
	r.report(t, figure{
		name: "login with their delivery", unit: "µs CPU/message", value: median(deliver), target: 15,
		beside: fmt.Sprintf("%d a login", r.size.offline),
	})
}

// push sends the messages of sender i, one after the other to each of its people.
func (r *run) push(c *load.Client, i int) error {
	if err := c.Manage(); err != nil {
		return err
	}
	people := make([]load.Chat, r.size.absent)
	for j := range people {
		people[j] = load.NewChat(bareJID(r.size.senders+i*r.size.absent+j), load.StanzaSize)
	}
	var out []byte
	total := r.size.absent * r.size.offline
	for sent := 0; sent < total; {
		out = out[:0]
		for range min(ackEvery, total-sent) {
			out = people[sent%len(people)].Append(out, sent/len(people))
			sent++
		}
		if _, err := c.Conn.Write(out); err != nil {
			return err
		}
		if err := c.AwaitAck(sent); err != nil {
			return err
		}
	}
	return nil
}

// collect logs in as account i and counts what waited for it.
func (r *run) collect(ctx context.Context, d *load.Door, i int) error {
	c, err := d.Login(ctx, i)
	if err != nil {
		return err
	}
	if err := c.Send("<presence/>"); err != nil {
		return err
	}
	if err := c.Conn.SetReadDeadline(time.Now().Add(load.AnswerLimit)); err != nil {
		return err
	}
	got := load.NewCounter(c.In, 1)
	for got.Next(0) < r.size.offline {
		if _, err := got.Read(c.Conn); err != nil {
			return fmt.Errorf("%s: %w", userName(i), err)
		}
	}
	return c.Close()
}

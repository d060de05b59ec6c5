//go:build bench

package bench

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"causeway/conformance/load"
)

// archive measures the message archive (XEP-0313): writing it, reading it, and
// what becomes too old.
func (r *run) archive(t *testing.T) {
	t.Run("write", r.archiveWrite)
	t.Run("read", r.archiveRead)
	t.Run("retain", r.archiveRetain)
}

// archiveWrite measures chat that is archived on both sides, from the first to the
// last acknowledgement (XEP-0198 #acking): then both archives are on the disk. All
// messages must come, once and in order.
func (r *run) archiveWrite(t *testing.T) {
	s := newServerWith(t, 2*r.size.talkers, archived)
	start(t, s)
	defer s.Stop(t)
	people, err := r.door(s, false).Gather(t.Context(), 0, 2*r.size.talkers)
	if err != nil {
		t.Fatal(err)
	}
	defer people.Part()
	for _, c := range people[:r.size.talkers] {
		if err := c.Manage(); err != nil {
			t.Fatal(err)
		}
	}
	single := r.relayCourse(t, load.Way{}, "a frame a write")
	batch := r.relayCourse(t, load.Way{Batch: true}, "coalesced")
	var speed, cost []float64
	share := r.size.archived / r.size.talkers
	for round := range r.size.rounds {
		for _, c := range []*course{single, batch} {
			if err := c.round(r.size.messages/4, r.size.window); err != nil {
				t.Fatal(err)
			}
		}
		begin := time.Now()
		used, err := load.CPUDuring(s.Pid(), func() error { return r.tellAll(people, round*share, share) })
		if err != nil {
			t.Fatal(err)
		}
		total := float64(share * r.size.talkers)
		speed = append(speed, total/time.Since(begin).Seconds())
		cost = append(cost, used.Seconds()*1e6/total)
	}
	beside := fmt.Sprintf("%d senders, both archives", r.size.talkers)
	r.report(t, figure{
		name: "archived chat", unit: "acknowledged/s", value: median(speed), target: 20_000, more: true, beside: beside,
	})
	value, frame, all := median(cost), median(single.cpu), median(batch.cpu)
	r.report(t, figure{
		name: "archived chat", unit: "µs CPU/message", value: value, target: 12,
		beside: fmt.Sprintf("%s to %s; raw relay: %s a frame a write (× %.1f), %s coalesced (× %.1f)",
			number(slices.Min(cost)), number(slices.Max(cost)), number(frame), value/frame, number(all), value/all),
	})
	held := memoryNow(t, s.Pid())
	r.report(t, figure{name: "server at the end of it", unit: "MB anonymous", value: held.Anonymous / megabyte})
}

// tellAll lets the first half of people write total messages each, numbered from
// first on, to one of the second half.
func (r *run) tellAll(people load.Crowd, first, total int) error {
	n := len(people) / 2
	return load.Each(len(people), len(people), func(i int) error {
		if i < n {
			return tell(people[i], n+i, first, total)
		}
		return listen(people[i], total)
	})
}

// tell sends messages to account to, and waits for an acknowledgement after each
// few of them.
func tell(c *load.Client, to, first, total int) error {
	message := load.NewChat(bareJID(to), load.StanzaSize)
	var out []byte
	for sent := 0; sent < total; {
		out = out[:0]
		for range min(ackEvery, total-sent) {
			out = message.Append(out, sent)
			sent++
		}
		if _, err := c.Conn.Write(out); err != nil {
			return err
		}
		if err := c.AwaitAck(first + sent); err != nil {
			return err
		}
	}
	return nil
}

// listen receives so many messages, in their order.
func listen(c *load.Client, total int) error {
	if err := c.Conn.SetReadDeadline(time.Now().Add(load.ExchangeLimit)); err != nil {
		return err
	}
	got := load.NewCounter(c.In, 1)
	c.In = nil
	for got.Next(0) < total {
		if _, err := got.Read(c.Conn); err != nil {
			return err
		}
	}
	return nil
}

//go:build bench

package bench

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

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
		senders, err := door.gather(0, r.size.senders)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		used, err := cpuDuring(s.Pid(), func() error {
			return each(len(senders), len(senders), func(i int) error { return r.push(senders[i], i) })
		})
		senders.part()
		if err != nil {
			t.Fatal(err)
		}
		speed = append(speed, total/time.Since(start).Seconds())
		keep = append(keep, used.Seconds()*1e6/total)
		used, err = cpuDuring(s.Pid(), func() error {
			return each(r.size.senders*r.size.absent, loginsAtOnce, func(i int) error {
				return r.collect(door, r.size.senders+i)
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
func (r *run) push(c *client, i int) error {
	if err := c.manage(); err != nil {
		return err
	}
	people := make([]chat, r.size.absent)
	for j := range people {
		people[j] = newChat(bareJID(r.size.senders+i*r.size.absent+j), stanzaSize)
	}
	var out []byte
	total := r.size.absent * r.size.offline
	for sent := 0; sent < total; {
		out = out[:0]
		for range min(ackEvery, total-sent) {
			out = people[sent%len(people)].append(out, sent/len(people))
			sent++
		}
		if _, err := c.conn.Write(out); err != nil {
			return err
		}
		if err := c.awaitAck(sent); err != nil {
			return err
		}
	}
	return nil
}

// awaitAck asks until the server has acknowledged so many stanzas.
func (c *client) awaitAck(stanzas int) error {
	for {
		if err := c.send("<r xmlns='urn:xmpp:sm:3'/>"); err != nil {
			return err
		}
		if _, err := c.await("<a "); err != nil {
			return err
		}
		ack, err := c.await("/>")
		if err != nil {
			return err
		}
		_, h, _ := strings.Cut(ack, "h=")
		got, err := strconv.Atoi(strings.FieldsFunc(h, func(r rune) bool { return r == '\'' || r == '"' })[0])
		if err != nil {
			return fmt.Errorf("acknowledgement %q: %w", ack, err)
		}
		if got >= stanzas {
			return nil
		}
	}
}

// collect logs in as account i and counts what waited for it.
func (r *run) collect(d *door, i int) error {
	c, err := d.login(userName(i), i)
	if err != nil {
		return err
	}
	if err := c.send("<presence/>"); err != nil {
		return err
	}
	if err := c.conn.SetReadDeadline(time.Now().Add(answerLimit)); err != nil {
		return err
	}
	got := newCounter(c.in)
	for got.next < r.size.offline {
		if _, err := got.read(c.conn); err != nil {
			return fmt.Errorf("%s: %w", userName(i), err)
		}
	}
	return c.close()
}

package load

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	// pageSize is how many messages a page of an archive has.
	pageSize = 50
	// filling is how many messages are on the way while an archive is filled.
	filling = 64
	// acked is how many messages a sender sends before it asks, and waits, for their
	// acknowledgement.
	acked = 16
	// perAbsent is how many people who are away each sender writes to.
	perAbsent = 4
)

// storeScenarios are about what the server keeps.
func storeScenarios() []Scenario {
	return []Scenario{
		{
			Name: "archive", Text: "pages of 50 out of an archive, from the newest backwards",
			Defaults: Settings{Messages: 500, Seconds: 10, Window: 1},
			people:   func(Settings) int { return 3 }, run: archive,
		},
		{
			Name: "offline", Text: "messages for people who are away, and their delivery when those come",
			Defaults: Settings{Connections: 16, Messages: 90},
			people:   func(s Settings) int { return s.Connections * (1 + perAbsent) }, run: offline,
		},
	}
}

// archive reads pages for a time. The archive is that of account 0, filled by account 2,
// who does not write to it in other scenarios.
func archive(ctx context.Context, r *run) error {
	reader, err := r.Door.Login(ctx, 0)
	if err != nil {
		return err
	}
	defer func() { _ = reader.Conn.Close() }()
	if err := errors.Join(reader.Appear(), reader.Settle()); err != nil {
		return err
	}
	if err := r.fill(ctx, reader); err != nil {
		return fmt.Errorf("filling the archive: %w", err)
	}
	want := min(pageSize, r.set.Messages)
	before, begin := r.meter.read(), time.Now()
	pages, set := 0, "<before/>"
	for time.Since(begin) < seconds(r.set.Seconds) && ctx.Err() == nil {
		asked := time.Now()
		page, err := reader.page("", set)
		if err != nil {
			return err
		}
		r.meter.shard(0).latency.Add(time.Since(asked))
		pages++
		switch n := strings.Count(page, BodyMark); {
		case n == want:
			set = "<before>" + between2(page, "<first", "</first>") + "</before>"
			if pages%(r.set.Messages/want) == 0 {
				set = "<before/>"
			}
		case set != "<before/>":
			set = "<before/>" // the oldest page may be short
		default:
			r.res.Faults.Lost += want - n
			return fmt.Errorf("a page has %d messages instead of %d", n, want)
		}
	}
	after := r.meter.read()
	taken := after.at.Sub(before.at).Seconds()
	r.res.addMore("pages_per_s", "pages, one after the other", "a second", float64(pages)/taken)
	if r.Pid > 0 {
		r.res.add("cpu_ms_per_page", "server", "CPU ms a page", (after.server.CPU-before.server.CPU).Seconds()*1e3/float64(pages))
	}
	r.res.Latency = after.latency.since(&before.latency).latency()
	return nil
}

// page asks for a page of the archive (XEP-0313 #query), of one correspondent or of all.
func (c *Client) page(with, set string) (string, error) {
	if with != "" {
		with = "<field var='with'><value>" + with + "</value></field>"
	}
	page, err := c.Ask("<iq type='set' id='page'><query xmlns='urn:xmpp:mam:2'><x xmlns='jabber:x:data' type='submit'>"+
		"<field var='FORM_TYPE' type='hidden'><value>urn:xmpp:mam:2</value></field>"+with+"</x>"+
		"<set xmlns='http://jabber.org/protocol/rsm'><max>"+strconv.Itoa(pageSize)+"</max>"+set+"</set></query></iq>", "</iq>")
	if err == nil && !strings.Contains(page, "<fin") {
		err = fmt.Errorf("no page of the archive: %.300q", page[max(0, len(page)-300):])
	}
	return page, err
}

// between2 gives the text of the last element that begins and ends so.
func between2(text, begin, end string) string {
	at := strings.LastIndex(text, begin)
	if at < 0 {
		return ""
	}
	_, text, _ = strings.Cut(text[at:], ">")
	text, _, _ = strings.Cut(text, end)
	return text
}

// fill makes the archive as long as it is to be. What an earlier run has put there counts.
func (r *run) fill(ctx context.Context, to *Client) error {
	newest, err := to.page(r.Door.JID(2), "<before/>")
	if err != nil {
		return err
	}
	have := 0
	if at := strings.LastIndex(newest, BodyMark); at >= 0 && len(newest) > at+len(BodyMark)+numberWidth {
		n, err := strconv.Atoi(newest[at+len(BodyMark):][:numberWidth])
		if err != nil {
			return err
		}
		have = n + 1
	}
	if have >= r.set.Messages {
		return nil
	}
	from, err := r.Door.Login(ctx, 2)
	if err != nil {
		return err
	}
	defer func() { _ = from.Conn.Close() }()
	begin, message := time.Now(), NewChat(r.Door.JID(0), messageSize)
	got := NewCounter(to.In, 1)
	to.In = nil
	got.next[0] = have
	var out []byte
	for sent := have; got.Next(0) < r.set.Messages; {
		out = out[:0]
		for ; sent < min(got.Next(0)+filling, r.set.Messages); sent++ {
			out = message.Append(out, sent)
		}
		if err := to.Conn.SetReadDeadline(time.Now().Add(to.patience())); err != nil {
			return err
		}
		if err := from.Conn.SetWriteDeadline(time.Now().Add(to.patience())); err != nil {
			return err
		}
		if _, err := from.Conn.Write(out); err != nil {
			return err
		}
		if _, err := got.Read(to.Conn); err != nil {
			return err
		}
	}
	r.res.addMore("filled_per_s", "the archive was filled with", "messages a second", float64(r.set.Messages-have)/time.Since(begin).Seconds())
	return errors.Join(from.Settle(), to.Settle())
}

// offline has senders write to people who are away, until all is acknowledged (XEP-0198
// #acking), and then has those come.
func offline(ctx context.Context, r *run) error {
	senders, absent := r.set.Connections, r.set.Connections*perAbsent
	// What other runs have left is fetched before.
	err := Each(absent, AtOnce, func(i int) error {
		c, err := r.Door.Login(ctx, senders+i)
		if err != nil {
			return err
		}
		return errors.Join(c.Appear(), c.Settle(), c.Close())
	})
	if err != nil {
		return err
	}
	people, err := r.Door.Gather(ctx, 0, senders)
	if err != nil {
		return err
	}
	defer people.Part()
	for _, c := range people {
		if err := c.Manage(); err != nil {
			return err
		}
		if _, err := c.Await(">"); err != nil {
			return err
		}
	}
	total := float64(absent * r.set.Messages)
	before := r.meter.read()
	if err := Each(senders, senders, func(i int) error { return r.push(people[i], i) }); err != nil {
		return err
	}
	stored := r.meter.read()
	r.res.addMore("stored_per_s", "stored and acknowledged", "messages a second", total/stored.at.Sub(before.at).Seconds())
	cost := func(name, text string, from, to *reading) {
		if r.Pid > 0 {
			r.res.add(name, "server, "+text, "CPU s for 100,000 messages", (to.server.CPU-from.server.CPU).Seconds()*1e5/total)
		}
	}
	cost("store_cpu_s_per_100k", "to store them", before, stored)
	if err := Each(absent, AtOnce, func(i int) error { return r.collect(ctx, senders+i) }); err != nil {
		return err
	}
	fetched := r.meter.read()
	r.res.addMore("fetched_per_s", "delivered at log-in", "messages a second", total/fetched.at.Sub(stored.at).Seconds())
	cost("fetch_cpu_s_per_100k", "to deliver them, with the log-in", stored, fetched)
	return nil
}

// push sends the messages of sender i, in turn to each of its people.
func (r *run) push(c *Client, i int) error {
	var chats [perAbsent]Chat
	for j := range chats {
		chats[j] = NewChat(r.Door.JID(r.set.Connections+i*perAbsent+j), messageSize)
	}
	var out []byte
	total := perAbsent * r.set.Messages
	for sent := 0; sent < total; {
		out = out[:0]
		for range min(acked, total-sent) {
			out = chats[sent%perAbsent].Append(out, sent/perAbsent)
			sent++
		}
		if err := c.Conn.SetWriteDeadline(time.Now().Add(c.patience())); err != nil {
			return err
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
func (r *run) collect(ctx context.Context, i int) error {
	c, err := r.Door.Login(ctx, i)
	if err != nil {
		return err
	}
	if err := c.Send("<presence/>"); err != nil {
		return err
	}
	got := NewCounter(c.In, 1)
	c.In = nil
	for got.Next(0) < r.set.Messages && err == nil {
		if err = c.Conn.SetReadDeadline(time.Now().Add(cmp.Or(r.Quiet, drainQuiet))); err == nil {
			_, err = got.Note(c.Conn)
		}
	}
	r.res.found(got.Faults().Add(Faults{Lost: max(0, r.set.Messages-got.Next(0))}))
	if err != nil {
		return errors.Join(fmt.Errorf("account %d has %d of %d messages: %w", i, got.Next(0), r.set.Messages, err), c.Conn.Close())
	}
	return c.Close()
}

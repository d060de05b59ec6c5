//go:build bench

package bench

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"causeway/conformance/load"
	"causeway/conformance/process"
	"causeway/store"
	"causeway/store/badger"
	"causeway/xmpp/ext/archive"
	"causeway/xmpp/jid"
)

const (
	pageSize = 50
	// friend, of each second message, and stranger, of one in rarity, are two of the
	// correspondents of account 0.
	friend   = 1
	stranger = 2
	rarity   = 20_000
	others   = 100
)

// fill puts n messages into the archive of account 0, and those of its
// correspondents, as a server does: a second passes from one to the next, the last
// came at the given time, and they are kept for so long. It must not run.
func fill(t *testing.T, s *process.Server, n int, last time.Time, keep time.Duration) {
	t.Helper()
	kept, err := store.Open(t.Context(), badger.Options{Dir: filepath.Join(s.Data, "store")})
	if err != nil {
		t.Fatal(err)
	}
	people := make([]jid.JID, stranger+1+others)
	for i := range people {
		people[i] = jid.MustParse(bareJID(i))
	}
	owner, full := people[0], jid.MustParse(bareJID(0)+"/"+load.Resource)
	message := load.NewChat(bareJID(friend), load.StanzaSize)
	chat := message.ArchivedAs(full.String())
	first := last.Add(-time.Duration(n) * time.Second)
	for i := range n {
		peer := people[stranger+1+i/2%others]
		switch {
		case i%rarity == rarity/2:
			peer = people[stranger]
		case i%2 == 0:
			peer = people[friend]
		}
		at := first.Add(time.Duration(i) * time.Second)
		out := archive.Entry{
			Owner: owner, ID: archive.ID(at.UnixMicro()), Peer: peer, Sent: true, Expires: at.Add(keep), XML: chat.Append(nil, i),
		}
		back := out
		back.Owner, back.Peer, back.Sent = peer, full, false
		ticket := kept.Archive().Append(out, back)
		if i%1000 == 999 || i == n-1 {
			<-ticket.Done()
			if err := ticket.Err(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := kept.Close(); err != nil {
		t.Fatal(err)
	}
}

// A shelf is a place in an archive of which pages are read.
type shelf struct {
	name   string
	fields string // of the form
	set    string // of result set management, beside <max/>
}

// query is the request for a page.
func (s shelf) query() string {
	return "<iq type='set' id='page'><query xmlns='urn:xmpp:mam:2'><x xmlns='jabber:x:data' type='submit'>" +
		"<field var='FORM_TYPE' type='hidden'><value>urn:xmpp:mam:2</value></field>" + s.fields + "</x>" +
		"<set xmlns='http://jabber.org/protocol/rsm'><max>" + fmt.Sprint(pageSize) + "</max>" + s.set + "</set></query></iq>"
}

// archiveRead measures pages out of a long archive, wherever they lie, and what the
// server holds while all of it is read page by page, without a gap.
func (r *run) archiveRead(t *testing.T) {
	s := newServerWith(t, 1, archived)
	end := time.Now().Truncate(time.Second)
	fill(t, s, r.size.archive, end, 365*24*time.Hour)
	start(t, s)
	defer s.Stop(t)
	c, err := r.door(s, false).Login(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	middle := end.Add(-time.Duration(r.size.archive/2) * time.Second)
	with := func(i int) string { return "<field var='with'><value>" + bareJID(i) + "</value></field>" }
	shelves := []shelf{
		{name: "first", fields: ""},
		{name: "last", set: "<before/>"},
		{name: "middle by id", set: fmt.Sprintf("<after>%d</after>", middle.UnixMicro())},
		{name: "middle backwards", set: fmt.Sprintf("<before>%d</before>", middle.UnixMicro())},
		{name: "middle by time", fields: "<field var='start'><value>" + middle.UTC().Format(time.RFC3339) + "</value></field>"},
		{name: "of one in two", fields: with(friend), set: "<before/>"},
		{name: "of one in 20,000", fields: with(stranger), set: "<before/>"},
	}
	reader := &pageReader{client: c, buf: make([]byte, 256<<10)}
	for _, place := range shelves {
		want := pageSize
		if place.fields == with(stranger) {
			want = min(pageSize, r.size.archive/rarity)
		}
		r.readShelf(t, s, reader, place, want)
	}
	r.readAll(t, s, reader)
}

// readShelf measures one page read again and again, in turns with the same bytes of a server
// that need not look for them.
func (r *run) readShelf(t *testing.T, s *process.Server, reader *pageReader, place shelf, want int) {
	page, err := reader.read(place.query())
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(page, []byte(load.BodyMark)); n != want {
		t.Fatalf("%s: %d messages instead of %d", place.name, n, want)
	}
	tin, err := startCanned(len(place.query()), page)
	if err != nil {
		t.Fatal(err)
	}
	c, err := load.Dial(t.Context(), tin.addr, "canned", 0)
	if err != nil {
		t.Fatal(err)
	}
	other := &pageReader{client: c, buf: make([]byte, len(reader.buf))}
	var took, bare []float64
	var used time.Duration
	for len(took) < r.size.pages {
		part, err := load.CPUDuring(s.Pid(), func() error { return reader.time(place.query(), pagesInTurn, &took) })
		if err == nil {
			err = other.time(place.query(), pagesInTurn, &bare)
		}
		if err != nil {
			t.Fatal(err)
		}
		used += part
	}
	_ = c.Conn.Close()
	if err := tin.cmd.Wait(); err != nil {
		t.Error(err)
	}
	slices.Sort(took)
	slices.Sort(bare)
	name := "page of 50 of " + fmt.Sprint(r.size.archive) + ", " + place.name
	r.report(t, figure{
		name: name, unit: "ms p50 of the server", value: took[len(took)/2] - bare[len(bare)/2], target: 0.5,
		beside: fmt.Sprintf("for the client p50 %s ms, p99 %s ms; the same bytes from memory p50 %s ms",
			number(took[len(took)/2]), number(took[len(took)*99/100]), number(bare[len(bare)/2])),
	})
	r.report(t, figure{name: name, unit: "ms CPU", value: used.Seconds() * 1000 / float64(len(took))})
}

// pagesInTurn is how many pages are read from one server before it is the other's turn.
const pagesInTurn = 25

// time reads a page so many times, and notes how many milliseconds each took.
func (p *pageReader) time(query string, times int, took *[]float64) error {
	for range times {
		begin := time.Now()
		if _, err := p.read(query); err != nil {
			return err
		}
		*took = append(*took, float64(time.Since(begin).Nanoseconds())/1e6)
	}
	return nil
}

// readAll pages through the whole archive.
func (r *run) readAll(t *testing.T, s *process.Server, reader *pageReader) {
	before := memoryNow(t, s.Pid())
	most := before.Anonymous
	all := load.NewCounter(nil, 1)
	set := ""
	for pages := 0; all.Next(0) < r.size.archive; pages++ {
		page, err := reader.read(shelf{set: set}.query())
		if err != nil {
			t.Fatal(err)
		}
		for text := bytes.NewReader(page); text.Len() > 0; {
			if _, err := all.Read(text); err != nil {
				t.Fatal(err)
			}
		}
		_, last, _ := bytes.Cut(page, []byte("<last>"))
		last, _, _ = bytes.Cut(last, []byte("</last>"))
		set = "<after>" + string(last) + "</after>"
		if pages%500 == 0 {
			most = max(most, memoryNow(t, s.Pid()).Anonymous)
		}
	}
	r.report(t, figure{
		name: "server while all of it is read", unit: "MB anonymous", value: most / megabyte, target: before.Anonymous/megabyte + 10,
		beside: number(before.Anonymous/megabyte) + " MB before",
	})
}

// A pageReader asks for pages and reads what comes, without looking at it.
type pageReader struct {
	client *load.Client
	buf    []byte
}

// read asks for one page and returns all of it, up to its <fin/>. It is valid until
// the next call.
func (p *pageReader) read(query string) ([]byte, error) {
	if err := p.client.Send(query); err != nil {
		return nil, err
	}
	if err := p.client.Conn.SetReadDeadline(time.Now().Add(load.AnswerLimit)); err != nil {
		return nil, err
	}
	for n := 0; ; {
		m, err := p.client.Conn.Read(p.buf[n:])
		if err != nil {
			return nil, fmt.Errorf("page: %w", err)
		}
		n += m
		if bytes.HasSuffix(p.buf[:n], []byte("</iq>")) {
			if !bytes.Contains(p.buf[:n], []byte("</fin>")) {
				return nil, fmt.Errorf("page: the server sent %s", p.buf[:n])
			}
			return p.buf[:n], nil
		}
		if n == len(p.buf) {
			return nil, fmt.Errorf("page: more than %d bytes", n)
		}
	}
}

// expired counts the records of archived stanzas whose day is over, in the store of
// a server that does not run: package store tells of their keys.
func expired(t *testing.T, s *process.Server) (n int) {
	t.Helper()
	kept, err := store.Open(t.Context(), badger.Options{Dir: filepath.Join(s.Data, "store")})
	if err != nil {
		t.Fatal(err)
	}
	today := uint32(time.Now().Unix() / (24 * 60 * 60))
	err = kept.Snapshot(t.Context(), func(snap *badger.Snapshot) error {
		return snap.Each(context.WithoutCancel(t.Context()), func(r badger.Record) error {
			if rest, ok := bytes.CutPrefix(r.Key, []byte("\x01ml")); ok && binary.BigEndian.Uint32(rest) < today {
				n++
			}
			return nil
		})
	})
	if err != nil {
		t.Error(err)
	}
	if err := kept.Close(); err != nil {
		t.Error(err)
	}
	return n
}

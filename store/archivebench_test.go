package store_test

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"causeway/store"
	"causeway/store/badger"
	"causeway/xmpp/ext/archive"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
)

// benchArchive is an archive on disk in which time goes by a microsecond a message.
type benchArchive struct {
	*store.Store
	people []jid.JID
	clock  atomic.Uint64
	xml    []byte
	end    time.Time
}

func newBenchArchive(b *testing.B, people int) *benchArchive {
	b.Helper()
	s, err := store.Open(b.Context(), badger.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { closeOf(b, s) })
	a := &benchArchive{Store: s, xml: bytes.Repeat([]byte("what light "), 32), end: time.Now().Add(time.Hour)}
	a.clock.Store(uint64(time.Now().UnixMicro()))
	for i := range people {
		a.people = append(a.people, jid.MustParse(fmt.Sprintf("page%d@capulet.lit", i)))
	}
	return a
}

// send archives a message from one to another on both sides.
func (a *benchArchive) send(from, to int) router.Ticket {
	id := archive.ID(a.clock.Add(1))
	return a.Archive().Append(
		archive.Entry{Owner: a.people[from], ID: id, Peer: a.people[to], Sent: true, Expires: a.end, XML: a.xml},
		archive.Entry{Owner: a.people[to], ID: id, Peer: a.people[from], Expires: a.end, XML: a.xml},
	)
}

// One durable message of 352 bytes, in both archives, by 128 writers that each wait for theirs.
func BenchmarkArchiveAppend(b *testing.B) {
	const writers = 128
	a := newBenchArchive(b, 2*writers)
	b.ReportAllocs()
	b.ResetTimer()
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := w; i < b.N; i += writers {
				t := a.send(2*w, 2*w+1)
				<-t.Done()
				if err := t.Err(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// A page of 50 out of 200,000 messages of one owner, whose neighbours write as much: with everybody, with one who
// wrote half of them, and with one who wrote one in 2,000.
func BenchmarkArchivePage(b *testing.B) {
	const messages, friend, stranger = 200_000, 1, 2
	a := newBenchArchive(b, 103)
	owner := a.people[0]
	for i := range messages {
		peer := 3 + i/2%100
		switch {
		case i%2000 == 1000:
			peer = stranger
		case i%2 == 0:
			peer = friend
		}
		t := a.send(0, peer)
		if i%1000 == 0 || i == messages-1 {
			<-t.Done()
		}
	}
	if err := a.Archive().Fold(b.Context()); err != nil {
		b.Fatal(err)
	}
	middle := archive.ID(a.clock.Load() - messages/2)
	for name, q := range map[string]archive.Query{
		"first": {}, "last": {Backward: true}, "middle": {After: middle},
		"friend":   {With: a.people[friend], Before: middle, Backward: true},
		"stranger": {With: a.people[stranger], Backward: true},
	} {
		q.Max = 50
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				page, err := a.Archive().Page(b.Context(), owner, q)
				if err != nil || len(page.Entries) != q.Max {
					b.Fatalf("%d entries, %v", len(page.Entries), err)
				}
			}
		})
	}
}

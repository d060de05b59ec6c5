package offline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

var juliet = jid.MustParse("juliet@capulet.lit")

func service(d *disk) *Service {
	return New(Config{Store: d, Messages: 10, Keep: time.Hour, Logger: slog.New(slog.DiscardHandler)})
}

func parse(t testing.TB, raw string) *stanza.Stanza {
	t.Helper()
	st, err := stanza.Parse([]byte(raw))
	if err != nil {
		t.Fatalf("bad stanza in the test: %v", err)
	}
	return st
}

// chat is a message to Juliet.
func chat(t testing.TB, body string) *stanza.Stanza {
	return parse(t, "<message from='romeo@montague.lit/orchard' to='juliet@capulet.lit/balcony' type='chat' id='1'><body>"+body+"</body></message>")
}

func store(t testing.TB, s *Service, bodies ...string) {
	t.Helper()
	for _, b := range bodies {
		if _, _, err := s.Store(t.Context(), chat(t, b), nil); err != nil {
			t.Fatal(err)
		}
	}
}

// A reader takes messages, up to its limit, and tells of none of them by itself.
type reader struct {
	limit  int
	bodies []string
	tell   []func(bool)
}

func (r *reader) deliver(st *stanza.Stanza) bool {
	if len(r.bodies) == r.limit {
		return false
	}
	r.bodies = append(r.bodies, st.Text(stanza.NSClient, "body"))
	r.tell = append(r.tell, st.Told)
	return true
}

func (r *reader) told(delivered bool) {
	for _, tell := range r.tell {
		tell(delivered)
	}
	r.tell = nil
}

// flush gives what a flush delivers to a reader that takes limit messages.
func flush(t testing.TB, s *Service, limit int) *reader {
	t.Helper()
	r := &reader{limit: limit}
	if err := s.Flush(t.Context(), juliet, r.deliver, nil); err != nil {
		t.Fatal(err)
	}
	return r
}

func want(t *testing.T, why string, r *reader, bodies ...string) {
	t.Helper()
	if !slices.Equal(r.bodies, bodies) {
		t.Errorf("%s: got %q, want %q", why, r.bodies, bodies)
	}
}

func TestJudge(t *testing.T) {
	const (
		body   = "<body>Hist!</body>"
		typing = "<composing xmlns='http://jabber.org/protocol/chatstates'/>"
		hint   = " xmlns='urn:xmpp:hints'/>"
	)
	tests := []struct {
		name, typ, payload string
		want               judgment
	}{
		{"XEP-0160 #types: normal", "normal", body, keep},
		{"XEP-0160 #types: no type", "", body, keep},
		{"XEP-0160 #types: chat", "chat", body, keep},
		{"XEP-0160 #types: only a chat state", "chat", typing, drop},
		{"XEP-0085 #bizrules-syntax: a chat state with its thread", "chat", typing + "<thread>1</thread>", drop},
		{"XEP-0160 #types: a chat state with a body", "chat", body + typing, keep},
		{"XEP-0160 #types: a receipt", "chat", "<received xmlns='urn:xmpp:receipts' id='1'/>", keep},
		{"XEP-0160 #types: groupchat", "groupchat", body, refuse},
		{"XEP-0160 #types: headline", "headline", body, drop},
		{"XEP-0160 #types: error", "error", body, drop},
		{"XEP-0334 #no-store", "chat", body + "<no-store" + hint, refuse},
		{"XEP-0334 #no-store: nothing to read", "chat", "<x xmlns='y'/><no-store" + hint, drop},
		{"XEP-0334 #no-permanent-store", "chat", body + "<no-permanent-store" + hint, keep},
		{"XEP-0334 #hints: store", "chat", typing + "<store" + hint, keep},
		{"XEP-0334 #rules: hints of an error count for nothing", "error", body + "<store" + hint, drop},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			typ := ""
			if tt.typ != "" {
				typ = " type='" + tt.typ + "'"
			}
			st := parse(t, "<message"+typ+" to='juliet@capulet.lit' from='romeo@montague.lit/orchard'>"+tt.payload+"</message>")
			if got := judge(st); got != tt.want {
				t.Fatalf("got %d, want %d", got, tt.want)
			}
			d := newDisk()
			ticket, _, err := service(d).Store(t.Context(), st, nil)
			if kept := tt.want == keep; (ticket != nil) != kept || (d.waiting(juliet) == 1) != kept {
				t.Errorf("ticket %v, %d messages on the disk", ticket, d.waiting(juliet))
			}
			if refused := isUnavailable(err); refused != (tt.want == refuse) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func isUnavailable(err error) bool {
	var told *stanza.Error
	return errors.As(err, &told) && told.Condition == stanza.ServiceUnavailable
}

// XEP-0203 #examples: who delayed it, and since when.
func TestStamp(t *testing.T) {
	const (
		ours   = "<delay xmlns='urn:xmpp:delay' from='capulet.lit' stamp='2000-01-01T00:00:00.000Z'>Offline Storage</delay>"
		theirs = "<delay xmlns='urn:xmpp:delay' from='plays.montague.lit' stamp='1597-01-01T00:00:00Z'/>"
		forged = "<delay xmlns='urn:xmpp:delay' from='capulet.lit' stamp='1597-01-01T00:00:00Z'/>"
	)
	tests := []struct{ name, payload, want string }{
		{"XEP-0160 #flow", "<body>O</body>", "<body>O</body>" + ours},
		{"XEP-0203 #security: a stamp in our name is forged", forged + "<body>O</body>" + forged, "<body>O</body>" + ours},
		{"XEP-0203 #protocol: the stamp of somebody else stays", theirs + "<body>O</body>", theirs + "<body>O</body>" + ours},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// The clock of a bubble starts at midnight of the year 2000.
			synctest.Test(t, func(t *testing.T) {
				const head = "<message from='romeo@montague.lit/orchard' to='juliet@capulet.lit' type='chat' id='1'>"
				s := service(newDisk())
				if _, _, err := s.Store(t.Context(), parse(t, head+tt.payload+"</message>"), nil); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				var got string
				err := s.Flush(t.Context(), juliet, func(st *stanza.Stanza) bool {
					got = string(st.AppendTo(nil))
					return true
				}, nil)
				if want := head + tt.want + "</message>"; got != want || err != nil {
					t.Errorf("got  %s, %v\nwant %s", got, err, want)
				}
			})
		})
	}
}

func TestFlush(t *testing.T) {
	d := newDisk()
	s := service(d)
	store(t, s, "1", "2", "3")

	first := flush(t, s, 2)
	want(t, "in order, until the reader is full", first, "1", "2")
	second := flush(t, s, 10)
	want(t, "not what somebody else was given", second, "3")
	want(t, "nothing twice", flush(t, s, 10))

	first.told(false)
	third := flush(t, s, 10)
	want(t, "what was not delivered waits again", third, "1", "2")
	second.told(true)
	third.told(true)
	third.told(false)
	want(t, "what was delivered is gone", flush(t, s, 10))
	if n := d.waiting(juliet); n != 0 {
		t.Errorf("%d messages are still on the disk", n)
	}
}

func TestToldWhileBeingDelivered(t *testing.T) {
	d := newDisk()
	s := service(d)
	store(t, s, "1", "2")
	for _, want := range []int{2, 0} {
		n := 0
		err := s.Flush(t.Context(), juliet, func(st *stanza.Stanza) bool {
			n++
			st.Told(true) // an exit that writes at once
			return true
		}, nil)
		if n != want || err != nil {
			t.Errorf("%d were delivered, want %d; %v", n, want, err)
		}
	}
	if n := d.waiting(juliet); n != 0 {
		t.Errorf("%d messages are still on the disk", n)
	}
}

func TestFlushGoesPageByPage(t *testing.T) {
	d := newDisk()
	s := New(Config{Store: d, Logger: slog.New(slog.DiscardHandler)})
	var bodies []string
	for i := range 2*pageSize + 50 {
		bodies = append(bodies, strconv.Itoa(i))
	}
	store(t, s, bodies...)
	want(t, "all of them", flush(t, s, len(bodies)+1), bodies...)
	if d.pages != 3 {
		t.Errorf("%d pages were read, want 3", d.pages)
	}
}

// A message that is accepted but not on the disk yet belongs to the flush too:
// nobody else would deliver it.
func TestFlushWaitsForTheDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		d.lazy = true
		s := service(d)
		store(t, s, "1", "2")
		r := &reader{limit: 10}
		done := make(chan error, 1)
		go func() { done <- s.Flush(t.Context(), juliet, r.deliver, nil) }() // ends with the sync below
		synctest.Wait()
		if len(r.bodies) != 0 {
			t.Fatalf("got %q before it was written", r.bodies)
		}
		d.sync()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		want(t, "after the sync", r, "1", "2")

		ctx, cancel := context.WithCancel(t.Context())
		store(t, s, "3")
		go func() { done <- s.Flush(ctx, juliet, r.deliver, nil) }() // ends with cancel
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("a flush that was given up said %v", err)
		}
	})
}

// The two questions of the router are asked with the queue locked.
func TestSomebodyIsThereAfterAll(t *testing.T) {
	d := newDisk()
	s := service(d)
	level := false
	present := func() bool { return level }
	if _, stored, err := s.Store(t.Context(), chat(t, "1"), present); !stored || err != nil {
		t.Errorf("nobody is there: stored %v, %v", stored, err)
	}
	r := &reader{limit: 10}
	if err := s.Flush(t.Context(), juliet, r.deliver, func() { level = true }); err != nil || !level {
		t.Errorf("level %v after the flush, %v", level, err)
	}
	want(t, "what waited", r, "1")
	ticket, stored, err := s.Store(t.Context(), chat(t, "2"), present)
	if ticket != nil || stored || err != nil || d.waiting(juliet) != 1 {
		t.Errorf("somebody is there: %v, %v, %v", ticket, stored, err)
	}
	typing := parse(t, "<message to='juliet@capulet.lit' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>")
	if _, stored, _ := s.Store(t.Context(), typing, present); stored {
		t.Error("somebody is there to see the typing, and it was swallowed")
	}

	level = false
	full := &reader{}
	store(t, s, "3")
	if err := s.Flush(t.Context(), juliet, full.deliver, func() { level = true }); err != nil || level {
		t.Errorf("level %v although something waits, %v", level, err)
	}
}

func TestWhatComesBackDuringAFlush(t *testing.T) {
	s := service(newDisk())
	store(t, s, "1", "2", "3")
	other := flush(t, s, 2)
	r := &reader{limit: 10}
	err := s.Flush(t.Context(), juliet, func(st *stanza.Stanza) bool {
		other.told(false) // the client that had 1 and 2 has gone
		return r.deliver(st)
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "nothing is passed over", r, "3", "1", "2")
}

func TestForgettingIsBatched(t *testing.T) {
	d := newDisk()
	s := service(d)
	store(t, s, "1", "2", "3", "4", "5")
	r := flush(t, s, 10)
	d.lazy = true
	r.told(true)
	want(t, "what is being forgotten is not found", flush(t, s, 10))
	d.sync()
	d.sync()
	if n := d.waiting(juliet); n != 0 {
		t.Errorf("%d messages are still on the disk", n)
	}
	if d.deletes != 2 {
		t.Errorf("%d deletions, want 2: one, and one for all that came meanwhile", d.deletes)
	}
}

func TestHold(t *testing.T) {
	d := newDisk()
	s := service(d)
	release, ticket, err := s.Hold(t.Context(), juliet, chat(t, "held"))
	if err != nil || ticket == nil {
		t.Fatalf("hold: %v, %v", ticket, err)
	}
	store(t, s, "stored")
	want(t, "a held message is left alone", flush(t, s, 10), "stored")
	release(false)
	want(t, "a released one is not", flush(t, s, 10), "held")

	release, _, _ = s.Hold(t.Context(), juliet, chat(t, "delivered after all"))
	release(true)
	release(false)
	want(t, "a delivered one is gone", flush(t, s, 10))

	if _, _, err := s.Hold(t.Context(), juliet, chat(t, "crash")); err != nil {
		t.Fatal(err)
	}
	want(t, "after a restart it is an ordinary one", flush(t, service(d), 10), "held", "stored", "crash")

	release, ticket, err = s.Hold(t.Context(), juliet, parse(t, "<presence from='romeo@montague.lit/orchard' to='juliet@capulet.lit'/>"))
	if err != nil || ticket != nil {
		t.Errorf("presence was held: %v, %v", ticket, err)
	}
	release(false)
}

func TestLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		s := service(d)
		for i := range 10 {
			store(t, s, strconv.Itoa(i))
		}
		_, _, err := s.Store(t.Context(), chat(t, "one too many"), nil)
		if !isUnavailable(err) {
			t.Errorf("XEP-0160 #flow: a full queue said %v", err)
		}
		if _, _, err := service(d).Store(t.Context(), chat(t, "after a restart"), nil); !isUnavailable(err) {
			t.Errorf("XEP-0160 #flow: a full queue said %v after a restart", err)
		}
		if _, _, err := s.Hold(t.Context(), juliet, chat(t, "held")); err != nil {
			t.Errorf("a full queue held nothing: %v", err)
		}

		time.Sleep(2 * time.Hour)
		want(t, "all are expired", flush(t, s, 100))
		// The held one is claimed still, so the queue is not counted again.
		s = service(d)
		store(t, s, "new")
		want(t, "there is room again", flush(t, s, 100), "new")
	})
}

func TestExpiredMakeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := service(newDisk())
		for i := range 10 {
			store(t, s, strconv.Itoa(i))
		}
		time.Sleep(2 * time.Hour)
		store(t, s, "new")
		want(t, "there is room again", flush(t, s, 100), "new")
	})
}

func TestBytesLimit(t *testing.T) {
	s := New(Config{Store: newDisk(), Bytes: 1000, Logger: slog.New(slog.DiscardHandler)})
	store(t, s, "small")
	if _, _, err := s.Store(t.Context(), chat(t, strings.Repeat("O", 900)), nil); !isUnavailable(err) {
		t.Errorf("too many bytes: %v", err)
	}
}

func TestFailedWrite(t *testing.T) {
	d := newDisk()
	s := service(d)
	d.fail = errors.New("no space")
	ticket, _, err := s.Store(t.Context(), chat(t, "lost"), nil)
	if err != nil || ticket.Err() == nil {
		t.Fatalf("got %v and %v, want a ticket with an error", ticket.Err(), err)
	}
	d.fail = nil
	store(t, s, "kept")
	want(t, "a write that failed holds nobody up", flush(t, s, 10), "kept")
	if q := s.queues[juliet]; q.count != 1 {
		t.Errorf("%d messages are counted, want 1", q.count)
	}
}

func TestUnreadableEntry(t *testing.T) {
	d := newDisk()
	d.rows[juliet] = []Entry{{ID: 7, Expires: time.Now().Add(time.Hour), XML: []byte("<mess")}}
	s := service(d)
	store(t, s, "whole")
	want(t, "one broken row holds nobody up", flush(t, s, 10), "whole")
	if n := d.waiting(juliet); n != 2 {
		t.Errorf("%d rows, want 2: a broken one is evidence", n)
	}
}

func TestRemove(t *testing.T) {
	d := newDisk()
	s := service(d)
	store(t, s, "1", "2")
	r := flush(t, s, 1)
	if err := s.Remove(t.Context(), juliet); err != nil {
		t.Fatal(err)
	}
	r.told(true)
	want(t, "nothing is left for the next one of that name", flush(t, s, 10))
	store(t, s, "3")
	want(t, "who starts anew", flush(t, s, 10), "3")
}

func TestIdleQueuesAreForgotten(t *testing.T) {
	d := newDisk()
	s := service(d)
	for i := range 3 * minSweep {
		owner := jid.MustParse(fmt.Sprintf("user%d@capulet.lit", i))
		if err := s.Flush(t.Context(), owner, func(*stanza.Stanza) bool { return true }, nil); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(s.queues); n > minSweep {
		t.Errorf("%d queues are in memory, want %d at most", n, minSweep)
	}
}

// Many senders and readers at once: each message is delivered once.
func TestOnce(t *testing.T) {
	d := newDisk()
	s := New(Config{Store: d, Logger: slog.New(slog.DiscardHandler)})
	const senders, each = 4, 100
	done := make(chan struct{})
	for i := range senders {
		go func() { // ends after its messages
			for k := range each {
				store(t, s, fmt.Sprintf("%d/%d", i, k))
			}
			done <- struct{}{}
		}()
	}
	seen := make(chan string, 2*senders*each)
	for range 3 {
		go func() { // ends after a while of flushing
			for k := range 200 {
				_ = s.Flush(t.Context(), juliet, func(st *stanza.Stanza) bool {
					if k%5 == 0 {
						return false
					}
					seen <- st.Text(stanza.NSClient, "body")
					st.Told(true)
					return true
				}, nil)
			}
			done <- struct{}{}
		}()
	}
	for range senders + 3 {
		<-done
	}
	last := flush(t, s, senders*each)
	last.told(true)
	close(seen)
	count := map[string]int{}
	for body := range seen {
		count[body]++
	}
	for _, body := range last.bodies {
		count[body]++
	}
	for body, n := range count {
		if n != 1 {
			t.Errorf("%s was delivered %d times", body, n)
		}
	}
	if len(count) != senders*each {
		t.Errorf("%d messages were delivered, want %d", len(count), senders*each)
	}
}

// free is a Store that costs nothing, to measure what is above it.
type free struct{ done *ticket }

func newFree() free {
	f := free{&ticket{done: make(chan struct{})}}
	f.done.finish(nil)
	return f
}

func (free) Summary(context.Context, jid.JID) (Summary, error) { return Summary{}, nil }
func (free) Page(context.Context, jid.JID, uint64, int) ([]Entry, error) {
	return nil, nil
}
func (f free) Push(jid.JID, Entry) router.Ticket      { return f.done }
func (f free) Delete(jid.JID, []uint64) router.Ticket { return f.done }
func (free) Clear(context.Context, jid.JID) error     { return nil }

func BenchmarkStore(b *testing.B) {
	s := New(Config{Store: newFree(), Messages: 1 << 40, Bytes: 1 << 60, Logger: slog.New(slog.DiscardHandler)})
	st := chat(b, strings.Repeat("O", 300))
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := s.Store(ctx, st, nil); err != nil {
			b.Fatal(err)
		}
	}
}

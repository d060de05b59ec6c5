package offline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/jid"
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

func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		s := service(d)
		store(t, s, "1", "2")
		r := flush(t, s, 10)
		d.lazy = true
		r.told(true)
		done := make(chan error, 1)
		go func() { done <- s.Drain(t.Context()) }() // ends with the second sync
		synctest.Wait()
		d.sync()
		synctest.Wait()
		select {
		case err := <-done:
			t.Errorf("one message is not forgotten yet, and drain said %v", err)
		default:
		}
		d.sync()
		if err := <-done; err != nil || d.waiting(juliet) != 0 {
			t.Errorf("%d messages on the disk, %v", d.waiting(juliet), err)
		}
	})
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

func TestFailedWrite(t *testing.T) {
	d := newDisk()
	s := service(d)
	d.lazy = true
	ticket, _, err := s.Store(t.Context(), chat(t, "lost"), nil)
	if err != nil {
		t.Fatal(err)
	}
	d.fail = errors.New("no space")
	d.sync()
	if ticket.Err() == nil {
		t.Error("a write failed, and the ticket says nothing")
	}
	d.lazy = false
	if _, stored, err := s.Store(t.Context(), chat(t, "refused"), nil); stored || !errors.Is(err, d.fail) {
		t.Errorf("the store takes no more: stored %v, %v", stored, err)
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

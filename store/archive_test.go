package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"causeway/store"
	"causeway/store/badger"
	"causeway/xmpp/ext/archive"
	"causeway/xmpp/jid"
)

func archived(owner jid.JID, id archive.ID, peer jid.JID) archive.Entry {
	return archive.Entry{Owner: owner, ID: id, Peer: peer, XML: fmt.Appendf(nil, "<message id='%d'/>", id)}
}

func archivedIDs(page archive.Page) (list []archive.ID) {
	for _, e := range page.Entries {
		list = append(list, e.ID)
	}
	return list
}

// What one closure writes is in both archives, byte for byte, whether it is in the tail, replayed or in the index.
func TestArchiveEntries(t *testing.T) {
	h := newHouse(t)
	end := time.Now().Add(time.Hour).UTC()
	xml := []byte("<message to='juliet@capulet.lit'><body>&#x1F339;</body></message>")
	sent := archive.Entry{Owner: romeo, ID: 5, Peer: juliet, Sent: true, Expires: end, XML: xml}
	received := archive.Entry{Owner: juliet, ID: 6, Peer: jid.MustParse("romeo@montague.lit/orchard"), XML: xml}
	midnight := archive.Entry{Owner: nurse, ID: 8, Peer: romeo, Expires: end.Truncate(24 * time.Hour).Add(48 * time.Hour), XML: xml}
	private := archive.Entry{Owner: nurse, ID: 7, Peer: juliet, Expires: end.Add(48 * time.Hour), XML: []byte("<message/>")}
	must(t, outcome(h.Archive().Append(sent, received, private)))
	must(t, outcome(h.Archive().Append(midnight)))
	check := func(state string) {
		t.Helper()
		for _, want := range []archive.Entry{sent, received, private, midnight} {
			page, err := h.Archive().Page(t.Context(), want.Owner, archive.Query{Max: 10, With: want.Peer.Bare()})
			must(t, err)
			if !reflect.DeepEqual(page, archive.Page{Entries: []archive.Entry{want}, Reached: want.ID}) {
				t.Errorf("%s: got %+v, want %+v", state, page, want)
			}
		}
	}
	check("in the tail")
	must(t, h.Archive().Fold(t.Context()))
	if n := h.Archive().Recent(); n != 0 {
		t.Errorf("%d entries are not in the index", n)
	}
	check("in the index")
	h.restart()
	check("after a restart")
}

// shelf is an archive as simple as can be.
type shelf []archive.Entry

func (s shelf) query(q archive.Query) archive.Page {
	var page archive.Page
	list := slices.Clone(s)
	if q.Backward {
		slices.Reverse(list)
	}
	for _, e := range list {
		switch {
		case e.ID <= q.After, q.Before != 0 && e.ID >= q.Before:
		case q.IDs != nil && !slices.Contains(q.IDs, e.ID):
		case q.IDs == nil && q.With.IsFull() && e.Peer != q.With:
		case q.IDs == nil && !q.With.IsZero() && e.Peer.Bare() != q.With.Bare():
		case len(page.Entries) == q.Max:
			page.More = true
		default:
			page.Entries = append(page.Entries, e)
		}
	}
	if q.Backward {
		slices.Reverse(page.Entries)
	}
	return page
}

// Random changes and questions, answered by the store and by a list in memory; folds and restarts in between.
func TestArchiveAgainstList(t *testing.T) {
	h := newHouse(t)
	rnd := rand.New(rand.NewPCG(3, 14))
	owners := []jid.JID{romeo, juliet, nurse}
	peers := []jid.JID{romeo, juliet, nurse, jid.MustParse("romeo@montague.lit/orchard"), jid.MustParse("juliet@capulet.lit/balcony")}
	want := map[jid.JID]shelf{}
	var id archive.ID
	for step := range 4000 {
		switch n := rnd.IntN(100); {
		case n < 80:
			id += archive.ID(1 + rnd.IntN(3))
			var entries []archive.Entry
			for _, o := range rnd.Perm(3)[:1+rnd.IntN(3)] {
				e := archived(owners[o], id, peers[rnd.IntN(len(peers))])
				if rnd.IntN(4) == 0 {
					e.Expires = time.Now().Add(time.Duration(1+rnd.IntN(100)) * time.Hour).UTC()
				}
				entries = append(entries, e)
				want[e.Owner] = append(want[e.Owner], e)
			}
			ticket := h.Archive().Append(entries...)
			if rnd.IntN(10) == 0 {
				must(t, outcome(ticket))
			}
		case n < 85:
			owner := owners[rnd.IntN(3)]
			if list := want[owner]; len(list) > 0 {
				e := &list[rnd.IntN(len(list))]
				xml := fmt.Appendf(nil, "<message><moderated n='%d'/></message>", step)
				h.Archive().Edit(owner, e.ID, func(old archive.Entry) []byte {
					if !reflect.DeepEqual(old, *e) {
						t.Errorf("edit of %+v got %+v", *e, old)
					}
					return xml
				})
				must(t, outcome(h.Archive().Edit(owner, e.ID, func(archive.Entry) []byte { return nil })))
				e.XML = xml
			}
		case n == 85:
			must(t, h.Archive().Fold(t.Context()))
		case n == 86 && rnd.IntN(5) == 0:
			h.restart()
		case n == 87 && rnd.IntN(10) == 0:
			owner := owners[rnd.IntN(3)]
			must(t, h.Forget(t.Context(), owner))
			delete(want, owner)
		case n == 88 && rnd.IntN(3) == 0:
			owner, peer := owners[rnd.IntN(3)], peers[rnd.IntN(len(peers))]
			must(t, outcome(h.Archive().Append())) // what was submitted before is there
			must(t, h.Archive().Purge(t.Context(), owner, peer))
			want[owner] = slices.DeleteFunc(want[owner], func(e archive.Entry) bool { return e.Peer.Bare() == peer.Bare() })
		default:
			must(t, outcome(h.Archive().Append())) // what was submitted before is done
			ask(t, h, rnd, owners[rnd.IntN(3)], want, peers, id)
		}
	}
}

func ask(t *testing.T, h *house, rnd *rand.Rand, owner jid.JID, want map[jid.JID]shelf, peers []jid.JID, last archive.ID) {
	t.Helper()
	q := archive.Query{Max: rnd.IntN(20), Backward: rnd.IntN(2) == 0}
	if rnd.IntN(2) == 0 {
		q.After = archive.ID(rnd.Int64N(int64(last) + 2))
	}
	if rnd.IntN(2) == 0 {
		q.Before = archive.ID(rnd.Int64N(int64(last) + 2))
	}
	switch rnd.IntN(4) {
	case 0:
		q.With = peers[rnd.IntN(len(peers))]
	case 1:
		q.IDs = []archive.ID{}
		for range rnd.IntN(5) {
			q.IDs = append(q.IDs, archive.ID(rnd.Int64N(int64(last)+2)))
		}
	}
	expected := want[owner].query(q)
	got, err := h.Archive().Page(t.Context(), owner, q)
	must(t, err)
	same := len(got.Entries) == len(expected.Entries) && (len(got.Entries) == 0 || reflect.DeepEqual(got.Entries, expected.Entries))
	if !same || got.More != expected.More {
		t.Fatalf("%s %+v:\ngot  %v %v\nwant %v %v", owner, q, archivedIDs(got), got.More, archivedIDs(expected), expected.More)
	}
	limit := 1 + rnd.IntN(50)
	all := q
	all.Max = limit
	n, err := h.Archive().Count(t.Context(), owner, q, limit)
	if all.Backward = false; err != nil || n != len(want[owner].query(all).Entries) {
		t.Fatalf("%s %+v: counted %d up to %d, %v", owner, q, n, limit, err)
	}
	first, end, err := h.Archive().Ends(t.Context(), owner)
	must(t, err)
	if list := want[owner]; len(list) > 0 && (first != list[0].ID || end != list[len(list)-1].ID) || len(list) == 0 && (first != 0 || end != 0) {
		t.Fatalf("%s: ends %d and %d of %d entries", owner, first, end, len(list))
	}
}

// A query for a rare resource looks at a bounded number of entries, and going on from where it stopped finds all.
func TestArchiveRareResource(t *testing.T) {
	h := newHouse(t)
	rare := jid.MustParse("juliet@capulet.lit/tomb")
	for id := archive.ID(1); id <= 3500; id++ {
		e := archived(romeo, id, juliet)
		if id%1700 == 0 {
			e.Peer = rare
		}
		h.Archive().Append(e)
	}
	for _, backward := range []bool{false, true} {
		var found []archive.ID
		q := archive.Query{With: rare, Max: 10, Backward: backward}
		for pages := 1; ; pages++ {
			must(t, outcome(h.Archive().Append()))
			page, err := h.Archive().Page(t.Context(), romeo, q)
			must(t, err)
			found = append(found, archivedIDs(page)...)
			if !page.More {
				if pages != 4 {
					t.Errorf("%d pages", pages)
				}
				break
			}
			if backward {
				q.Before = page.Reached
			} else {
				q.After = page.Reached
			}
		}
		slices.Sort(found)
		if !slices.Equal(found, []archive.ID{1700, 3400}) {
			t.Errorf("found %v", found)
		}
		must(t, h.Archive().Fold(t.Context()))
	}
}

// Bytes ends a page early, but never before its first entry.
func TestArchivePageBytes(t *testing.T) {
	h := newHouse(t)
	for id := archive.ID(1); id <= 5; id++ {
		must(t, outcome(h.Archive().Append(archived(romeo, id, juliet))))
	}
	size := len(archived(romeo, 1, juliet).XML)
	for bytes, want := range map[int]int{1: 1, size: 1, size + 1: 2, 3 * size: 3, 0: 5} {
		page, err := h.Archive().Page(t.Context(), romeo, archive.Query{Max: 10, Bytes: bytes})
		if err != nil || len(page.Entries) != want || page.More != (want < 5) || page.Reached != archive.ID(want) {
			t.Errorf("%d bytes: %d entries, %v, reached %d, %v", bytes, len(page.Entries), page.More, page.Reached, err)
		}
	}
}

// An entry that another has overtaken on its way is where its ID belongs.
func TestArchiveOvertaken(t *testing.T) {
	h := newHouse(t)
	ids := rand.New(rand.NewPCG(1, 2)).Perm(100)
	for _, id := range ids {
		must(t, outcome(h.Archive().Append(archived(romeo, archive.ID(id+1), juliet))))
	}
	must(t, h.Archive().Fold(t.Context()))
	page, err := h.Archive().Page(t.Context(), romeo, archive.Query{Max: 200, With: juliet})
	must(t, err)
	if got := archivedIDs(page); len(got) != 100 || !slices.IsSorted(got) {
		t.Errorf("got %v", got)
	}
}

func TestArchiveExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(t.Context(), badger.Options{Memory: true})
		must(t, err)
		defer closeOf(t, s)
		soon, late := archived(romeo, 1, juliet), archived(romeo, 2, juliet)
		soon.Expires = time.Now().Add(1500 * time.Millisecond).UTC()
		late.Expires = time.Now().Add(3 * time.Second).UTC()
		must(t, outcome(s.Archive().Append(soon, late, archived(romeo, 3, nurse))))
		look := func(want ...archive.ID) {
			t.Helper()
			page, err := s.Archive().Page(t.Context(), romeo, archive.Query{Max: 10})
			must(t, err)
			n, err := s.Archive().Count(t.Context(), romeo, archive.Query{}, 10)
			must(t, err)
			first, _, err := s.Archive().Ends(t.Context(), romeo)
			must(t, err)
			if got := archivedIDs(page); !slices.Equal(got, want) || n != len(want) || first != want[0] {
				t.Errorf("got %v, counted %d, first %d; want %v", got, n, first, want)
			}
		}
		time.Sleep(1499 * time.Millisecond)
		look(1, 2, 3)
		time.Sleep(time.Millisecond)
		look(2, 3)
		must(t, s.Archive().Fold(t.Context()))
		look(2, 3)
		time.Sleep(2 * time.Second)
		look(3)
		must(t, outcome(s.Archive().Edit(romeo, 2, func(archive.Entry) []byte { t.Error("edited what has expired"); return nil })))
	})
}

// The log of a day goes as a whole when the day is over, in the time between any two writes.
func TestArchiveSweep(t *testing.T) {
	h := newHouse(t)
	now := time.Now()
	for id := archive.ID(1); id <= 1000; id++ {
		e := archived(romeo, id, juliet)
		e.XML = append(e.XML, make([]byte, 5000)...)
		e.Expires = now.Add(time.Hour)
		h.Archive().Append(e)
	}
	must(t, outcome(h.Archive().Append(archived(romeo, 1001, juliet))))
	count := func() (n int) {
		must(t, h.Snapshot(t.Context(), func(s *badger.Snapshot) error {
			return s.Each(t.Context(), func(badger.Record) error { n++; return nil })
		}))
		return n
	}
	before := count()
	must(t, store.Sweep(h.Archive(), t.Context(), now))
	if n := count(); n != before {
		t.Errorf("%d of %d records are left before anything expired", n, before)
	}
	must(t, store.Sweep(h.Archive(), t.Context(), now.Add(30*time.Hour)))
	if n := count(); n > 10 {
		t.Errorf("%d of %d records are left", n, before)
	}
	page, err := h.Archive().Page(t.Context(), romeo, archive.Query{Max: 10, After: 1000})
	if got := archivedIDs(page); err != nil || !slices.Equal(got, []archive.ID{1001}) {
		t.Errorf("got %v, %v", got, err)
	}
}

// A stanza that nobody keeps any more is overwritten, not only forgotten.
func TestArchiveForgetsContents(t *testing.T) {
	h := newHouse(t)
	const secret = "wherefore art thou"
	e := archived(romeo, 1, juliet)
	e.XML = []byte("<message><body>" + secret + "</body></message>")
	other := e
	other.Owner, other.Peer = juliet, romeo
	must(t, outcome(h.Archive().Append(e, other)))
	for i, want := range []bool{true, false} {
		must(t, h.Forget(t.Context(), []jid.JID{romeo, juliet}[i]))
		found := false
		must(t, h.Snapshot(t.Context(), func(s *badger.Snapshot) error {
			return s.Each(t.Context(), func(r badger.Record) error {
				found = found || slices.ContainsFunc([][]byte{r.Val}, func(v []byte) bool { return contains(v, secret) })
				return nil
			})
		}))
		if found != want {
			t.Errorf("after %d of 2 accounts are gone: contents are there is %v", i+1, found)
		}
	}
}

func contains(val []byte, text string) bool {
	for i := range val {
		if len(val)-i >= len(text) && string(val[i:i+len(text)]) == text {
			return true
		}
	}
	return false
}

func TestArchivePrefs(t *testing.T) {
	h := newHouse(t)
	_, ok, err := h.Archive().Prefs(t.Context(), romeo)
	if ok || err != nil {
		t.Errorf("got some without any: %v", err)
	}
	want := archive.Prefs{Default: archive.Roster, Always: []jid.JID{juliet, jid.MustParse("nurse@capulet.lit/kitchen")}}
	must(t, h.Archive().SetPrefs(t.Context(), romeo, want))
	h.restart()
	got, ok, err := h.Archive().Prefs(t.Context(), romeo)
	if !ok || err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, %v", got, ok, err)
	}
}

// A page that is read while an edit is on its way to the disk has the entry as it was: one without it would be a gap
// for whoever goes on behind it.
func TestArchiveEditUnderWay(t *testing.T) {
	h := newHouse(t)
	for id := archive.ID(1); id <= 3; id++ {
		must(t, outcome(h.Archive().Append(archived(romeo, id, juliet))))
	}
	begun, goOn := make(chan struct{}, 2), make(chan struct{})
	hold := func(archive.Entry) []byte {
		begun <- struct{}{}
		<-goOn
		return nil
	}
	first := h.Archive().Edit(romeo, 3, hold)
	<-begun
	// Both are of one batch now; the second keeps the first from being committed.
	edit := h.Archive().Edit(romeo, 1, func(archive.Entry) []byte { return []byte("<message>new</message>") })
	last := h.Archive().Edit(romeo, 3, hold)
	goOn <- struct{}{}
	<-begun
	page, err := h.Archive().Page(t.Context(), romeo, archive.Query{Max: 10})
	must(t, err)
	if len(page.Entries) != 3 || string(page.Entries[0].XML) == "<message>new</message>" {
		t.Errorf("while an entry is edited a page has %+v", page.Entries)
	}
	goOn <- struct{}{}
	must(t, errors.Join(outcome(first), outcome(edit), outcome(last)))
	page, err = h.Archive().Page(t.Context(), romeo, archive.Query{Max: 10})
	must(t, err)
	if len(page.Entries) != 3 || string(page.Entries[0].XML) != "<message>new</message>" {
		t.Errorf("when it was edited a page has %+v", page.Entries)
	}
}

// While some write, some edit and the index takes over, a reader who goes on page by page sees everything that was
// there when it began, once and in order.
func TestArchiveConflict(t *testing.T) {
	h := newHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var id archive.ID
	for ; id < 2000; id++ {
		h.Archive().Append(archived(romeo, id+1, juliet))
	}
	must(t, outcome(h.Archive().Append()))
	work := []func(i int) error{
		func(i int) error {
			return outcome(h.Archive().Append(archived(romeo, archive.ID(2001+i), juliet)))
		},
		func(i int) error {
			return outcome(h.Archive().Edit(romeo, archive.ID(1+i%2000), func(e archive.Entry) []byte { return append(e.XML, ' ') }))
		},
		func(int) error { return h.Archive().Fold(ctx) },
	}
	done := make(chan error, len(work))
	for _, do := range work {
		go func() { // ends with ctx
			for i := 0; ctx.Err() == nil; i++ {
				if err := do(i); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range 20 {
		next := archive.ID(1)
		for q := (archive.Query{Max: 50}); next <= 2000; q.After = next - 1 {
			page, err := h.Archive().Page(t.Context(), romeo, q)
			must(t, err)
			for _, e := range page.Entries {
				if e.ID != next {
					t.Fatalf("got %d instead of %d", e.ID, next)
				}
				next++
			}
		}
	}
	cancel()
	var errs []error
	for range work {
		errs = append(errs, <-done)
	}
	if err := errors.Join(errs...); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

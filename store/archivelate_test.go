package store_test

import (
	"bytes"
	"slices"
	"testing"

	"causeway/xmpp/ext/archive"
)

// An import brings what is older than the index: the last page is still that of the newest, and the ends are those of
// the whole archive.
func TestArchiveLateComers(t *testing.T) {
	h := newHouse(t)
	r := h.Archive()
	must(t, outcome(r.Append(archived(romeo, 100, juliet), archived(romeo, 110, juliet))))
	must(t, r.Fold(t.Context()))
	must(t, outcome(r.Append(archived(romeo, 10, juliet), archived(romeo, 105, juliet))))
	for max, want := range map[int][]archive.ID{1: {110}, 2: {105, 110}, 3: {100, 105, 110}, 4: {10, 100, 105, 110}} {
		page, err := r.Page(t.Context(), romeo, archive.Query{Backward: true, Max: max})
		must(t, err)
		if got := archivedIDs(page); !slices.Equal(got, want) || page.More != (max < 4) {
			t.Errorf("the last %d are %v, more %v; want %v", max, got, page.More, want)
		}
	}
	first, last, err := r.Ends(t.Context(), romeo)
	if must(t, err); first != 10 || last != 110 {
		t.Errorf("the ends are %d and %d", first, last)
	}
}

// An account with large messages is forgotten too, in steps that fit.
func TestArchiveForgetLarge(t *testing.T) {
	h := newHouse(t)
	large := bytes.Repeat([]byte("x"), 400<<10)
	for id := range archive.ID(12) {
		must(t, outcome(h.Archive().Append(archive.Entry{Owner: romeo, ID: id + 1, Peer: juliet, XML: large})))
	}
	must(t, h.Archive().Fold(t.Context()))
	must(t, h.Forget(t.Context(), romeo))
	page, err := h.Archive().Page(t.Context(), romeo, archive.Query{Max: 100})
	if must(t, err); len(page.Entries) > 0 || page.More {
		t.Errorf("%d entries are left, more %v", len(page.Entries), page.More)
	}
}

package store_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"causeway/store"
	"causeway/store/badger"
	"causeway/xmpp/ext/offline"
	"causeway/xmpp/router"
)

func outcome(t router.Ticket) error {
	<-t.Done()
	return t.Err()
}

func entry(id uint64) offline.Entry {
	return offline.Entry{ID: id, XML: fmt.Appendf(nil, "<message id='%d'/>", id)}
}

func ids(entries []offline.Entry) (list []uint64) {
	for _, e := range entries {
		list = append(list, e.ID)
	}
	return list
}

func TestOfflineQueue(t *testing.T) {
	h := newHouse(t)
	end := time.Now().Add(time.Hour).UTC()
	all := []uint64{1, 2, 300, 1 << 40}
	for _, id := range slices.Backward(all) {
		e := entry(id)
		e.Expires = end
		must(t, outcome(h.Offline().Push(romeo, e)))
	}
	must(t, outcome(h.Offline().Push(juliet, entry(7))))
	h.restart()

	page, err := h.Offline().Page(t.Context(), romeo, 0, 10)
	must(t, err)
	if !slices.Equal(ids(page), all) {
		t.Fatalf("got %v, want %v", ids(page), all)
	}
	want := entry(300)
	want.Expires = end
	if !reflect.DeepEqual(page[2], want) {
		t.Errorf("got %+v, want %+v", page[2], want)
	}
	for _, tc := range []struct {
		after uint64
		max   int
		want  []uint64
	}{{0, 2, []uint64{1, 2}}, {2, 1, []uint64{300}}, {1 << 40, 9, nil}, {1<<64 - 1, 9, nil}, {0, 0, nil}} {
		page, err := h.Offline().Page(t.Context(), romeo, tc.after, tc.max)
		if err != nil || !slices.Equal(ids(page), tc.want) {
			t.Errorf("%d after %d: got %v, %v", tc.max, tc.after, ids(page), err)
		}
	}

	must(t, outcome(h.Offline().Delete(romeo, []uint64{1, 5, 300})))
	sum, err := h.Offline().Summary(t.Context(), romeo)
	bytes := len(entry(2).XML) + len(entry(1<<40).XML)
	if wanted := (offline.Summary{Count: 2, Bytes: bytes, Last: 1 << 40, Expires: end}); err != nil || sum != wanted {
		t.Errorf("got %+v, %v; want %+v", sum, err, wanted)
	}
	must(t, h.Offline().Clear(t.Context(), romeo))
	sum, err = h.Offline().Summary(t.Context(), romeo)
	if err != nil || sum != (offline.Summary{}) {
		t.Errorf("after clearing: %+v, %v", sum, err)
	}
	if page, err := h.Offline().Page(t.Context(), juliet, 0, 10); err != nil || len(page) != 1 {
		t.Errorf("the other queue: %v, %v", ids(page), err)
	}
}

func TestOfflineExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(t.Context(), badger.Options{Memory: true})
		must(t, err)
		defer closeOf(t, s)
		soon := time.Now().Add(1500 * time.Millisecond).UTC()
		e := entry(1)
		e.Expires = soon
		must(t, outcome(s.Offline().Push(romeo, e)))
		must(t, outcome(s.Offline().Push(romeo, entry(2))))
		look := func(want ...uint64) {
			t.Helper()
			page, err := s.Offline().Page(t.Context(), romeo, 0, 10)
			must(t, err)
			sum, err := s.Offline().Summary(t.Context(), romeo)
			must(t, err)
			if !slices.Equal(ids(page), want) || sum.Count != len(want) || sum.Last != 2 {
				t.Errorf("got %v and %+v, want %v", ids(page), sum, want)
			}
		}
		time.Sleep(1499 * time.Millisecond)
		look(1, 2)
		time.Sleep(time.Millisecond)
		look(2)
	})
}

func TestOfflineConflict(t *testing.T) {
	h := newHouse(t)
	for _, err := range together(200, func(i int) error { return outcome(h.Offline().Push(romeo, entry(uint64(i+1)))) }) {
		must(t, err)
	}
	for _, err := range together(100, func(i int) error {
		return outcome(h.Offline().Delete(romeo, []uint64{uint64(2*i + 1)}))
	}) {
		must(t, err)
	}
	if sum, err := h.Offline().Summary(t.Context(), romeo); err != nil || sum.Count != 100 || sum.Last != 200 {
		t.Errorf("got %+v, %v", sum, err)
	}
}

// Pushes and deletions take effect in the order of the calls, waited for or not.
func TestOfflineOrder(t *testing.T) {
	h := newHouse(t)
	var last router.Ticket
	for id := uint64(1); id <= 100; id++ {
		h.Offline().Push(romeo, entry(id))
		last = h.Offline().Delete(romeo, []uint64{id})
	}
	told := make(chan error)
	last.OnDone(func(err error) { told <- err })
	must(t, <-told)
	if sum, err := h.Offline().Summary(t.Context(), romeo); err != nil || sum != (offline.Summary{}) {
		t.Errorf("got %+v, %v", sum, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Offline().Summary(ctx, romeo); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

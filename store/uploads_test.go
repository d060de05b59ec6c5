package store_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"causeway/xmpp/ext/upload"
	"causeway/xmpp/jid"
)

var plenty = upload.Quota{Bytes: 1 << 40, Lasting: 1 << 40, Slots: 1000}

func slot(id string, owner jid.JID, size int64, slot, until time.Time) upload.Entry {
	return upload.Entry{ID: id, Owner: owner, Name: "a rose.txt", Size: size, Slot: slot, Until: until}
}

func TestUploads(t *testing.T) {
	h := newHouse(t)
	now := time.Unix(1_800_000_000, 123).UTC()
	e := slot("A", romeo, 5000, now.Add(time.Minute), now.Add(time.Hour))
	must(t, h.Uploads().Reserve(t.Context(), e, plenty))
	lasting := slot("B", romeo, 1, now.Add(2*time.Minute), time.Time{})
	lasting.Lasting, lasting.Type = true, "image/png"
	must(t, h.Uploads().Reserve(t.Context(), lasting, plenty))
	must(t, h.Uploads().Reserve(t.Context(), slot("C", juliet, 1, now.Add(time.Second), now), plenty))
	must(t, h.Uploads().Settle(t.Context(), "A", "text/plain", now))
	h.restart()

	e.Type, e.Stored = "text/plain", now
	for _, want := range []upload.Entry{e, lasting} {
		got, err := h.Uploads().Entry(t.Context(), want.ID)
		must(t, err)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	must(t, h.Uploads().Settle(t.Context(), "B", "image/png", now))
	ending := func(owner jid.JID, before time.Time, limit int, want ...string) {
		t.Helper()
		got, err := h.Uploads().Ending(t.Context(), owner, before, limit)
		must(t, err)
		if !slices.Equal(got, want) {
			t.Errorf("ending before %v: got %v, want %v", before, got, want)
		}
	}
	ending(jid.JID{}, now.Add(2*time.Hour), 10, "C", "A")
	ending(jid.JID{}, now.Add(2*time.Hour), 1, "C")
	ending(jid.JID{}, now.Add(time.Hour), 10, "C")
	ending(jid.JID{}, now.Add(time.Hour+1), 10, "C", "A")
	ending(romeo, time.Time{}, 10, "A", "B")
	ending(romeo, time.Time{}, 1, "A")
	ending(juliet, time.Time{}, 10, "C")

	must(t, h.Uploads().Drop(t.Context(), []string{"A", "C", "nothing"}))
	must(t, h.Uploads().Drop(t.Context(), []string{"A"}))
	ending(jid.JID{}, time.Time{}, 10, "B")
	ending(romeo, time.Time{}, 10, "B")
	if _, err := h.Uploads().Entry(t.Context(), "A"); !errors.Is(err, upload.ErrNotFound) {
		t.Errorf("entry of what was dropped: %v", err)
	}
	if err := h.Uploads().Settle(t.Context(), "A", "", now); !errors.Is(err, upload.ErrNotFound) {
		t.Errorf("settle what was dropped: %v", err)
	}
}

// An account is charged for all its entries, as long as they are there.
func TestUploadQuota(t *testing.T) {
	h := newHouse(t)
	now := time.Unix(1_800_000_000, 0).UTC()
	q := upload.Quota{Bytes: 30_000, Lasting: 10_000, Slots: 6}
	reserve := func(e upload.Entry) error { return h.Uploads().Reserve(t.Context(), e, q) }
	full := func(why string, err error, retry time.Time) {
		t.Helper()
		var f *upload.FullError
		if !errors.As(err, &f) || !f.Retry.Equal(retry) {
			t.Errorf("%s: got %+v, want a retry at %v", why, err, retry)
		}
	}
	for i := range 5 { // a small file is charged 4096 bytes
		must(t, reserve(slot(fmt.Sprint(i), romeo, 1, now.Add(time.Duration(i)*time.Minute), now)))
	}
	must(t, reserve(slot("other", juliet, 30_000, now, now)))
	h.restart()
	full("the second to end makes room", reserve(slot("X", romeo, 15_000, now, now)), now.Add(time.Minute))
	full("all that ends makes no room", reserve(slot("X", romeo, 31_000, now, now)), time.Time{})
	lasting := slot("L", romeo, 9000, now.Add(time.Hour), time.Time{})
	lasting.Lasting = true
	must(t, reserve(lasting))
	full("six slots at once", reserve(slot("S", romeo, 1, now.Add(2*time.Hour), now)), now.Add(2*time.Hour))
	must(t, h.Uploads().Settle(t.Context(), "0", "text/plain", now))
	lasting.ID, lasting.Size = "M", 1
	full("what lasts has a quota of its own", reserve(lasting), time.Time{})
	must(t, h.Uploads().Drop(t.Context(), []string{"L"}))
	must(t, reserve(lasting))
	must(t, h.Uploads().Drop(t.Context(), []string{"0", "1", "2", "3", "4", "M"}))
	must(t, reserve(slot("all", romeo, 30_000, now, now)))
}

// The entry of an account that was removed is no charge to the next one of its name.
func TestUploadAfterForget(t *testing.T) {
	h := newHouse(t)
	now := time.Unix(1_800_000_000, 0).UTC()
	must(t, h.Uploads().Reserve(t.Context(), slot("old", romeo, 10_000, now, now), plenty))
	must(t, h.Forget(t.Context(), romeo))
	q := upload.Quota{Bytes: 10_000, Slots: 10}
	must(t, h.Uploads().Reserve(t.Context(), slot("new", romeo, 10_000, now, now), q))
	must(t, h.Uploads().Drop(t.Context(), []string{"old"}))
	if err := h.Uploads().Reserve(t.Context(), slot("more", romeo, 1, now, now), q); err == nil {
		t.Error("the old entry has made room")
	}
}

package store_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"causeway/muc"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

func at(name string) jid.JID { return jid.MustParse(name + "@" + service) }

func (h *house) number(room jid.JID) int {
	h.t.Helper()
	n, err := h.Rooms().NumberOf(h.t.Context(), room)
	must(h.t, err)
	return n
}

func (h *house) next() int {
	h.t.Helper()
	n, err := h.Rooms().NextNumber(h.t.Context(), service)
	must(h.t, err)
	return n
}

func (h *house) numbered(name string, n int) error {
	r := room(name, muc.DefaultSettings())
	r.Number = n
	return outcome(h.Rooms().Write(at(name), muc.Change{Record: r}))
}

// A number belongs to one room, for as long as that lives; and to no other one afterwards
// unless somebody asks for it.
func TestRoomNumbers(t *testing.T) {
	h := newHouse(t)
	must(t, h.numbered("a", 0))
	first := h.number(at("a"))
	if first < 1 || h.number(at("a")) != first || h.number(at("nowhere")) != 0 {
		t.Errorf("a room got %d, and then %d; one that is not there %d", first, h.number(at("a")), h.number(at("nowhere")))
	}
	// Whoever writes the record knows nothing of the number.
	must(t, h.numbered("a", 0))
	h.restart()
	if got := h.number(at("a")); got != first {
		t.Errorf("after a restart the number is %d instead of %d", got, first)
	}
	if next := h.next(); next <= first {
		t.Errorf("the next number is %d, behind %d", next, first)
	}
	must(t, h.numbered("b", 1003))
	if err := h.numbered("c", 1003); conditionOf(err) != stanza.Conflict {
		t.Errorf("a number for two rooms: %v", err)
	}
	if next := h.next(); next <= 1003 {
		t.Errorf("the next number is %d, and 1003 was taken", next)
	}
	must(t, outcome(h.Rooms().Remove(at("b"))))
	if _, ok, err := h.Rooms().RoomOf(t.Context(), service, 1003); ok || err != nil {
		t.Errorf("a room that is gone has its number still: %v", err)
	}
	h.restart()
	if next := h.next(); next <= 1003 {
		t.Errorf("the next number is %d: 1003 had been used", next)
	}
	must(t, h.numbered("c", 1003)) // somebody asks for it
	room, ok, err := h.Rooms().RoomOf(t.Context(), service, 1003)
	if room != at("c") || !ok || err != nil {
		t.Errorf("1003 is %v, %v, %v", room, ok, err)
	}
	must(t, h.numbered("d", 0))
	list, err := h.Rooms().NumberAll(t.Context(), service)
	must(t, err)
	if len(list) != 3 || list[0].JID != at("a") || list[1].JID != at("c") || list[2].JID != at("d") {
		t.Errorf("all of them: %v", list)
	}
	if other, err := h.Rooms().NextNumber(t.Context(), "conference.montague.lit"); other != 1 || err != nil {
		t.Errorf("another service begins with %d, %v", other, err)
	}
}

// Of many at once each gets a number of its own.
func TestRoomNumbersAtOnce(t *testing.T) {
	h := newHouse(t)
	const many = 300
	var mu sync.Mutex
	var got []int
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			for range many / 10 {
				n, err := h.Rooms().NextNumber(t.Context(), service)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				got = append(got, n)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	slices.Sort(got)
	if len(slices.Compact(got)) != many {
		t.Errorf("of %d numbers some are the same: %v", many, got)
	}
}

// What is settled beyond XEP-0045 comes back as it was written.
func TestRoomOursRoundTrip(t *testing.T) {
	h := newHouse(t)
	want := *room("r", muc.Settings{
		Closed: true, NoGuests: true, Hours: "monday 09:00:00-17:00:00", Welcome: "hail", Audio: true, Video: true, Whiteboard: true, Display: 2,
	})
	h.write(balcony, muc.Change{Record: &want})
	h.restart()
	got, _, err := h.Rooms().Room(t.Context(), balcony)
	if err != nil || fmt.Sprint(got.Settings) != fmt.Sprint(want.Settings) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestHostStopped(t *testing.T) {
	h := newHouse(t)
	for _, want := range []bool{false, true, true, false} {
		must(t, h.Hosts().SetStopped(t.Context(), "capulet.lit", want))
		h.restart()
		is, err := h.Hosts().Stopped(t.Context(), "capulet.lit")
		other, errOther := h.Hosts().Stopped(t.Context(), "montague.lit")
		if is != want || other || err != nil || errOther != nil {
			t.Errorf("stopped is %v, %v and not %v; of another %v, %v", is, err, want, other, errOther)
		}
	}
}

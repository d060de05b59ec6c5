package store_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"causeway/roster"
	"causeway/xmpp/ext/last"
	"causeway/xmpp/ext/private"
	"causeway/xmpp/jid"
)

func TestPrivateStorage(t *testing.T) {
	h := newHouse(t)
	bookmarks := private.Name{Space: "storage:bookmarks", Local: "storage"}
	notes := private.Name{Space: "storage:rosternotes", Local: "storage"}
	quota := private.Quota{Elements: 2, Bytes: 60}
	store := func(q private.Quota, elements ...private.Element) error {
		return h.Private().Put(t.Context(), romeo, elements, q)
	}
	look := func(name private.Name, want string) {
		t.Helper()
		xml, err := h.Private().Element(t.Context(), romeo, name)
		if err != nil || string(xml) != want || (xml == nil) != (want == "") {
			t.Errorf("%v: got %q, %v; want %q", name, xml, err, want)
		}
	}
	look(bookmarks, "")
	must(t, store(quota, private.Element{Name: bookmarks, XML: []byte("<storage>b</storage>")},
		private.Element{Name: notes, XML: []byte("<storage>n</storage>")}))
	h.restart()
	look(bookmarks, "<storage>b</storage>")
	look(notes, "<storage>n</storage>")

	third := private.Element{Name: private.Name{Space: "x", Local: "y"}, XML: []byte("<y/>")}
	if err := store(quota, private.Element{Name: notes, XML: []byte("<changed/>")}, third); !errors.Is(err, private.ErrQuota) {
		t.Errorf("third element: %v", err)
	}
	if err := store(quota, private.Element{Name: notes, XML: make([]byte, 41)}); !errors.Is(err, private.ErrQuota) {
		t.Errorf("too many bytes: %v", err)
	}
	look(notes, "<storage>n</storage>")
	// Smaller limits than what is there: shrinking and forgetting still work, also both in one step.
	tight := private.Quota{Elements: 1, Bytes: 1}
	must(t, store(tight, private.Element{Name: notes, XML: []byte("<storage/>")}))
	must(t, store(tight, private.Element{Name: notes}, third))
	look(notes, "")
	look(third.Name, "<y/>")
	// A name must not run into another.
	look(private.Name{Space: "storage:bookmarks", Local: "storag"}, "")
	look(private.Name{Space: "storage:bookmark", Local: "sstorage"}, "")

	errs := together(20, func(i int) error {
		name := private.Name{Space: "n", Local: fmt.Sprint(i)}
		return h.Private().Put(t.Context(), juliet, []private.Element{{Name: name, XML: []byte("<e/>")}}, private.Quota{Elements: 5, Bytes: 100})
	})
	full := 0
	for _, err := range errs {
		if errors.Is(err, private.ErrQuota) {
			full++
		}
	}
	if full != 15 {
		t.Errorf("%d of 20 refused, want 15", full)
	}
}

func TestVCard(t *testing.T) {
	h := newHouse(t)
	look := func(want string) {
		t.Helper()
		xml, err := h.VCards().Card(t.Context(), romeo)
		if err != nil || string(xml) != want || (xml == nil) != (want == "") {
			t.Errorf("got %q, %v; want %q", xml, err, want)
		}
	}
	look("")
	for _, err := range together(10, func(i int) error {
		return h.VCards().SetCard(t.Context(), romeo, fmt.Appendf(nil, "<vCard><FN>%d</FN></vCard>", i))
	}) {
		must(t, err)
	}
	must(t, h.VCards().SetCard(t.Context(), romeo, []byte("<vCard/>")))
	h.restart()
	look("<vCard/>")
	must(t, h.VCards().SetCard(t.Context(), romeo, nil))
	must(t, h.VCards().SetCard(t.Context(), romeo, nil))
	look("")
}

func TestBlockList(t *testing.T) {
	h := newHouse(t)
	add := func(j jid.JID) error {
		return h.Blocks().Change(t.Context(), romeo, func(list []jid.JID) ([]jid.JID, error) {
			return append(slices.Clone(list), j), nil
		})
	}
	if list, err := h.Blocks().Blocked(t.Context(), romeo); list != nil || err != nil {
		t.Errorf("new list: %v, %v", list, err)
	}
	must(t, add(nurse))
	must(t, add(juliet))
	must(t, add(jid.MustParse("verona.lit/any")))
	h.restart()
	want := []jid.JID{nurse, juliet, jid.MustParse("verona.lit/any")}
	if list, err := h.Blocks().Blocked(t.Context(), romeo); err != nil || !slices.Equal(list, want) {
		t.Errorf("got %v, %v; want %v", list, err, want)
	}
	for _, err := range together(40, func(i int) error { return add(jid.MustParse(fmt.Sprintf("page%d@capulet.lit", i))) }) {
		must(t, err)
	}
	if list, err := h.Blocks().Blocked(t.Context(), romeo); err != nil || len(list) != 43 {
		t.Errorf("%d of 43 kept, %v", len(list), err)
	}
	errOwn := errors.New("own error")
	err := h.Blocks().Change(t.Context(), romeo, func([]jid.JID) ([]jid.JID, error) { return nil, errOwn })
	if err != errOwn { //nolint:errorlint // blocking.Store promises it as it is
		t.Errorf("got %v", err)
	}
	must(t, h.Blocks().Change(t.Context(), romeo, func([]jid.JID) ([]jid.JID, error) { return nil, nil }))
	if list, err := h.Blocks().Blocked(t.Context(), romeo); list != nil || err != nil {
		t.Errorf("emptied: %v, %v", list, err)
	}
}

func TestDeparture(t *testing.T) {
	h := newHouse(t)
	if d, err := h.Departures().Departure(t.Context(), romeo); err != nil || d != (last.Departure{}) {
		t.Errorf("never left: %+v, %v", d, err)
	}
	want := last.Departure{At: time.Date(2026, 11, 21, 23, 0, 0, 5, time.UTC), Status: "parting is such sweet sorrow"}
	must(t, h.Departures().SetDeparture(t.Context(), romeo, last.Departure{At: time.Now()}))
	must(t, h.Departures().SetDeparture(t.Context(), romeo, want))
	h.restart()
	if d, err := h.Departures().Departure(t.Context(), romeo); err != nil || !reflect.DeepEqual(d, want) {
		t.Errorf("got %+v, %v; want %+v", d, err, want)
	}
}

// Forget takes everything of one account, in more than one slice, and nothing of those with similar names.
func TestForget(t *testing.T) {
	h := newHouse(t)
	neighbours := []jid.JID{romeo, jid.MustParse("romeo2@montague.lit"), jid.MustParse("rome@montague.lit"), jid.MustParse("romeo@montague.li")}
	for _, owner := range neighbours {
		must(t, h.Accounts().Create(t.Context(), someAccount(owner)))
		for id := range uint64(1200) {
			h.Offline().Push(owner, entry(id+1))
		}
		must(t, h.VCards().SetCard(t.Context(), owner, []byte("<vCard/>")))
		must(t, h.Private().Put(t.Context(), owner, []private.Element{{Name: private.Name{Space: "a", Local: "b"}, XML: []byte("<b/>")}}, private.Quota{Elements: 9, Bytes: 99}))
		_, err := h.Rosters().Update(t.Context(), owner, juliet, func(*roster.Item) (*roster.Item, error) {
			return &roster.Item{JID: juliet, Listed: true, Name: strings.Repeat("J", 10)}, nil
		})
		must(t, err)
	}
	must(t, h.Forget(t.Context(), romeo))
	must(t, h.Forget(t.Context(), romeo))
	for i, owner := range neighbours {
		want := 1
		if i == 0 {
			want = 0
		}
		card, err := h.VCards().Card(t.Context(), owner)
		must(t, err)
		list, _, err := h.Rosters().Get(t.Context(), owner)
		must(t, err)
		element, err := h.Private().Element(t.Context(), owner, private.Name{Space: "a", Local: "b"})
		must(t, err)
		sum, err := h.Offline().Summary(t.Context(), owner)
		must(t, err)
		if (card != nil) != (want == 1) || len(list) != want || (element != nil) != (want == 1) || sum.Count != 1200*want {
			t.Errorf("%s: card %q, roster %v, element %q, %+v", owner, card, list, element, sum)
		}
		if _, err := h.Accounts().Get(t.Context(), owner); err != nil {
			t.Errorf("%s: the account itself: %v", owner, err)
		}
	}
}

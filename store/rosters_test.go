package store_test

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"causeway/roster"
	"causeway/store"
	"causeway/xmpp/jid"
)

// put stores it as it is; a nil one removes the contact.
func put(t *testing.T, r store.Rosters, contact jid.JID, it *roster.Item) roster.Version {
	t.Helper()
	v, err := r.Update(t.Context(), romeo, contact, func(*roster.Item) (*roster.Item, error) { return it, nil })
	must(t, err)
	return v
}

func items(t *testing.T, r store.Rosters) ([]roster.Item, roster.Version) {
	t.Helper()
	list, v, err := r.Get(t.Context(), romeo)
	must(t, err)
	slices.SortFunc(list, func(a, b roster.Item) int { return jid.Compare(a.JID, b.JID) })
	return list, v
}

func TestRosterKeepsItems(t *testing.T) {
	h := newHouse(t)
	if list, v := items(t, h.Rosters()); len(list) != 0 || v != 0 {
		t.Errorf("new roster: %v, version %d", list, v)
	}
	want := []roster.Item{
		{JID: juliet, Name: "Juliet", Groups: []string{"Balcony", "Ünder", ""}, Subscription: roster.Both, Listed: true},
		{JID: nurse, Subscription: roster.From, Ask: true, Approved: true, Listed: true},
		{JID: jid.MustParse("paris@verona.lit"), Request: []byte("<presence type='subscribe'/>")},
		{JID: jid.MustParse("rosaline@capulet.lit"), Request: []byte{}},
	}
	var last roster.Version
	for _, it := range want {
		v := put(t, h.Rosters(), it.JID, &it)
		if it.Listed && v <= last || !it.Listed && v != last {
			t.Errorf("%s: version %d after %d", it.JID, v, last)
		}
		last = v
	}
	h.restart()
	if got, v := items(t, h.Rosters()); !reflect.DeepEqual(got, want) || v != last {
		t.Errorf("got %+v, version %d; want %+v, version %d", got, v, want, last)
	}
}

func TestRosterUpdateWritesNothing(t *testing.T) {
	h := newHouse(t)
	it := &roster.Item{JID: juliet, Listed: true}
	v := put(t, h.Rosters(), juliet, it)
	same, err := h.Rosters().Update(t.Context(), romeo, juliet, func(old *roster.Item) (*roster.Item, error) { return old, nil })
	if same != v || err != nil {
		t.Errorf("argument given back: version %d, %v; want %d", same, err, v)
	}
	errOwn := errors.New("own error")
	_, err = h.Rosters().Update(t.Context(), romeo, juliet, func(*roster.Item) (*roster.Item, error) { return nil, errOwn })
	if err != errOwn { //nolint:errorlint // roster.Store promises it as it is
		t.Errorf("got %v", err)
	}
	if got, now := items(t, h.Rosters()); len(got) != 1 || now != v {
		t.Errorf("got %v, version %d; want one item, version %d", got, now, v)
	}
}

func TestRosterConflict(t *testing.T) {
	h := newHouse(t)
	versions := make([]roster.Version, 50)
	for _, err := range together(len(versions), func(i int) (err error) {
		versions[i], err = h.Rosters().Update(t.Context(), romeo, juliet, func(old *roster.Item) (*roster.Item, error) {
			it := roster.Item{JID: juliet, Listed: true}
			if old != nil {
				it.Groups = slices.Clone(old.Groups)
			}
			it.Groups = append(it.Groups, fmt.Sprint(i))
			return &it, nil
		})
		return err
	}) {
		must(t, err)
	}
	list, now := items(t, h.Rosters())
	if len(list) != 1 || len(list[0].Groups) != len(versions) {
		t.Fatalf("updates lost: %v", list)
	}
	slices.Sort(versions)
	if len(slices.Compact(versions)) != 50 || versions[49] != now {
		t.Errorf("versions given out twice, or not the last: %v, now %d", versions, now)
	}
}

// Random changes; a client that was at any version and applies the changes since must have today's roster.
func TestRosterDeltas(t *testing.T) {
	h := newHouse(t)
	rnd := rand.New(rand.NewPCG(3, 4))
	type snapshot struct {
		version roster.Version
		items   map[jid.JID]roster.Item
	}
	model := map[jid.JID]roster.Item{}
	history := []snapshot{{0, nil}}
	for i := range 120 {
		contact := jid.MustParse(fmt.Sprintf("page%d@capulet.lit", rnd.IntN(12)))
		switch rnd.IntN(4) {
		case 0:
			put(t, h.Rosters(), contact, nil)
			delete(model, contact)
		case 1: // unlisted: there is only a request
			put(t, h.Rosters(), contact, &roster.Item{JID: contact, Request: []byte("<presence/>")})
			delete(model, contact)
		default:
			it := roster.Item{JID: contact, Name: fmt.Sprint(i), Listed: true}
			put(t, h.Rosters(), contact, &it)
			model[contact] = it
		}
		if i == 60 {
			h.restart()
		}
		_, now := items(t, h.Rosters())
		history = append(history, snapshot{now, cloneItems(model)})
	}
	for _, old := range history {
		changes, now, full, err := h.Rosters().Since(t.Context(), romeo, old.version)
		must(t, err)
		if full || now != history[len(history)-1].version {
			t.Fatalf("since %d: full %v, now %d", old.version, full, now)
		}
		if !slices.IsSortedFunc(changes, func(a, b roster.Change) int { return cmp.Compare(a.Version, b.Version) }) {
			t.Errorf("changes are out of order: %v", changes)
		}
		got := cloneItems(old.items)
		for _, c := range changes {
			if c.Removed {
				delete(got, c.Item.JID)
			} else {
				got[c.Item.JID] = c.Item
			}
		}
		if !reflect.DeepEqual(got, model) {
			t.Errorf("since %d: got %v, want %v", old.version, got, model)
		}
	}
}

func TestRosterForgetsTombstones(t *testing.T) {
	h := newHouse(t)
	kept := put(t, h.Rosters(), juliet, &roster.Item{JID: juliet, Listed: true})
	var versions []roster.Version
	for i := range 513 {
		contact := jid.MustParse(fmt.Sprintf("page%d@capulet.lit", i))
		put(t, h.Rosters(), contact, &roster.Item{JID: contact, Listed: true})
		versions = append(versions, put(t, h.Rosters(), contact, nil))
	}
	for _, tc := range []struct {
		since roster.Version
		full  bool
		n     int
	}{
		{kept, true, 0}, {versions[254], true, 0}, {versions[255], false, 257}, {versions[511], false, 1}, {versions[512], false, 0},
	} {
		changes, _, full, err := h.Rosters().Since(t.Context(), romeo, tc.since)
		must(t, err)
		if full != tc.full || len(changes) != tc.n {
			t.Errorf("since %d: full %v, %d changes; want %v, %d", tc.since, full, len(changes), tc.full, tc.n)
		}
	}
	list, now := items(t, h.Rosters())
	if len(list) != 1 || list[0].JID != juliet {
		t.Errorf("got %v", list)
	}

	// An account of the same name must not take over the versions that were given out.
	must(t, h.Rosters().Clear(t.Context(), romeo))
	if list, v := items(t, h.Rosters()); len(list) != 0 || v != 0 {
		t.Errorf("cleared: %v, version %d", list, v)
	}
	if _, _, full, err := h.Rosters().Since(t.Context(), romeo, now); !full || err != nil {
		t.Errorf("version from before: full %v, %v", full, err)
	}
	if v := put(t, h.Rosters(), nurse, &roster.Item{JID: nurse, Listed: true}); v <= now {
		t.Errorf("version %d was given out before %d", v, now)
	}
	if _, _, full, err := h.Rosters().Since(t.Context(), romeo, now); !full || err != nil {
		t.Errorf("version from before: full %v, %v", full, err)
	}
}

func cloneItems(m map[jid.JID]roster.Item) map[jid.JID]roster.Item {
	c := make(map[jid.JID]roster.Item, len(m))
	for k, v := range m {
		c[k] = v
	}
	return c
}

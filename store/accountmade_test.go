package store_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"causeway/xmpp/account"
	"causeway/xmpp/jid"
)

func drafts(names ...string) (list []account.Account) {
	for _, name := range names {
		list = append(list, someAccount(jid.MustParse(name+"@capulet.lit")))
	}
	return list
}

// TestAccountsByAge: accounts are listed in the order in which they were made, page by
// page, and removing some between two pages neither skips others nor repeats any.
func TestAccountsByAge(t *testing.T) {
	h := newHouse(t)
	var want []string
	for i := range 25 {
		want = append(want, fmt.Sprintf("p%d", (i*7)%25)) // not in the order of their names
	}
	for _, err := range h.Accounts().CreateAll(t.Context(), drafts(want...)) {
		must(t, err)
	}
	errs := h.Accounts().CreateAll(t.Context(), drafts("new", want[3], "new"))
	if errs[0] != nil || !errors.Is(errs[1], account.ErrExists) || !errors.Is(errs[2], account.ErrExists) {
		t.Errorf("made a new one, an old one and the new one again: %v", errs)
	}
	h.restart()
	want = append(want, "new")
	var got []string
	var next account.ID
	for {
		page, err := h.Accounts().Made(t.Context(), "capulet.lit", next, 11)
		must(t, err)
		for _, a := range page[:min(10, len(page))] {
			got = append(got, a.JID.Local())
			if found, err := h.Accounts().OfID(t.Context(), "capulet.lit", a.ID); err != nil || found.JID != a.JID {
				t.Errorf("the ID of %s finds %s, %v", a.JID, found.JID, err)
			}
			if a.ID.Time().Before(time.Now().Add(-time.Minute)) || a.ID[6]>>4 != 7 || a.ID[8]>>6 != 2 {
				t.Errorf("%s is no UUID of version 7 of now", a.ID)
			}
		}
		if len(page) < 11 {
			break
		}
		next = page[10].ID
		must(t, h.Accounts().Delete(t.Context(), page[9].JID))
		must(t, h.Accounts().Delete(t.Context(), page[10].JID)) // the one that the cursor names
		want = slices.DeleteFunc(want, func(name string) bool { return name == page[10].JID.Local() })
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed %v, want %v", got, want)
	}
	if _, err := h.Accounts().OfID(t.Context(), "montague.lit", next); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("an ID of another host: %v", err)
	}
}

func TestProfileIsKept(t *testing.T) {
	h := newHouse(t)
	style, start, end, quiet := 0, 22, 6, true
	want := account.Profile{
		Name: "Juliet", Nick: "J.", Modified: time.UnixMilli(1542597334500).UTC(),
		Push: account.Wishes{Style: &style, Quiet: &quiet, Start: &start, End: &end, Ignore: map[string]bool{"63112447328257": true, "7": false}, Notifier: "n", Device: "d"},
	}
	a := someAccount(juliet)
	a.Profile = want
	must(t, h.Accounts().Create(t.Context(), a))
	h.restart()
	got, err := h.Accounts().Get(t.Context(), juliet)
	must(t, err)
	if !reflect.DeepEqual(got.Profile, want) {
		t.Errorf("got %+v, want %+v", got.Profile, want)
	}
	must(t, h.Accounts().Update(t.Context(), juliet, func(a *account.Account) error { a.Profile = account.Profile{}; return nil }))
	if got, err = h.Accounts().Get(t.Context(), juliet); err != nil || !reflect.DeepEqual(got.Profile, account.Profile{}) {
		t.Errorf("got %+v, %v", got.Profile, err)
	}
}

func TestID(t *testing.T) {
	id, err := account.ParseID("01890A5D-AC96-774B-BCCE-B302099A8057")
	if err != nil || id.String() != "01890a5d-ac96-774b-bcce-b302099a8057" || id.Time().UnixMilli() != 0x01890a5dac96 {
		t.Errorf("%s of %s, %v", id, id.Time(), err)
	}
	for _, text := range []string{"", "juliet", "01890a5dac96774bbcceb302099a8057", "01890a5d-ac96-774b-bcce-b302099a805x", "01890a5-dac96-774b-bcce-b302099a8057"} {
		if _, err := account.ParseID(text); err == nil {
			t.Errorf("%q is a UUID", text)
		}
	}
}

package store_test

import (
	"slices"
	"testing"

	"causeway/roster"
	"causeway/xmpp/account"
	"causeway/xmpp/jid"
	"causeway/xmpp/sasl"
)

// lacks gives the hashes that an account of juliet's host has no key set for.
func lacks(t *testing.T, h *house) (list []sasl.Hash) {
	t.Helper()
	for _, hash := range sasl.Hashes() {
		is, err := h.Accounts().Lacking(t.Context(), juliet.Domain(), hash)
		must(t, err)
		if is {
			list = append(list, hash)
		}
	}
	return list
}

func TestAdmit(t *testing.T) {
	h := newHouse(t)
	nurse := jid.MustParse("nurse@capulet.lit")
	a := someAccount(juliet)
	if err := h.Admit(t.Context(), a, nil); err == nil {
		t.Error("an account was admitted that is not there")
	}
	must(t, h.Accounts().Create(t.Context(), account.Account{JID: juliet, Leaving: true}))
	if list, err := h.Accounts().Leaving(t.Context(), 10); err != nil || !slices.Equal(list, []jid.JID{juliet}) {
		t.Errorf("leaving: %v, %v", list, err)
	}
	must(t, h.Admit(t.Context(), a, []roster.Item{
		{JID: nurse, Subscription: roster.Both, Listed: true},
		{JID: jid.MustParse("paris@verona.lit"), Request: []byte("<presence/>")},
	}))
	if err := h.Admit(t.Context(), a, nil); err == nil {
		t.Error("an account was admitted twice")
	}
	if list, err := h.Accounts().Leaving(t.Context(), 10); err != nil || len(list) != 0 {
		t.Errorf("still leaving: %v, %v", list, err)
	}
	if list, version, err := h.Rosters().Get(t.Context(), juliet); err != nil || len(list) != 2 || version == 0 {
		t.Errorf("roster %v at %d, %v", list, version, err)
	}
	added, err := h.AddContacts(t.Context(), juliet, []roster.Item{
		{JID: nurse, Listed: true}, {JID: jid.MustParse("tybalt@capulet.lit"), Listed: true},
	})
	if added != 1 || err != nil {
		t.Errorf("%d contacts added, %v", added, err)
	}
	changes, _, full, err := h.Rosters().Since(t.Context(), juliet, 0)
	if err != nil || full || len(changes) != 2 || changes[0].Item.Subscription != roster.Both {
		t.Errorf("changes %+v, %v, %v", changes, full, err)
	}
}

func TestLacking(t *testing.T) {
	h := newHouse(t)
	a := someAccount(juliet) // with SHA-256 and SHA-1
	a.Leaving = true
	must(t, h.Accounts().Create(t.Context(), a))
	if list := lacks(t, h); list != nil {
		t.Errorf("whoever leaves needs no keys, got %v", list)
	}
	change := func(f func(*account.Account)) {
		must(t, h.Accounts().Update(t.Context(), juliet, func(a *account.Account) error { f(a); return nil }))
	}
	change(func(a *account.Account) { a.Leaving = false })
	if list := lacks(t, h); !slices.Equal(list, []sasl.Hash{sasl.SHA512}) {
		t.Errorf("got %v", list)
	}
	change(func(a *account.Account) { a.Keys = a.Keys[1:] })
	if list := lacks(t, h); !slices.Equal(list, []sasl.Hash{sasl.SHA512, sasl.SHA256}) {
		t.Errorf("got %v", list)
	}
	change(func(a *account.Account) { a.Keys = nil })
	if list := lacks(t, h); list != nil {
		t.Errorf("who has no keys at all cannot log in anyway, got %v", list)
	}
	change(func(a *account.Account) { a.Keys = someAccount(juliet).Keys })
	must(t, h.Accounts().Delete(t.Context(), juliet))
	if list := lacks(t, h); list != nil {
		t.Errorf("left behind: %v", list)
	}
}

package store

import (
	"testing"
	"time"

	"causeway/store/badger"
	"causeway/xmpp/account"
	"causeway/xmpp/jid"
)

// TestAccountsOfVersion1: accounts from before there were IDs get one, the older the
// smaller, also if the first try was cut off in the middle.
func TestAccountsOfVersion1(t *testing.T) {
	dir := t.TempDir()
	db := openEngine(t, dir)
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	old := func(bare string, created time.Time) string {
		return string(encodeAccount(&account.Account{JID: jid.MustParse(bare), Created: created}))
	}
	key := func(bare string) string { return string(accountKey(jid.MustParse(bare))) }
	setAll(t, db, map[string]string{
		string(schemaKey()):        "\x01",
		key("a@capulet.lit"):       old("a@capulet.lit", at.Add(time.Hour)),
		key("b@capulet.lit"):       old("b@capulet.lit", at),
		key("d@capulet.lit"):       old("d@capulet.lit", at),
		key("c@capulet.lit"):       old("c@capulet.lit", at),
		key("e@capulet.lit"):       old("e@capulet.lit", time.Time{}),
		key("romeo@montague.lit"):  old("romeo@montague.lit", at),
		string(countKey("nobody")): "\x01\x00",
	})
	if err := giveIDs(t.Context(), db); err != nil { // and then the power goes
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), badger.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	list, err := s.Accounts().Made(t.Context(), "capulet.lit", account.ID{}, 10)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, a := range list {
		got += a.JID.Local()
	}
	if got != "ebcda" {
		t.Errorf("by age: %s", got)
	}
	if b := list[1].Born(); !b.Equal(at) {
		t.Errorf("b was born at %s", b)
	}
	if n, err := storedVersion(s.db, 0); n != schemaVersion || err != nil {
		t.Errorf("version %d, %v", n, err)
	}
}

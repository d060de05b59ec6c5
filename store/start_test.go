package store_test

import (
	"fmt"
	"testing"
	"time"

	"causeway/store"
	"causeway/store/badger"
	"causeway/xmpp/account"
	"causeway/xmpp/jid"
)

// A server with 100,000 accounts must be ready in less than 2 s. Nothing of the store is read at start, so its part
// is small and does not grow with the accounts.
func TestStartWithManyAccounts(t *testing.T) {
	if testing.Short() {
		t.Skip("makes 100,000 accounts")
	}
	const accounts, workers = 100_000, 400
	h := newHouse(t)
	began := time.Now()
	for _, err := range together(workers, func(w int) error {
		for i := w; i < accounts; i += workers {
			a := someAccount(jid.MustParse(fmt.Sprintf("page%06d@capulet.lit", i)))
			if err := h.Accounts().Create(t.Context(), a); err != nil {
				return err
			}
		}
		return nil
	}) {
		must(t, err)
	}
	t.Logf("%d accounts made in %v", accounts, time.Since(began))

	began = time.Now()
	h.restart()
	_, err := h.Accounts().Get(t.Context(), jid.MustParse("page099999@capulet.lit"))
	must(t, err)
	if took := time.Since(began); took > time.Second {
		t.Errorf("closed, opened and read in %v", took)
	} else {
		t.Logf("closed, opened and read in %v", took)
	}
	if n, err := h.Accounts().Count(t.Context(), "capulet.lit"); n != accounts || err != nil {
		t.Errorf("counted %d, %v", n, err)
	}
	page, err := h.Accounts().Scan(t.Context(), "capulet.lit", "page050000", 3)
	if err != nil || len(page) != 3 || page[0].JID.Local() != "page050001" {
		t.Errorf("got %v, %v", page, err)
	}
}

func BenchmarkOfflinePush(b *testing.B) {
	s, err := store.Open(b.Context(), badger.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer closeOf(b, s)
	e := entry(0)
	e.XML = make([]byte, 461)
	e.Expires = time.Now().Add(time.Hour)
	b.ReportAllocs()
	window := make(chan struct{}, 400) // writers that do not wait for each push, but do not run away either
	for i := 0; b.Loop(); i++ {
		e.ID = uint64(i)
		window <- struct{}{}
		s.Offline().Push(romeo, e).OnDone(func(err error) {
			if err != nil {
				b.Error(err)
			}
			<-window
		})
	}
}

func BenchmarkAccountGet(b *testing.B) {
	s, err := store.Open(b.Context(), badger.Options{Memory: true})
	if err != nil {
		b.Fatal(err)
	}
	defer closeOf(b, s)
	if err := s.Accounts().Create(b.Context(), someAccount(juliet)); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	var a account.Account
	for b.Loop() {
		if a, err = s.Accounts().Get(b.Context(), juliet); err != nil {
			b.Fatal(err)
		}
	}
	_ = a
}

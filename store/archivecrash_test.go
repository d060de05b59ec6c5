package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"causeway/store"
	"causeway/store/badger"
	"causeway/store/badger/badgertest"
	"causeway/xmpp/ext/archive"
	"causeway/xmpp/jid"
)

// The power goes at a random commit while eight people write to one another and the index takes over. Afterwards
// every acknowledged message is in both archives, once, and neither has one that the other lacks.
func TestArchivePowerCut(t *testing.T) {
	lost := 0
	for round := range 10 {
		lost += archivePowerCut(t, rand.New(rand.NewPCG(uint64(round), 2)), false)
	}
	if lost != 0 {
		t.Errorf("%d acknowledged messages lost", lost)
	}
}

// The control: acknowledged before the sync, the same check has to find losses.
func TestArchivePowerCutNoticesEarlyAcknowledgement(t *testing.T) {
	lost := 0
	for round := range 5 {
		lost += archivePowerCut(t, rand.New(rand.NewPCG(uint64(round), 2)), true)
	}
	if lost == 0 {
		t.Error("nothing was noticed")
	}
}

func archivePowerCut(t *testing.T, rnd *rand.Rand, early bool) (lost int) {
	t.Helper()
	dir, image := t.TempDir(), filepath.Join(t.TempDir(), "image")
	cut, err := badgertest.NewPowerCut(dir)
	must(t, err)
	cut.Image, cut.At, cut.Written, cut.Early = image, 2+rnd.IntN(60), rnd.IntN(2) == 0, early
	s, err := store.Open(t.Context(), badger.Options{Dir: dir, Fault: cut})
	must(t, err)
	const people = 8
	person := func(i int) jid.JID { return jid.MustParse(fmt.Sprintf("page%d@capulet.lit", i%people)) }
	acked := make([][]archive.ID, people) // by sender; to the next one
	var wg sync.WaitGroup
	for i := range people {
		wg.Go(func() {
			for n := 1; ; n++ {
				id := archive.ID(n*people + i)
				out, in := archived(person(i), id, person(i+1)), archived(person(i+1), id, person(i))
				out.XML = append(out.XML, badgertest.Noise(uint64(n), n*37%3000)...)
				in.XML = out.XML
				err := outcome(s.Archive().Append(out, in))
				if err == nil && n%10 == 0 {
					err = s.Archive().Fold(t.Context())
				}
				if errors.Is(err, badger.ErrClosed) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				acked[i] = append(acked[i], id)
			}
		})
	}
	wg.Wait()
	must(t, errors.Join(cut.Err(), s.Close()))

	s, err = store.Open(t.Context(), badger.Options{Dir: image})
	must(t, err)
	defer closeOf(t, s)
	of := func(owner, peer jid.JID) []archive.ID {
		page, err := s.Archive().Page(t.Context(), owner, archive.Query{With: peer, Max: 1 << 20})
		must(t, err)
		return archivedIDs(page)
	}
	for i := range people {
		sent, received := of(person(i), person(i+1)), of(person(i+1), person(i))
		if !slices.Equal(sent, received) || !slices.IsSorted(sent) || len(slices.Compact(slices.Clone(sent))) != len(sent) {
			t.Errorf("archives differ: %v and %v", sent, received)
		}
		for _, id := range acked[i] {
			if !slices.Contains(sent, id) {
				lost++
			}
		}
	}
	return lost
}

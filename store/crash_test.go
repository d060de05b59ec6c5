package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"

	"causeway/roster"
	"causeway/store"
	"causeway/store/badger"
	"causeway/store/badger/badgertest"
	"causeway/xmpp/jid"
)

// The power goes at a random commit while eight owners push messages and change rosters. Afterwards every
// acknowledged message is there once, and no roster is older than its acknowledged version.
func TestPowerCut(t *testing.T) {
	lost := 0
	for round := range 10 {
		lost += powerCut(t, rand.New(rand.NewPCG(uint64(round), 1)), false)
	}
	if lost != 0 {
		t.Errorf("%d acknowledged changes lost", lost)
	}
}

// The control: acknowledged before the sync, the same check has to find losses.
func TestPowerCutNoticesEarlyAcknowledgement(t *testing.T) {
	lost := 0
	for round := range 5 {
		lost += powerCut(t, rand.New(rand.NewPCG(uint64(round), 1)), true)
	}
	if lost == 0 {
		t.Error("nothing was noticed")
	}
}

// kept is what one owner was told to be safe.
type kept struct {
	owner   jid.JID
	pushed  map[uint64]bool
	version roster.Version
}

func powerCut(t *testing.T, rnd *rand.Rand, early bool) (lost int) {
	t.Helper()
	dir, image := t.TempDir(), filepath.Join(t.TempDir(), "image")
	cut, err := badgertest.NewPowerCut(dir)
	must(t, err)
	cut.Image, cut.At, cut.Written, cut.Early = image, 2+rnd.IntN(30), rnd.IntN(2) == 0, early
	s, err := store.Open(t.Context(), badger.Options{Dir: dir, Fault: cut})
	must(t, err)
	owners := make([]kept, 8)
	var wg sync.WaitGroup
	for i := range owners {
		owners[i] = kept{owner: jid.MustParse(fmt.Sprintf("page%d@capulet.lit", i)), pushed: map[uint64]bool{}}
		wg.Go(func() { work(t, s, &owners[i]) })
	}
	wg.Wait()
	must(t, errors.Join(cut.Err(), s.Close()))

	s, err = store.Open(t.Context(), badger.Options{Dir: image})
	must(t, err)
	defer closeOf(t, s)
	for _, k := range owners {
		page, err := s.Offline().Page(t.Context(), k.owner, 0, 1<<20)
		must(t, err)
		found := map[uint64]bool{}
		for _, e := range page {
			found[e.ID] = true
		}
		for id := range k.pushed {
			if !found[id] {
				lost++
			}
		}
		_, version, err := s.Rosters().Get(t.Context(), k.owner)
		must(t, err)
		if version < k.version {
			lost++
		}
	}
	return lost
}

// work changes things until the power goes.
func work(t *testing.T, s *store.Store, k *kept) {
	for id := uint64(1); ; id++ {
		err := outcome(s.Offline().Push(k.owner, entry(id)))
		if err == nil {
			k.pushed[id] = true
			var v roster.Version
			v, err = s.Rosters().Update(t.Context(), k.owner, juliet, func(*roster.Item) (*roster.Item, error) {
				return &roster.Item{JID: juliet, Listed: true, Name: fmt.Sprint(id)}, nil
			})
			if err == nil {
				k.version = v
			}
		}
		if err != nil {
			if !errors.Is(err, badger.ErrClosed) {
				t.Error(err)
			}
			return
		}
	}
}

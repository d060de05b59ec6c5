package store_test

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"causeway/bridge"
	"causeway/store"
	"causeway/store/badger"
	"causeway/store/badger/badgertest"
)

// The power goes at a random commit while eight sites trade codes for tokens and lose them. Afterwards each token is
// what its owner was told last, or what the change after that would have made of it.
func TestTokensPowerCut(t *testing.T) {
	lost := 0
	for round := range 6 {
		lost += tokensPowerCut(t, rand.New(rand.NewPCG(uint64(round), 4)), false)
	}
	if lost != 0 {
		t.Errorf("%d acknowledged changes lost", lost)
	}
}

// The control: acknowledged before the sync, the same check has to find losses.
func TestTokensPowerCutNoticesEarlyAcknowledgement(t *testing.T) {
	lost := 0
	for round := range 3 {
		lost += tokensPowerCut(t, rand.New(rand.NewPCG(uint64(round), 4)), true)
	}
	if lost == 0 {
		t.Error("nothing was noticed")
	}
}

// A trade is a code, what was acknowledged of it, and what was asked for last.
type trade struct {
	code         string
	state, tried int
}

const (
	tradeIssued = iota
	tradeSpent
	tradeRevoked
)

func tokensPowerCut(t *testing.T, rnd *rand.Rand, early bool) (lost int) {
	t.Helper()
	dir, image := t.TempDir(), filepath.Join(t.TempDir(), "image")
	cut, err := badgertest.NewPowerCut(dir)
	must(t, err)
	cut.Image, cut.At, cut.Written, cut.Early = image, 20+rnd.IntN(40), rnd.IntN(2) == 0, early
	s, err := store.Open(t.Context(), badger.Options{Dir: dir, Fault: cut})
	must(t, err)
	h := &tokenHouse{house: &house{Store: s, t: t}}
	h.furnish()
	trades := make([][]trade, 8)
	sites := make([]bridge.App, len(trades))
	for i := range sites { // before anybody trades: so few commits are made before the power goes
		sites[i], _ = h.newApp(bridge.Site, capulet, "", "")
	}
	var wg sync.WaitGroup
	for i := range trades {
		wg.Go(func() { trades[i] = h.tradeUntilDark(sites[i].ID, early) })
	}
	wg.Wait()
	must(t, errors.Join(cut.Err(), s.Close()))

	s, err = store.Open(t.Context(), badger.Options{Dir: image})
	must(t, err)
	defer closeOf(t, s)
	for _, list := range trades {
		for _, tr := range list {
			_, err := s.Tokens().Grant(t.Context(), bridge.Code, tr.code)
			state := tradeRevoked
			switch {
			case err == nil:
				state = tradeIssued
			case errors.Is(err, bridge.ErrTokenSpent):
				state = tradeSpent
			case !errors.Is(err, bridge.ErrTokenUnknown):
				t.Fatal(err)
			}
			if state != tr.state && state != tr.tried {
				lost++
			}
		}
	}
	return lost
}

// tradeUntilDark issues codes, spends them and revokes every other. A store that acknowledges early may not find what it
// has just been given.
func (h *tokenHouse) tradeUntilDark(site string, early bool) (list []trade) {
	end := time.Now().Add(time.Hour)
	for {
		code, err := h.Tokens().Issue(h.t.Context(), bridge.Grant{Use: bridge.Code, Kind: bridge.Site, App: site, User: juliet, Expires: end})
		if err == nil {
			tr := trade{code: code, state: tradeIssued, tried: tradeSpent}
			var g bridge.Grant
			if g, _, err = h.Tokens().Trade(h.t.Context(), bridge.Code, code); err == nil {
				tr.state = tradeSpent
			}
			if err == nil && len(list)%2 == 1 {
				tr.tried = tradeRevoked
				if err = h.Tokens().Revoke(h.t.Context(), g.Family); err == nil {
					tr.state = tradeRevoked
				}
			}
			list = append(list, tr)
		}
		if err != nil {
			if !errors.Is(err, badger.ErrClosed) && !early {
				h.t.Error(err)
			}
			return list
		}
		if len(list) > 20 {
			list = list[2:] // more than a hundred are not kept for one person
		}
	}
}

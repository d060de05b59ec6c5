package flash

import (
	"net/netip"
	"sync"
	"time"
)

// After maxGuesses failures of one address within guessTime nothing of it is looked at
// (wire §4).
const (
	maxGuesses = 5
	guessTime  = time.Minute
	maxGuessed = 10_000 // addresses that are remembered
)

// guesses are the failures of addresses.
type guesses struct {
	mu   sync.Mutex
	when map[netip.Addr][]time.Time // oldest first, maxGuesses at most
}

// wait reports whether an address has failed too often.
func (g *guesses) wait(from netip.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := g.when[from]
	return len(list) == maxGuesses && time.Since(list[0]) < guessTime
}

// failed counts a failure.
func (g *guesses) failed(from netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := append(g.when[from], time.Now())
	if _, known := g.when[from]; !known && len(g.when) >= maxGuessed {
		g.forget()
	}
	g.when[from] = list[max(0, len(list)-maxGuesses):]
}

// forget makes room: of those whose time is over, or else of any one.
func (g *guesses) forget() {
	for from, list := range g.when {
		if time.Since(list[len(list)-1]) > guessTime {
			delete(g.when, from)
		}
	}
	for from := range g.when {
		if len(g.when) < maxGuessed {
			return
		}
		delete(g.when, from)
	}
}

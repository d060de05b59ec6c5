package flash

import (
	"net/netip"
	"sync"
	"time"

	"causeway/bridge"
)

// After maxGuesses failures of one address, or one /64 of IPv6, within guessTime nothing of
// it is looked at (wire §4).
const (
	maxGuesses = 5
	guessTime  = time.Minute
	maxGuessed = 10_000 // addresses that are remembered
)

// guesses are the failures of addresses.
type guesses struct {
	mu   sync.Mutex
	when map[netip.Prefix][]time.Time // oldest first, maxGuesses at most
}

// wait reports whether an address has failed too often.
func (g *guesses) wait(from netip.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.tooOften(bridge.Network(from))
}

// tooOften is wait. The lock is held.
func (g *guesses) tooOften(from netip.Prefix) bool {
	list := g.when[from]
	return len(list) == maxGuesses && time.Since(list[0]) < guessTime
}

// judged counts a failure, unless it was none. It is wait as well: of many documents that
// are looked at at the same time, those that come to an end behind maxGuesses failures have
// not been looked at, be they right or wrong.
func (g *guesses) judged(addr netip.Addr, right bool) (wait bool) {
	from := bridge.Network(addr)
	g.mu.Lock()
	defer g.mu.Unlock()
	if wait = g.tooOften(from); wait || right {
		return wait
	}
	list := append(g.when[from], time.Now())
	if _, known := g.when[from]; !known && len(g.when) >= maxGuessed {
		g.forget()
	}
	g.when[from] = list[max(0, len(list)-maxGuesses):]
	return false
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

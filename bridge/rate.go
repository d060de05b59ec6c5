package bridge

import (
	"sync"
	"time"
)

// Rates lets each of many do something only so often: a burst at once, and then once each
// time so long. It remembers at most so many, and forgets those first that have nothing
// to wait for.
type Rates[K comparable] struct {
	burst int
	every time.Duration
	size  int

	mu   sync.Mutex
	full map[K]time.Time // until when the burst of somebody is not whole again
}

// NewRates makes Rates that remember size at most.
func NewRates[K comparable](burst int, every time.Duration, size int) *Rates[K] {
	return &Rates[K]{burst: burst, every: every, size: size, full: make(map[K]time.Time)}
}

// Allow counts one try. If wait is not 0, it is one too many and not counted.
func (r *Rates[K]) Allow(who K) (wait time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	at, known := r.full[who]
	if at.Before(now) {
		at = now
	}
	at = at.Add(r.every)
	if wait = at.Sub(now) - time.Duration(r.burst)*r.every; wait > 0 {
		return wait
	}
	if !known && len(r.full) >= r.size {
		r.sweep(now)
	}
	r.full[who] = at
	return 0
}

// sweep makes room.
func (r *Rates[K]) sweep(now time.Time) {
	for who, at := range r.full {
		if at.Before(now) {
			delete(r.full, who)
		}
	}
	for who := range r.full {
		if len(r.full) < r.size {
			return
		}
		delete(r.full, who)
	}
}

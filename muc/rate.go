package muc

import (
	"sync"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// A bucket bounds how often something may be done. Its zero value is full.
type bucket struct {
	spent float64 // of what is in a full one
	at    time.Time
}

// take takes one; false if the bucket is empty. It is filled at a rate a second, up to
// burst; a negative rate is no limit.
func (b *bucket) take(now time.Time, rate, burst int) bool {
	if rate < 0 || burst < 0 {
		return true
	}
	b.spent = max(0, b.spent-now.Sub(b.at).Seconds()*float64(rate))
	b.at = now
	if b.spent+1 > float64(burst) {
		return false
	}
	b.spent++
	return true
}

// full reports whether nothing is missing from the bucket.
func (b *bucket) full(now time.Time, rate int) bool {
	return now.Sub(b.at).Seconds()*float64(rate) >= b.spent
}

func errTooFast() error {
	return &stanza.Error{Type: stanza.Wait, Condition: stanza.PolicyViolation, Text: "too many at once"}
}

// rates bound how fast people do something, each for himself.
type rates struct {
	mu    sync.Mutex
	by    map[jid.JID]*bucket
	sweep int // how many there may be before those who have rested are forgotten
}

// leastSwept is how many people are remembered at least.
const leastSwept = 1000

func (j *rates) init() { j.by, j.sweep = make(map[jid.JID]*bucket), leastSwept }

// take takes one for a person; false if it is too much.
func (j *rates) take(bare jid.JID, now time.Time, rate, burst int) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	b := j.by[bare]
	if b == nil {
		j.forget(now, rate)
		b = &bucket{}
		j.by[bare] = b
	}
	return b.take(now, rate, burst)
}

// forget drops those who might as well be new, from time to time.
func (j *rates) forget(now time.Time, rate int) {
	if len(j.by) < j.sweep {
		return
	}
	for bare, b := range j.by {
		if b.full(now, rate) {
			delete(j.by, bare)
		}
	}
	j.sweep = max(leastSwept, 2*len(j.by))
}

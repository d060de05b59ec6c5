package load

import (
	"math/bits"
	"slices"
	"sync/atomic"
	"time"
)

const (
	// fine is how many steps there are between a power of two and the next: what is
	// read from a Histogram is at most 1/fine too large.
	fineBits = 5
	fine     = 1 << fineBits
	// longest is the power of two of nanoseconds, about 18 minutes, above which all is
	// counted as one.
	longest = 40
	buckets = (longest - fineBits + 1) * fine
)

// A Histogram counts durations in steps of about three hundredths. It may be used by
// many goroutines.
type Histogram struct {
	counts [buckets]atomic.Uint32
	most   atomic.Int64
}

// Add counts one.
func (h *Histogram) Add(d time.Duration) {
	h.counts[bucket(d)].Add(1)
	for {
		most := h.most.Load()
		if int64(d) <= most || h.most.CompareAndSwap(most, int64(d)) {
			return
		}
	}
}

func bucket(d time.Duration) int {
	n := uint64(max(d, 0))
	if n < fine {
		return int(n)
	}
	power := bits.Len64(n) - fineBits - 1
	return min(power*fine+int(n>>power), buckets-1)
}

// upper is the longest duration that is counted in bucket i.
func upper(i int) time.Duration {
	if i < 2*fine {
		return time.Duration(i)
	}
	power := i/fine - 1
	return time.Duration((uint64(i%fine+fine)+1)<<power - 1)
}

// A Spread is what Histograms had counted at a moment.
type Spread struct {
	counts [buckets]uint64
	total  uint64
	most   time.Duration
}

// add adds a Histogram.
func (s *Spread) add(h *Histogram) {
	for i := range h.counts {
		n := uint64(h.counts[i].Load())
		s.counts[i] += n
		s.total += n
	}
	s.most = max(s.most, time.Duration(h.most.Load()))
}

// since gives what came after an earlier moment. Its longest is known to a step.
func (s *Spread) since(before *Spread) *Spread {
	d := &Spread{}
	for i := range s.counts {
		d.counts[i] = s.counts[i] - before.counts[i]
		d.total += d.counts[i]
		if d.counts[i] > 0 {
			d.most = min(upper(i), s.most)
		}
	}
	return d
}

// At gives the duration that a share of all does not exceed, 0 if there are none.
func (s *Spread) At(share float64) time.Duration {
	rank := uint64(share * float64(s.total))
	for i, n := range s.counts {
		if rank < n {
			return min(upper(i), s.most)
		}
		rank -= n
	}
	return s.most
}

// Median of at least one value.
func Median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

package load

import (
	"testing"
	"time"
)

// TestHistogram: what is read is what was added, to a thirtieth.
func TestHistogram(t *testing.T) {
	var h Histogram
	for i := 1; i <= 1000; i++ {
		h.Add(time.Duration(i) * 100 * time.Microsecond)
	}
	var s Spread
	s.add(&h)
	for share, want := range map[float64]time.Duration{0.5: 50 * time.Millisecond, 0.99: 99 * time.Millisecond, 0.999: 100 * time.Millisecond} {
		if got := s.At(share); got < want || got > want+want/30+200*time.Microsecond {
			t.Errorf("%v: %v, want %v", share, got, want)
		}
	}
	if s.most != 100*time.Millisecond || s.total != 1000 {
		t.Errorf("longest %v of %d", s.most, s.total)
	}
	h.Add(-time.Second) // a clock that is off
	h.Add(24 * time.Hour)
	var later Spread
	later.add(&h)
	if d := later.since(&s); d.total != 2 || d.At(0) != 0 || d.At(1) < 10*time.Minute {
		t.Errorf("%d more, from %v to %v", d.total, d.At(0), d.At(1))
	}
	for d := time.Duration(1); d < time.Minute; d = d*5/4 + 1 {
		if up := upper(bucket(d)); up < d || up > d+d/fine+1 {
			t.Fatalf("%v is counted as %v", d, up)
		}
	}
	if s := (&Spread{}); s.At(0.99) != 0 || s.latency() != nil {
		t.Error("nothing has a duration")
	}
}

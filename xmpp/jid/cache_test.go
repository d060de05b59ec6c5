package jid

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

func TestCache(t *testing.T) {
	c := NewCache(8)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 1000 {
				s := fmt.Sprintf("Juliet@capulet.lit/%d", i%37)
				j, err := c.Parse([]byte(s))
				if err != nil || j != MustParse(s) {
					t.Errorf("Parse(%q) = %q, %v", s, j, err)
				}
			}
		})
	}
	wg.Wait()
	if _, err := c.Parse([]byte("@")); err == nil {
		t.Error("no error for what is no address")
	}
	long := "juliet@capulet.lit/" + strings.Repeat("a", 500)
	if j, err := c.Parse([]byte(long)); err != nil || j.String() != long {
		t.Errorf("Parse = %q, %v", j, err)
	}
	for i := range c.slots {
		if e := c.slots[i].Load(); e != nil && len(e.raw) > maxCached {
			t.Errorf("keeps %d bytes", len(e.raw))
		}
	}
}

func TestCacheHitDoesNotAllocate(t *testing.T) {
	c := NewCache(8)
	b := []byte("Juliet@capulet.lit/balcony")
	if n := testing.AllocsPerRun(100, func() { _, _ = c.Parse(b) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkCache(b *testing.B) {
	c := NewCache(1024)
	raw := []byte("juliet@capulet.lit/balcony")
	b.ReportAllocs()
	for b.Loop() {
		_, _ = c.Parse(raw)
	}
}

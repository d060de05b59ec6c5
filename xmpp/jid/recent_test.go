package jid

import (
	"fmt"
	"testing"
)

func one(int) int { return 1 }

func TestRecent(t *testing.T) {
	r := NewRecent(1000, one)
	romeo, juliet := MustParse("romeo@montague.lit"), MustParse("juliet@capulet.lit")
	_, epoch, ok := r.Get(romeo)
	if ok {
		t.Fatal("something is known of an address that was never put")
	}
	r.Put(romeo, 1, epoch)
	if v, _, ok := r.Get(romeo); !ok || v != 1 {
		t.Errorf("got %d, %v", v, ok)
	}
	_, epoch, _ = r.Get(juliet)
	r.Drop(juliet)
	r.Put(juliet, 2, epoch)
	if v, _, ok := r.Get(juliet); ok {
		t.Errorf("%d was read before the change, and is remembered after it", v)
	}
	r.Drop(romeo)
	if _, _, ok := r.Get(romeo); ok {
		t.Error("known after it was dropped")
	}
}

// TestRecentIsBounded: what is asked for again stays, the rest goes.
func TestRecentIsBounded(t *testing.T) {
	const weight = 2000
	r := NewRecent(weight, one)
	keep := MustParse("nurse@capulet.lit")
	for i := range 20 * weight {
		j := MustParse(fmt.Sprintf("page%d@capulet.lit", i))
		_, epoch, _ := r.Get(j)
		r.Put(j, i, epoch)
		v, epoch, ok := r.Get(keep)
		if i > 0 && (!ok || v != -1) {
			t.Fatalf("after %d others: %d, %v", i, v, ok)
		}
		r.Put(keep, -1, epoch)
		if n := r.Len(); n > weight+recentShards {
			t.Fatalf("%d are known", n)
		}
	}
}

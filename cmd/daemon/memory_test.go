package daemon

import (
	"slices"
	"testing"
)

func TestRest(t *testing.T) {
	const busy, idle = 2 * restRate, restRate / 16
	tests := map[string]struct {
		ticks []uint64 // bytes allocated in each
		want  []int    // ticks after which memory is given back
	}{
		"nothing to give":        {[]uint64{idle, idle, idle, idle, idle, idle, idle}, nil},
		"busy all the time":      {[]uint64{busy, busy, busy, busy, busy, busy, busy}, nil},
		"once after a busy time": {[]uint64{8 * busy, idle, idle, idle, idle, idle, idle, idle}, []int{4}},
		"a pause is no rest":     {[]uint64{8 * busy, idle, idle, idle, busy, idle, idle}, nil},
		"again after another":    {[]uint64{8 * busy, idle, idle, idle, idle, 8 * busy, idle, idle, idle, idle}, []int{4, 9}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var r rest
			var got []int
			allocated := uint64(0)
			for i, bytes := range test.ticks {
				allocated += bytes
				if r.over(allocated) {
					got = append(got, i)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Fatalf("memory given back after ticks %v, want %v", got, test.want)
			}
		})
	}
}

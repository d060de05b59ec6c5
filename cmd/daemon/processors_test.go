package daemon

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

// While somebody computes there are more processors; a second later there are as many as before.
func TestSpread(t *testing.T) {
	usual := runtime.GOMAXPROCS(2)
	defer runtime.GOMAXPROCS(usual)
	synctest.Test(t, func(t *testing.T) {
		s := &spread{least: 4}
		want := func(why string, n int) {
			t.Helper()
			if got := runtime.GOMAXPROCS(0); got != n {
				t.Errorf("%s: %d processors, want %d", why, got, n)
			}
		}
		first, second := s.begin(), s.begin()
		want("two compute", 4)
		first()
		time.Sleep(2 * spreadFor)
		want("one still computes", 4)
		second()
		time.Sleep(spreadFor / 2)
		want("for a while", 4)
		third := s.begin()
		time.Sleep(2 * spreadFor)
		want("another", 4)
		third()
		time.Sleep(spreadFor + 1)
		synctest.Wait()
		want("at rest", 2)
	})
	none := &spread{}
	defer none.begin()()
	if runtime.GOMAXPROCS(0) != 2 {
		t.Error("what an operator has set is changed")
	}
}

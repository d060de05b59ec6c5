package account

import (
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

var (
	verona = netip.MustParseAddr("192.0.2.1")
	mantua = netip.MustParseAddr("198.51.100.7")
)

// guess makes wrong tries until the throttle stops them.
func guess(th *Throttle, addr netip.Addr, account string) (tries int, wait time.Duration) {
	for wait == 0 && tries < 1000 {
		if wait = th.Allow(addr, account); wait == 0 {
			th.Failed(addr, account)
			tries++
		}
	}
	return tries, wait
}

func TestThrottlePair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := NewThrottle(0)
		tries, wait := guess(th, verona, "juliet@capulet.lit")
		if tries != pairLimit.burst || wait > pairLimit.interval {
			t.Fatalf("%d tries, then %v", tries, wait)
		}
		var waits []time.Duration
		for range 8 { // whoever goes on as soon as they may waits longer each time
			time.Sleep(wait)
			if wait = th.Allow(verona, "juliet@capulet.lit"); wait != 0 {
				t.Fatalf("still %v after having waited", wait)
			}
			th.Failed(verona, "juliet@capulet.lit")
			wait = th.Allow(verona, "juliet@capulet.lit")
			waits = append(waits, wait)
		}
		if waits[0] >= waits[1] || waits[1] >= waits[2] || waits[7] > maxPenalty {
			t.Errorf("waits do not grow, or without bound: %v", waits)
		}
		if wait := th.Allow(mantua, "juliet@capulet.lit"); wait != 0 {
			t.Errorf("juliet waits %v at another address", wait)
		}
		if wait := th.Allow(verona, "nurse@capulet.lit"); wait != 0 {
			t.Errorf("the nurse waits %v at that address", wait)
		}
		time.Sleep(time.Hour)
		if tries, _ := guess(th, verona, "juliet@capulet.lit"); tries != pairLimit.burst {
			t.Errorf("after an hour %d tries, want a clean slate", tries)
		}
	})
}

// TestThrottleAtOnce: of guesses that are all let through at the same moment, as many have an
// outcome as one after the other would have had; the right one among the others has none.
func TestThrottleAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := NewThrottle(0)
		for range 1000 {
			if th.Allow(verona, "juliet@capulet.lit") > 0 {
				t.Fatal("nothing has failed yet")
			}
		}
		told := 0
		for range 999 {
			if th.Failed(verona, "juliet@capulet.lit") == 0 {
				told++
			}
		}
		if told != pairLimit.burst {
			t.Errorf("%d are told that they were wrong, want %d", told, pairLimit.burst)
		}
		if th.Succeeded(verona, "juliet@capulet.lit") == 0 {
			t.Error("the last is let in")
		}
		if th.Succeeded(mantua, "juliet@capulet.lit") > 0 {
			t.Error("juliet waits at another address")
		}
		right, wait, err := th.Try(verona, "nurse@capulet.lit", func() (bool, error) {
			for range pairLimit.burst { // others, meanwhile
				th.Failed(verona, "nurse@capulet.lit")
			}
			return true, nil
		})
		if right || wait == 0 || err != nil {
			t.Errorf("behind the guesses of others: %v, %v, %v", right, wait, err)
		}
	})
}

// TestThrottleOwner: guesses from everywhere do not lock the owner out.
func TestThrottleOwner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := NewThrottle(0)
		home, cafe := netip.MustParseAddr("203.0.113.9"), netip.MustParseAddr("203.0.113.10")
		if th.Allow(home, "juliet@capulet.lit") != 0 {
			t.Fatal("the first try waits")
		}
		th.Succeeded(home, "juliet@capulet.lit")
		second := 0 // guesses that are an address's second one
		for i := range 200 {
			addr := netip.AddrFrom4([4]byte{10, 0, 0, byte(i)})
			if th.Allow(addr, "juliet@capulet.lit") > 0 {
				t.Fatalf("the first try of %s waits", addr)
			}
			th.Failed(addr, "juliet@capulet.lit")
			if th.Allow(addr, "juliet@capulet.lit") == 0 {
				second++
			}
		}
		if second >= accountLimit.burst {
			t.Errorf("%d of 200 addresses may guess again at once", second)
		}
		if wait := th.Allow(home, "juliet@capulet.lit"); wait != 0 {
			t.Errorf("at home juliet waits %v", wait)
		}
		if wait := th.Allow(cafe, "juliet@capulet.lit"); wait != 0 {
			t.Errorf("in the café juliet waits %v", wait)
		}
		th.Failed(cafe, "juliet@capulet.lit") // a slip of her finger
		if wait := th.Allow(cafe, "juliet@capulet.lit"); wait == 0 || wait > accountLimit.interval {
			t.Errorf("after a slip juliet waits %v", wait)
		}
	})
}

// TestThrottleSpray: one address, many accounts.
func TestThrottleSpray(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th, let := NewThrottle(0), 0
		for i := range 1000 {
			// Its address is a whole network (RFC 4291 §2.5.4).
			addr := netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", i+1))
			if account := fmt.Sprintf("capulet%d@capulet.lit", i); th.Allow(addr, account) == 0 {
				th.Failed(addr, account)
				let++
			}
		}
		if let != addressLimit.burst {
			t.Errorf("%d guesses were let through, want %d", let, addressLimit.burst)
		}
		// Logging in oneself does not buy more guesses.
		time.Sleep(addressLimit.interval)
		addr := netip.MustParseAddr("2001:db8::1")
		if th.Allow(addr, "tybalt@capulet.lit") != 0 {
			t.Fatal("no try after the interval")
		}
		th.Succeeded(addr, "tybalt@capulet.lit")
		if th.Allow(addr, "x@capulet.lit") != 0 {
			t.Error("a login that succeeded was counted")
		}
		th.Failed(addr, "x@capulet.lit")
		if th.Allow(addr, "y@capulet.lit") == 0 {
			t.Error("a login that succeeded wiped out the failures")
		}
	})
}

// TestThrottleSlip: whoever has logged in from there before does not wait for a
// slip, though others guess at the account.
func TestThrottleSlip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := NewThrottle(0)
		th.Succeeded(verona, "juliet@capulet.lit")
		for i := range accountLimit.burst {
			th.Failed(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), "juliet@capulet.lit")
		}
		th.Failed(verona, "juliet@capulet.lit")
		if wait := th.Allow(verona, "juliet@capulet.lit"); wait != 0 {
			t.Errorf("at home juliet waits %v", wait)
		}
		th.Failed(mantua, "juliet@capulet.lit")
		if th.Allow(mantua, "juliet@capulet.lit") == 0 {
			t.Error("a stranger does not wait")
		}
	})
}

// TestThrottleForgives: a good login pays what the pair owes.
func TestThrottleForgives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := NewThrottle(0)
		for range pairLimit.burst - 1 {
			th.Failed(verona, "juliet@capulet.lit")
		}
		th.Succeeded(verona, "juliet@capulet.lit")
		if tries, _ := guess(th, verona, "juliet@capulet.lit"); tries != pairLimit.burst {
			t.Errorf("%d tries after a good login", tries)
		}
	})
}

func TestThrottleIsBounded(t *testing.T) {
	th := NewThrottle(100)
	for i := range 10_000 {
		addr := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		th.Allow(addr, fmt.Sprint(i))
		th.Failed(addr, fmt.Sprint(i))
		th.Succeeded(addr, fmt.Sprint("good", i))
	}
	if n := len(th.good.young) + len(th.good.old); n > 100 {
		t.Errorf("%d pairs are remembered as good", n)
	}
	if n := len(th.pairs.entries) + len(th.addresses.entries) + len(th.accounts.entries); n > 300 {
		t.Errorf("%d buckets", n)
	}
	th.Failed(netip.Addr{}, "pipe")
	if th.Allow(netip.Addr{}, "pipe") != 0 {
		t.Error("no address is no reason to wait")
	}
}

func TestAddressLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewAddressLimit(2, time.Minute)
		for i, want := range []bool{true, true, false} {
			if got := l.Allow(verona) == 0; got != want {
				t.Errorf("registration %d: %v", i+1, got)
			}
		}
		if l.Allow(mantua) != 0 {
			t.Error("another address waits")
		}
		time.Sleep(time.Minute)
		if l.Allow(verona) != 0 {
			t.Error("after a minute it still waits")
		}
		l.Undo(verona)
		if l.Allow(verona) != 0 {
			t.Error("what was taken back counts")
		}
	})
}

package account

import (
	"container/list"
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

// A limit is a token bucket: burst tries at once, then one each interval.
type limit struct {
	interval time.Duration
	burst    int
}

// The limits of failed logins. Only one account from one address is ever held up
// for long. The limit of an account as a whole touches only addresses that have
// just failed with it, so guesses from everywhere lock nobody out.
var (
	pairLimit    = limit{interval: 10 * time.Second, burst: 5}
	accountLimit = limit{interval: 2 * time.Second, burst: 50}
	addressLimit = limit{interval: 3 * time.Second, burst: 60}
)

const (
	// maxPenalty is the longest a pair of account and address waits.
	maxPenalty = 5 * time.Minute
	// DefaultThrottleSize is the number of buckets of each sort that a throttle keeps,
	// and of the pairs that have been good.
	DefaultThrottleSize = 20_000
)

// Throttle slows down who guesses passwords. It keeps a bucket for each address,
// each account, and each pair of them that has failed, and forgets the least
// recently used ones. It is safe for many goroutines.
type Throttle struct {
	mu        sync.Mutex
	addresses buckets[netip.Prefix]
	accounts  buckets[string]
	pairs     buckets[pair]
	good      hashes // of the pairs whose last login succeeded: their people have been here before
}

type pair struct {
	address netip.Prefix
	account string
}

// NewThrottle makes a throttle that keeps at most size buckets of each sort; 0
// means DefaultThrottleSize.
func NewThrottle(size int) *Throttle {
	if size == 0 {
		size = DefaultThrottleSize
	}
	return &Throttle{
		addresses: newBuckets[netip.Prefix](size),
		accounts:  newBuckets[string](size),
		pairs:     newBuckets[pair](size),
		good:      hashes{seed: maphash.MakeSeed(), size: (size + 1) / 2},
	}
}

// Allow asks for one try to log in to account, a bare JID, from addr. If wait is
// 0 it may be made, followed by Succeeded or Failed; else not now, but after wait.
//
// Only failures count, so tries made at the same moment are all let through. Those of them
// that end behind too many failures have no outcome: Succeeded and Failed give a wait then,
// and whoever tried must not be told which of them it was. A thousand guesses at once are
// no more than those that one after the other could have been.
func (t *Throttle) Allow(addr netip.Addr, account string) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.wait(time.Now(), pair{prefix(addr), account})
}

// wait is how long a pair has to wait. The lock is held.
func (t *Throttle) wait(now time.Time, both pair) time.Duration {
	p := t.pairs.peek(both)
	wait := max(p.wait(now, pairLimit), t.addresses.peek(both.address).wait(now, addressLimit))
	if p.full.After(now) && !t.good.has(both) {
		wait = max(wait, t.accounts.peek(both.account).wait(now, accountLimit))
	}
	return wait
}

// Succeeded tells that the try found the right password. With a wait it does not count: too
// many others have failed meanwhile.
func (t *Throttle) Succeeded(addr netip.Addr, account string) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	both := pair{prefix(addr), account}
	if wait = t.wait(time.Now(), both); wait > 0 {
		return wait
	}
	// What the address owes for other accounts stays: nobody buys guesses by
	// logging in to an account of their own.
	t.pairs.drop(both)
	t.good.add(both)
	return 0
}

// Failed tells that the password was wrong. Each failure of a pair beyond its
// burst doubles its wait, up to five minutes. With a wait the answer is the same as that to a
// right password would be, as with Succeeded.
func (t *Throttle) Failed(addr netip.Addr, account string) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now, network := time.Now(), prefix(addr)
	wait = t.wait(now, pair{network, account})
	t.addresses.touch(network).take(now, addressLimit)
	t.accounts.touch(account).take(now, accountLimit)
	p := t.pairs.touch(pair{network, account})
	p.take(now, pairLimit)
	if over := p.failed - pairLimit.burst; over > 0 {
		penalty := min(pairLimit.interval<<min(over, 8), maxPenalty)
		p.full = now.Add(penalty + time.Duration(pairLimit.burst-1)*pairLimit.interval)
	}
	return wait
}

// Try makes a try: check says whether what was shown is right. With a wait it was not made, or has
// no outcome. An error of check counts as nothing.
func (t *Throttle) Try(addr netip.Addr, account string, check func() (right bool, err error)) (right bool, wait time.Duration, err error) {
	if wait = t.Allow(addr, account); wait > 0 {
		return false, wait, nil
	}
	if right, err = check(); err != nil {
		return false, 0, err
	}
	tell := t.Failed
	if right {
		tell = t.Succeeded
	}
	if wait = tell(addr, account); wait > 0 {
		return false, wait, nil
	}
	return right, 0, nil
}

// AddressLimit lets each address do something only so often, such as register an
// account. It forgets the least recently used addresses. It is safe for many
// goroutines.
type AddressLimit struct {
	mu        sync.Mutex
	limit     limit
	addresses buckets[netip.Prefix]
}

// NewAddressLimit allows burst times at once, then once each interval.
func NewAddressLimit(burst int, interval time.Duration) *AddressLimit {
	return &AddressLimit{
		limit:     limit{interval: interval, burst: burst},
		addresses: newBuckets[netip.Prefix](DefaultThrottleSize),
	}
}

// Allow asks for one time. It is counted if wait is 0; else it may not be now, but
// after wait.
func (l *AddressLimit) Allow(addr netip.Addr) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	b := l.addresses.touch(prefix(addr))
	if wait = b.wait(now, l.limit); wait == 0 {
		b.take(now, l.limit)
	}
	return wait
}

// Undo takes back one time that Allow has counted.
func (l *AddressLimit) Undo(addr netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.addresses.touch(prefix(addr))
	b.full = b.full.Add(-l.limit.interval)
}

// prefix is what counts as one address: an IPv6 host commonly has a whole /64 to
// choose from.
func prefix(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // not an IP address, as on a pipe: all of them share one
	}
	return p
}

// A bucket is free of debt at the time full; each failure moves that by one interval.
type bucket struct {
	full   time.Time
	failed int // since it was free of debt
}

func (b *bucket) wait(now time.Time, l limit) time.Duration {
	if !b.full.After(now) {
		return 0
	}
	return max(0, b.full.Sub(now)-time.Duration(l.burst-1)*l.interval)
}

// take adds a failure. The debt never grows beyond what a single wait pays.
func (b *bucket) take(now time.Time, l limit) {
	if !b.full.After(now) {
		b.full, b.failed = now, 0
	}
	b.failed++
	b.full = b.full.Add(l.interval)
	if most := now.Add(time.Duration(l.burst) * l.interval); b.full.After(most) {
		b.full = most
	}
}

// buckets is a bounded map that forgets what was not used for longest.
type buckets[K comparable] struct {
	size    int
	order   *list.List // of entry[K], most recently used first
	entries map[K]*list.Element
}

type entry[K comparable] struct {
	key K
	bucket
}

func newBuckets[K comparable](size int) buckets[K] {
	return buckets[K]{size: size, order: list.New(), entries: make(map[K]*list.Element)}
}

// peek gives a copy of the bucket of a key, an empty one if there is none.
func (b *buckets[K]) peek(key K) *bucket {
	var copied bucket
	if e, ok := b.entries[key]; ok {
		copied = e.Value.(*entry[K]).bucket // the list holds nothing else
	}
	return &copied
}

// touch gives the bucket of a key, a new one if there is none.
func (b *buckets[K]) touch(key K) *bucket {
	if e, ok := b.entries[key]; ok {
		b.order.MoveToFront(e)
		return &e.Value.(*entry[K]).bucket // the list holds nothing else
	}
	n := &entry[K]{key: key}
	b.entries[key] = b.order.PushFront(n)
	if len(b.entries) > b.size {
		last := b.order.Back()
		b.order.Remove(last)
		delete(b.entries, last.Value.(*entry[K]).key)
	}
	return &n.bucket
}

// drop forgets the bucket of a key.
func (b *buckets[K]) drop(key K) {
	if e, ok := b.entries[key]; ok {
		b.order.Remove(e)
		delete(b.entries, key)
	}
}

// hashes is a set of pairs by their hashes, at most twice size: there is one for
// nearly everybody who is logged in, so it must be small. Of two generations the
// older is forgotten when the younger is full.
type hashes struct {
	seed       maphash.Seed
	size       int // of a generation
	young, old map[uint64]struct{}
}

func (h *hashes) add(p pair) {
	if h.young == nil || len(h.young) >= h.size {
		h.young, h.old = make(map[uint64]struct{}), h.young
	}
	h.young[maphash.Comparable(h.seed, p)] = struct{}{}
}

func (h *hashes) has(p pair) bool {
	sum := maphash.Comparable(h.seed, p)
	_, young := h.young[sum]
	_, old := h.old[sum]
	return young || old
}

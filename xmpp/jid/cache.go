package jid

import (
	"hash/maphash"
	"math/rand/v2"
	"sync/atomic"
)

// maxCached bounds the bytes of an address that a Cache keeps; longer ones are
// too rare to be worth their room.
const maxCached = 256

// A Cache remembers what Parse made of addresses, so that one seen again costs a
// look and no allocation. It is bounded in entries and in the bytes of each. It
// is safe for concurrent use, and takes no lock: an entry is never changed, only
// replaced as a whole.
type Cache struct {
	seed  maphash.Seed
	slots []atomic.Pointer[entry]
}

// An entry is one remembered address. It is found under the exact bytes that were
// parsed.
type entry struct {
	raw string
	jid JID
}

// NewCache gives a Cache of the given number of entries, rounded up to a power of two.
func NewCache(entries int) *Cache {
	n := 2
	for n < entries {
		n *= 2
	}
	return &Cache{seed: maphash.MakeSeed(), slots: make([]atomic.Pointer[entry], n)}
}

// Parse is ParseBytes with a memory; b is not kept. An address may stand in one
// of two slots, of which a new one replaces either by chance.
func (c *Cache) Parse(b []byte) (JID, error) {
	hash := maphash.Bytes(c.seed, b)
	mask := uint64(len(c.slots) - 1)
	first, second := &c.slots[hash&mask], &c.slots[hash>>32&mask]
	a := first.Load()
	if a != nil && a.raw == string(b) {
		return a.jid, nil
	}
	z := second.Load()
	if z != nil && z.raw == string(b) {
		return z.jid, nil
	}
	raw := string(b)
	j, err := Parse(raw)
	if err != nil || len(raw) > maxCached || len(j.full) > maxCached {
		return j, err
	}
	e := &entry{raw: raw, jid: j}
	if a == nil || z != nil && rand.Uint32()&1 == 0 {
		first.Store(e)
	} else {
		second.Store(e)
	}
	return j, nil
}

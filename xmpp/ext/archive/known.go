package archive

import (
	"hash/maphash"
	"sync"

	"causeway/xmpp/jid"
)

const (
	knownShards = 16
	// knownWeight bounds what is remembered: an account weighs 1, and 1 more for each
	// address it has named. It is about 20 MB when full.
	knownWeight = 1 << 18
)

// known remembers what the accounts want whose messages passed lately. Each shard
// has two generations: when the young one is full it becomes the old one, and what
// nobody asks for again is gone the next time.
type known struct {
	seed   maphash.Seed
	weight int // of one generation of a shard
	shards [knownShards]shard
}

type shard struct {
	mu         sync.RWMutex
	young, old map[jid.JID]*choice
	weight     int    // of young
	epoch      uint64 // grows with each drop
}

func newKnown(weight int) *known {
	return &known{seed: maphash.MakeSeed(), weight: max(1, weight/knownShards/2)}
}

func (k *known) shard(owner jid.JID) *shard {
	return &k.shards[maphash.String(k.seed, owner.String())%knownShards]
}

// get gives what owner wants if that is known. If it is not, put wants the epoch.
func (k *known) get(owner jid.JID) (c *choice, epoch uint64, ok bool) {
	sh := k.shard(owner)
	sh.mu.RLock()
	c, ok = sh.young[owner]
	if ok {
		sh.mu.RUnlock()
		return c, 0, true
	}
	c, ok = sh.old[owner]
	epoch = sh.epoch
	sh.mu.RUnlock()
	if ok {
		k.put(owner, c, epoch)
	}
	return c, epoch, ok
}

// put remembers what owner wants, unless somebody was dropped since get gave the
// epoch: then it may be older than the change.
func (k *known) put(owner jid.JID, c *choice, epoch uint64) {
	sh := k.shard(owner)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.epoch != epoch {
		return
	}
	if _, ok := sh.young[owner]; ok {
		return
	}
	if sh.young == nil || sh.weight >= k.weight {
		sh.old, sh.young, sh.weight = sh.young, make(map[jid.JID]*choice), 0
	}
	sh.young[owner] = c
	sh.weight += c.weight()
}

// drop forgets owner.
func (k *known) drop(owner jid.JID) {
	sh := k.shard(owner)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if c, ok := sh.young[owner]; ok {
		sh.weight -= c.weight()
		delete(sh.young, owner)
	}
	delete(sh.old, owner)
	sh.epoch++
}

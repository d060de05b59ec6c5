package blocking

import (
	"hash/maphash"
	"sync"

	"causeway/xmpp/jid"
)

const (
	cacheShards = 16
	// cacheWeight bounds the cache: an account weighs 1, and 1 more for each
	// address it blocks. It is about 8 MB when full.
	cacheWeight = 1 << 16
)

// A cache holds the block lists of the accounts that were asked about lately.
// Each shard has two generations: when the young one is full it becomes the old
// one, and what nobody asks for again is gone the next time.
type cache struct {
	seed   maphash.Seed
	weight int // of one generation of a shard
	shards [cacheShards]shard
}

type shard struct {
	mu         sync.RWMutex
	young, old map[jid.JID]*set
	weight     int    // of young
	epoch      uint64 // grows with each drop
}

func newCache(weight int) *cache {
	return &cache{seed: maphash.MakeSeed(), weight: max(1, weight/cacheShards/2)}
}

func (c *cache) shard(owner jid.JID) *shard {
	return &c.shards[maphash.String(c.seed, owner.String())%cacheShards]
}

// get gives the list of owner if it is known. If it is not, put wants the epoch.
func (c *cache) get(owner jid.JID) (list *set, epoch uint64, ok bool) {
	sh := c.shard(owner)
	sh.mu.RLock()
	list, ok = sh.young[owner]
	if ok {
		sh.mu.RUnlock()
		return list, 0, true
	}
	list, ok = sh.old[owner]
	epoch = sh.epoch
	sh.mu.RUnlock()
	if ok {
		c.put(owner, list, epoch)
	}
	return list, epoch, ok
}

// put remembers the list of owner, unless one was dropped since get gave the
// epoch: then the list may be older than the change that dropped it.
func (c *cache) put(owner jid.JID, list *set, epoch uint64) {
	sh := c.shard(owner)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.epoch != epoch {
		return
	}
	if _, ok := sh.young[owner]; ok {
		return
	}
	if sh.young == nil || sh.weight >= c.weight {
		sh.old, sh.young, sh.weight = sh.young, make(map[jid.JID]*set), 0
	}
	sh.young[owner] = list
	sh.weight += 1 + list.size()
}

// drop forgets the list of owner, after it was changed.
func (c *cache) drop(owner jid.JID) {
	sh := c.shard(owner)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if list, ok := sh.young[owner]; ok {
		sh.weight -= 1 + list.size()
		delete(sh.young, owner)
	}
	delete(sh.old, owner)
	sh.epoch++
}

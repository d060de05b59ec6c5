package push

import (
	"sync"

	"causeway/xmpp/jid"
)

// cacheSize is how many accounts one generation of the cache holds. Nearly all of
// them have no registrations.
const cacheSize = 1 << 15

// A cache remembers the registrations of the accounts that were asked about lately.
// When the young generation is full it becomes the old one, and what nobody asks
// for again is gone the next time. The lists may not be changed.
type cache struct {
	mu         sync.RWMutex
	young, old map[jid.JID][]Registration
	epoch      uint64 // grows with each drop
}

func newCache() *cache { return &cache{young: make(map[jid.JID][]Registration)} }

// get gives what is known of owner. If nothing is, put wants the epoch.
func (c *cache) get(owner jid.JID) (list []Registration, epoch uint64, ok bool) {
	c.mu.RLock()
	list, ok = c.young[owner]
	fresh := ok
	if !ok {
		list, ok = c.old[owner]
	}
	epoch = c.epoch
	c.mu.RUnlock()
	if ok && !fresh {
		c.put(owner, list, epoch)
	}
	return list, epoch, ok
}

// put remembers the list of owner, unless one was dropped since get gave the epoch:
// then the list may be older than what dropped it.
func (c *cache) put(owner jid.JID, list []Registration, epoch uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.epoch != epoch {
		return
	}
	if len(c.young) >= cacheSize {
		c.old, c.young = c.young, make(map[jid.JID][]Registration)
	}
	c.young[owner] = list
}

// drop forgets what is known of owner, after it was changed.
func (c *cache) drop(owner jid.JID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.young, owner)
	delete(c.old, owner)
	c.epoch++
}

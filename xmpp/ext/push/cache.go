package push

import (
	"sync"

	"causeway/xmpp/jid"
)

// cacheSize bounds one generation of the cache, in bytes of what it holds. Nearly all
// accounts have no registrations, and count for accountSize.
const (
	cacheSize   = 8 << 20
	accountSize = 256
)

// A cache remembers the registrations of the accounts that were asked about lately.
// When the young generation is full it becomes the old one, and what nobody asks
// for again is gone the next time. The lists may not be changed.
type cache struct {
	mu         sync.RWMutex
	young, old map[jid.JID][]Registration
	size       int    // of young
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
	if _, ok := c.young[owner]; ok {
		return
	}
	if c.size >= cacheSize {
		c.old, c.young, c.size = c.young, make(map[jid.JID][]Registration), 0
	}
	c.young[owner] = list
	c.size += sizeOf(list)
}

// sizeOf is about what the registrations of one account take.
func sizeOf(list []Registration) int {
	size := accountSize
	for i := range list {
		r := &list[i]
		size += accountSize + len(r.Service.String()) + len(r.Node) + len(r.Options) + len(r.Device)
	}
	return size
}

// drop forgets what is known of owner, after it was changed.
func (c *cache) drop(owner jid.JID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if list, ok := c.young[owner]; ok {
		c.size -= sizeOf(list)
		delete(c.young, owner)
	}
	delete(c.old, owner)
	c.epoch++
}

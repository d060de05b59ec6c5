package pep

import (
	"sync"

	"causeway/xmpp/jid"
)

// cacheWeight bounds the cache: an account weighs 1, and 4 more for each of its
// nodes. It is about 30 MB when full of ordinary nodes.
const cacheWeight = 1 << 17

// A cache holds the nodes of accounts that were asked about lately, so that somebody
// who comes online costs no look at the disk for each contact. It has two
// generations: when the young one is full it becomes the old one, and what nobody
// asks for again is gone the next time. What it holds is never changed.
type cache struct {
	mu         sync.Mutex
	max        int // weight of a generation
	weight     int // of young
	young, old map[jid.JID][]Node
	epoch      uint64 // grows with each drop
}

// get gives the nodes of owner if they are known; if not, put wants the epoch.
func (c *cache) get(owner jid.JID) (nodes []Node, epoch uint64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if nodes, ok = c.young[owner]; ok {
		return nodes, c.epoch, true
	}
	if nodes, ok = c.old[owner]; ok {
		c.add(owner, nodes)
	}
	return nodes, c.epoch, ok
}

// put remembers the nodes of owner, unless some were dropped since get gave the
// epoch: then these may be older than the change that dropped them.
func (c *cache) put(owner jid.JID, nodes []Node, epoch uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.epoch == epoch {
		c.add(owner, nodes)
	}
}

// add is put with the lock held.
func (c *cache) add(owner jid.JID, nodes []Node) {
	if _, ok := c.young[owner]; ok {
		return
	}
	if c.young == nil || c.weight >= c.max {
		c.old, c.young, c.weight = c.young, make(map[jid.JID][]Node), 0
	}
	c.young[owner] = nodes
	c.weight += weigh(nodes)
}

// drop forgets the nodes of owner, after a change.
func (c *cache) drop(owner jid.JID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if nodes, ok := c.young[owner]; ok {
		c.weight -= weigh(nodes)
		delete(c.young, owner)
	}
	delete(c.old, owner)
	c.epoch++
}

func weigh(nodes []Node) int {
	w := 1
	for i := range nodes {
		w += 4 + len(nodes[i].Affiliations) + len(nodes[i].Subscriptions)
	}
	return w
}

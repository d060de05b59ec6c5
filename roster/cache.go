package roster

import (
	"slices"
	"sync"
	"time"

	"causeway/xmpp/jid"
)

// contacts is what presence, and whoever asks for contacts, needs to know of a roster. It is never changed once
// it is made, so it may be used without a lock. The lists are sorted.
type contacts struct {
	to      []jid.JID // whose presence the owner sees: "to" and "both"
	from    []jid.JID // who sees the owner's presence: "from" and "both"
	asking  []jid.JID // whom the owner has asked: Pending Out
	waiting []jid.JID // who has asked the owner: Pending In
	others  []jid.JID // those in the roster without any of that
	listed  int       // items of the roster ...
	bytes   int       // ... and what they amount to when a client asks for them
}

// nobody is the contacts of all whose rosters are empty.
var nobody = new(contacts)

// summarize makes the contacts of a whole roster.
func summarize(items []Item) *contacts {
	if len(items) == 0 {
		return nobody
	}
	c := new(contacts)
	for i := range items {
		it := &items[i]
		if it.Subscription&To != 0 {
			c.to = append(c.to, it.JID)
		}
		if it.Subscription&From != 0 {
			c.from = append(c.from, it.JID)
		}
		if it.Ask {
			c.asking = append(c.asking, it.JID)
		}
		if it.Request != nil {
			c.waiting = append(c.waiting, it.JID)
		}
		if it.bystander() {
			c.others = append(c.others, it.JID)
		}
		if it.Listed {
			c.listed++
			c.bytes += it.size()
		}
	}
	for _, l := range [][]jid.JID{c.to, c.from, c.asking, c.waiting, c.others} {
		slices.SortFunc(l, jid.Compare)
	}
	return c
}

// with gives the contacts after an item has changed from old to next; either may be nil.
func (c *contacts) with(contact jid.JID, old, next *Item) *contacts {
	n := *c
	state := next.State()
	n.to = place(c.to, contact, state.subscription()&To != 0)
	n.from = place(c.from, contact, state.subscription()&From != 0)
	n.asking = place(c.asking, contact, state.pendingOut())
	n.waiting = place(c.waiting, contact, state.pendingIn())
	n.others = place(c.others, contact, next.bystander())
	if old.listed() {
		n.listed--
		n.bytes -= old.size()
	}
	if next.listed() {
		n.listed++
		n.bytes += next.size()
	}
	return &n
}

// sees reports whether a bare JID may see the owner's presence.
func (c *contacts) sees(bare jid.JID) bool {
	_, ok := slices.BinarySearchFunc(c.from, bare, jid.Compare)
	return ok
}

// has reports whether a bare JID is in the roster.
func (c *contacts) has(bare jid.JID) bool {
	for _, l := range [...][]jid.JID{c.to, c.from, c.asking, c.others} {
		if _, ok := slices.BinarySearchFunc(l, bare, jid.Compare); ok {
			return true
		}
	}
	return false
}

// waits reports whether a bare JID has asked to see it and not been answered.
func (c *contacts) waits(bare jid.JID) bool {
	_, ok := slices.BinarySearchFunc(c.waiting, bare, jid.Compare)
	return ok
}

// weight is the share of the cache that the contacts take.
func (c *contacts) weight() int {
	return 4 + len(c.to) + len(c.from) + len(c.asking) + len(c.waiting) + len(c.others)
}

// place gives the sorted list with or without j, in new memory if that is a change.
func place(sorted []jid.JID, j jid.JID, in bool) []jid.JID {
	i, there := slices.BinarySearchFunc(sorted, j, jid.Compare)
	switch {
	case there == in:
		return sorted
	case in:
		return slices.Insert(slices.Clip(sorted), i, j)
	default:
		return slices.Concat(sorted[:i], sorted[i+1:])
	}
}

// A cache holds the contacts of those accounts that were busy lately, so that
// presence does not read the disk. It has two generations: when the young one is
// full it becomes the old one, and what nobody asks for again is gone the next
// time. What goes into it is decided by whoever has the owner's turn; anyone may
// read it.
type cache struct {
	mu         sync.Mutex
	max        int // weight of both generations
	weight     int // of young
	young, old map[jid.JID]cached
}

// cached is small, since there is one for each account that is online.
type cached struct {
	contacts *contacts
	left     int64 // when the last available resource went away, Unix seconds; 0 if not known
}

// get gives the contacts of owner, nil if they are not here.
func (c *cache) get(owner jid.JID) *contacts {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.find(owner).contacts
}

// find gives what is known of owner, and makes it young. The lock is held.
func (c *cache) find(owner jid.JID) cached {
	k, ok := c.young[owner]
	if ok {
		return k
	}
	if k, ok = c.old[owner]; ok {
		delete(c.old, owner)
		c.add(owner, k)
	}
	return k
}

// add puts what is not there into the young generation. The lock is held.
func (c *cache) add(owner jid.JID, k cached) {
	w := k.contacts.weight()
	if c.young == nil || c.weight+w > c.max/2 {
		c.young, c.old, c.weight = make(map[jid.JID]cached), c.young, 0
	}
	c.young[owner] = k
	c.weight += w
}

// put stores the contacts of owner.
func (c *cache) put(owner jid.JID, k *contacts) {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.find(owner)
	c.remove(owner)
	c.add(owner, cached{contacts: k, left: was.left})
}

// drop forgets the contacts of owner.
func (c *cache) drop(owner jid.JID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(owner)
}

// remove is drop with the lock held.
func (c *cache) remove(owner jid.JID) {
	if k, ok := c.young[owner]; ok {
		c.weight -= k.contacts.weight()
		delete(c.young, owner)
	}
	delete(c.old, owner)
}

// setLeft notes when the last available resource of owner went away.
func (c *cache) setLeft(owner jid.JID, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k := c.find(owner); k.contacts != nil {
		k.left = at.Unix()
		c.young[owner] = k
	}
}

// left tells when that was, if it is still known.
func (c *cache) left(owner jid.JID) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k := c.find(owner); k.left != 0 {
		return time.Unix(k.left, 0)
	}
	return time.Time{}
}

package roster

import (
	"container/list"
	"slices"
	"sync"
	"time"

	"causeway/xmpp/jid"
)

// contacts is what presence needs to know of a roster. It is never changed once
// it is made, so it may be used without a lock. The lists are sorted.
type contacts struct {
	to      []jid.JID // whose presence the owner sees: "to" and "both"
	from    []jid.JID // who sees the owner's presence: "from" and "both"
	asking  []jid.JID // whom the owner has asked: Pending Out
	waiting []jid.JID // who has asked the owner: Pending In
	listed  int       // items of the roster ...
	bytes   int       // ... and what they amount to when a client asks for them
}

// summarize makes the contacts of a whole roster.
func summarize(items []Item) *contacts {
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
		if it.Listed {
			c.listed++
			c.bytes += it.size()
		}
	}
	for _, l := range [][]jid.JID{c.to, c.from, c.asking, c.waiting} {
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

// waits reports whether a bare JID has asked to see it and not been answered.
func (c *contacts) waits(bare jid.JID) bool {
	_, ok := slices.BinarySearchFunc(c.waiting, bare, jid.Compare)
	return ok
}

// weight is the share of the cache that the contacts take.
func (c *contacts) weight() int { return 4 + len(c.to) + len(c.from) + len(c.asking) + len(c.waiting) }

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

// A cache holds the contacts of those accounts that were busy last, so that
// presence does not read the disk. What goes into it is decided by whoever has
// the owner's turn; anyone may read it.
type cache struct {
	mu      sync.Mutex
	max     int // weight
	weight  int
	order   list.List // of *cached, the last used in front
	byOwner map[jid.JID]*list.Element
}

type cached struct {
	owner    jid.JID
	contacts *contacts
	left     time.Time // when the last available resource went away; zero if not known
}

// get gives the contacts of owner, nil if they are not here.
func (c *cache) get(owner jid.JID) *contacts {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.byOwner[owner]
	if e == nil {
		return nil
	}
	c.order.MoveToFront(e)
	return e.Value.(*cached).contacts
}

// put stores the contacts of owner, and lets go of those unused for longest.
func (c *cache) put(owner jid.JID, k *contacts) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.byOwner[owner]; e != nil {
		v := e.Value.(*cached)
		c.weight += k.weight() - v.contacts.weight()
		v.contacts = k
		c.order.MoveToFront(e)
	} else {
		if c.byOwner == nil {
			c.byOwner = make(map[jid.JID]*list.Element)
		}
		c.byOwner[owner] = c.order.PushFront(&cached{owner: owner, contacts: k})
		c.weight += k.weight()
	}
	for c.weight > c.max && c.order.Len() > 1 {
		c.remove(c.order.Back())
	}
}

// drop forgets the contacts of owner.
func (c *cache) drop(owner jid.JID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.byOwner[owner]; e != nil {
		c.remove(e)
	}
}

func (c *cache) remove(e *list.Element) {
	v := c.order.Remove(e).(*cached)
	delete(c.byOwner, v.owner)
	c.weight -= v.contacts.weight()
}

// setLeft notes when the last available resource of owner went away.
func (c *cache) setLeft(owner jid.JID, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.byOwner[owner]; e != nil {
		e.Value.(*cached).left = at
	}
}

// left tells when that was, if it is still known.
func (c *cache) left(owner jid.JID) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.byOwner[owner]; e != nil {
		return e.Value.(*cached).left
	}
	return time.Time{}
}

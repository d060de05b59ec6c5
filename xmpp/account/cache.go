package account

import (
	"container/list"
	"errors"
	"sync"

	"causeway/xmpp/jid"
)

// cache keeps the accounts that were used last, so that a login and the question
// whether an account exists cost no read of the disk.
type cache struct {
	mu         sync.Mutex
	entries    map[jid.JID]*list.Element // of Account
	order      list.List                 // most recently used first
	limit      int
	generation uint64 // counts drops
}

func newCache(limit int) *cache {
	return &cache{entries: make(map[jid.JID]*list.Element), limit: limit}
}

// get gives the account if it is there; if not, the generation to put it with.
func (c *cache) get(bare jid.JID) (a Account, generation uint64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[bare]
	if !ok {
		return Account{}, c.generation, false
	}
	c.order.MoveToFront(e)
	a, ok = e.Value.(Account)
	return a, c.generation, ok
}

// put keeps an account that was read from the store after get gave generation. If
// anything was dropped meanwhile, what was read may be old, and is not kept.
func (c *cache) put(a Account, generation uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if generation != c.generation || c.entries[a.JID] != nil {
		return
	}
	c.entries[a.JID] = c.order.PushFront(a)
	for len(c.entries) > c.limit {
		last := c.order.Back()
		if old, ok := c.order.Remove(last).(Account); ok {
			delete(c.entries, old.JID)
		}
	}
}

// drop forgets an account, because it has changed.
func (c *cache) drop(bare jid.JID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	if e, ok := c.entries[bare]; ok {
		c.order.Remove(e)
		delete(c.entries, bare)
	}
}

// notFound gives ErrNotFound bare of what the store wrapped it in, and other errors as they are.
func notFound(err error) error {
	if errors.Is(err, ErrNotFound) {
		return ErrNotFound
	}
	return err
}

package caps

import "container/list"

// A cache holds the verified sets that were claimed last. Its owner guards it.
type cache struct {
	max   int
	byUse list.List // of *capabilities; the last one used in front
	of    map[claim]*list.Element
}

// get gives a set, nil if it is not there.
func (c *cache) get(of claim) *capabilities {
	e := c.of[of]
	if e == nil {
		return nil
	}
	c.byUse.MoveToFront(e)
	return e.Value.(*capabilities)
}

// add takes a set in, and gives the one that had to make way for it, if any. Those
// who have that one keep it.
func (c *cache) add(set *capabilities) (forgotten *capabilities) {
	if c.of == nil {
		c.of = make(map[claim]*list.Element)
	}
	if e := c.of[set.claim]; e != nil {
		e.Value = set
		return nil
	}
	c.of[set.claim] = c.byUse.PushFront(set)
	if c.byUse.Len() <= c.max {
		return nil
	}
	forgotten = c.byUse.Remove(c.byUse.Back()).(*capabilities)
	delete(c.of, forgotten.claim)
	return forgotten
}

package c2s

import "causeway/xmpp/stanza"

// DeliverAll implements router.Bulk: what rooms say goes to many at once, and a goroutine
// for each of them would cost more than the write.
func (c *client) DeliverAll(list []*stanza.Stanza) (taken int) {
	k := c.reserve()
	for taken < len(list) {
		if _, ok := c.Deliver(list[taken]); !ok {
			break
		}
		taken++
	}
	if k != nil {
		k.flushAtOnce()
	}
	return taken
}

// reserve has nobody else write for a while; it gives nil if somebody does, or nobody can.
func (c *client) reserve() *link {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.link
	if k == nil || k.flushing || k.closing || k.dead {
		return nil
	}
	k.flushing = true
	return k
}

// flushAtOnce is flush for who must not wait: what the socket does not take at once is
// written by a goroutine.
func (k *link) flushAtOnce() {
	c := k.client
	if !k.canTry() {
		go k.write() // ends when the queue is empty or the connection fails
		return
	}
	for {
		c.mu.Lock()
		b := k.out
		if b == nil && c.refused {
			c.mu.Unlock()
			go k.write() // ends with the queue, behind which a backlog on the disk may wait
			return
		}
		if b == nil {
			k.flushed()
			return
		}
		k.out = nil
		c.askAfter(k, b)
		c.mu.Unlock()
		n, err := k.try(b.b)
		if err != nil {
			k.written(b, err)
			return
		}
		if n < len(b.b) {
			go k.finish(b, n) // ends when the queue is empty or the connection fails
			return
		}
		k.written(b, nil)
	}
}

// finish writes the rest of a buffer, and then as flush does.
func (k *link) finish(b *buffer, n int) {
	k.writing.Store(k.client.srv.now.Load())
	_, err := k.conn.Write(b.b[n:])
	if k.written(b, err) {
		k.flush()
	}
}

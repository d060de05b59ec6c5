package c2s

import (
	"context"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// keepBuffer is the capacity up to which a buffer is worth keeping for reuse.
const keepBuffer = 64 << 10

// A buffer is output that waits to be written.
type buffer struct {
	b    []byte
	told []asker // in the order of the stanzas
}

// An asker wants to know what becomes of the stanza that begins at a place in a
// buffer. It counts as delivered when it is written.
type asker struct {
	at   int
	told func(delivered bool)
}

// tell tells those who asked what became of their stanzas.
func (b *buffer) tell(delivered bool) {
	for i := range b.told {
		b.told[i].told(delivered)
		b.told[i].told = nil
	}
	b.told = b.told[:0]
}

func (s *Server) getBuffer() *buffer {
	if b, ok := s.buffers.Get().(*buffer); ok {
		return b
	}
	return &buffer{b: make([]byte, 0, 4<<10)}
}

func (s *Server) putBuffer(b *buffer) {
	if cap(b.b) <= keepBuffer {
		b.b = b.b[:0]
		s.buffers.Put(b)
	}
}

// A link is one connection of a client after login. Its output is a queue without
// a goroutine: whoever puts something into an idle queue starts one that writes
// until the queue is empty. Under load many stanzas leave in one write.
type link struct {
	client *client
	wire   *wire
	conn   net.Conn // the wire, or TLS over it
	header *stream.Header
	write  func() // flush, made once so that starting it costs nothing
	raw    rawLink

	// Under client.mu:
	out      *buffer       // nil if nothing waits
	unsent   *buffer       // what has been given up; nil if nothing
	gone     chan struct{} // closed when the reading goroutine ends, if somebody waits for that
	drained  chan struct{} // closed when the writing goroutine ends, if somebody waits for that
	flushing bool
	closing  bool  // the closing tag is in the queue, or gone
	dead     bool  // a write has failed
	asleep   bool  // no goroutine reads; see sleep.go
	watched  int32 // its descriptor, if it has ever slept; the sleepers' alone

	// Of the reading goroutine:
	second int64 // the one in which it last read, Unix seconds
	taken  int   // bytes that it has read in it

	heard   atomic.Int64 // when the client last sent something, Unix seconds
	asked   atomic.Int64 // when it was asked whether it is there; 0 if it has answered
	writing atomic.Int64 // since when a write is under way; 0 if none is
	woken   atomic.Bool  // the sweeper has stopped the reading goroutine's wait, to let it sleep
}

func newLink(c *client, w *wire, conn net.Conn, h *stream.Header) *link {
	k := &link{client: c, wire: w, conn: conn, header: &plainHeader}
	if len(h.Prefixes) > 1 || h.Prefix != plainHeader.Prefix {
		k.header = &stream.Header{ContentNS: h.ContentNS, Prefix: h.Prefix, Prefixes: h.Prefixes}
	}
	k.write = k.flush
	k.heard.Store(c.srv.now.Load())
	return k
}

// plainHeader stands for the headers of all clients that declare no prefixes of
// their own.
var plainHeader = stream.Header{
	ContentNS: stream.NSClient, Prefix: "stream",
	Prefixes: []stream.Declaration{{Prefix: "stream", NS: stream.NS}},
}

// Deliver queues st for the client (router.Exit). It copies what it keeps.
func (c *client) Deliver(st *stanza.Stanza) (router.Ticket, bool) {
	c.mu.Lock()
	if c.over {
		c.mu.Unlock()
		return nil, false
	}
	if c.ledger != nil {
		return c.deliverManaged(st)
	}
	if c.link != nil && (c.link.closing || c.link.dead) {
		c.mu.Unlock()
		return nil, false
	}
	if c.deferred != nil && c.putOff(st) {
		c.mu.Unlock()
		return nil, true
	}
	out := c.queue()
	if len(out.b)+st.Size() > c.srv.cfg.Limits.Queue {
		if st.Told != nil {
			c.refuse()
		} else {
			c.overflow()
		}
		return nil, false
	}
	if st.Told != nil {
		out.told = append(out.told, asker{len(out.b), st.Told})
	}
	out.b = st.AppendTo(out.b)
	if c.link != nil {
		c.link.startFlush()
	}
	c.mu.Unlock()
	return nil, true
}

// refuse lets a message that is kept elsewhere wait there until there is room. It
// is called with the lock held and gives it back.
func (c *client) refuse() {
	c.refused = true
	c.mu.Unlock()
}

// takeMore asks for what was refused.
func (c *client) takeMore() {
	c.mu.Lock()
	c.refused = false
	c.mu.Unlock()
	if err := c.session.Backlog(context.Background()); err != nil {
		c.srv.log.Error("offline messages could not be read", slog.String("jid", c.jid.String()), slog.Any("err", err))
	}
}

// queue gives the buffer that output goes to now.
func (c *client) queue() *buffer {
	at := &c.early
	if c.link != nil {
		at = &c.link.out
	}
	if *at == nil {
		*at = c.srv.getBuffer()
	}
	return *at
}

// overflow ends the stream of a client that reads too slowly; nobody else waits
// for it. It is called with the lock held and gives it back.
func (c *client) overflow() {
	k := c.link
	if k == nil {
		c.over = true // the login will find out
		c.mu.Unlock()
		return
	}
	k.unsent, k.out = k.out, nil
	k.sayGoodbye(stream.ResourceConstraint.Err("too much is waiting to be read"))
	k.hurry()
	c.mu.Unlock()
}

// hurry bounds what is still written. A write that is under way may never end; it
// gets as long as a client that closes gets.
func (k *link) hurry() {
	_ = k.conn.SetWriteDeadline(time.Now().Add(k.client.srv.cfg.Limits.CloseHandshake))
}

// startFlush sees to it that somebody writes. The lock is held.
func (k *link) startFlush() {
	if !k.flushing {
		k.flushing = true
		go k.write() // ends when the queue is empty or the connection fails
	}
}

// flush writes until nothing is left.
func (k *link) flush() {
	c := k.client
	for {
		c.mu.Lock()
		b := k.out
		k.out = nil
		if b == nil {
			k.flushed()
			return
		}
		c.askAfter(k, b)
		c.mu.Unlock()
		k.writing.Store(c.srv.now.Load())
		_, err := k.conn.Write(b.b)
		if !k.written(b, err) {
			return
		}
	}
}

// flushed is when nothing is left to write. It is called with the lock held and gives it
// back.
func (k *link) flushed() {
	c := k.client
	k.flushing = false
	closing := k.closing
	more := c.refused && c.ledger == nil && !closing
	if k.drained != nil {
		close(k.drained)
		k.drained = nil
	}
	c.mu.Unlock()
	switch {
	case closing:
		k.closeSoon()
	case more:
		c.takeMore()
	}
}

// written sees to a buffer after an attempt to write it; it is false if that failed.
func (k *link) written(b *buffer, err error) bool {
	k.writing.Store(0)
	b.tell(err == nil)
	k.client.srv.putBuffer(b)
	if err != nil {
		k.fail()
	}
	return err == nil
}

// fail ends the output of a connection that cannot be written to. flushing
// stays set: nobody is to try again.
func (k *link) fail() {
	_ = k.wire.Close() // the reading goroutine notices
	k.client.mu.Lock()
	defer k.client.mu.Unlock()
	k.dead = true
	if k.drained != nil {
		close(k.drained)
		k.drained = nil
	}
}

// leftover gives what was queued and never written.
func (k *link) leftover() (unsent, out *buffer) {
	k.client.mu.Lock()
	defer k.client.mu.Unlock()
	unsent, out = k.unsent, k.out
	k.unsent, k.out = nil, nil
	return unsent, out
}

// sayGoodbye queues the last words of a stream (RFC 6120 §4.4, §4.9.1.1). The
// lock is held.
func (k *link) sayGoodbye(reason *stream.Error) {
	if k.closing {
		return
	}
	k.closing = true
	k.wakeLocked() // somebody has to see the stream to its end
	out := k.client.queue()
	if reason != nil {
		k.client.note(reason)
		out.b = stream.AppendError(out.b, reason)
	}
	out.b = stream.AppendClose(out.b)
	k.startFlush()
}

// closeSoon gives the client a moment to close its stream too.
func (k *link) closeSoon() {
	if w, ok := k.conn.(interface{ CloseWrite() error }); ok {
		_ = w.CloseWrite()
	}
	_ = k.conn.SetReadDeadline(time.Now().Add(k.client.srv.cfg.Limits.CloseHandshake))
}

// settle waits until the writing goroutine is done.
func (k *link) settle() {
	c := k.client
	c.mu.Lock()
	var wait chan struct{}
	if k.flushing && !k.dead {
		wait = make(chan struct{})
		k.drained = wait
	}
	c.mu.Unlock()
	if wait != nil {
		<-wait
	}
}

package websocket

import (
	"net"
	"sync"
	"time"
)

// An outlet is the connection below a WebSocket. The library writes each message by
// itself; an outlet keeps them until it is released, so that they leave together.
type outlet struct {
	net.Conn

	mu      sync.Mutex
	holding bool
	held    *[]byte // nil if nothing is held
}

// keptBuffer is the largest buffer that is worth keeping for reuse.
const keptBuffer = 64 << 10

var heldBuffers = sync.Pool{New: func() any { return new([]byte) }}

// Write implements net.Conn.
func (o *outlet) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.holding {
		return o.Conn.Write(p)
	}
	if o.held == nil {
		o.held = heldBuffers.Get().(*[]byte)
	}
	*o.held = append(*o.held, p...)
	return len(p), nil
}

// SetWriteDeadline does nothing: the library calls it with each message, and would
// take away the deadline of whoever serves the stream.
func (*outlet) SetWriteDeadline(time.Time) error { return nil }

// hold keeps what is written until release.
func (o *outlet) hold() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.holding = true
}

// release writes what is held.
func (o *outlet) release() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.holding = false
	if o.held == nil {
		return nil
	}
	_, err := o.Conn.Write(*o.held)
	if cap(*o.held) <= keptBuffer {
		*o.held = (*o.held)[:0]
		heldBuffers.Put(o.held)
	}
	o.held = nil
	return err
}

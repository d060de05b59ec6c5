package websocket

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// An outlet is the connection below a WebSocket. The library writes each message by
// itself; an outlet keeps them until it is released, so that they leave together.
type outlet struct {
	net.Conn

	waits sync.Mutex
	until time.Time // when reading has to end; zero for never
	rests bool      // reading is to end for now

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

// readUntil bounds the time for reading.
func (o *outlet) readUntil(t time.Time) error {
	o.waits.Lock()
	defer o.waits.Unlock()
	o.until, o.rests = t, false
	return o.SetReadDeadline(t)
}

// rest interrupts a read, unless it has an end already.
func (o *outlet) rest() {
	o.waits.Lock()
	defer o.waits.Unlock()
	if o.until.IsZero() {
		o.rests = true
		_ = o.SetReadDeadline(time.Unix(1, 0))
	}
}

// rested reports whether a read was interrupted by rest. It may go on.
func (o *outlet) rested(err error) bool {
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	o.waits.Lock()
	defer o.waits.Unlock()
	if !o.rests {
		return false
	}
	o.rests = false
	return o.SetReadDeadline(o.until) == nil
}

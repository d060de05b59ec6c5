package xmpptest

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// Pipe gives the two ends of a connection in memory. Each direction holds up to
// capacity bytes that were written and not read; then Write blocks, as on a
// socket whose reader is slow. Both ends have the address 127.0.0.1, and
// deadlines work.
func Pipe(capacity int) (client, server *Conn) {
	up, down := newQueue(capacity), newQueue(capacity)
	return &Conn{in: down, out: up}, &Conn{in: up, out: down}
}

// A Conn is one end of a Pipe.
type Conn struct {
	in, out *queue
}

// Read reads what the other end wrote.
func (c *Conn) Read(p []byte) (int, error) { return c.in.read(p) }

// Write writes to the other end.
func (c *Conn) Write(p []byte) (int, error) { return c.out.write(p) }

// Close closes both directions. What was written before can still be read at the
// other end.
func (c *Conn) Close() error {
	c.in.close(net.ErrClosed)
	c.out.close(nil)
	return nil
}

// Buffered gives the number of bytes that Read would give at once.
func (c *Conn) Buffered() int {
	c.in.mu.Lock()
	defer c.in.mu.Unlock()
	return len(c.in.buf)
}

// CloseWrite says that nothing more will be written.
func (c *Conn) CloseWrite() error {
	c.out.close(nil)
	return nil
}

// Break makes both ends fail at once, as when a network is lost: what is on its
// way is lost too.
func (c *Conn) Break() {
	c.in.fail(io.ErrUnexpectedEOF)
	c.out.fail(io.ErrUnexpectedEOF)
}

// LocalAddr is an address on the loopback.
func (c *Conn) LocalAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 5222} }

// RemoteAddr is an address on the loopback.
func (c *Conn) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 50000} }

// SetDeadline sets both deadlines.
func (c *Conn) SetDeadline(t time.Time) error {
	c.in.setDeadline(&c.in.readBy, t)
	c.out.setDeadline(&c.out.writeBy, t)
	return nil
}

// SetReadDeadline bounds Read.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.in.setDeadline(&c.in.readBy, t)
	return nil
}

// SetWriteDeadline bounds Write.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.out.setDeadline(&c.out.writeBy, t)
	return nil
}

// A queue is one direction.
type queue struct {
	mu      sync.Mutex
	changed sync.Cond
	max     int
	buf     []byte
	shut    bool  // nothing more is written
	readErr error // what reads give at once, if set
	err     error // what everything gives at once, if set
	readBy  limit
	writeBy limit
}

// A limit is a deadline.
type limit struct {
	passed bool
	timer  *time.Timer
}

func newQueue(capacity int) *queue {
	q := &queue{max: capacity}
	q.changed.L = &q.mu
	return q
}

func (q *queue) read(p []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		switch {
		case q.err != nil:
			return 0, q.err
		case q.readErr != nil:
			return 0, q.readErr
		case q.readBy.passed:
			return 0, os.ErrDeadlineExceeded
		case len(q.buf) > 0:
			n := copy(p, q.buf)
			q.buf = q.buf[:copy(q.buf, q.buf[n:])]
			q.changed.Broadcast()
			return n, nil
		case q.shut:
			return 0, io.EOF
		case len(p) == 0:
			return 0, nil
		}
		q.changed.Wait()
	}
}

func (q *queue) write(p []byte) (done int, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		switch {
		case q.err != nil:
			return done, q.err
		case q.shut:
			return done, net.ErrClosed
		case q.writeBy.passed:
			return done, os.ErrDeadlineExceeded
		case q.readErr != nil:
			return done, io.ErrClosedPipe
		case done == len(p):
			return done, nil
		}
		if n := min(len(p)-done, q.max-len(q.buf)); n > 0 {
			q.buf = append(q.buf, p[done:done+n]...)
			done += n
			q.changed.Broadcast()
			continue
		}
		q.changed.Wait()
	}
}

// close ends the direction; readers see what is left, then the end, or err at once.
func (q *queue) close(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.shut = q.shut || err == nil
	if q.readErr == nil {
		q.readErr = err
	}
	q.changed.Broadcast()
}

func (q *queue) fail(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.err = err
	q.buf = nil
	q.changed.Broadcast()
}

func (q *queue) setDeadline(l *limit, t time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if l.timer != nil {
		l.timer.Stop()
		l.timer = nil
	}
	l.passed = false
	if t.IsZero() {
		return
	}
	if d := time.Until(t); d > 0 {
		var own *time.Timer
		own = time.AfterFunc(d, func() {
			q.mu.Lock()
			defer q.mu.Unlock()
			if l.timer == own {
				l.passed = true
				q.changed.Broadcast()
			}
		})
		l.timer = own
		return
	}
	l.passed = true
	q.changed.Broadcast()
}

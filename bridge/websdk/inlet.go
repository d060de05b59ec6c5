package websdk

import (
	"net"
	"os"
	"sync"
	"time"
)

// maxInlet is how much may wait in an inlet before the client is read no further.
const maxInlet = 64 << 10

// An inlet is what waits to be read of a client: what it has sent, translated, and what
// the adapter says in its name.
type inlet struct {
	mu      sync.Mutex
	changed sync.Cond
	buf     []byte
	heard   int   // bytes beside the stream that nobody has been told of
	fault   error // what the client has done wrong, given once
	over    error // why nothing comes any more
	rests   bool
	late    bool // the deadline has passed
	timer   *time.Timer
	wake    func()
}

func (in *inlet) init() { in.changed.L = &in.mu }

// Read gives what waits, or waits itself; hear is told, without the lock, of signs of life.
func (in *inlet) read(p []byte, hear func(int)) (int, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for len(in.buf) == 0 {
		switch {
		case in.heard > 0:
			n := in.heard
			in.heard = 0
			in.mu.Unlock()
			hear(n)
			in.mu.Lock()
		case in.fault != nil:
			err := in.fault
			in.fault = nil
			return 0, err
		case in.over != nil:
			return 0, in.over
		case in.late:
			return 0, os.ErrDeadlineExceeded
		case in.rests:
			in.rests = false
			return 0, os.ErrDeadlineExceeded
		default:
			in.changed.Wait()
		}
	}
	in.rests = false
	n := copy(p, in.buf)
	if in.buf = in.buf[n:]; len(in.buf) == 0 {
		in.buf = nil
	}
	in.changed.Broadcast()
	return n, nil
}

// feed adds what is to be read. It does not wait.
func (in *inlet) feed(b []byte) {
	if len(b) == 0 {
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.over == nil {
		in.buf = append(in.buf, b...)
		in.stir()
	}
}

// await waits until there is room for more; it is false if nobody reads any more.
func (in *inlet) await() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	for len(in.buf) > maxInlet && in.over == nil {
		in.changed.Wait()
	}
	return in.over == nil
}

// hear notes a sign of life.
func (in *inlet) hear(n int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.heard += n
	in.stir()
}

// fail has the reader told of what the client has done wrong.
func (in *inlet) fail(err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.fault = err
	in.stir()
}

// end is the end of what comes; the first reason counts.
func (in *inlet) end(err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.over == nil {
		in.over = err
	}
	in.stir()
}

// close forgets all that waits.
func (in *inlet) close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.buf, in.over = nil, net.ErrClosed
	if in.timer != nil {
		in.timer.Stop()
		in.timer = nil
	}
	in.stir()
}

// stir tells whoever waits. The lock is held.
func (in *inlet) stir() {
	in.changed.Broadcast()
	if in.wake != nil {
		go in.wake() // ends by itself; it takes locks that are held when ours is asked for
		in.wake = nil
	}
}

// rest interrupts a read that waits, unless it has an end already.
func (in *inlet) rest() {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.timer == nil {
		in.rests = true
		in.changed.Broadcast()
	}
}

// watch has wake called when there is something; it is false if there is already.
func (in *inlet) watch(wake func()) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.buf) > 0 || in.heard > 0 || in.fault != nil || in.over != nil {
		return false
	}
	in.wake = wake
	return true
}

// until moves the deadline; zero is none.
func (in *inlet) until(t time.Time) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.timer != nil {
		in.timer.Stop()
		in.timer = nil
	}
	in.late = false
	if t.IsZero() || in.over != nil {
		return
	}
	d := time.Until(t)
	if d <= 0 {
		in.late = true
		in.changed.Broadcast()
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(d, func() {
		in.mu.Lock()
		defer in.mu.Unlock()
		if in.timer == timer { // it has not been moved in the last moment
			in.late = true
			in.changed.Broadcast()
		}
	})
	in.timer = timer
}

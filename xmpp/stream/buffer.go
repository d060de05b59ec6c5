package stream

import (
	"sync"

	"causeway/xmpp/stanza"
)

const (
	firstBuffer = 8 << 10
	// keptBuffer is the largest buffer that goes back to the pool, so that a few
	// large stanzas do not make every connection dear.
	keptBuffer = 16 << 10
	// smallRead is the free space below which moving bytes down is cheaper than
	// reading so little.
	smallRead = 512
)

// A workspace is what a Framer needs only while bytes are buffered, so that an
// idle stream costs no more than its Framer.
type workspace struct {
	buf     []byte
	scanner stanza.Scanner
	rebuilt []byte         // an element that was made to stand alone
	second  stanza.Scanner // for rebuilt
}

// workspaces are those of idle streams.
var workspaces = sync.Pool{New: func() any {
	return &workspace{buf: make([]byte, 0, firstBuffer)}
}}

// Buffer gives free space to read into, at least one byte of it. It may be more
// than the limits allow an element, which Next finds out.
func (f *Framer) Buffer() []byte {
	f.makeRoom(1)
	return f.work.buf[len(f.work.buf):cap(f.work.buf)]
}

// Advance says that n bytes have been read into Buffer.
func (f *Framer) Advance(n int) { f.work.buf = f.work.buf[:len(f.work.buf)+n] }

// Feed copies p into the buffer, as Buffer and Advance would.
func (f *Framer) Feed(p []byte) {
	f.makeRoom(len(p))
	f.work.buf = append(f.work.buf, p...)
}

// makeRoom makes free space for n bytes or more.
func (f *Framer) makeRoom(n int) {
	if f.work == nil {
		f.work = workspaces.Get().(*workspace)
	}
	f.start += f.last
	f.last = 0
	buf := f.work.buf
	if f.start > 0 && cap(buf)-len(buf) < max(n, smallRead) {
		buf = buf[:copy(buf, buf[f.start:])]
		f.start = 0
	}
	if cap(buf)-len(buf) < n {
		buf = append(make([]byte, 0, f.nextSize(n)), buf...)
	}
	f.work.buf = buf
}

// nextSize gives the size of the buffer that follows the present one, with room
// for n more bytes: double, but not much more than the largest element needs.
func (f *Framer) nextSize(n int) int {
	size := 2 * cap(f.work.buf)
	if most := f.limits.Bytes; most > 0 {
		size = min(size, most+smallRead)
	}
	return max(size, len(f.work.buf)+n)
}

// Buffered gives the bytes that no event has covered.
func (f *Framer) Buffered() []byte {
	if f.work == nil {
		return nil
	}
	return f.work.buf[f.start+f.last:]
}

// Take gives a copy of Buffered for whoever reads on; f forgets it.
func (f *Framer) Take() []byte {
	rest := append([]byte(nil), f.Buffered()...)
	f.free()
	return rest
}

// Release gives the buffer back if no byte waits in it, and reports whether f
// holds none now. It is for streams on which nothing has come for now.
func (f *Framer) Release() bool {
	if len(f.Buffered()) > 0 {
		return false
	}
	f.free()
	return true
}

// free gives the buffer back with all that is in it.
func (f *Framer) free() {
	w := f.work
	f.work = nil
	f.start, f.last, f.preamble = 0, 0, 0
	f.scanning = false
	if w == nil || cap(w.buf) > keptBuffer || cap(w.rebuilt) > keptBuffer {
		return
	}
	w.buf = w.buf[:0]
	w.scanner.Declare(nil)
	workspaces.Put(w)
}

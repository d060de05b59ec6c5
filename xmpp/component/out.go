package component

import (
	"errors"
	"io"
	"strings"
	"time"

	"causeway/xmpp/stream"
)

// startFlush sees to it that somebody writes. gate.mu is held.
func (k *link) startFlush() {
	if !k.flushing {
		k.flushing = true
		k.flight.Go(k.flush) // ends when nothing is left to write, or a write fails
	}
}

// flush writes until nothing is left. Under load many stanzas leave in one write.
func (k *link) flush() {
	for {
		b := k.waiting()
		if b == nil {
			return
		}
		n, err := k.conn.Write(b)
		if err != nil {
			_ = k.conn.Close() // the reading goroutine notices; nobody is to try again
			if n == 0 {
				k.notWritten(b)
			}
			return
		}
		k.giveBack(b)
	}
}

// waiting takes what is to be written next; nil when there is nothing and the goroutine
// is to end.
func (k *link) waiting() []byte {
	g, limits := k.gate, &k.srv.cfg.Limits
	g.mu.Lock()
	defer g.mu.Unlock()
	var b []byte
	if g.link == k {
		b, g.out = g.out, nil
	}
	b = append(b, k.last...)
	k.last = nil
	switch {
	case len(b) > 0 && k.closing:
		_ = k.conn.SetWriteDeadline(time.Now().Add(limits.CloseHandshake))
	case len(b) > 0:
		_ = k.conn.SetWriteDeadline(time.Now().Add(limits.Write))
	default:
		k.flushing = false
		if k.closing {
			closeWrite(k.conn)
			_ = k.conn.SetReadDeadline(time.Now().Add(limits.CloseHandshake))
		}
		return nil
	}
	return b
}

// notWritten notes stanzas that the component has certainly not got.
func (k *link) notWritten(b []byte) {
	k.gate.mu.Lock()
	defer k.gate.mu.Unlock()
	k.unsent = append(b, k.unsent...)
}

// giveBack keeps a buffer for the next stanzas.
func (k *link) giveBack(b []byte) {
	if cap(b) > keepBuffer {
		return
	}
	k.gate.mu.Lock()
	defer k.gate.mu.Unlock()
	k.gate.spare = b[:0]
}

// goodbye queues the last words of our stream (RFC 6120 §4.4, §4.9.1.1). A nil reason
// is an ordinary close. gate.mu is held.
func (k *link) goodbye(reason *stream.Error) {
	if k.closing {
		return
	}
	k.closing = true
	if reason != nil {
		k.why = reason
		k.last = stream.AppendError(k.last, reason)
	}
	k.last = stream.AppendClose(k.last)
	// A write that is under way may never end; it gets as long as the closing.
	_ = k.conn.SetWriteDeadline(time.Now().Add(k.srv.cfg.Limits.CloseHandshake))
	k.startFlush()
}

// overflow ends the stream of a component that reads too slowly; nobody else waits for
// it. gate.mu is held.
func (k *link) overflow() {
	k.unsent, k.gate.out = k.gate.out, nil
	k.goodbye(stream.ResourceConstraint.Err("too much is waiting to be read")) // RFC 6120 §4.9.3.17
}

// closeWrite tells the other side that nothing more will come, if the transport can.
func closeWrite(conn any) {
	if w, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = w.CloseWrite()
	}
}

// maxLinger bounds the bytes that are read from a component that does not stop.
const maxLinger = 64 << 10

// linger waits for the other side to close: what it sent and nobody reads would make
// the system throw away our last words. A read deadline is set.
func (k *link) linger() {
	closeWrite(k.conn)
	var scrap [512]byte
	for left := maxLinger; left > 0; {
		n, err := k.conn.Read(scrap[:])
		if err != nil {
			return
		}
		left -= n
	}
}

// reason says for the log why a stream ended.
func reason(err error) string {
	var told *stream.Error
	switch {
	case errors.As(err, &told):
		return strings.TrimPrefix(told.Error(), "stream error: ")
	case errors.Is(err, io.EOF):
		return "connection closed"
	}
	return err.Error()
}

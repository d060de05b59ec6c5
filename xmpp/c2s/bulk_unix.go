//go:build unix

package c2s

import (
	"errors"
	"net"
	"syscall"
)

// A rawLink is the socket of a connection, if one may write to it directly; nil until
// somebody does. It is used by whoever has reserved the link (bulk.go).
type rawLink struct{ syscall.RawConn }

// canTry reports whether what is written goes to a socket as it is.
func (k *link) canTry() bool {
	if k.raw.RawConn != nil {
		return true
	}
	tcp, ok := k.wire.Conn.(*net.TCPConn)
	if !ok || k.conn != net.Conn(k.wire) {
		return false
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return false
	}
	k.raw.RawConn = raw
	return true
}

// A try is one attempt to write without waiting.
type try struct {
	text []byte
	n    int
	err  error
	do   func(fd uintptr) bool // write, made once
}

func (t *try) write(fd uintptr) bool {
	for {
		t.n, t.err = syscall.Write(int(fd), t.text)
		if !errors.Is(t.err, syscall.EINTR) {
			return true // even if the socket has no room: nobody waits for it here
		}
	}
}

// try writes what the socket takes at once, which may be nothing.
func (k *link) try(text []byte) (n int, err error) {
	pool := &k.client.srv.tries
	t, ok := pool.Get().(*try)
	if !ok {
		t = new(try)
		t.do = t.write
	}
	t.text, t.n, t.err = text, 0, nil
	err = k.raw.Write(t.do)
	if err == nil && !errors.Is(t.err, syscall.EAGAIN) {
		err = t.err
	}
	n = max(t.n, 0)
	t.text = nil
	pool.Put(t)
	return n, err
}

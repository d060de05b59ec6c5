package bridge

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"
)

// resume waits for the next request on a connection that was parked, and gives it back to
// its server. The server takes it for a new one, which would have to speak at once: so it
// is waited here, for as long as between any two requests, and with nothing of the server.
func resume(conn net.Conn, server *http.Server) {
	first := make([]byte, 1)
	_ = conn.SetReadDeadline(time.Now().Add(server.IdleTimeout)) // a fault shows when it is read
	if _, err := io.ReadFull(conn, first); err != nil {
		_ = conn.Close()
		return
	}
	_ = conn.SetReadDeadline(time.Time{})
	if errors.Is(server.Serve(&once{conn: wrapped(conn, first)}), http.ErrServerClosed) {
		_ = conn.Close()
	}
}

// resumed is a connection of which something has been read already.
type resumed struct {
	net.Conn
	first []byte // what has been read
}

// Read implements net.Conn.
func (r *resumed) Read(p []byte) (int, error) {
	if len(r.first) > 0 {
		n := copy(p, r.first)
		r.first = r.first[n:]
		return n, nil
	}
	return r.Conn.Read(p)
}

// SyscallConn implements syscall.Conn; see counted.
func (r *resumed) SyscallConn() (syscall.RawConn, error) {
	if sc, ok := r.Conn.(syscall.Conn); ok {
		return sc.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}

// secured is one inside TLS. By ConnectionState net/http knows that it is.
type secured struct {
	resumed
	tls *tls.Conn
}

// ConnectionState gives what was agreed on with the client.
func (s *secured) ConnectionState() tls.ConnectionState { return s.tls.ConnectionState() }

func wrapped(conn net.Conn, first []byte) net.Conn {
	if t, ok := conn.(*tls.Conn); ok {
		return &secured{resumed{conn, first}, t}
	}
	return &resumed{conn, first}
}

// unwrapped undoes wrapped, once a request has been read.
func unwrapped(conn net.Conn) net.Conn {
	switch c := conn.(type) {
	case *resumed:
		return c.Conn
	case *secured:
		return c.Conn
	}
	return conn
}

// once is a listener that gives a connection back to its server.
type once struct {
	conn net.Conn
	used bool
}

func (o *once) Accept() (net.Conn, error) {
	if o.used {
		return nil, io.EOF // which ends this Serve, and nothing else
	}
	o.used = true
	return o.conn, nil
}

func (o *once) Close() error   { return nil }
func (o *once) Addr() net.Addr { return o.conn.LocalAddr() }

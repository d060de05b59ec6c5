package c2s

import (
	"crypto/x509"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
)

// A wire is an accepted connection, below TLS. It counts against the limits
// until it is closed.
type wire struct {
	net.Conn
	srv     *Server
	addr    netip.Addr
	carrier Carrier                 // if another protocol carries the stream
	leaf    *x509.Certificate       // what we presented on it
	host    string                  // what the stream is to, during the handshake of STARTTLS
	link    atomic.Pointer[link]    // the stream, once the client is logged in
	attempt atomic.Pointer[attempt] // whose login is under way, nil if nobody's
	closed  atomic.Bool
}

// Close closes the connection. It may be called more than once.
func (w *wire) Close() error {
	if w.closed.Swap(true) {
		return nil
	}
	w.srv.wires.remove(w)
	err := w.Conn.Close()
	if k := w.link.Load(); k != nil {
		k.wake()
	}
	return err
}

// CloseWrite tells the other side that nothing more will come, if the transport can.
func (w *wire) CloseWrite() error {
	if half, ok := w.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// socket gives the socket under the wire, nil if it is none.
func (w *wire) socket() syscall.RawConn {
	if sc, ok := w.Conn.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil {
			return raw
		}
	}
	return nil
}

// local reports whether the other side is on this machine.
func (w *wire) local() bool { return w.addr.IsLoopback() }

// site is what the limit of connections from one place counts: an IPv6 address
// stands for its /64, all of which one subscriber usually has.
func (w *wire) site() netip.Addr {
	if w.addr.Is4() || !w.addr.IsValid() {
		return w.addr
	}
	prefix, err := w.addr.Prefix(64)
	if err != nil {
		return w.addr
	}
	return prefix.Addr()
}

// wires are all open connections.
type wires struct {
	mu         sync.Mutex
	limits     Limits
	open       map[*wire]struct{}
	perAddress map[netip.Addr]int
}

func (ws *wires) init(l Limits) {
	ws.limits = l
	ws.open = make(map[*wire]struct{})
	ws.perAddress = make(map[netip.Addr]int)
}

// add counts w in; it is false when there are too many already.
func (ws *wires) add(w *wire) bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if len(ws.open) >= ws.limits.Connections {
		return false
	}
	if n := ws.perAddress[w.site()]; n >= ws.limits.PerAddress && !w.local() {
		return false
	}
	ws.perAddress[w.site()]++
	ws.open[w] = struct{}{}
	return true
}

func (ws *wires) remove(w *wire) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	delete(ws.open, w)
	if ws.perAddress[w.site()]--; ws.perAddress[w.site()] <= 0 {
		delete(ws.perAddress, w.site())
	}
}

// all appends the connections that are open at this moment.
func (ws *wires) all(list []*wire) []*wire {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	list = slices.Grow(list, len(ws.open))
	for w := range ws.open {
		list = append(list, w)
	}
	return list
}

package bridge

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// A counter knows how many connections there are.
type counter struct {
	limits  Limits
	proxies Proxies

	mu   sync.Mutex
	all  int
	from map[netip.Prefix]int
}

func newCounter(l Limits, p Proxies) *counter {
	return &counter{limits: l, proxies: p, from: make(map[netip.Prefix]int)}
}

// site is what counts as one address: a network of IPv6, since one client has all
// of that.
func site(addr net.Addr) netip.Prefix {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return netip.Prefix{}
	}
	ip := tcp.AddrPort().Addr().Unmap().WithZone("")
	bits := 64
	if ip.Is4() {
		bits = 32
	}
	p, _ := ip.Prefix(bits) // the zero Prefix for no address
	return p
}

// add counts a connection; false if it is one too many.
func (c *counter) add(from netip.Prefix) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	// A proxy comes with the connections of many.
	free := from.Addr().IsLoopback() || c.proxies.trusts(from.Addr())
	if c.all >= c.limits.Connections || !free && c.from[from] >= c.limits.PerAddress {
		return false
	}
	c.all++
	c.from[from]++
	return true
}

func (c *counter) remove(from netip.Prefix) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all--
	if c.from[from]--; c.from[from] == 0 {
		delete(c.from, from)
	}
}

// limited is a listener whose connections are counted.
type limited struct {
	net.Listener
	count *counter
	log   *slog.Logger
}

// Accept implements net.Listener.
func (l *limited) Accept() (net.Conn, error) {
	for {
		nc, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if tcp, ok := nc.(*net.TCPConn); ok {
			// A client that is gone is noticed within some minutes, on a connection on which
			// nothing is to be said for as long too.
			_ = tcp.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: 5 * time.Minute, Interval: 30 * time.Second, Count: 4})
		}
		from := site(nc.RemoteAddr())
		if l.count.add(from) {
			return &counted{Conn: nc, done: func() { l.count.remove(from) }}, nil
		}
		l.log.Info("connection refused: too many", slog.String("addr", nc.RemoteAddr().String()))
		_ = nc.Close()
	}
}

// counted is a connection that is not counted any more when it is closed.
type counted struct {
	net.Conn
	once sync.Once
	done func()
}

// SyscallConn implements syscall.Conn, so that who takes the connection over can wait
// for input without reading.
func (c *counted) SyscallConn() (syscall.RawConn, error) {
	if sc, ok := c.Conn.(syscall.Conn); ok {
		return sc.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}

// Close implements net.Conn.
func (c *counted) Close() error {
	c.once.Do(c.done)
	return c.Conn.Close()
}

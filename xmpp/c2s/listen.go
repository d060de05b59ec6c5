package c2s

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"causeway/xmpp/jid"
)

// A Mode says how a connection becomes encrypted.
type Mode uint8

const (
	// StartTLS begins in the clear; the client upgrades (RFC 6120 §5).
	StartTLS Mode = iota
	// DirectTLS begins with the TLS handshake (XEP-0368).
	DirectTLS
)

// jidCache is the number of addresses that a server remembers the canonical form of.
const jidCache = 8192

// A Server serves client streams. Its methods may be called from many goroutines.
type Server struct {
	cfg     Config
	log     *slog.Logger
	tls     *tls.Config                   // after <starttls/>
	direct  *tls.Config                   // from the first byte
	resolve func([]byte) (jid.JID, error) // reads addresses, with a memory
	wires   wires
	fresh   atomic.Int64 // of them that have not logged in, as of the last sweep
	cut     resumables
	lent    loans
	readers sync.Pool // of *reader
	asleep  sleepers
	buffers sync.Pool // of *buffer
	tries   sync.Pool // of *try
	// arrivals is read by the goroutines that wait for another login.
	arrivals chan arrival

	now     atomic.Int64 // Unix seconds, as of the last sweep
	next    pacer
	sweeper sync.Once
	closing atomic.Bool
	closed  chan struct{} // closed when Shutdown begins
	running sync.WaitGroup
	mu      sync.Mutex
	ears    map[net.Listener]bool
}

// New makes a server.
func New(cfg Config) (*Server, error) {
	if err := cfg.fill(); err != nil {
		return nil, err
	}
	s := &Server{
		cfg:      cfg,
		log:      cfg.Logger,
		resolve:  jid.NewCache(jidCache).Parse,
		closed:   make(chan struct{}),
		arrivals: make(chan arrival),
		ears:     make(map[net.Listener]bool),
	}
	s.asleep.log = s.log
	s.wires.init(s.cfg.Limits)
	s.cut.init()
	s.lent.init()
	s.tls = rememberLeaf(cfg.TLS)
	s.direct = s.askForCertificates(directTLS(s.tls))
	s.tls = s.askForCertificates(s.tls)
	s.now.Store(time.Now().Unix())
	return s, nil
}

// Serve accepts connections from ln until ctx ends or Shutdown is called, and
// then closes ln. The streams go on after ctx has ended: only Shutdown ends them.
func (s *Server) Serve(ctx context.Context, ln net.Listener, mode Mode) error {
	if mode == DirectTLS && s.cfg.TLS == nil {
		return errors.New("c2s: direct TLS needs a TLS configuration")
	}
	s.hear(ln)
	defer s.deafen(ln)
	stop := context.AfterFunc(ctx, func() { s.deafen(ln) })
	defer stop()
	for {
		nc, err := ln.Accept()
		switch {
		case err == nil:
		case s.closing.Load(), ctx.Err() != nil, errors.Is(err, net.ErrClosed):
			return nil
		default:
			// Out of file descriptors, most likely: others will close theirs.
			s.log.Warn("accept failed", slog.Any("err", err))
			select {
			case <-time.After(s.cfg.Limits.AcceptBacklog):
			case <-s.closed:
			}
			continue
		}
		if w := s.admit(nc); w != nil {
			s.handOver(context.WithoutCancel(ctx), arrival{w, mode})
		}
	}
}

// An arrival is a connection whose login is to come.
type arrival struct {
	wire *wire
	mode Mode
}

// loginLinger is how long the goroutine of a login waits for another one.
const loginLinger = time.Second

// handOver gives an arrival to a goroutine that has served another just now, if
// there is one: a login needs a deep stack, and to grow one anew takes a tenth of
// its time.
func (s *Server) handOver(ctx context.Context, a arrival) {
	select {
	case s.arrivals <- a:
	default:
		// Each login is stopped by its own time limits, or by Shutdown; the goroutine
		// ends with the last one when no more come.
		go s.serveAll(ctx, a)
	}
}

// serveAll serves a, and others that come soon after it.
func (s *Server) serveAll(ctx context.Context, a arrival) {
	linger := time.NewTimer(loginLinger)
	defer linger.Stop()
	for {
		s.serve(ctx, a.wire, a.mode)
		linger.Reset(loginLinger)
		select {
		case a = <-s.arrivals:
		case <-linger.C:
			return
		case <-s.closed:
			return
		}
	}
}

// ServeConn serves one connection that somebody else has accepted. It returns
// when the client is logged in or gone; the stream goes on in a goroutine of its own.
func (s *Server) ServeConn(ctx context.Context, nc net.Conn, mode Mode) {
	if w := s.admit(nc); w != nil {
		s.serve(context.WithoutCancel(ctx), w, mode)
	}
}

// admit counts a connection in, or closes it if there are too many.
func (s *Server) admit(nc net.Conn) *wire {
	s.sweeper.Do(func() {
		s.running.Add(1)
		go s.sweep() // stopped by Shutdown
	})
	w := &wire{Conn: nc, srv: s, addr: address(nc)}
	w.carrier, _ = nc.(Carrier)
	if s.closing.Load() || !s.wires.add(w) {
		s.log.Info("connection refused: too many", slog.String("addr", w.addr.String()))
		_ = nc.Close()
		return nil
	}
	s.running.Add(1)
	if tcp, ok := nc.(*net.TCPConn); ok {
		// A dead peer is noticed within some minutes, at the price of a packet
		// every five for a phone that sleeps.
		_ = tcp.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: 5 * time.Minute, Interval: 30 * time.Second, Count: 4})
	}
	return w
}

func (s *Server) hear(ln net.Listener) {
	s.mu.Lock()
	s.ears[ln] = true
	s.mu.Unlock()
	if s.closing.Load() {
		s.deafen(ln)
	}
}

func (s *Server) deafen(ln net.Listener) {
	s.mu.Lock()
	delete(s.ears, ln)
	s.mu.Unlock()
	_ = ln.Close()
}

// address gives the IP address of the other side, the zero Addr if it has none.
func address(nc net.Conn) netip.Addr {
	if a, ok := nc.RemoteAddr().(*net.TCPAddr); ok {
		return a.AddrPort().Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}

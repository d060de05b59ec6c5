package component

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net"
	"slices"
	"sync"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stream"
)

// jidCache is the number of addresses that a server remembers the canonical form of.
const jidCache = 1024

// A Server serves the streams of components. Its methods may be called from many
// goroutines.
type Server struct {
	cfg     Config
	log     *slog.Logger
	resolve func([]byte) (jid.JID, error) // reads addresses, with a memory
	gates   map[string]*gate              // by domain; never changed
	closed  chan struct{}                 // closed when Shutdown begins
	running sync.WaitGroup                // one for each connection

	mu        sync.Mutex
	ears      map[net.Listener]bool
	open      map[net.Conn]bool // true while its handshake is not done
	strangers int               // how many of open are true
	closing   bool
}

// New makes a server.
func New(cfg Config) (*Server, error) {
	if err := cfg.fill(); err != nil {
		return nil, err
	}
	s := &Server{
		cfg: cfg, log: cfg.Logger, resolve: jid.NewCache(jidCache).Parse,
		gates: make(map[string]*gate), closed: make(chan struct{}),
		ears: make(map[net.Listener]bool), open: make(map[net.Conn]bool),
	}
	for domain, secret := range cfg.Secrets {
		s.gates[domain] = &gate{srv: s, domain: domain, secret: secret}
	}
	return s, nil
}

// Domains gives the domains of all components, sorted.
func (s *Server) Domains() []string { return slices.Sorted(maps.Keys(s.gates)) }

// Gate gives what takes the stanzas for a domain, whether its component is connected
// or not; nil if there is no such component.
func (s *Server) Gate(domain string) router.Gate {
	if g := s.gates[domain]; g != nil {
		return g
	}
	return nil
}

// A State is how things stand with a component.
type State struct {
	Domain string
	Since  time.Time // when it connected; zero if it is not connected
	Addr   string    // where from
}

// States tells how things stand with all components, sorted by domain.
func (s *Server) States() []State {
	list := make([]State, 0, len(s.gates))
	for _, domain := range s.Domains() {
		list = append(list, s.gates[domain].state())
	}
	return list
}

// Serve accepts connections from ln until ctx ends or Shutdown is called, and then
// closes ln. The streams go on after ctx has ended: only Shutdown ends them.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	s.hear(ln)
	defer s.deafen(ln)
	stop := context.AfterFunc(ctx, func() { s.deafen(ln) })
	defer stop()
	for {
		nc, err := ln.Accept()
		switch {
		case err == nil:
			// Ends with the connection, which Shutdown sees to.
			go s.ServeConn(ctx, nc)
		case s.isClosing(), ctx.Err() != nil, errors.Is(err, net.ErrClosed):
			return nil
		default:
			// Out of file descriptors, most likely: others will close theirs.
			s.log.Warn("accept failed", slog.Any("err", err))
			select {
			case <-time.After(s.cfg.Limits.AcceptBacklog):
			case <-s.closed:
			}
		}
	}
}

// ServeConn serves one connection until it has ended.
func (s *Server) ServeConn(ctx context.Context, nc net.Conn) {
	if !s.admit(nc) {
		_ = nc.Close()
		return
	}
	defer s.dismiss(nc)
	if tcp, ok := nc.(*net.TCPConn); ok {
		// The protocol has no way to ask whether the other side is there.
		_ = tcp.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: time.Minute, Interval: 15 * time.Second, Count: 4})
	}
	newLink(s, nc).run(context.WithoutCancel(ctx))
}

// admit counts a connection in; it is false if there are too many.
func (s *Server) admit(nc net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing || s.strangers >= s.cfg.Limits.Strangers {
		s.log.Info("connection of a component refused: too many", slog.String("addr", nc.RemoteAddr().String()))
		return false
	}
	s.open[nc] = true
	s.strangers++
	s.running.Add(1)
	return true
}

// welcome notes that the handshake of a connection is done, and tells whether the
// server is shutting down.
func (s *Server) welcome(nc net.Conn) (closing bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[nc] = false
	s.strangers--
	return s.closing
}

// dismiss closes a connection and counts it out.
func (s *Server) dismiss(nc net.Conn) {
	_ = nc.Close()
	s.mu.Lock()
	if s.open[nc] {
		s.strangers--
	}
	delete(s.open, nc)
	s.mu.Unlock()
	s.running.Done()
}

func (s *Server) isClosing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing
}

func (s *Server) hear(ln net.Listener) {
	s.mu.Lock()
	s.ears[ln] = true
	closing := s.closing
	s.mu.Unlock()
	if closing {
		s.deafen(ln)
	}
}

func (s *Server) deafen(ln net.Listener) {
	s.mu.Lock()
	delete(s.ears, ln)
	s.mu.Unlock()
	_ = ln.Close()
}

// Shutdown ends all streams in order: no new connections, what waits is written, then
// <system-shutdown/> and a closing tag. It returns when that is done or ctx ends; then
// the connections that are left are cut. The server cannot be used again.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		return nil
	}
	s.closing = true
	close(s.closed)
	ears := slices.Collect(maps.Keys(s.ears))
	s.mu.Unlock()
	for _, ln := range ears {
		s.deafen(ln)
	}
	for _, g := range s.gates {
		g.end(stream.SystemShutdown.Err("")) // RFC 6120 §4.9.3.20
	}
	s.cut(true)
	done := make(chan struct{})
	go func() { // ends when the last connection does, which the end of this function sees to
		s.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	s.cut(false)
	<-done
	return ctx.Err()
}

// cut closes all connections, or only those whose handshake is not done.
func (s *Server) cut(strangers bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for nc, stranger := range s.open {
		if stranger || !strangers {
			_ = nc.Close()
		}
	}
}

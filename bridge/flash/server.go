package flash

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"causeway/bridge"
)

// Semantics says which of two readings counts where the document and the product that it
// describes mean the opposite (wire §0, facts 6 and 7).
type Semantics string

// The two readings.
const (
	Documented Semantics = "documented" // member="1" lets guests in, passallmessage="1" is a moderated room
	Product    Semantics = "product"    // member="1" keeps guests out, passallmessage="1" lets all messages pass
)

// Config is what a Server is made of.
type Config struct {
	Port      *bridge.Port
	Apps      bridge.Apps // those of the kind bridge.Flash: a group and its api_pwd
	Hosts     Hosts
	People    People
	Rooms     Rooms
	Label     string         // rooms of capulet.lit are at LABEL.capulet.lit; "" if there are no rooms
	Allow     []netip.Prefix // that commands come from; all if one has no bits; none means this machine
	Policy    []string       // domains whose Flash pages may connect; none: no policy is told
	Semantics Semantics      // "" means Documented
	Limits    Limits
	Logger    *slog.Logger
}

// Limits of what clients can take up. The zero value of each means the default.
type Limits struct {
	Connections int // open at once; 1,000
	PerAddress  int // of them from one IP address, or one /64 of IPv6; this machine is excepted; 100
}

// A Server answers commands on any number of listeners.
type Server struct {
	cfg      Config
	log      *slog.Logger
	guesses  guesses
	commands map[string]command

	over chan struct{} // closed by Shutdown, which holds mu

	mu      sync.Mutex
	ears    map[net.Listener]bool
	conns   map[*conn]bool
	from    map[netip.Prefix]int
	running sync.WaitGroup
}

// New makes a server.
func New(cfg Config) *Server {
	if cfg.Limits.Connections == 0 {
		cfg.Limits.Connections = 1000
	}
	if cfg.Limits.PerAddress == 0 {
		cfg.Limits.PerAddress = 100
	}
	s := &Server{
		cfg: cfg, log: cfg.Logger, guesses: guesses{when: make(map[netip.Prefix][]time.Time)}, over: make(chan struct{}),
		ears: make(map[net.Listener]bool), conns: make(map[*conn]bool), from: make(map[netip.Prefix]int),
	}
	s.commands = s.table()
	return s
}

// Serve answers on a listener until Shutdown. It closes ln.
func (s *Server) Serve(ln net.Listener) error {
	s.mu.Lock()
	over := s.isOver()
	s.ears[ln] = true
	s.mu.Unlock()
	if over {
		return ln.Close()
	}
	for {
		nc, err := ln.Accept()
		if err != nil {
			switch {
			case s.isOver():
				return nil
			case errors.Is(err, net.ErrClosed):
				return err
			}
			// Out of file descriptors, most likely: others will close theirs.
			s.log.Warn("accept failed", slog.Any("err", err))
			select {
			case <-time.After(acceptPause):
			case <-s.over:
			}
			continue
		}
		c := &conn{server: s, Conn: nc, from: addressOf(nc)}
		if !s.add(c) {
			s.log.Info("connection refused: too many", slog.String("addr", nc.RemoteAddr().String()))
			_ = nc.Close()
			continue
		}
		go c.serve() // ends with its connection, which Shutdown closes
	}
}

// acceptPause is how long no connection is taken after one could not be.
const acceptPause = 100 * time.Millisecond

func (s *Server) isOver() bool {
	select {
	case <-s.over:
		return true
	default:
		return false
	}
}

// addressOf is the address of the other side, as lists have it.
func addressOf(nc net.Conn) netip.Addr {
	tcp, ok := nc.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return tcp.AddrPort().Addr().Unmap().WithZone("")
}

// add counts a connection; false if it is one too many.
func (s *Server) add(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	from := bridge.Network(c.from)
	if s.isOver() || len(s.conns) >= s.cfg.Limits.Connections || !c.from.IsLoopback() && s.from[from] >= s.cfg.Limits.PerAddress {
		return false
	}
	s.conns[c] = true
	s.from[from]++
	s.running.Add(1)
	return true
}

func (s *Server) remove(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	from := bridge.Network(c.from)
	if s.from[from]--; s.from[from] == 0 {
		delete(s.from, from)
	}
	s.running.Done()
}

// allowed reports whether commands may come from an address.
func (s *Server) allowed(from netip.Addr) bool {
	if len(s.cfg.Allow) == 0 {
		return from.IsLoopback()
	}
	for _, p := range s.cfg.Allow {
		if p.Bits() == 0 || p.Contains(from) {
			return true
		}
	}
	return false
}

// Shutdown closes the listeners, lets commands that are under way be answered, and ends all
// connections; when ctx ends, it cuts them off.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	if !s.isOver() {
		close(s.over)
	}
	for ln := range s.ears {
		_ = ln.Close()
	}
	for c := range s.conns {
		c.hurry()
	}
	s.mu.Unlock()
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
	s.mu.Lock()
	for c := range s.conns {
		_ = c.Close()
	}
	s.mu.Unlock()
	<-done
	return ctx.Err()
}

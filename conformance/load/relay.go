package load

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

// batchSize is how much a relay reads at once when it may read more than a frame.
const batchSize = 16 << 10

// A RelayAddrs is where a relay listens.
type RelayAddrs struct {
	Plain string `json:"plain"`
	TLS   string `json:"tls"`
}

// ServeRelay moves bytes between connections and does nothing else, until ctx ends. The
// first line of a connection says what becomes of it:
//
//	pair KEY SIZE      it and the other one with that key get what the other sends,
//	                   SIZE bytes at most with each read and write
//	fan KEY SIZE N     N with that key all get each frame of SIZE bytes that one sends
func ServeRelay(ctx context.Context, plain, secure net.Listener) error {
	cert, err := selfSigned()
	if err != nil {
		return err
	}
	config := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS13}
	r := &relaying{groups: make(map[string]*group)}
	var serving sync.WaitGroup
	listeners := []net.Listener{plain}
	if secure != nil {
		listeners = append(listeners, tls.NewListener(secure, config))
	}
	stop := context.AfterFunc(ctx, func() {
		for _, l := range listeners {
			_ = l.Close()
		}
	})
	defer stop()
	for _, l := range listeners {
		serving.Go(func() { // ends when the listener is closed
			for {
				conn, err := l.Accept()
				if errors.Is(err, net.ErrClosed) {
					return
				}
				if err == nil {
					go r.serve(conn) // ends with the connection
				}
			}
		})
	}
	serving.Wait()
	return nil
}

// A relaying is the connections that wait for the others of their key.
type relaying struct {
	mu     sync.Mutex
	groups map[string]*group
}

// A group is the connections with one key.
type group struct {
	conns []net.Conn
	full  chan struct{} // is closed when all are there
}

// serve moves what a connection sends, once its group is whole.
func (r *relaying) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	kind, key, size, members, err := greeted(conn)
	if err != nil {
		return
	}
	g, at := r.join(key, conn, members)
	select {
	case <-g.full:
	case <-time.After(AnswerLimit): // the others do not come
		return
	}
	buf := make([]byte, size)
	if kind == "pair" {
		to := g.conns[1-at]
		defer func() { _ = to.Close() }()
		for {
			n, err := conn.Read(buf)
			if err != nil {
				return
			}
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
	}
	for {
		if _, err := io.ReadFull(conn, buf); err != nil {
			return
		}
		for _, to := range g.conns {
			_, _ = to.Write(buf) // one that went away is nothing to the others
		}
	}
}

// join adds a connection to its group.
func (r *relaying) join(key string, conn net.Conn, members int) (*group, int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	g := r.groups[key]
	if g == nil {
		g = &group{full: make(chan struct{})}
		r.groups[key] = g
	}
	g.conns = append(g.conns, conn)
	if len(g.conns) == members {
		delete(r.groups, key)
		close(g.full)
	}
	return g, len(g.conns) - 1
}

// greeted reads the first line.
func greeted(conn net.Conn) (kind, key string, size, members int, err error) {
	if err = conn.SetReadDeadline(time.Now().Add(AnswerLimit)); err != nil {
		return
	}
	var line []byte
	for one := []byte{0}; len(line) < 200; line = append(line, one[0]) {
		if _, err = io.ReadFull(conn, one); err != nil || one[0] == '\n' {
			break
		}
	}
	fields := strings.Fields(string(line))
	if err != nil || len(fields) < 3 {
		return "", "", 0, 0, errors.Join(err, errors.New("relay: no greeting"))
	}
	kind, key, members = fields[0], fields[1], 2
	if size, err = strconv.Atoi(fields[2]); err == nil && kind == "fan" {
		members, err = strconv.Atoi(fields[len(fields)-1])
	}
	if err != nil || size < 1 || size > 1<<20 || members < 1 || kind != "pair" && kind != "fan" {
		return "", "", 0, 0, errors.New("relay: no greeting")
	}
	return kind, key, size, members, conn.SetReadDeadline(time.Time{})
}

// A Way is what a relay does with a connection.
type Way struct {
	TLS   bool
	Batch bool // one read and one write for all that is there, not for each frame
	Frame int  // bytes of one; 0 for StanzaSize
	Fan   int  // to how many frames go, with the one who sends them; 0 for pairs
}

// Connect makes a connection to a relay, one of those with that key.
func (a RelayAddrs) Connect(ctx context.Context, way Way, key string, turn int) (*Client, error) {
	addr := a.Plain
	if way.TLS {
		addr = a.TLS
	}
	c, err := Dial(ctx, addr, "relay", turn)
	if err != nil {
		return nil, err
	}
	if way.TLS {
		err = c.Secure(nil)
	}
	size := way.Frame
	if size == 0 {
		size = StanzaSize
	}
	line := fmt.Sprintf("pair %s %d\n", key, size)
	switch {
	case way.Fan > 0:
		line = fmt.Sprintf("fan %s %d %d\n", key, size, way.Fan)
	case way.Batch:
		line = fmt.Sprintf("pair %s %d\n", key, batchSize)
	}
	if err == nil {
		err = c.Send(line)
	}
	if err != nil {
		_ = c.Conn.Close()
		return nil, err
	}
	return c, nil
}

// Group makes n connections to a relay: pairs, each even one with the next, or all of
// one fan.
func (a RelayAddrs) Group(ctx context.Context, way Way, n int) (Crowd, error) {
	people := make(Crowd, n)
	run := unique()
	for i := range people {
		key := run
		if way.Fan == 0 {
			key += strconv.Itoa(i / 2)
		}
		var err error
		if people[i], err = a.Connect(ctx, way, key, i); err != nil {
			people.Part()
			return nil, err
		}
	}
	return people, nil
}

// A Relay is a process that relays.
type Relay struct {
	RelayAddrs
	cmd   *exec.Cmd
	input io.Closer // its end ends the process
}

// StartRelay starts a command that is a relay: one that prints its addresses as JSON in a
// line, and ends with its input.
func StartRelay(cmd *exec.Cmd) (*Relay, error) {
	r := &Relay{cmd: cmd}
	var err error
	if r.input, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &r.RelayAddrs)
	}
	if err != nil {
		r.Stop()
		return nil, fmt.Errorf("relay: %w", err)
	}
	return r, nil
}

// Pid is the id of the process.
func (r *Relay) Pid() int { return r.cmd.Process.Pid }

// Stop ends the process.
func (r *Relay) Stop() {
	_ = r.input.Close()
	_ = r.cmd.Wait()
}

// BeRelay is the process of a Relay: it listens on loopback, says where, and ends with
// its input.
func BeRelay(ctx context.Context, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	secure, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if err := json.NewEncoder(out).Encode(RelayAddrs{plain.Addr().String(), secure.Addr().String()}); err != nil {
		return err
	}
	go func() { // ends with the input
		_, _ = io.Copy(io.Discard, in)
		cancel()
	}()
	return ServeRelay(ctx, plain, secure)
}

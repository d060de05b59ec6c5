//go:build bench

package bench

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
)

// relayVariable, when set, makes the test binary a relay.
const relayVariable = "CAUSEWAY_BENCH_RELAY"

// batchSize is how much a relay reads at once when it may read more than a frame.
const batchSize = 16 << 10

// A relay is a process that moves bytes from each connection to its pair and does
// nothing else. Two connections made to one address, one after the other, are a
// pair.
type relay struct {
	cmd   *exec.Cmd
	input io.Closer // its end ends the process
	addrs []string  // by wayIn
}

// A wayIn is what a relay does with the connections to one of its addresses.
type wayIn struct {
	tls   bool
	batch bool // one read and one write for all that is there, not for each frame
}

var waysIn = [...]wayIn{{false, false}, {false, true}, {true, false}, {true, true}}

// startRelay starts the test binary again, as a relay.
func startRelay() (*relay, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	r := &relay{cmd: exec.Command(self)}
	r.cmd.Env = append(os.Environ(), relayVariable+"=1")
	r.cmd.Stderr = os.Stderr
	if r.input, err = r.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := r.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &r.addrs)
	}
	if err != nil {
		r.stop()
		return nil, fmt.Errorf("relay: %w", err)
	}
	return r, nil
}

func (r *relay) pid() int { return r.cmd.Process.Pid }

func (r *relay) stop() {
	_ = r.input.Close()
	_ = r.cmd.Wait()
}

// connect makes one connection to the relay.
func (r *relay) connect(way wayIn, turn int) (*client, error) {
	for i, w := range waysIn {
		if w != way {
			continue
		}
		c, err := dial(r.addrs[i], "relay", turn)
		if err != nil {
			return nil, err
		}
		if !way.tls {
			return c, nil
		}
		if err := c.secure(); err != nil {
			_ = c.conn.Close()
			return nil, err
		}
		return c, nil
	}
	return nil, fmt.Errorf("relay: no way in is %+v", way)
}

// beRelay is the relay's process. It prints its addresses and ends with its input.
func beRelay() error {
	cert, err := selfSigned()
	if err != nil {
		return err
	}
	config := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS13}
	var addrs []string
	for _, way := range waysIn {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		if way.tls {
			l = tls.NewListener(l, config)
		}
		addrs = append(addrs, l.Addr().String())
		// Ends with the process.
		go acceptPairs(l, way)
	}
	if err := json.NewEncoder(os.Stdout).Encode(addrs); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func acceptPairs(l net.Listener, way wayIn) {
	size := stanzaSize
	if way.batch {
		size = batchSize
	}
	for {
		a, errA := accept(l)
		b, errB := accept(l)
		if errA != nil || errB != nil {
			continue // a client that went away; its pair is of no use
		}
		// Both end when either connection does.
		go hop(a, b, size)
		go hop(b, a, size)
	}
}

// accept takes one connection and ends its handshake, which the client awaits
// before it connects the other of the pair.
func accept(l net.Listener) (net.Conn, error) {
	conn, err := l.Accept()
	if err != nil {
		return nil, err
	}
	if secured, ok := conn.(*tls.Conn); ok {
		err = secured.Handshake()
	}
	return conn, err
}

// hop moves bytes one way, size at a time at most.
func hop(from, to net.Conn, size int) {
	defer func() { _, _ = from.Close(), to.Close() }()
	buf := make([]byte, size)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

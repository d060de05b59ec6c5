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
	"time"
)

// relayVariable, when set, makes the test binary a relay.
const relayVariable = "CAUSEWAY_BENCH_RELAY"

// batchSize is how much a relay reads at once when it may read more than a frame.
const batchSize = 16 << 10

// A relay is a process that moves bytes from each connection to its pair and does
// nothing else. Two connections made to one address, one after the other, are a
// pair. At one address all connections after the first get what that one sends.
type relay struct {
	cmd   *exec.Cmd
	input io.Closer // its end ends the process
	addrs []string  // by wayIn
}

// A wayIn is what a relay does with the connections to one of its addresses.
type wayIn struct {
	tls   bool
	batch bool // one read and one write for all that is there, not for each frame
	fan   int  // to how many others, not to one, frames of roomFrame bytes go
}

// fans are the sizes of the rooms that are compared with a relay to as many.
var fans = [...]int{100, 1000}

var waysIn = [...]wayIn{
	{},
	{batch: true},
	{tls: true},
	{tls: true, batch: true},
	{fan: fans[0]},
	{fan: fans[1]},
}

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

// fan gives what has the relay write so many frames to n connections, one after the other,
// and what ends that.
func (r *relay) fan(n int) (raw func(frames int) error, end func(), err error) {
	way := wayIn{fan: n}
	from, err := r.connect(way, 0)
	if err != nil {
		return nil, nil, err
	}
	to := make(crowd, n)
	end = func() {
		to.part()
		_ = from.conn.Close()
	}
	for i := range to {
		if to[i], err = r.connect(way, i); err != nil {
			end()
			return nil, nil, err
		}
	}
	frame := make([]byte, roomFrame)
	// The next frame is sent when the last of those who listen has the one before.
	return func(frames int) error {
		return each(n, n, func(i int) error {
			if err := to[i].conn.SetReadDeadline(time.Now().Add(exchangeLimit)); err != nil {
				return err
			}
			buf, missing := make([]byte, 16<<10), frames*roomFrame
			for got := 0; missing > 0; {
				if i == n-1 && got == 0 {
					if _, err := from.conn.Write(frame); err != nil {
						return err
					}
				}
				m, err := to[i].conn.Read(buf)
				if err != nil {
					return err
				}
				missing -= m
				got = (got + m) % roomFrame
			}
			return nil
		})
	}, end, nil
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
		// Both end with the process.
		if way.fan > 0 {
			go acceptFans(l, way.fan)
			continue
		}
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

// acceptFans takes one who speaks, and those who listen to him.
func acceptFans(l net.Listener, size int) {
	for {
		from, err := l.Accept()
		if err != nil {
			continue
		}
		var to []net.Conn
		for len(to) < size {
			if c, err := l.Accept(); err == nil {
				to = append(to, c)
			}
		}
		go spread(from, to) // ends with the first connection
	}
}

// spread moves frames from one to all others.
func spread(from net.Conn, to []net.Conn) {
	defer func() {
		for _, c := range to {
			_ = c.Close()
		}
		_ = from.Close()
	}()
	buf := make([]byte, roomFrame)
	for {
		if _, err := io.ReadFull(from, buf); err != nil {
			return
		}
		for _, c := range to {
			if _, err := c.Write(buf); err != nil {
				return
			}
		}
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

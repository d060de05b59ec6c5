//go:build bench

package bench

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const (
	domain   = "capulet.lit"
	password = "pencil"

	startLimit = 60 * time.Second
	stopLimit  = 60 * time.Second
)

// A server is one causeway process after another on the same data folder.
type server struct {
	bin    string
	dir    string // holds all of its files
	addr   string // host:port for clients
	cmd    *exec.Cmd
	exited chan error // carries the result of cmd once it has ended
}

// newServer prepares a server in the empty folder dir.
func newServer(bin, dir string) (*server, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	s := &server{bin: bin, dir: dir, addr: addr}
	return s, os.WriteFile(s.file("causeway.toml"), []byte(config), 0o600)
}

func (s *server) file(name string) string { return filepath.Join(s.dir, name) }

func (s *server) pid() int { return s.cmd.Process.Pid }

// door is the way in for clients.
func (s *server) door(keys *passwords, tls bool) *door {
	return &door{addr: s.addr, domain: domain, tls: tls, password: password, passwords: keys}
}

// flags say where the server lives.
func (s *server) flags(command ...string) []string {
	return append(command, "--config", s.file("causeway.toml"), "--data", s.file("data"))
}

// addUsers makes accounts 0 to n-1, as an operator would.
func (s *server) addUsers(n int) error {
	var lines bytes.Buffer
	for i := range n {
		_, _ = fmt.Fprintf(&lines, "%s@%s\t%s\n", userName(i), domain, password)
	}
	batch := s.file("accounts.tsv")
	if err := os.WriteFile(batch, lines.Bytes(), 0o600); err != nil {
		return err
	}
	out, err := exec.Command(s.bin, s.flags("user", "add", "--batch", batch)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("user add --batch: %w\n%s", err, out)
	}
	return nil
}

// start runs the server and returns how long it took until it answered a stream
// header.
func (s *server) start() (time.Duration, error) {
	log, err := os.OpenFile(s.file("server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() { _ = log.Close() }() // the process has its own
	s.cmd = exec.Command(s.bin, s.flags("serve", "--domain", domain, "--c2s", s.addr)...)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	begin := time.Now()
	if err := s.cmd.Start(); err != nil {
		return 0, err
	}
	cmd, exited := s.cmd, make(chan error, 1)
	s.exited = exited
	// Ends with the process, which stop ends.
	go func() { exited <- cmd.Wait() }()
	err = s.awaitReady()
	return time.Since(begin), err
}

// awaitReady asks for a stream until there is one, the process ends, or startLimit.
func (s *server) awaitReady() error {
	poll := time.NewTicker(2 * time.Millisecond)
	defer poll.Stop()
	deadline := time.After(startLimit)
	for {
		select {
		case err := <-s.exited:
			s.exited <- err
			return errors.Join(fmt.Errorf("the server ended while starting: %w", err), s.log())
		case <-deadline:
			return errors.Join(fmt.Errorf("the server was not ready after %v", startLimit), s.log())
		case <-poll.C:
			c, err := dial(s.addr, domain, 0)
			if err != nil {
				continue // does not listen yet
			}
			_, err = c.open()
			return errors.Join(err, c.close())
		}
	}
}

// stop asks the server to end with SIGTERM.
func (s *server) stop() error {
	if s.cmd == nil {
		return nil
	}
	defer func() { s.cmd = nil }()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return errors.Join(err, s.log())
	}
	select {
	case err := <-s.exited:
		return err
	case <-time.After(stopLimit):
		_ = s.cmd.Process.Kill()
		<-s.exited
		return fmt.Errorf("the server still ran %v after SIGTERM", stopLimit)
	}
}

// log is the end of what the server logged, as an error to join to another.
func (s *server) log() error {
	text, err := os.ReadFile(s.file("server.log"))
	if err != nil {
		return err
	}
	const enough = 4 << 10
	return fmt.Errorf("server log: %s", text[max(0, len(text)-enough):])
}

// freeAddr picks a loopback port that was free a moment ago.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// config is the server's, where the default would hold up a benchmark.
const config = ""

package process

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	startLimit = 30 * time.Second
	stopLimit  = 20 * time.Second
	pollEvery  = 20 * time.Millisecond
)

// A Server is one causeway process after another on the same data folder. Its
// methods are for one goroutine.
type Server struct {
	Domain    string
	Data      string // the data folder
	Addr      string // host:port with STARTTLS; the same after a restart
	TLSAddr   string // host:port with direct TLS
	HTTPAddr  string // host:port with HTTPS
	FlashAddr string // host:port for commands of old tools
	// ComponentAddr is host:port for components, "" without AddComponents.
	ComponentAddr string
	CA            string // file: the authority that signed the server's certificate
	WrongCA       string // file: one that did not

	bin    string
	config string // file
	log    string // file, appended to by each process
	roots  *x509.CertPool

	cmd    *exec.Cmd
	exited chan error // carries the result of cmd once it has ended
}

// TLS is the configuration of a client that verifies the server.
func (s *Server) TLS() *tls.Config {
	return &tls.Config{ServerName: s.Domain, RootCAs: s.roots, MinVersion: tls.VersionTLS12}
}

// Pid is the id of the running process.
func (s *Server) Pid() int { return s.cmd.Process.Pid }

// AddUsers makes accounts, by the same command that an operator would use. A name
// without a host is one of the server's domain. The server may be running or not.
func (s *Server) AddUsers(t testing.TB, names ...string) {
	t.Helper()
	var batch strings.Builder
	for _, name := range names {
		if !strings.Contains(name, "@") {
			name += "@" + s.Domain
		}
		batch.WriteString(name + "\t" + Password + "\n")
	}
	cmd := exec.Command(s.bin, "user", "add", "--batch", "-", "--config", s.config)
	cmd.Stdin = strings.NewReader(batch.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("user add %v: %v\n%s", names, err, out)
	}
}

// Command runs the binary as an operator would, on the server's configuration, and
// gives what it prints. The server may be running or not.
func (s *Server) Command(t testing.TB, args ...string) string {
	t.Helper()
	out, err := s.Try(args...)
	if err != nil {
		t.Fatalf("causeway %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// Try is Command for one that may fail; then it gives what went to the standard error.
func (s *Server) Try(args ...string) (string, error) {
	out, err := exec.Command(s.bin, append(args, "--config", s.config)...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		out = exit.Stderr
	}
	return string(out), err
}

// Start runs the server and returns when it accepts connections.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	log, err := os.OpenFile(s.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	s.cmd = exec.Command(s.bin, "serve", "--config", s.config)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	cmd, exited := s.cmd, make(chan error, 1)
	s.exited = exited
	// Ends with the process, which Stop, Kill or the cleanup below ends.
	go func() {
		exited <- cmd.Wait()
		_ = log.Close()
	}()
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	s.awaitReady(t)
}

// awaitReady polls the ports until they answer, the process ends, or startLimit.
func (s *Server) awaitReady(t testing.TB) {
	t.Helper()
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	deadline := time.After(startLimit)
	for {
		select {
		case err := <-s.exited:
			t.Fatalf("server ended while starting: %v", err)
		case <-deadline:
			t.Fatalf("server not ready after %v", startLimit)
		case <-poll.C:
			if answers(s.Addr) && answers(s.TLSAddr) && answers(s.HTTPAddr) {
				return
			}
		}
	}
}

func answers(addr string) bool {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// Kill ends the server at once, with SIGKILL.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatalf("kill: %v", err)
	}
	if err := <-s.exited; err == nil {
		t.Error("the server ended in order before it was killed")
	}
}

// Stop asks the server to end with SIGTERM; it must do so cleanly and in time.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatalf("stop: %v", err)
	}
	select {
	case err := <-s.exited:
		if err != nil {
			t.Errorf("server after SIGTERM: %v", err)
		}
	case <-time.After(stopLimit):
		t.Errorf("server still runs %v after SIGTERM", stopLimit)
		_ = s.cmd.Process.Kill()
		if err := <-s.exited; err != nil {
			t.Log(err)
		}
	}
}

//go:build interop

package interop

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

const (
	domain   = "capulet.lit"
	password = "pencil"

	startLimit = 10 * time.Second
	stopLimit  = 10 * time.Second
)

// A server is one causeway process after another on the same data folder.
type server struct {
	bin     string
	config  string // file
	addr    string // host:port for clients; the same after a restart
	ca      string // file: the authority that signed the server's certificate
	wrongCA string // file: one that did not
	log     string // file, appended to by each process

	cmd    *exec.Cmd
	exited chan error // carries the result of cmd once it has ended
}

// build returns the binary to test: $CAUSEWAY when set, else one built here.
func build(t *testing.T) string {
	t.Helper()
	if bin := os.Getenv("CAUSEWAY"); bin != "" {
		return bin
	}
	bin := filepath.Join(t.TempDir(), "causeway")
	if out, err := exec.Command("go", "build", "-o", bin, "causeway/cmd/causeway").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return bin
}

// newServer writes the certificates and the configuration of a server.
func newServer(t *testing.T, bin string) *server {
	t.Helper()
	dir := t.TempDir()
	s := &server{
		bin:     bin,
		config:  filepath.Join(dir, "causeway.toml"),
		addr:    freeAddr(t),
		ca:      filepath.Join(dir, "ca.pem"),
		wrongCA: filepath.Join(dir, "wrong-ca.pem"),
		log:     filepath.Join(t.ArtifactDir(), "server.log"),
	}
	t.Cleanup(func() { showLog(t, s.log) })
	right, wrong := newAuthority(t, "Verona"), newAuthority(t, "Mantua")
	writePEM(t, s.ca, "CERTIFICATE", right.cert.Raw)
	writePEM(t, s.wrongCA, "CERTIFICATE", wrong.cert.Raw)
	cert, key := filepath.Join(dir, "server.crt"), filepath.Join(dir, "server.key")
	right.issue(t, cert, key)
	config := fmt.Sprintf(`
hosts = [%q]
data = %q

[c2s]
listen = [%q]
listen_tls = []

[tls]
certs = [%q]
keys = [%q]
`, domain, filepath.Join(dir, "data"), s.addr, cert, key)
	if err := os.WriteFile(s.config, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// addUser makes an account, by the same command an operator would use.
func (s *server) addUser(t *testing.T, name string) {
	t.Helper()
	cmd := exec.Command(s.bin, "user", "add", name+"@"+domain, "--password", password, "--config", s.config)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("user add %s: %v\n%s", name, err, out)
	}
}

// start runs the server and returns when it accepts connections.
func (s *server) start(t *testing.T) {
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
	// Ends with the process, which stop or the cleanup below ends.
	go func() {
		exited <- cmd.Wait()
		_ = log.Close()
	}()
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	s.awaitReady(t)
}

// awaitReady polls the port until it answers, the process ends, or startLimit.
func (s *server) awaitReady(t *testing.T) {
	t.Helper()
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	deadline := time.After(startLimit)
	for {
		select {
		case err := <-s.exited:
			t.Fatalf("server ended while starting: %v", err)
		case <-deadline:
			t.Fatalf("server not ready after %v", startLimit)
		case <-poll.C:
			if conn, err := net.Dial("tcp", s.addr); err == nil {
				_ = conn.Close()
				return
			}
		}
	}
}

// stop asks the server to end with SIGTERM; it must do so cleanly and in time.
func (s *server) stop(t *testing.T) {
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
		<-s.exited
	}
}

// showLog tells, when the test has failed, what the server logged over all its
// starts.
func showLog(t *testing.T, file string) {
	if !t.Failed() {
		return
	}
	log, err := os.ReadFile(file)
	if err != nil {
		t.Error(err)
	}
	t.Logf("server log:\n%s", log)
}

// freeAddr picks a loopback port that was free a moment ago.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

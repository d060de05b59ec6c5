//go:build bench

package peers

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"causeway/conformance/load"
	"causeway/conformance/process"
)

const domain = "localhost"

// A subject is a server to be measured: it is started and stopped again and again, and
// keeps its folder.
type subject struct {
	name     string
	door     load.Door
	config   load.Config
	made     int // accounts
	start    func(*testing.T) (pid int)
	stop     func(*testing.T)
	relay    bool
	settings string // the set-up, for messages
}

// newSubject prepares a server, with an archive or without.
func newSubject(t *testing.T, name string, archive bool) *subject {
	t.Helper()
	s := &subject{name: name, settings: "no archive"}
	if archive {
		s.settings = "archived"
	}
	s.door = load.Door{Domain: domain, Passwords: load.NewPasswords(), Limit: time.Minute}
	s.door.Account = func(i int) load.Account {
		return load.Account{User: fmt.Sprintf("romeo%06d", i), Password: process.Password}
	}
	switch name {
	case Causeway:
		s.causeway(t, archive)
	case Prosody:
		s.prosody(t, archive)
	case Ejabberd:
		s.ejabberd(t, archive)
	case Relay:
		s.beRelay(t)
	}
	return s
}

func (s *subject) causeway(t *testing.T, archive bool) {
	web := free(t)
	prefer := "never"
	if archive {
		prefer = "always"
	}
	p := process.New(t, domain, "c2s.plain_loopback = true", "c2s.rate_bytes = -1", "register.new = true", "register.burst = 1000000",
		`accounts.hashes = ["SCRAM-SHA-256"]`, "accounts.iterations = 4096", // what accounts take to make is not measured
		"rooms.rate = -1", "rooms.join_rate = -1", fmt.Sprintf("archive.prefer = %q", prefer), fmt.Sprintf("http.listen_plain = [%q]", web), `bosh.wait = "10m"`)
	s.door.Addr, s.config.WebSocket, s.config.BOSH, s.config.Webim = p.Addr, "ws://"+web+"/ws", "http://"+web+"/bosh", "http://"+web
	s.start = func(t *testing.T) int { p.Start(t); return p.Pid() }
	s.stop = func(t *testing.T) { p.Stop(t) }
	s.config.Restart = func(context.Context) error { p.Stop(t); p.Start(t); return nil }
}

// A command is a peer that runs.
type command struct {
	cmd    *exec.Cmd
	exited chan struct{} // is closed when it has ended
	err    error         // then
}

func (s *subject) prosody(t *testing.T, archive bool) {
	need(t, "prosody")
	dir := folder(t)
	web := free(t)
	s.door.Addr = free(t)
	s.config.WebSocket, s.config.BOSH = "ws://localhost:"+port(web)+"/xmpp-websocket", "http://localhost:"+port(web)+"/http-bind"
	mam, mucmam := "", ""
	if archive {
		mam, mucmam = `"mam";`, `"muc_mam"`
	}
	file := configure(t, dir, "prosody.cfg.lua", "{c2s}", port(s.door.Addr), "{http}", port(web), "{mam}", mam, "{mucmam}", mucmam)
	if err := os.Mkdir(filepath.Join(dir, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.runs(t, dir, func() *exec.Cmd { return exec.Command("prosody", "--config", file, "-F") })
}

func (s *subject) ejabberd(t *testing.T, archive bool) {
	need(t, "erl", "ejabberdctl")
	dir := folder(t)
	web := free(t)
	s.door.Addr = free(t)
	s.config.WebSocket, s.config.BOSH = "ws://localhost:"+port(web)+"/ws", "http://localhost:"+port(web)+"/bosh"
	mam := ""
	if archive {
		mam = "  mod_mam:\n    default: always\n    request_activates_archiving: false"
	}
	file := configure(t, dir, "ejabberd.yml", "{c2s}", port(s.door.Addr), "{http}", port(web), "{mam}", mam, "{archived}", fmt.Sprint(archive))
	libs, err := filepath.Glob("/usr/lib/*/ejabberd-*")
	if err != nil || len(libs) == 0 {
		t.Fatalf("where ejabberd's beams are: %v %v", libs, err)
	}
	s.runs(t, dir, func() *exec.Cmd {
		cmd := exec.Command("erl", "+K", "true", "+P", "1000000", "-noinput", "-mnesia", "dir", fmt.Sprintf("%q", filepath.Join(dir, "db")), "-s", "ejabberd")
		cmd.Env = append(os.Environ(), "EJABBERD_CONFIG_PATH="+file, "EJABBERD_LOG_PATH="+filepath.Join(dir, "ejabberd.log"),
			"ERL_LIBS="+filepath.Dir(libs[0]), "HOME="+dir)
		cmd.Dir = dir
		return cmd
	})
}

// runs makes the methods of a peer that is a command.
func (s *subject) runs(t *testing.T, dir string, make func() *exec.Cmd) {
	var running *command
	s.start = func(t *testing.T) int {
		t.Helper()
		running = launch(t, s.name, dir, s.door.Addr, make())
		return running.cmd.Process.Pid
	}
	s.stop = func(*testing.T) {
		_ = syscall.Kill(-running.cmd.Process.Pid, syscall.SIGTERM)
		select {
		case <-running.exited:
		case <-time.After(20 * time.Second):
			_ = syscall.Kill(-running.cmd.Process.Pid, syscall.SIGKILL)
			<-running.exited
		}
	}
	s.config.Restart = func(context.Context) error { s.stop(t); s.start(t); return nil }
}

// launch runs a peer in a process group of its own until it answers; it ends with the
// test at the latest.
func launch(t *testing.T, name, dir, addr string, cmd *exec.Cmd) *command {
	t.Helper()
	out, err := os.Create(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &command{cmd: cmd, exited: make(chan struct{})}
	go func() { // ends with the process, which the cleanup below ends
		c.err = cmd.Wait()
		_ = out.Close()
		close(c.exited)
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-c.exited
	})
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	deadline := time.After(60 * time.Second)
	for {
		select {
		case <-c.exited:
			text, _ := os.ReadFile(filepath.Join(dir, "out"))
			t.Fatalf("%s ended while starting: %v\n%s", name, c.err, text)
		case <-deadline:
			t.Fatalf("%s does not start", name)
		case <-poll.C:
			if answers(addr) {
				return c
			}
		}
	}
}

// answers says that a server answers a stream header: a port may be open before.
func answers(addr string) bool {
	c, err := load.Dial(context.Background(), addr, domain, 0)
	if err != nil {
		return false
	}
	defer func() { _ = c.Conn.Close() }()
	c.Limit = time.Second
	_, err = c.Open()
	return err == nil
}

// beRelay makes the test binary a relay, started again.
func (s *subject) beRelay(t *testing.T) {
	s.relay = true
	var running *load.Relay
	s.start = func(t *testing.T) int {
		t.Helper()
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), relayVariable+"=1")
		cmd.Stderr = os.Stderr
		if running, err = load.StartRelay(cmd); err != nil {
			t.Fatal(err)
		}
		s.config.Raw = &running.RelayAddrs
		return running.Pid()
	}
	s.stop = func(*testing.T) { running.Stop() }
}

// people makes accounts 0 to n-1, if they are not there.
func (s *subject) people(t *testing.T, n int) error {
	t.Helper()
	if s.relay || n <= s.made {
		return nil
	}
	door := s.door
	first := s.made
	door.Account = func(i int) load.Account { return s.door.Account(first + i) }
	began := time.Now()
	if err := door.RegisterAll(t.Context(), n-first); err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	s.made = n
	t.Logf("%s, %s: %d accounts more in %.0f s", s.name, s.settings, n-first, time.Since(began).Seconds())
	return nil
}

// need ends the test when a program is not installed: in CI as a failure, else as skipped.
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err == nil {
			continue
		}
		const install = "apt-get install prosody ejabberd"
		if os.Getenv("CI") == "true" {
			t.Fatal(install)
		}
		t.Skip(install)
	}
}

// folder makes a folder with a certificate.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: domain}, DNSNames: []string{domain, "rooms." + domain},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: raw})
	err = errors.Join(os.WriteFile(filepath.Join(dir, "cert.pem"), certPEM, 0o600), os.WriteFile(filepath.Join(dir, "key.pem"), keyPEM, 0o600),
		os.WriteFile(filepath.Join(dir, "both.pem"), append(certPEM, keyPEM...), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// configure fills in a configuration.
func configure(t *testing.T, dir, name string, pairs ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, name)
	full := strings.NewReplacer(append(pairs, "{dir}", dir, "{domain}", domain)...).Replace(string(text))
	if err := os.WriteFile(file, []byte(full), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// free picks a loopback port that was free a moment ago.
func free(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	return ln.Addr().String()
}

func port(addr string) string { _, p, _ := net.SplitHostPort(addr); return p }

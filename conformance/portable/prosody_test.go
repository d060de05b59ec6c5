//go:build interop

package portable

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// debianPython is the interpreter that sees Debian's python3-* packages.
const debianPython = "/usr/bin/python3"

// need ends the test when a program is not installed: in CI as a failure, so that a run
// never passes by testing nothing, else as skipped.
func need(t *testing.T) {
	t.Helper()
	for _, probe := range [][]string{
		{"sh", "-c", "command -v prosody prosodyctl prosody-migrator"}, {debianPython, "-c", "import slixmpp"},
	} {
		if exec.Command(probe[0], probe[1:]...).Run() == nil {
			continue
		}
		const install = "apt-get install prosody python3-slixmpp"
		if os.Getenv("CI") == "true" {
			t.Fatal(install)
		}
		t.Skip(install)
	}
}

// A prosody is one with a folder of its own.
type prosody struct {
	dir, config, addr string
	cmd               *exec.Cmd
	exited            chan error
}

// settings are those of a Prosody with three people, reached in the clear on loopback.
const settings = `
run_as_root = true
data_path = "%s/data"
pidfile = "%s/pid"
authentication = "internal_hashed"
password_hash = "%s"
storage = "internal"
modules_enabled = { "saslauth", "roster", "disco", "private", "vcard", "pep", "mam", "offline" }
modules_disabled = { "s2s", "tls" }
c2s_require_encryption = false
interfaces = { "127.0.0.1" }
c2s_ports = { %s }
c2s_direct_tls_ports = {}
http_ports = {}
https_ports = {}
log = { info = "*console" }
VirtualHost "%s"
`

// newProsody makes the accounts with prosodyctl, and starts Prosody.
func newProsody(t *testing.T, hash string) *prosody {
	t.Helper()
	p := &prosody{dir: t.TempDir(), addr: freeAddr(t)}
	p.config = filepath.Join(p.dir, "prosody.cfg.lua")
	_, port, _ := strings.Cut(p.addr, ":")
	for _, sub := range []string{"data", "certs", "export"} {
		if err := os.Mkdir(filepath.Join(p.dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	text := fmt.Sprintf(settings, p.dir, p.dir, hash, port, domain)
	if err := os.WriteFile(p.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, password := range people {
		p.run(t, "prosodyctl", "--config", p.config, "register", name, domain, password)
	}
	p.cmd = exec.Command("prosody", "--config", p.config, "-F")
	log, err := os.Create(filepath.Join(t.ArtifactDir(), "prosody.log"))
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.exited = make(chan error, 1)
	// Ends with the process, which stop or the cleanup below ends.
	go func() {
		p.exited <- p.cmd.Wait()
		_ = log.Close()
	}()
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	p.ready(t)
	return p
}

// ready waits until Prosody accepts connections.
func (p *prosody) ready(t *testing.T) {
	t.Helper()
	poll, deadline := time.NewTicker(50*time.Millisecond), time.After(20*time.Second)
	defer poll.Stop()
	for {
		select {
		case err := <-p.exited:
			t.Fatalf("prosody ended while starting: %v", err)
		case <-deadline:
			t.Fatal("prosody does not start")
		case <-poll.C:
			if conn, err := net.Dial("tcp", p.addr); err == nil {
				_ = conn.Close()
				return
			}
		}
	}
}

// stop ends Prosody, which then has written everything.
func (p *prosody) stop(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-p.exited:
		t.Logf("prosody has ended: %v", err)
	case <-time.After(20 * time.Second):
		t.Fatal("prosody does not stop")
	}
}

// migrator is the configuration of the migrator: all that its XEP-0227 side can write.
const migrator = `
input { type = "internal"; path = "%s/data"; hosts = {
  ["%s"] = { "accounts", "roster", "vcard", "private", "archive-archive", "pep-pubsub" };
} }
output { type = "xep0227"; hosts = {} }
`

// migrate writes the accounts as XEP-0227 and gives the folder of the files. The
// migrator writes them to Debian's own data folder and no other, so a copy of it runs
// that differs in the name of that folder.
func (p *prosody) migrate(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("prosody-migrator")
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	files := filepath.Join(p.dir, "export")
	place := regexp.MustCompile(`(?m)^CFG_DATADIR=.*$`)
	if !place.Match(program) {
		t.Fatal("the migrator has changed")
	}
	program = place.ReplaceAll(program, []byte("CFG_DATADIR='"+files+"';"))
	changed, config := filepath.Join(p.dir, "migrator"), filepath.Join(p.dir, "migrator.cfg.lua")
	if err := os.WriteFile(changed, program, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, fmt.Appendf(nil, migrator, p.dir, domain), 0o600); err != nil {
		t.Fatal(err)
	}
	p.run(t, changed, "--root", "--config", config)
	return files
}

func (p *prosody) run(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = p.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// freeAddr is a loopback port that was free a moment ago.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

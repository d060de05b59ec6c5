//go:build interop

package judge

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"causeway/conformance/oracle"
	"causeway/conformance/process"
	"causeway/conformance/run"
)

// An upstream is a server that checks are run against.
type upstream struct {
	name   string
	target run.Target
	cert   tls.Certificate // that a proxy before it shows
	http   *http.Client
}

const (
	domain   = "localhost"
	admin    = "nurse"
	password = process.Password
)

// accounts logs in as the administrator.
func (u *upstream) accounts(t *testing.T) run.Accounts {
	t.Helper()
	target := u.target
	a, err := run.Administer(t.Context(), &target, admin, password)
	if err != nil {
		t.Fatalf("%s: %v", u.name, err)
	}
	return a
}

// newUpstream makes a certificate and gives a server that is still to be started; its
// ports are free.
func newUpstream(t *testing.T, name string) (u *upstream, dir string) {
	t.Helper()
	dir = t.TempDir()
	cert, certPEM, keyPEM := certificate(t, domain, "rooms."+domain, "upload."+domain)
	for file, text := range map[string][]byte{"cert.pem": certPEM, "key.pem": keyPEM, "both.pem": append(append([]byte{}, certPEM...), keyPEM...)} {
		if err := os.WriteFile(filepath.Join(dir, file), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	u = &upstream{name: name, cert: cert}
	u.target = run.Target{Domain: domain, Addr: free(t), Direct: free(t)}
	if err := u.target.AddRoots(filepath.Join(dir, "cert.pem")); err != nil {
		t.Fatal(err)
	}
	u.http = &http.Client{Transport: &http.Transport{TLSClientConfig: u.target.TLS()}, Timeout: 20 * time.Second}
	return u, dir
}

// certificate makes a self-signed one.
func certificate(t *testing.T, names ...string) (cert tls.Certificate, certPEM, keyPEM []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certPEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM = pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: raw})
	if cert, err = tls.X509KeyPair(certPEM, keyPEM); err != nil {
		t.Fatal(err)
	}
	return cert, certPEM, keyPEM
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

// ours starts the binary of this tree.
func ours(t *testing.T) *upstream {
	t.Helper()
	u, _ := oursToo(t)
	return u
}

// oursToo is ours, and gives the process too.
func oursToo(t *testing.T) (*upstream, *process.Server) {
	t.Helper()
	s := process.New(t, domain, "accounts.iterations = 4096", "register.new = true", "register.burst = 1000",
		`external.services = ["stun:stun.capulet.lit", "turn:turn.capulet.lit"]`, fmt.Sprintf("admins = [%q]", admin+"@"+domain))
	s.AddUsers(t, admin)
	s.Start(t)
	u := &upstream{name: "causeway", target: run.Target{Domain: domain, Addr: s.Addr, Direct: s.TLSAddr}}
	if err := u.target.AddRoots(s.CA); err != nil {
		t.Fatal(err)
	}
	cert, certPEM, _ := certificate(t, domain)
	u.cert = cert
	u.target.Roots.AppendCertsFromPEM(certPEM)
	u.http = &http.Client{Transport: &http.Transport{TLSClientConfig: u.target.TLS()}, Timeout: 20 * time.Second}
	web := "localhost:" + port(s.HTTPAddr)
	if res, err := u.http.Get("https://" + web + "/bosh"); err == nil {
		if res.StatusCode != http.StatusNotFound { // this tree has web transports
			u.target.WebSocket, u.target.BOSH = "wss://"+web+"/ws", "https://"+web+"/bosh"
		}
		_ = res.Body.Close()
	}
	return u, s
}

// prosody starts Debian's Prosody in a folder of its own.
func prosody(t *testing.T) *upstream {
	t.Helper()
	need(t, "prosody", "prosodyctl")
	u, dir := newUpstream(t, "prosody")
	web := free(t)
	config := configure(t, dir, "prosody.cfg.lua", u, web)
	u.target.WebSocket, u.target.BOSH = "wss://localhost:"+port(web)+"/xmpp-websocket", "https://localhost:"+port(web)+"/http-bind"
	if err := os.Mkdir(filepath.Join(dir, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	u.start(t, dir, exec.Command("prosody", "--config", config, "-F"))
	u.register(t)
	return u
}

// ejabberd starts Debian's ejabberd in a folder of its own, without its control program
// and without a name in any network of Erlang.
func ejabberd(t *testing.T) *upstream {
	t.Helper()
	need(t, "erl", "ejabberdctl")
	u, dir := newUpstream(t, "ejabberd")
	web := free(t)
	config := configure(t, dir, "ejabberd.yml", u, web)
	u.target.WebSocket, u.target.BOSH = "wss://localhost:"+port(web)+"/ws", "https://localhost:"+port(web)+"/bosh"
	cmd := exec.Command("erl", "+K", "true", "-noinput", "-mnesia", "dir", fmt.Sprintf("%q", filepath.Join(dir, "db")), "-s", "ejabberd")
	libs, err := filepath.Glob("/usr/lib/*/ejabberd-*")
	if err != nil || len(libs) == 0 {
		t.Fatalf("where ejabberd's beams are: %v %v", libs, err)
	}
	cmd.Env = append(os.Environ(), "EJABBERD_CONFIG_PATH="+config, "EJABBERD_LOG_PATH="+filepath.Join(dir, "ejabberd.log"),
		"ERL_LIBS="+filepath.Dir(libs[0]), "HOME="+dir)
	cmd.Dir = dir
	u.start(t, dir, cmd)
	u.register(t)
	return u
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

// configure fills in a configuration.
func configure(t *testing.T, dir, name string, u *upstream, web string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	full := strings.NewReplacer("{dir}", dir, "{c2s}", port(u.target.Addr), "{tls}", port(u.target.Direct), "{https}", port(web)).Replace(string(text))
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(full), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// start runs a server in a process group of its own, which ends with the test.
func (u *upstream) start(t *testing.T, dir string, cmd *exec.Cmd) {
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
	exited := make(chan error, 1)
	// Ends with the process, which the cleanup below ends.
	go func() {
		exited <- cmd.Wait()
		_ = out.Close()
	}()
	t.Cleanup(func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	deadline := time.After(40 * time.Second)
	for {
		select {
		case err := <-exited:
			text, _ := os.ReadFile(filepath.Join(dir, "out"))
			t.Fatalf("%s ended while starting: %v\n%s", u.name, err, text)
		case <-deadline:
			t.Fatalf("%s does not start", u.name)
		case <-poll.C:
			if nc, err := net.Dial("tcp", u.target.Addr); err == nil {
				_ = nc.Close()
				return
			}
		}
	}
}

// register makes the administrator, in band.
func (u *upstream) register(t *testing.T) {
	t.Helper()
	s, err := oracle.Dial(t.Context(), u.target.Addr, nil, 10*time.Second, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, step := range []func() error{
		func() error { return s.Open(domain) },
		func() error { return s.StartTLS(t.Context(), u.target.TLS()) },
		func() error { return s.Open(domain) },
		func() error {
			return s.Send("<iq type='set' id='r'><query xmlns='jabber:iq:register'><username>" + admin + "</username><password>" + password + "</password></query></iq>")
		},
		func() error {
			e, err := s.Expect(oracle.NSClient, "iq")
			if err == nil && e.Attr("type") != "result" {
				err = fmt.Errorf("%s", e.Raw)
			}
			return err
		},
	} {
		if err := step(); err != nil {
			t.Fatalf("%s: register: %v", u.name, err)
		}
	}
}

// TestMain builds the binary once.
func TestMain(m *testing.M) { process.Main(m) }

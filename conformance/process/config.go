package process

import (
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Password is that of every account that AddUsers makes.
const Password = "pencil"

// New writes what a server of that domain needs to start. Settings are lines of
// the configuration file with full keys, such as `c2s.login_time = "2s"`. One of
// them may be `hosts`, for more hosts than the domain: its subdomains are in the
// certificate.
func New(t testing.TB, domain string, settings ...string) *Server {
	t.Helper()
	dir := t.TempDir()
	s := &Server{
		Domain:    domain,
		Data:      filepath.Join(dir, "data"),
		Addr:      freeAddr(t),
		TLSAddr:   freeAddr(t),
		HTTPAddr:  freeAddr(t),
		FlashAddr: freeAddr(t),
		CA:        filepath.Join(dir, "ca.pem"),
		WrongCA:   filepath.Join(dir, "wrong-ca.pem"),
		bin:       binary(t),
		config:    filepath.Join(dir, "causeway.toml"),
		log:       filepath.Join(t.ArtifactDir(), "server.log"),
	}
	t.Cleanup(func() { s.checkLog(t) })
	right, wrong := newAuthority(t, "Verona"), newAuthority(t, "Mantua")
	writePEM(t, s.CA, "CERTIFICATE", right.cert.Raw)
	writePEM(t, s.WrongCA, "CERTIFICATE", wrong.cert.Raw)
	cert, key := filepath.Join(dir, "server.crt"), filepath.Join(dir, "server.key")
	right.issue(t, domain, cert, key)
	s.roots = x509.NewCertPool()
	s.roots.AddCert(right.cert)
	if !slices.ContainsFunc(settings, func(line string) bool { return strings.HasPrefix(line, "hosts = ") }) {
		settings = append([]string{fmt.Sprintf("hosts = [%q]", domain)}, settings...)
	}
	lines := append([]string{
		fmt.Sprintf("data = %q", s.Data),
		fmt.Sprintf("c2s.listen = [%q]", s.Addr),
		fmt.Sprintf("c2s.listen_tls = [%q]", s.TLSAddr),
		fmt.Sprintf("http.listen = [%q]", s.HTTPAddr),
		fmt.Sprintf("flash.listen = [%q]", s.FlashAddr),
		fmt.Sprintf("tls.certs = [%q]", cert),
		fmt.Sprintf("tls.keys = [%q]", key),
	}, settings...)
	if err := os.WriteFile(s.config, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// Configure adds settings, as New has them, before the next start.
func (s *Server) Configure(t testing.TB, settings ...string) {
	t.Helper()
	file, err := os.OpenFile(s.config, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.WriteString(strings.Join(settings, "\n") + "\n")
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
}

// AddComponents lets components connect from the next start on; each is given as
// DOMAIN=SECRET. It is called once.
func (s *Server) AddComponents(t testing.TB, components ...string) {
	t.Helper()
	s.ComponentAddr = freeAddr(t)
	quoted := make([]string, len(components))
	for i, c := range components {
		quoted[i] = fmt.Sprintf("%q", c)
	}
	s.Configure(t, fmt.Sprintf("component.listen = [%q]", s.ComponentAddr),
		"component.secrets = ["+strings.Join(quoted, ", ")+"]")
}

// freeAddr picks a loopback port that was free a moment ago. It is below those
// that systems hand out to outgoing connections, or one of them might have it
// when the server wants it back after a restart.
func freeAddr(t testing.TB) string {
	t.Helper()
	const lowest, number = 20_000, 12_000
	for range 100 {
		addr := fmt.Sprintf("127.0.0.1:%d", lowest+rand.IntN(number))
		if l, err := net.Listen("tcp", addr); err == nil {
			_ = l.Close()
			return addr
		}
	}
	t.Fatal("no free port")
	return ""
}

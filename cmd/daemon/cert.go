package daemon

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/net/idna"
)

// certPoll is how often the files are looked at.
const certPoll = 30 * time.Second

// certificates are the certificates of all hosts, which may be read anew while
// the server runs.
type certificates struct {
	given       []pair   // that the configuration names
	authorities []string // files of those that certify people
	hosts       []string
	own         string // folder of what is made here; "" if nothing is to be made
	log         *slog.Logger
	set         atomic.Pointer[certSet]
}

// A pair is the two files of a certificate.
type pair struct{ cert, key string }

// A certSet is what the files held when they were read.
type certSet struct {
	byName map[string]shownCert // by DNS name in A-labels, wildcards as "*.capulet.lit"
	first  *tls.Certificate
	list   []shownCert
	people *x509.CertPool // who certifies people; nil if nobody does
	stamp  string         // sizes and times of the files
}

// A shownCert is a certificate and the file it is from.
type shownCert struct {
	*tls.Certificate
	file string
}

// givenCertificates reads the certificates that the configuration names, and makes none.
func givenCertificates(cfg *Config, log *slog.Logger) (*certificates, error) {
	c := &certificates{authorities: cfg.TLS.ClientCAs, hosts: cfg.hosts(), log: log}
	for i := range cfg.TLS.Certs {
		c.given = append(c.given, pair{cfg.TLS.Certs[i], cfg.TLS.Keys[i]})
	}
	set, err := c.read()
	if err != nil {
		return nil, err
	}
	c.set.Store(set)
	return c, nil
}

// openCertificates reads the configured certificates and, for hosts that none of
// them is for, DATA/tls/HOST.crt and .key, which it makes if they are not there.
func openCertificates(cfg *Config, log *slog.Logger) (*certificates, error) {
	c, err := givenCertificates(cfg, log)
	if err != nil {
		return nil, err
	}
	c.own = filepath.Join(cfg.Data, "tls")
	set, err := c.read()
	if err != nil {
		return nil, err
	}
	c.set.Store(set)
	for _, note := range c.doubts() {
		log.Warn("certificate", slog.String("note", note))
	}
	return c, nil
}

// ensureSelfSigned makes the two files unless both are there.
func ensureSelfSigned(p pair, host string, log *slog.Logger) (made bool, err error) {
	_, certErr := os.Stat(p.cert)
	_, keyErr := os.Stat(p.key)
	switch {
	case certErr == nil && keyErr == nil:
		return false, nil
	case errors.Is(certErr, fs.ErrNotExist) && errors.Is(keyErr, fs.ErrNotExist):
		log.Info("self-signed certificate made", slog.String("host", host), slog.String("file", p.cert))
		return true, writeSelfSigned(p, asciiName(host))
	default: // one of the two: not ours to overwrite
		return false, errors.Join(certErr, keyErr)
	}
}

// read reads all files, and makes those of hosts that none is for.
func (c *certificates) read() (*certSet, error) {
	set := &certSet{byName: make(map[string]shownCert), stamp: c.stamp()}
	for _, p := range c.given {
		if err := set.add(p); err != nil {
			return nil, err
		}
	}
	for _, host := range c.hosts {
		if c.own == "" || set.find(asciiName(host)) != nil {
			continue
		}
		p := pair{filepath.Join(c.own, host+".crt"), filepath.Join(c.own, host+".key")}
		made, err := ensureSelfSigned(p, host, c.log)
		if err != nil {
			return nil, fmt.Errorf("certificate of %s: %w", host, err)
		}
		if made {
			set.stamp = c.stamp()
		}
		if err := set.add(p); err != nil {
			return nil, err
		}
	}
	var err error
	set.people, err = readAuthorities(c.authorities)
	return set, err
}

// add reads a pair. What a name was found for first stays.
func (s *certSet) add(p pair) error {
	cert, err := tls.LoadX509KeyPair(p.cert, p.key)
	if err != nil {
		hint := "it must be in PEM, with the key that belongs to it"
		if errors.Is(err, fs.ErrPermission) {
			hint = "the user that runs causeway must be able to read both files"
		} else if errors.Is(err, fs.ErrNotExist) {
			hint = "tls.certs and tls.keys name the files"
		}
		return hinted(fmt.Errorf("certificate %s: %w", p.cert, err), hint)
	}
	shown := shownCert{&cert, p.cert}
	s.list = append(s.list, shown)
	if s.first == nil {
		s.first = &cert
	}
	// Not the common name: no client takes a certificate for a host by that any more
	// (RFC 9525 §2).
	for _, name := range cert.Leaf.DNSNames {
		if name = strings.ToLower(name); s.byName[name].Certificate == nil {
			s.byName[name] = shown
		}
	}
	return nil
}

// readAuthorities reads the certificates of authorities; nil if there are no files.
func readAuthorities(files []string) (*x509.CertPool, error) {
	if len(files) == 0 {
		return nil, nil
	}
	pool := x509.NewCertPool()
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, hinted(fmt.Errorf("tls.client_cas: %w", err), "tls.client_cas names files of authorities")
		}
		if !pool.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("tls.client_cas: %s: no certificate in PEM is in it", file)
		}
	}
	return pool, nil
}

// stamp changes when one of the given files does.
func (c *certificates) stamp() string {
	files := slices.Clone(c.authorities)
	for _, p := range c.given {
		files = append(files, p.cert, p.key)
	}
	for _, host := range c.hosts {
		if c.own != "" {
			files = append(files, filepath.Join(c.own, host+".crt"), filepath.Join(c.own, host+".key"))
		}
	}
	var b strings.Builder
	for _, file := range files {
		if info, err := os.Stat(file); err == nil {
			fmt.Fprintln(&b, info.Size(), info.ModTime().UnixNano())
		}
	}
	return b.String()
}

// reload reads the files anew. If they cannot be used the old ones go on.
func (c *certificates) reload() error {
	set, err := c.read()
	if err != nil {
		return err
	}
	c.set.Store(set)
	c.log.Info("certificates read", slog.Int("certificates", len(set.list)))
	for _, note := range c.doubts() {
		c.log.Warn("certificate", slog.String("note", note))
	}
	return nil
}

// watch reads the files anew when they change, until ctx ends. A broken file is
// complained of once, not at every look.
func (c *certificates) watch(ctx context.Context) {
	tick := time.NewTicker(certPoll)
	defer tick.Stop()
	seen := c.set.Load().stamp
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := c.stamp()
		if now == seen {
			continue
		}
		seen = now
		if err := c.reload(); err != nil {
			c.log.Error("certificates not read, the old ones go on", slog.Any("err", err))
		}
	}
}

// get picks the certificate for the name that a client asks for; one who names
// no host, or none of ours, is shown the first.
func (c *certificates) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	set := c.set.Load()
	if cert := set.find(strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))); cert != nil {
		return cert, nil
	}
	return set.first, nil
}

// find gives the certificate for a name: its own, or that of a wildcard in place
// of its first label (RFC 9525 §6.3).
func (s *certSet) find(name string) *tls.Certificate {
	return s.shown(name).Certificate
}

func (s *certSet) shown(name string) shownCert {
	if cert := s.byName[name]; cert.Certificate != nil {
		return cert
	}
	if _, parent, ok := strings.Cut(name, "."); ok {
		return s.byName["*."+parent]
	}
	return shownCert{}
}

// clientCAs gives those who certify people, the same for all hosts; nil means that
// nobody is asked for a certificate.
func (c *certificates) clientCAs() func(host string) *x509.CertPool {
	if len(c.authorities) == 0 {
		return nil
	}
	return func(string) *x509.CertPool { return c.set.Load().people }
}

// asciiName is the name of a host as certificates and SNI have it: in A-labels.
func asciiName(host string) string {
	name, err := idna.Lookup.ToASCII(host)
	if err != nil {
		return host
	}
	return name
}

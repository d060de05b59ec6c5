package daemon

import (
	"context"
	"crypto/tls"
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

const (
	certPoll    = 30 * time.Second    // how often the files are looked at
	certWarning = 14 * 24 * time.Hour // before the end of a certificate
)

// certificates are the certificates of all hosts, which may be read anew while
// the server runs.
type certificates struct {
	pairs []pair
	log   *slog.Logger
	set   atomic.Pointer[certSet]
}

// A pair is the two files of a certificate.
type pair struct{ cert, key string }

// A certSet is what the files held when they were read.
type certSet struct {
	byName map[string]*tls.Certificate // by DNS name in A-labels, wildcards as "*.capulet.lit"
	first  *tls.Certificate
	stamp  string // sizes and times of the files
}

// openCertificates reads the configured certificates and, for hosts that none of
// them is for, DATA/tls/HOST.crt and .key, which it makes if they are not there.
func openCertificates(cfg *Config, log *slog.Logger) (*certificates, error) {
	c := &certificates{log: log}
	for i := range cfg.TLS.Certs {
		c.pairs = append(c.pairs, pair{cfg.TLS.Certs[i], cfg.TLS.Keys[i]})
	}
	set, err := c.read()
	if err != nil {
		return nil, err
	}
	own := filepath.Join(cfg.Data, "tls")
	for _, host := range cfg.hosts() {
		if set.find(asciiName(host)) != nil {
			continue
		}
		p := pair{filepath.Join(own, host+".crt"), filepath.Join(own, host+".key")}
		if err := ensureSelfSigned(p, host, log); err != nil {
			return nil, fmt.Errorf("certificate of %s: %w", host, err)
		}
		c.pairs = append(c.pairs, p)
	}
	if set, err = c.read(); err != nil {
		return nil, err
	}
	c.set.Store(set)
	return c, nil
}

// ensureSelfSigned makes the two files unless both are there.
func ensureSelfSigned(p pair, host string, log *slog.Logger) error {
	_, certErr := os.Stat(p.cert)
	_, keyErr := os.Stat(p.key)
	switch {
	case certErr == nil && keyErr == nil:
		return nil
	case errors.Is(certErr, fs.ErrNotExist) && errors.Is(keyErr, fs.ErrNotExist):
		log.Warn("self-signed certificate made: clients will ask their users whether to trust it",
			slog.String("host", host), slog.String("file", p.cert))
		return writeSelfSigned(p, asciiName(host))
	default: // one of the two: not ours to overwrite
		return errors.Join(certErr, keyErr)
	}
}

// read reads all files.
func (c *certificates) read() (*certSet, error) {
	set := &certSet{byName: make(map[string]*tls.Certificate), stamp: c.stamp()}
	for _, p := range c.pairs {
		cert, err := tls.LoadX509KeyPair(p.cert, p.key)
		if err != nil {
			return nil, hinted(fmt.Errorf("certificate %s: %w", p.cert, err), "it must be in PEM, with the key that belongs to it")
		}
		if left := time.Until(cert.Leaf.NotAfter); left < certWarning {
			c.log.Warn("certificate ends soon or has ended", slog.String("file", p.cert), slog.Time("end", cert.Leaf.NotAfter))
		}
		if set.first == nil {
			set.first = &cert
		}
		for _, name := range append(cert.Leaf.DNSNames, cert.Leaf.Subject.CommonName) {
			if name = strings.ToLower(name); name != "" && set.byName[name] == nil {
				set.byName[name] = &cert
			}
		}
	}
	return set, nil
}

// stamp changes when one of the files does.
func (c *certificates) stamp() string {
	var b strings.Builder
	for _, p := range c.pairs {
		for _, file := range []string{p.cert, p.key} {
			if info, err := os.Stat(file); err == nil {
				fmt.Fprintln(&b, info.Size(), info.ModTime().UnixNano())
			}
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
	c.log.Info("certificates read", slog.Int("files", len(c.pairs)))
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
	if cert := s.byName[name]; cert != nil {
		return cert
	}
	if _, parent, ok := strings.Cut(name, "."); ok {
		return s.byName["*."+parent]
	}
	return nil
}

// asciiName is the name of a host as certificates and SNI have it: in A-labels.
func asciiName(host string) string {
	name, err := idna.Lookup.ToASCII(host)
	if err != nil {
		return host
	}
	return name
}

// files lists the certificate files, for people.
func (c *certificates) files() []string {
	var list []string
	for _, p := range c.pairs {
		list = append(list, p.cert)
	}
	return slices.Clip(list)
}

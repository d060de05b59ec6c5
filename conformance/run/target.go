package run

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"causeway/conformance/oracle"
)

// A Target is the server to look at.
type Target struct {
	Addr      string // host:port with STARTTLS
	Domain    string
	Direct    string // host:port with direct TLS (XEP-0368), "" if not known
	WebSocket string // wss://…, "" if not known
	BOSH      string // https://…, "" if not known
	Roots     *x509.CertPool
	Insecure  bool // certificates are not verified
	// Patience is how long a check waits for one thing; 0 has Probe find out.
	Patience time.Duration
}

// TLS gives the configuration of connections to the target.
func (t *Target) TLS() *tls.Config {
	return &tls.Config{
		ServerName: t.Domain, RootCAs: t.Roots, MinVersion: tls.VersionTLS12,
		InsecureSkipVerify: t.Insecure, //nolint:gosec // the person who runs it has said so
	}
}

// AddRoots has the certificates in a PEM file believed.
func (t *Target) AddRoots(file string) error {
	text, err := os.ReadFile(filepath.Clean(file))
	if err != nil {
		return err
	}
	if t.Roots == nil {
		t.Roots = x509.NewCertPool()
	}
	if !t.Roots.AppendCertsFromPEM(text) {
		return fmt.Errorf("%s: no certificate", file)
	}
	return nil
}

// PatienceFor gives how long a check waits for one thing, when a thing takes that long.
func PatienceFor(each time.Duration) time.Duration {
	return min(max(leastPatience, 40*each), mostPatience)
}

const (
	leastPatience = 2 * time.Second
	mostPatience  = 15 * time.Second
)

// patience is that of the target, or the most before it is known.
func (t *Target) patience() time.Duration {
	if t.Patience > 0 {
		return t.Patience
	}
	return mostPatience
}

// dial opens a connection and leaves it before the header.
func (t *Target) dial(ctx context.Context, name string, log *oracle.Log) (*oracle.Stream, error) {
	s, err := oracle.Dial(ctx, t.Addr, nil, t.patience(), log)
	if err != nil {
		return nil, err
	}
	s.Name = name
	return s, nil
}

// secure opens a connection up to the features inside TLS, or in the clear if the
// target has no TLS.
func (t *Target) secure(ctx context.Context, name string, log *oracle.Log) (*oracle.Stream, error) {
	s, err := t.dial(ctx, name, log)
	if err != nil {
		return nil, err
	}
	err = s.Open(t.Domain)
	if err == nil && s.Features.Child(oracle.NSTLS, "starttls") != nil {
		if err = s.StartTLS(ctx, t.TLS()); err == nil {
			err = s.Open(t.Domain)
		}
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// login opens a connection up to the features after SASL.
func (t *Target) login(ctx context.Context, a Account, log *oracle.Log) (*oracle.Stream, error) {
	s, err := t.secure(ctx, a.Name, log)
	if err != nil {
		return nil, err
	}
	if err = s.Authenticate(a.User, a.Password); err == nil {
		err = s.Open(t.Domain)
	}
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("login of %s: %w", a.User, err)
	}
	return s, nil
}

package daemon

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// selfSignedLife is how long a self-signed certificate is valid: whoever trusts it
// trusts it by its fingerprint, which should not change often.
const selfSignedLife = 10 * 365 * 24 * time.Hour

// writeSelfSigned makes a key and a certificate for a host, signed by itself.
func writeSelfSigned(p pair, host string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return err
	}
	t := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: host},
		DNSNames:     []string{host},
		NotBefore:    time.Now().Add(-time.Hour), // for clocks that are behind
		NotAfter:     time.Now().Add(selfSignedLife),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		// Not an authority: who trusts it trusts it for this host and nothing else.
		BasicConstraintsValid: true,
	}
	if host == "localhost" {
		t.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(p.cert), 0o700); err != nil {
		return err
	}
	// The key first: a certificate without its key would have to be cleared away by hand.
	if err := writePEM(p.key, 0o600, "PRIVATE KEY", secret); err != nil {
		return err
	}
	return writePEM(p.cert, 0o644, "CERTIFICATE", der)
}

// writePEM writes a file that is not there yet.
func writePEM(file string, mode os.FileMode, kind string, der []byte) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	if err := pem.Encode(f, &pem.Block{Type: kind, Bytes: der}); err != nil {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}

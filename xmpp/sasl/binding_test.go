package sasl

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"slices"
	"testing"
	"time"

	mellium "mellium.im/sasl"
)

// tlsPair gives both ends of a real TLS connection and the certificate of the server.
func tlsPair(t *testing.T, version uint16) (client, server tls.ConnectionState, cert *x509.Certificate) {
	t.Helper()
	cert, key := selfSigned(t, x509.ECDSAWithSHA256)
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	c, s := net.Pipe()
	near := tls.Client(c, &tls.Config{RootCAs: roots, ServerName: domain, MinVersion: version, MaxVersion: version})
	far := tls.Server(s, &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}},
		MinVersion:   version, MaxVersion: version,
		SessionTicketsDisabled: true, // nobody reads the tickets, and a pipe has no buffer
	})
	failed := make(chan error, 1)
	// Ends with the handshake, or when the cleanup closes the pipe.
	go func() { failed <- near.HandshakeContext(t.Context()) }()
	t.Cleanup(func() { _, _ = c.Close(), s.Close() })
	if err := far.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	return near.ConnectionState(), far.ConnectionState(), cert
}

func selfSigned(t *testing.T, algorithm x509.SignatureAlgorithm) (*x509.Certificate, crypto.Signer) {
	t.Helper()
	var key crypto.Signer
	var err error
	if algorithm == x509.PureEd25519 {
		_, key, err = ed25519.GenerateKey(rand.Reader)
	} else {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: domain}, DNSNames: []string{domain},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		BasicConstraintsValid: true, IsCA: true, SignatureAlgorithm: algorithm,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

func TestBindingOf(t *testing.T) {
	tests := []struct {
		version uint16
		want    []string
	}{
		{tls.VersionTLS12, []string{tlsExporter, tlsServerEndPoint, tlsUnique}},
		{tls.VersionTLS13, []string{tlsExporter, tlsServerEndPoint}},
	}
	for _, tt := range tests {
		t.Run(tls.VersionName(tt.version), func(t *testing.T) {
			client, server, cert := tlsPair(t, tt.version)
			near, far := BindingOf(&client, cert), BindingOf(&server, cert)
			if !slices.Equal(far.Types(), tt.want) {
				t.Errorf("types %q, want %q", far.Types(), tt.want)
			}
			for _, name := range tt.want {
				if !bytes.Equal(near[name], far[name]) {
					t.Errorf("%s differs between the two ends", name)
				}
			}
			if len(far[tlsExporter]) != 32 {
				t.Errorf("%d bytes exported, want 32 (RFC 9266 §2)", len(far[tlsExporter]))
			}
			if bare := BindingOf(&server, nil); bare[tlsServerEndPoint] != nil || bare[tlsExporter] == nil {
				t.Errorf("without a certificate: %q", bare.Types())
			}
			_, other, _ := tlsPair(t, tt.version)
			if bytes.Equal(far[tlsExporter], BindingOf(&other, cert)[tlsExporter]) {
				t.Error("two connections export the same")
			}
		})
	}
	old := &tls.ConnectionState{HandshakeComplete: true, Version: tls.VersionTLS11, TLSUnique: []byte("x")}
	young := &tls.ConnectionState{Version: tls.VersionTLS13}
	for _, state := range []*tls.ConnectionState{nil, old, young} {
		if b := BindingOf(state, nil); b != nil || len(b.Types()) != 0 {
			t.Errorf("%q without a connection to bind to", b.Types())
		}
	}
}

// RFC 5929 §4.1: which hash of the certificate.
func TestEndPoint(t *testing.T) {
	cert, _ := selfSigned(t, x509.ECDSAWithSHA256)
	if want := sha256.Sum256(cert.Raw); !bytes.Equal(endPoint(cert), want[:]) {
		t.Error("ECDSAWithSHA256: not its SHA-256")
	}
	cert, _ = selfSigned(t, x509.ECDSAWithSHA384)
	if want := sha512.Sum384(cert.Raw); !bytes.Equal(endPoint(cert), want[:]) {
		t.Error("ECDSAWithSHA384: not its SHA-384")
	}
	cert, _ = selfSigned(t, x509.ECDSAWithSHA512)
	if want := sha512.Sum512(cert.Raw); !bytes.Equal(endPoint(cert), want[:]) {
		t.Error("ECDSAWithSHA512: not its SHA-512")
	}
	cert, _ = selfSigned(t, x509.PureEd25519)
	if endPoint(cert) != nil || endPoint(nil) != nil {
		t.Error("Ed25519, or nothing, has an end point")
	}
	cert.SignatureAlgorithm = x509.SHA1WithRSA
	if want := sha256.Sum256(cert.Raw); !bytes.Equal(endPoint(cert), want[:]) {
		t.Error("SHA1WithRSA: not its SHA-256")
	}
}

// Real channels, our own client: every hash over every type of binding.
func TestScramOverTLS(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		near, far, cert := tlsPair(t, version)
		ours, theirs := BindingOf(&far, cert), BindingOf(&near, cert)
		cfg := Config{Directory: newPeople(t), Binding: ours, PlusOffered: true, Domain: domain}
		for _, h := range Hashes() {
			for _, name := range ours.Types() {
				c := &client{hash: h, flag: "p=" + name, cbData: theirs[name], username: "juliet", password: password}
				if _, _, err := c.login(t, string(h)+plusSuffix, cfg); err != nil {
					t.Errorf("%s %s over %s: %v", tls.VersionName(version), h, name, err)
				}
			}
		}
	}
}

// A foreign client: mellium's, with and without channel binding, over both versions of TLS.
func TestMellium(t *testing.T) {
	mechanisms := []mellium.Mechanism{
		mellium.Plain, mellium.ScramSha1, mellium.ScramSha256, mellium.ScramSha1Plus, mellium.ScramSha256Plus,
	}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		near, far, cert := tlsPair(t, version)
		cfg := Config{Directory: newPeople(t), Binding: BindingOf(&far, cert), PlusOffered: true, Domain: domain}
		offered := Mechanisms(cfg, true)
		for _, m := range mechanisms {
			for typed, want := range map[string]string{password: "", "bite my thumb": NotAuthorized} {
				t.Run(tls.VersionName(version)+" "+m.Name+" "+typed, func(t *testing.T) {
					c := mellium.NewClient(m, mellium.TLSState(near), mellium.RemoteMechanisms(offered...),
						mellium.Credentials(func() (username, password, identity []byte) {
							return []byte("juliet"), []byte(typed), nil
						}))
					x, err := New(m.Name, cfg)
					if err != nil {
						t.Fatal(err)
					}
					if err := converse(t, c, x); condition(err) != want {
						t.Fatalf("%v, want %q", err, want)
					}
					if want == "" && x.Username() != "juliet" {
						t.Errorf("logged in as %q", x.Username())
					}
				})
			}
		}
	}
}

// converse carries messages between the two until the server is done; the client must then believe the server.
func converse(t *testing.T, c *mellium.Negotiator, x *Exchange) error {
	t.Helper()
	more, message, err := c.Step(nil)
	if err != nil {
		t.Fatal(err)
	}
	for {
		challenge, done, err := x.Step(t.Context(), message)
		if err != nil {
			return err
		}
		if more {
			if more, message, err = c.Step(challenge); err != nil {
				t.Fatal(err)
			}
		}
		if done {
			if more {
				t.Error("the client wants more")
			}
			return nil
		}
	}
}

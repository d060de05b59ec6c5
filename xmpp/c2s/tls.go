package c2s

import (
	"crypto/tls"
	"crypto/x509"
)

// alpn is the protocol name of client streams (XEP-0368 #reqs).
const alpn = "xmpp-client"

// rememberLeaf makes the TLS configuration of the server from the one it was
// given. Each connection remembers which certificate it presented, since that
// one is what tls-server-end-point binds to (RFC 5929 §4).
func rememberLeaf(base *tls.Config) *tls.Config {
	if base == nil {
		return nil
	}
	cfg := base.Clone()
	if cfg.MinVersion < tls.VersionTLS12 {
		cfg.MinVersion = tls.VersionTLS12 // RFC 7590 §3.2, RFC 9325 §3.1.1
	}
	// Small first records serve browsers that wait for the first bytes of a page;
	// here they would cost a system call each.
	cfg.DynamicRecordSizingDisabled = true
	cfg.Certificates = nil // or crypto/tls would not always ask
	cfg.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		w, ok := hello.Conn.(*wire)
		if ok && hello.ServerName == "" {
			// A client that names no server has named one in its stream (RFC 6120 §4.7.2).
			hello.ServerName = w.host
		}
		cert, err := choose(base, hello)
		if err != nil {
			return nil, err
		}
		if ok {
			w.leaf = leaf(cert)
		}
		return cert, nil
	}
	return cfg
}

// choose picks a certificate as crypto/tls would.
func choose(base *tls.Config, hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if base.GetCertificate != nil {
		if cert, err := base.GetCertificate(hello); cert != nil || err != nil {
			return cert, err
		}
	}
	for i := range base.Certificates {
		if hello.SupportsCertificate(&base.Certificates[i]) == nil {
			return &base.Certificates[i], nil
		}
	}
	if len(base.Certificates) > 0 {
		// A client that names no host, or one we do not know, is shown the first.
		return &base.Certificates[0], nil
	}
	return nil, nil // crypto/tls refuses the handshake
}

func leaf(cert *tls.Certificate) *x509.Certificate {
	if cert == nil {
		return nil
	}
	if cert.Leaf != nil || len(cert.Certificate) == 0 {
		return cert.Leaf
	}
	parsed, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		return nil
	}
	return parsed
}

// directTLS is the configuration for connections that begin with the handshake:
// "When ALPN is used, the ALPN protocol MUST be 'xmpp-client'" (XEP-0368 #reqs).
func directTLS(cfg *tls.Config) *tls.Config {
	if cfg == nil {
		return nil
	}
	cfg = cfg.Clone()
	cfg.NextProtos = []string{alpn}
	return cfg
}

// presented gives the certificate that the client saw. A resumed TLS session
// shows none; then it is the one we would show now.
func (l *login) presented(serverName string) *x509.Certificate {
	if l.wire.leaf == nil && l.srv.tls != nil {
		cert, err := l.srv.tls.GetCertificate(&tls.ClientHelloInfo{ServerName: serverName, Conn: l.wire})
		if err == nil {
			l.wire.leaf = leaf(cert)
		}
	}
	return l.wire.leaf
}

package c2s

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"

	"causeway/xmpp/jid"
	"causeway/xmpp/sasl"
)

// askForCertificates makes the TLS configuration ask clients for a certificate if
// they name a host that has authorities for them; nobody else is bothered. A
// certificate that does not verify is as none: the handshake goes on.
func (s *Server) askForCertificates(cfg *tls.Config) *tls.Config {
	if cfg == nil || s.cfg.ClientCAs == nil {
		return cfg
	}
	asking := cfg.Clone()
	asking.ClientAuth = tls.RequestClientCert
	cfg.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if s.cfg.ClientCAs(hello.ServerName) != nil {
			return asking, nil
		}
		return nil, nil
	}
	return cfg
}

// certified gives the function that says for whom the client's certificate speaks
// (XEP-0178 #c2s), nil if it has none that counts.
func (l *login) certified(ctx context.Context, d sasl.Directory, state *tls.ConnectionState) func(authzid string) (string, bool) {
	if l.srv.cfg.ClientCAs == nil || len(state.PeerCertificates) == 0 {
		return nil
	}
	roots := l.srv.cfg.ClientCAs(l.host)
	if roots == nil {
		return nil
	}
	cert := state.PeerCertificates[0]
	between := x509.NewCertPool()
	for _, c := range state.PeerCertificates[1:] {
		between.AddCert(c)
	}
	if _, err := cert.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}); err != nil {
		return nil
	}
	var users []string
	for _, addr := range xmppAddrs(cert) {
		if j, err := jid.Parse(addr); err == nil && j.Domain() == l.host && j.Local() != "" && active(ctx, d, j.Local()) {
			users = append(users, j.Local())
		}
	}
	if len(users) == 0 {
		return nil
	}
	return func(authzid string) (string, bool) {
		if authzid == "" {
			return users[0], len(users) == 1
		}
		want, err := jid.Parse(authzid)
		for _, user := range users {
			if err == nil && want.Domain() == l.host && want.Local() == user {
				return user, true
			}
		}
		return "", false
	}
}

// active reports whether an account may log in: whether it has any keys that are
// not made up.
func active(ctx context.Context, d sasl.Directory, username string) bool {
	for _, h := range sasl.Hashes() {
		if _, known, err := d.Keys(ctx, username, h); err == nil && known {
			return true
		}
	}
	return false
}

var (
	subjectAltName = asn1.ObjectIdentifier{2, 5, 29, 17}
	onXMPPAddr     = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 8, 5} // RFC 6120 §13.7.1.4
)

// xmppAddrs gives the addresses in a certificate: the otherNames of the type
// id-on-xmppAddr.
func xmppAddrs(cert *x509.Certificate) (addrs []string) {
	for _, ext := range cert.Extensions {
		if !ext.Id.Equal(subjectAltName) {
			continue
		}
		var names asn1.RawValue
		if _, err := asn1.Unmarshal(ext.Value, &names); err != nil {
			continue
		}
		for rest := names.Bytes; len(rest) > 0; {
			var name asn1.RawValue
			var err error
			if rest, err = asn1.Unmarshal(rest, &name); err != nil {
				break
			}
			if addr, ok := xmppAddr(name); ok {
				addrs = append(addrs, addr)
			}
		}
	}
	return addrs
}

// xmppAddr reads one GeneralName (RFC 5280 §4.2.1.6).
func xmppAddr(name asn1.RawValue) (addr string, ok bool) {
	if name.Class != asn1.ClassContextSpecific || name.Tag != 0 {
		return "", false // no otherName
	}
	var id asn1.ObjectIdentifier
	rest, err := asn1.Unmarshal(name.Bytes, &id)
	if err != nil || !id.Equal(onXMPPAddr) {
		return "", false
	}
	var value asn1.RawValue
	if _, err := asn1.Unmarshal(rest, &value); err != nil || value.Class != asn1.ClassContextSpecific {
		return "", false
	}
	_, err = asn1.UnmarshalWithParams(value.Bytes, &addr, "utf8")
	return addr, err == nil
}

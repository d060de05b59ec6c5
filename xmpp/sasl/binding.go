package sasl

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"maps"
	"slices"
)

// The channel-binding types that we know, by their registered unique prefixes (RFC 5056 §7).
const (
	tlsExporter       = "tls-exporter"         // RFC 9266 §2
	tlsServerEndPoint = "tls-server-end-point" // RFC 5929 §4
	tlsUnique         = "tls-unique"           // RFC 5929 §3
)

// Binding is the channel-binding data of a TLS connection by type: "tls-exporter", "tls-server-end-point", "tls-unique".
// A nil or empty map means that there is none.
type Binding map[string][]byte

// Types lists the types for which there is data, sorted: what XEP-0440 #sasl-cb-type announces.
func (b Binding) Types() []string {
	types := slices.Sorted(maps.Keys(b))
	return slices.DeleteFunc(types, func(t string) bool { return len(b[t]) == 0 })
}

// BindingOf takes the channel-binding data from a connection whose handshake is complete. cert is the leaf certificate
// that we presented on it; without it there is no "tls-server-end-point". A connection below TLS 1.2 has none.
func BindingOf(state *tls.ConnectionState, cert *x509.Certificate) Binding {
	if state == nil || !state.HandshakeComplete || state.Version < tls.VersionTLS12 {
		return nil
	}
	b := Binding{}
	// RFC 9266 §4: TLS 1.2 is safe only with the extended master secret and without renegotiation. crypto/tls
	// refuses to export otherwise, and then we have no such binding.
	if data, err := state.ExportKeyingMaterial("EXPORTER-Channel-Binding", nil, 32); err == nil {
		b[tlsExporter] = data
	}
	if data := endPoint(cert); data != nil {
		b[tlsServerEndPoint] = data
	}
	// "tls-unique" is not defined for TLS 1.3 (RFC 8446 Appendix C.5). crypto/tls leaves it empty after a resumption
	// without the extended master secret, where it would not be unique.
	if state.Version == tls.VersionTLS12 && len(state.TLSUnique) > 0 {
		b[tlsUnique] = slices.Clone(state.TLSUnique)
	}
	return b
}

// endPoint hashes a certificate as RFC 5929 §4.1 says, or returns nil if it says nothing for its kind.
func endPoint(cert *x509.Certificate) []byte {
	if cert == nil {
		return nil
	}
	h := endPointHash(cert.SignatureAlgorithm)
	if h == 0 {
		return nil
	}
	m := h.New()
	m.Write(cert.Raw)
	return m.Sum(nil)
}

// endPointHash is the hash for certificates signed with an algorithm: its own, SHA-256 if that is MD5 or SHA-1, and 0
// if it has none or several (Ed25519), where "this channel binding type's channel bindings are undefined"
// (RFC 5929 §4.1).
func endPointHash(a x509.SignatureAlgorithm) crypto.Hash {
	switch a {
	case x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1,
		x509.SHA256WithRSA, x509.DSAWithSHA256, x509.ECDSAWithSHA256, x509.SHA256WithRSAPSS:
		return crypto.SHA256
	case x509.SHA384WithRSA, x509.ECDSAWithSHA384, x509.SHA384WithRSAPSS:
		return crypto.SHA384
	case x509.SHA512WithRSA, x509.ECDSAWithSHA512, x509.SHA512WithRSAPSS:
		return crypto.SHA512
	default:
		return 0
	}
}

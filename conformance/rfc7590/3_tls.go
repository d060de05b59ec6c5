// Package rfc7590 checks the use of TLS.
package rfc7590

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"

	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

// Checks gives the checks of RFC 7590, and of RFC 7525 and RFC 8996 that it stands on.
func Checks() []run.Check {
	needs := []string{"tls"}
	refuses := func(limit func(*tls.Config)) func(*run.T) {
		return func(t *run.T) {
			conf := t.Target.TLS()
			limit(conf)
			r := t.Opened()
			err := r.StartTLS(t.Context, conf)
			t.True(err != nil && strings.Contains(err.Error(), "tls:"), "the handshake: %v, wanted a refusal", err)
		}
	}
	accepts := func(limit func(*tls.Config)) func(*run.T) {
		return func(t *run.T) {
			conf := t.Target.TLS()
			limit(conf)
			r := t.Opened()
			if err := r.StartTLS(t.Context, conf); err != nil {
				t.Failf("%v", err)
			}
			r.HeaderOf(oracle.Header(t.Domain()))
		}
	}
	return []run.Check{
		{ID: "7590/3.1/starttls", Level: run.Must, Text: "STARTTLS is offered", Run: func(t *run.T) {
			f := t.Opened().Features
			t.True(f.Child(oracle.NSTLS, "starttls") != nil, "came %.300s", f.Raw)
		}},
		{ID: "7590/3/tls-1.2", Level: run.Must, Text: "TLS 1.2 is spoken", Needs: needs, Run: accepts(func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 })},
		{ID: "7590/3/tls-1.3", Level: run.Should, Text: "TLS 1.3 is spoken", Needs: needs, Run: accepts(func(c *tls.Config) { c.MinVersion = tls.VersionTLS13 })},
		{ID: "7590/3/no-tls-1.1", Level: run.Must, Text: "TLS 1.1 is refused", Needs: needs, Run: refuses(func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS11, tls.VersionTLS11 })},
		{ID: "7590/3/no-tls-1.0", Level: run.Must, Text: "TLS 1.0 is refused", Needs: needs, Run: refuses(func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS10 })},
		{ID: "7590/3/no-rc4", Level: run.Must, Text: "RC4 is refused", Needs: needs, Run: refuses(func(c *tls.Config) {
			c.MaxVersion = tls.VersionTLS12
			c.CipherSuites = []uint16{tls.TLS_RSA_WITH_RC4_128_SHA, tls.TLS_ECDHE_RSA_WITH_RC4_128_SHA, tls.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA}
		})},
		{ID: "7590/3/forward-secrecy", Level: run.Should, Text: "suites with forward secrecy are spoken in TLS 1.2", Needs: needs, Run: accepts(func(c *tls.Config) {
			c.MaxVersion = tls.VersionTLS12
			c.CipherSuites = []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384}
		})},
		{ID: "7590/3.4/certificate", Level: run.Must, Text: "the certificate is one for the domain", Needs: needs, Run: func(t *run.T) {
			conf := t.Target.TLS()
			conf.InsecureSkipVerify = true //nolint:gosec // the name is verified below
			r := t.Opened()
			if err := r.StartTLS(t.Context, conf); err != nil {
				t.Failf("%v", err)
			}
			// That nobody known has signed it is not what this asks.
			err := r.TLS().PeerCertificates[0].VerifyHostname(t.Domain())
			var name x509.HostnameError
			t.True(!errors.As(err, &name), "%v", err)
		}},
	}
}

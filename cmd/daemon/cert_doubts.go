package daemon

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"time"
)

// certWarning is how long before the end of a certificate people are warned.
const certWarning = 14 * 24 * time.Hour

const selfSigned = "self-signed"

// A hostCert is what clients of a host see.
type hostCert struct {
	host, file string
	leaf       *x509.Certificate // nil if no certificate is for the host
}

// shown tells what clients of each host see.
func (c *certificates) shown() []hostCert {
	set := c.set.Load()
	var list []hostCert
	for _, host := range c.hosts {
		h := hostCert{host: host}
		if cert := set.shown(asciiName(host)); cert.Certificate != nil {
			h.file, h.leaf = cert.file, cert.Leaf
		}
		list = append(list, h)
	}
	return list
}

// issuer is who answers for a certificate, in words for people.
func (h hostCert) issuer() string {
	switch {
	case h.leaf == nil:
		return "none"
	case bytes.Equal(h.leaf.RawIssuer, h.leaf.RawSubject):
		return selfSigned
	case len(h.leaf.Issuer.Organization) > 0:
		return h.leaf.Issuer.Organization[0] + " " + h.leaf.Issuer.CommonName
	}
	return h.leaf.Issuer.CommonName
}

// doubt is what is wrong with the time of a certificate, "" if nothing is.
func (h hostCert) doubt() string {
	switch left := time.Until(h.leaf.NotAfter); {
	case left < 0:
		return "has ended on " + day(h.leaf.NotAfter)
	case left < certWarning:
		return "ends soon, on " + day(h.leaf.NotAfter)
	case time.Until(h.leaf.NotBefore) > 0:
		return "begins on " + day(h.leaf.NotBefore) + " only"
	}
	return ""
}

// doubts tells what clients may not like about the certificates.
func (c *certificates) doubts() (notes []string) {
	seen := make(map[string]bool)
	for _, h := range c.shown() {
		if h.leaf == nil {
			notes = append(notes, h.host+": none of tls.certs is for it; it gets a self-signed one, and clients will ask their users whether to trust that")
			continue
		}
		seen[h.file] = true
		if h.issuer() == selfSigned {
			notes = append(notes, h.host+": the certificate is self-signed; clients will ask their users whether to trust it")
		}
		if doubt := h.doubt(); doubt != "" {
			notes = append(notes, h.host+": "+h.file+" "+doubt)
		}
	}
	for _, cert := range c.set.Load().list {
		if !seen[cert.file] {
			notes = append(notes, fmt.Sprintf("%s: it is for %v, none of which is a host without another certificate", cert.file, cert.Leaf.DNSNames))
		}
	}
	return notes
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

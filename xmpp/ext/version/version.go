package version

import (
	"context"

	"causeway/xmpp/stanza"
)

// NS is the namespace of software versions (XEP-0092 #protocol).
const NS = "jabber:iq:version"

// A Service tells name and version of the software; it is a router.Handler for
// hosts.
type Service struct {
	payload []byte
}

// New makes the service. The operating system is not told if os is empty
// (XEP-0092 #security).
func New(name, version, os string) *Service {
	p := append([]byte(nil), "<query xmlns='"+NS+"'><name>"...)
	p = stanza.AppendText(p, name)
	p = append(p, "</name><version>"...)
	p = stanza.AppendText(p, version)
	p = append(p, "</version>"...)
	if os != "" {
		p = append(p, "<os>"...)
		p = stanza.AppendText(p, os)
		p = append(p, "</os>"...)
	}
	return &Service{payload: append(p, "</query>"...)}
}

// HandleIQ answers a query for the version (XEP-0092 #examples).
func (s *Service) HandleIQ(_ context.Context, iq *stanza.Stanza) ([]byte, error) {
	// RFC 6120 §8.3.3.3: "the entity understands the namespace but does not
	// recognize the element name"
	if iq.Type != stanza.Get || !iq.PayloadIs(NS, "query") {
		return nil, stanza.FeatureNotImplemented.Err("")
	}
	return s.payload, nil
}

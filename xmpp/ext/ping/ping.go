package ping

import (
	"context"

	"causeway/xmpp/stanza"
)

// NS is the namespace of pings (XEP-0199 #protocol).
const NS = "urn:xmpp:ping"

// A Service answers pings; it is a router.Handler for hosts and accounts.
type Service struct{}

// New makes the service.
func New() *Service { return &Service{} }

// HandleIQ answers a ping with an empty result (XEP-0199 #c2s, #s2s).
func (s *Service) HandleIQ(_ context.Context, iq *stanza.Stanza) ([]byte, error) {
	// RFC 6120 §8.3.3.3: "the entity understands the namespace but does not
	// recognize the element name"
	if iq.Type != stanza.Get || !iq.PayloadIs(NS, "ping") {
		return nil, stanza.FeatureNotImplemented.Err("")
	}
	// XEP-0199 #security: a ping must not tell whether an address is in use, so a
	// stranger hears the same as from an account that is not there (RFC 6121 §8.5.1).
	if iq.To.Local() != "" && iq.To.Bare() != iq.From.Bare() {
		return nil, stanza.ServiceUnavailable.Err("")
	}
	return nil, nil
}

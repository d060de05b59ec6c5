package entitytime

import (
	"context"
	"time"

	"causeway/xmpp/stanza"
)

// NS is the namespace of entity time (XEP-0202 #protocol).
const NS = "urn:xmpp:time"

// A Service tells the time; it is a router.Handler for hosts.
type Service struct {
	zone *time.Location
}

// New makes a service for a server in the given time zone.
func New(zone *time.Location) *Service { return &Service{zone: zone} }

// HandleIQ answers a query for the time (XEP-0202 #examples).
func (s *Service) HandleIQ(_ context.Context, iq *stanza.Stanza) ([]byte, error) {
	// RFC 6120 §8.3.3.3: "the entity understands the namespace but does not
	// recognize the element name"
	if iq.Type != stanza.Get || !iq.PayloadIs(NS, "time") {
		return nil, stanza.FeatureNotImplemented.Err("")
	}
	now := time.Now()
	p := append([]byte(nil), "<time xmlns='"+NS+"'><tzo>"...)
	// XEP-0202 #protocol: "the entity's numeric time zone offset", so never "Z".
	p = now.In(s.zone).AppendFormat(p, "-07:00")
	p = append(p, "</tzo><utc>"...)
	p = now.UTC().AppendFormat(p, "2006-01-02T15:04:05Z")
	return append(p, "</utc></time>"...), nil
}

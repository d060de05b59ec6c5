package register

import (
	"context"
	"log/slog"
	"net/netip"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// NSFeature is the namespace of the stream feature (XEP-0077 #streamfeature).
const NSFeature = "http://jabber.org/features/iq-register"

// Open reports whether strangers may make an account, and so whether the stream
// feature is to be offered.
func (s *Service) Open() bool { return s.cfg.New }

// HandleStream answers a request on a stream that is not yet authenticated, for
// the host it was opened to (XEP-0077 #usecases-register-server). It does the
// same as HandleIQ otherwise: a payload, or an error to be told. The caller sees
// to it that the stream is encrypted (XEP-0077 #security).
func (s *Service) HandleStream(ctx context.Context, addr netip.Addr, host string, iq *stanza.Stanza) ([]byte, error) {
	if !s.cfg.New {
		return nil, stanza.ServiceUnavailable.Err("accounts are not made in band here")
	}
	var q query
	if !iq.PayloadIs(NS, "query") {
		return nil, stanza.BadRequest.Err("expected a registration query")
	}
	if err := iq.Decode(&q); err != nil {
		return nil, err
	}
	if !iq.To.IsZero() && (iq.To.Domain() != host || !iq.To.IsHost()) {
		return nil, stanza.NotAllowed.Err("only the host itself makes accounts")
	}
	switch {
	case q.Remove != nil:
		// XEP-0077 #usecases-cancel: there is no 'from', "because the entity is not registered".
		return nil, stanza.UnexpectedRequest.Err("log in first")
	case iq.Type == stanza.Get:
		return []byte("<query xmlns='" + NS + "'><instructions>Choose a user name and a password." +
			"</instructions><username/><password/></query>"), nil
	default:
		return nil, s.create(ctx, addr, host, &q)
	}
}

func (s *Service) create(ctx context.Context, addr netip.Addr, host string, q *query) error {
	// XEP-0077 #usecases-register: not all of the required information.
	if q.Username == nil || q.Password == nil || *q.Username == "" || *q.Password == "" {
		return stanza.NotAcceptable.Err("username and password needed")
	}
	bare, err := jid.New(*q.Username, host, "")
	if err != nil {
		return stanza.NotAcceptable.Err("not a possible user name")
	}
	if s.limiter.Allow(addr) > 0 {
		// XEP-0077 #usecases-register-server allows not-acceptable for this, which
		// everywhere else in it means a form filled in wrongly. RFC 6120 §8.3.3.18,
		// with type wait, says what is meant: not now.
		return &stanza.Error{Type: stanza.Wait, Condition: stanza.ResourceConstraint, Text: "too many accounts from your address, try later"}
	}
	if err := s.accounts.Create(ctx, bare, *q.Password); err != nil {
		s.limiter.Undo(addr) // a name that is taken costs nobody the next try
		return err
	}
	s.cfg.Logger.InfoContext(ctx, "account made in band", slog.String("jid", bare.String()), slog.String("addr", addr.String()))
	return nil
}

package carbons

import (
	"context"
	"slices"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// NS is the namespace of copies, and the feature that discovery tells.
const NS = "urn:xmpp:carbons:2"

// nsForward is the namespace of what is forwarded (XEP-0297).
const nsForward = "urn:xmpp:forward:0"

// A Service makes copies; it is a router.Handler for accounts, and a router.Follower.
type Service struct{ router *router.Router }

// New makes the service.
func New(r *router.Router) *Service { return &Service{r} }

// HandleIQ turns copies for the asking session on or off. Asking twice is no error
// (XEP-0280 #bizrules-multi).
func (s *Service) HandleIQ(_ context.Context, iq *stanza.Stanza) ([]byte, error) {
	enable := iq.PayloadIs(NS, "enable")
	if iq.Type != stanza.Set || !enable && !iq.PayloadIs(NS, "disable") {
		return nil, stanza.BadRequest.Err("enable or disable, by an iq of type set")
	}
	session := s.router.Session(iq.From)
	if session == nil || iq.From.Bare() != iq.To.Bare() {
		// XEP-0280 #enabling-errors, #disabling-errors
		return nil, stanza.NotAllowed.Err("this is not your account")
	}
	session.SetWantsCopies(enable)
	return nil, nil
}

// Follow copies a message that was delivered (router.Follower).
func (s *Service) Follow(_ context.Context, p *router.Passing) {
	from, to := s.router.Sessions(p.From), s.router.Sessions(p.To)
	if !wanted(from) && !wanted(to) || !eligible(p) {
		return
	}
	s.copySent(p, from)
	// To oneself: the devices that did not get it have it as sent.
	if p.From.Bare() != p.To.Bare() && !s.fromRoom(p) {
		s.copyReceived(p, to)
	}
}

func wanted(sessions []*router.Session) bool {
	return slices.ContainsFunc(sessions, (*router.Session).WantsCopies)
}

// copySent gives copies to the other devices of the sender, if she is one of ours
// (XEP-0280 #outbound: "excluding the sending client").
func (s *Service) copySent(p *router.Passing, devices []*router.Session) {
	var made *stanza.Stanza
	for _, d := range devices {
		if !d.WantsCopies() || d.JID() == p.From || slices.Contains(p.Took, d) {
			continue
		}
		if made == nil {
			made = wrap(p, "sent", p.From.Bare(), p.Sent)
		}
		made.To = d.JID()
		d.Copy(made)
	}
}

// copyReceived gives copies to the devices of the recipient that did not get the
// message itself (XEP-0280 #inbound).
func (s *Service) copyReceived(p *router.Passing, devices []*router.Session) {
	var made *stanza.Stanza
	stored := len(p.Took) == 0
	for _, d := range devices {
		switch {
		case !d.WantsCopies(), d.JID() == p.To, slices.Contains(p.Took, d):
			continue
		case stored && d.CatchingUp():
			continue // it will be handed the message itself
		}
		if made == nil {
			made = wrap(p, "received", p.To.Bare(), p.Extra)
		}
		made.To = d.JID()
		d.Copy(made)
	}
}

// wrap makes a copy that comes from owner: "the 'from' attribute MUST be the
// Carbons-enabled user's bare JID", and the type stays (XEP-0280 #inbound,
// #outbound). Extra is what the message inside has from the archive of owner.
func wrap(p *router.Passing, direction string, owner jid.JID, extra []byte) *stanza.Stanza {
	original := *p.Stanza
	original.Extra = extra
	payload := make([]byte, 0, p.Size()+len(extra)+256)
	payload = append(payload, '<')
	payload = append(payload, direction...)
	payload = append(payload, " xmlns='"+NS+"'><forwarded xmlns='"+nsForward+"'>"...)
	payload = original.AppendForwarded(payload)
	payload = append(payload, "</forwarded></"...)
	payload = append(payload, direction...)
	payload = append(payload, '>')
	return stanza.New(stanza.Message, p.Type, "", owner, jid.JID{}, payload)
}

package roster

import (
	"context"
	"slices"
	"time"

	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// NSInvisible is the namespace of the requests by which a client becomes invisible and
// visible (XEP-0186 0.11).
const NSInvisible = "urn:xmpp:invisible:0"

// Invisible answers these requests; it is a router.Handler.
func (s *Service) Invisible() router.Handler { return invisible{s} }

type invisible struct{ service *Service }

// HandleIQ implements router.Handler.
func (i invisible) HandleIQ(ctx context.Context, iq *stanza.Stanza) ([]byte, error) {
	sess := i.service.router.Session(iq.From)
	switch {
	case sess == nil || iq.To.Bare() != iq.From.Bare():
		return nil, stanza.Forbidden.Err("only a client is invisible, and for itself")
	case iq.Type == stanza.Set && iq.PayloadIs(NSInvisible, "invisible"):
		return nil, i.service.hide(ctx, sess)
	case iq.Type == stanza.Set && iq.PayloadIs(NSInvisible, "visible"):
		if sess.Hidden() {
			// XEP-0186 #visible: "equivalent to an active session before receiving initial presence"
			sess.SetUnavailable("")
			sess.SetHidden(false)
		}
		return nil, nil
	}
	return nil, stanza.FeatureNotImplemented.Err("") // RFC 6120 §8.3.3.3
}

// hide lets a session be seen by nobody. Those who saw it "MUST" be told that it is
// unavailable (XEP-0186 #invisible).
func (s *Service) hide(ctx context.Context, sess *router.Session) error {
	if sess.Hidden() {
		return nil
	}
	seen := sess.Available()
	c, err := s.contacts(ctx, sess.JID().Bare())
	if err != nil {
		return err
	}
	sess.SetHidden(true)
	if !seen {
		return nil
	}
	owner := sess.JID().Bare()
	if !slices.ContainsFunc(s.router.Sessions(owner), func(other *router.Session) bool { return other.Presence() != nil }) {
		s.cache.setLeft(owner, time.Now()) // "it MUST be the time when the client went invisible"
	}
	gone := newGone(sess.JID(), owner)
	s.fanOut(ctx, c, gone)
	s.farewell(ctx, sess, gone, nil)
	return nil
}

// ownOnly shows a presence to the own other resources, and to the one that sent it.
func (s *Service) ownOnly(sess *router.Session, st *stanza.Stanza) {
	own := *st
	own.To, own.Told = sess.JID().Bare(), nil
	sess.Deliver(&own)
}

package roster

import (
	"context"
	"errors"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// NSPair is the namespace of requests by which the administrator of a host makes two of its
// accounts contacts of each other (doc/namespaces.md).
const NSPair = "urn:causeway:contacts"

// Pairs answers requests of administrators about what two accounts are to each other. Who
// one is is not its business. It is a router.Handler.
type Pairs struct {
	s      *Service
	exists func(ctx context.Context, bare jid.JID) (bool, error)
}

// Pairs gives the handler. Exists reports whether there is an account whose removal has not
// begun.
func (s *Service) Pairs(exists func(ctx context.Context, bare jid.JID) (bool, error)) Pairs {
	return Pairs{s, exists}
}

// HandleIQ implements router.Handler: <pair a='…' b='…'/> and <part a='…' b='…'/>. Both
// addresses are of the host that is asked.
func (p Pairs) HandleIQ(ctx context.Context, iq *stanza.Stanza) ([]byte, error) {
	var want struct {
		A     jid.JID `xml:"a,attr"`
		B     jid.JID `xml:"b,attr"`
		AName string  `xml:"a-name,attr"`
		BName string  `xml:"b-name,attr"`
	}
	if err := iq.Decode(&want); err != nil || want.A.Local() == "" || want.B.Local() == "" {
		return nil, stanza.BadRequest.Err("name two accounts")
	}
	if want.A.Domain() != iq.To.Domain() || want.B.Domain() != iq.To.Domain() {
		return nil, stanza.NotAllowed.Err("not accounts of this host")
	}
	a, b := want.A.Bare(), want.B.Bare()
	switch {
	case a == b:
		return nil, stanza.NotAllowed.Err("nobody is a contact of himself")
	case iq.Type == stanza.Set && iq.PayloadIs(NSPair, "pair"):
		return nil, p.pair(ctx, a, b, want.AName, want.BName)
	case iq.Type == stanza.Set && iq.PayloadIs(NSPair, "part"):
		return nil, p.s.partBoth(ctx, a, b)
	}
	return nil, stanza.FeatureNotImplemented.Err("")
}

// pair is Service.pair for two accounts that are still there when it is done. A removal that
// begins later finds what was written, one that has begun before may have passed by already.
func (p Pairs) pair(ctx context.Context, a, b jid.JID, aName, bName string) error {
	if err := p.s.pair(ctx, a, b, aName, bName); err != nil {
		return err
	}
	for _, bare := range [...]jid.JID{a, b} {
		switch there, err := p.exists(ctx, bare); {
		case err != nil:
			return err
		case !there:
			return errors.Join(stanza.ItemNotFound.Err("there is no such account"), p.s.partBoth(context.WithoutCancel(ctx), a, b))
		}
	}
	return nil
}

// pair makes two accounts contacts of each other who see each other's presence, as if both
// had approved each other before (RFC 6121 §3.4) and then asked. A name is the handle that
// the other gets for a new contact. If one roster takes no more, neither is changed.
func (s *Service) pair(ctx context.Context, a, b jid.JID, aName, bName string) error {
	one, err := s.change(ctx, a, b, befriend(b, bName), nil)
	if err != nil {
		return err
	}
	other, err := s.change(ctx, b, a, befriend(a, aName), nil)
	if err != nil {
		if !one.written() {
			return err
		}
		_, undo := s.change(ctx, a, b, func(now *Item, _ *contacts) (*Item, error) {
			if !looksLike(now, one.next) {
				return now, nil // somebody has changed it since
			}
			return one.old, nil
		}, nil)
		return errors.Join(err, undo)
	}
	s.shown(ctx, a, b, one.old)
	s.shown(ctx, b, a, other.old)
	return nil
}

// befriend makes a step to a contact with subscriptions both ways.
func befriend(contact jid.JID, name string) step {
	return func(old *Item, _ *contacts) (*Item, error) {
		if old.listed() && old.Subscription == Both {
			return old, nil
		}
		next := old.draft(contact)
		next.Subscription, next.Ask, next.Approved, next.Request, next.Listed = Both, false, false, nil, true
		if next.Name == "" {
			next.Name = name
		}
		return next, nil
	}
}

// shown lets a contact see the owner who has not seen it before (RFC 6121 §3.1.5).
func (s *Service) shown(ctx context.Context, owner, contact jid.JID, old *Item) {
	if old.State().subscription()&From == 0 {
		s.sendCurrent(ctx, owner, contact)
		s.gain(ctx, owner, contact, old)
	}
}

// partBoth takes each of two accounts off the roster of the other.
func (s *Service) partBoth(ctx context.Context, a, b jid.JID) error {
	for _, side := range [...]struct{ owner, contact jid.JID }{{a, b}, {b, a}} {
		var told *stanza.Error
		err := s.remove(ctx, side.owner, side.contact)
		if err != nil && (!errors.As(err, &told) || told.Condition != stanza.ItemNotFound) {
			return err
		}
	}
	return nil
}

package vcard

import (
	"bytes"
	"context"
	"fmt"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// NS is the namespace of vCards (XEP-0054 #usecases).
const NS = "vcard-temp"

// DefaultSize is how many bytes a card may have unless the wiring says otherwise.
const DefaultSize = 128 << 10

// A Service keeps vCards; it is a router.Handler for accounts.
type Service struct {
	store   Store
	size    int
	changed []func(ctx context.Context, owner jid.JID, before string)
	nick    func(ctx context.Context, owner jid.JID) (string, error)
}

// New makes a service that keeps cards of at most size bytes; 0 means DefaultSize.
func New(store Store, size int) *Service {
	if size == 0 {
		size = DefaultSize
	}
	return &Service{store: store, size: size}
}

// HandleIQ answers a get and does a set of a vCard.
func (s *Service) HandleIQ(ctx context.Context, iq *stanza.Stanza) ([]byte, error) {
	// XEP-0054 #impl: "The correct capitalization of the wrapper element is <vCard/>";
	// RFC 6120 §8.3.3.3: an element name that is not known.
	if !iq.PayloadIs(NS, "vCard") {
		return nil, stanza.FeatureNotImplemented.Err("")
	}
	if iq.Type == stanza.Set {
		return nil, s.set(ctx, iq)
	}
	return s.get(ctx, iq)
}

func (s *Service) get(ctx context.Context, iq *stanza.Stanza) ([]byte, error) {
	owner := iq.To.Bare()
	if owner.IsZero() {
		owner = iq.From.Bare() // RFC 6120 §10.3.3: no 'to' means the sender's account
	}
	card, err := s.store.Card(ctx, owner)
	if err != nil {
		return nil, fmt.Errorf("read vcard of %s: %w", owner, err)
	}
	if card == nil && s.nick != nil {
		if card, err = s.standIn(ctx, owner); err != nil {
			return nil, err
		}
	}
	switch {
	case card != nil:
		return card, nil
	case owner == iq.From.Bare():
		// XEP-0054 #usecases: no own vCard: "a stanza error (which SHOULD be item-not-found)"
		return nil, stanza.ItemNotFound.Err("")
	default:
		// XEP-0054 #usecases: "If no vCard exists or the user does not exist …
		// service-unavailable MUST be used in both cases": no harvesting.
		return nil, stanza.ServiceUnavailable.Err("")
	}
}

func (s *Service) set(ctx context.Context, iq *stanza.Stanza) error {
	owner := iq.From.Bare()
	if !iq.To.IsZero() && iq.To.Bare() != owner {
		// XEP-0054 #usecases: a set on another user's vCard "SHOULD be forbidden or not-allowed"
		return stanza.Forbidden.Err("")
	}
	c, _ := iq.Payload()
	card := Card{XML: bytes.Clone(iq.ChildBytes(c))} // the bytes lie in the buffer of the stream
	if len(card.XML) > s.size {
		return s.tooLarge()
	}
	_, image := readPhoto(card.XML)
	card.Photo = hashOf(image)
	before, err := s.PhotoHash(ctx, owner)
	if err != nil {
		return err
	}
	if err := s.store.Change(ctx, owner, func([]byte) (Card, error) { return card, nil }); err != nil {
		return fmt.Errorf("store vcard of %s: %w", owner, err)
	}
	if card.Photo != before {
		for _, f := range s.changed {
			f(ctx, owner, before)
		}
	}
	return nil
}

// OnNick has f tell what others may call an owner, "" if nothing is noted. Who has no card
// has one that says so. It must be called before the first request.
func (s *Service) OnNick(f func(ctx context.Context, owner jid.JID) (string, error)) { s.nick = f }

// standIn makes the card of somebody who has none; nil if nothing is known.
func (s *Service) standIn(ctx context.Context, owner jid.JID) ([]byte, error) {
	nick, err := s.nick(ctx, owner)
	if nick == "" || err != nil {
		return nil, err
	}
	card := stanza.AppendText([]byte("<vCard xmlns='"+NS+"'><FN>"), nick)
	card = stanza.AppendText(append(card, "</FN><NICKNAME>"...), nick)
	return append(card, "</NICKNAME></vCard>"...), nil
}

// tooLarge refuses a card.
func (s *Service) tooLarge() error {
	// RFC 6120 §8.3.3.12: "violated some local service policy"
	return stanza.PolicyViolation.Err(fmt.Sprintf("a vCard may have %d bytes", s.size))
}

package private

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// NS is the namespace of private storage (XEP-0049).
const NS = "jabber:iq:private"

// What an account may store unless the wiring says otherwise.
const (
	DefaultElements = 100
	DefaultBytes    = 512 << 10
)

// A Service keeps private XML; it is a router.Handler for accounts.
type Service struct {
	store Store
	quota Quota
	views map[Name]View
}

// New makes a service that lets each account store up to q, whose zero fields
// mean the defaults.
func New(store Store, q Quota) *Service {
	if q.Elements == 0 {
		q.Elements = DefaultElements
	}
	if q.Bytes == 0 {
		q.Bytes = DefaultBytes
	}
	return &Service{store: store, quota: q, views: make(map[Name]View)}
}

// Show has v answer for the elements of that name. It must be called before the first
// request.
func (s *Service) Show(name Name, v View) { s.views[name] = v }

// Stored gives what the store has under a name, whatever a View makes of it; nil if
// there is nothing.
func (s *Service) Stored(ctx context.Context, owner jid.JID, name Name) ([]byte, error) {
	return s.store.Element(ctx, owner, name)
}

// Store keeps an element in the store, whatever a View makes of that; nil XML forgets
// it. It is a *stanza.Error if the owner would have more than he may.
func (s *Service) Store(ctx context.Context, owner jid.JID, e Element) error {
	return s.put(ctx, owner, []Element{e})
}

// HandleIQ answers a get and does a set of private XML.
func (s *Service) HandleIQ(ctx context.Context, iq *stanza.Stanza) ([]byte, error) {
	owner := iq.From.Bare()
	if !iq.To.IsZero() && iq.To.Bare() != owner {
		// XEP-0049, Elements: data of another user: "MUST return a Forbidden or
		// Service Unavailable error … the former is preferable"
		return nil, stanza.Forbidden.Err("")
	}
	if !iq.PayloadIs(NS, "query") {
		// RFC 6120 §8.3.3.3: an element name that is not known
		return nil, stanza.FeatureNotImplemented.Err("")
	}
	c, _ := iq.Payload()
	elements, err := split(iq.ChildBytes(c))
	if err != nil {
		return nil, stanza.BadRequest.Err("")
	}
	for _, e := range elements {
		if e.Name.Space == NS || e.Name.Space == "" {
			// XEP-0049, Elements: "At least one child element with a proper
			// namespace MUST be included; otherwise … Not Acceptable"
			return nil, stanza.NotAcceptable.Err("each element needs a namespace of its own")
		}
	}
	if iq.Type == stanza.Set {
		return nil, s.set(ctx, owner, elements)
	}
	return s.get(ctx, owner, elements)
}

func (s *Service) get(ctx context.Context, owner jid.JID, asked []Element) ([]byte, error) {
	if len(asked) == 0 {
		// XEP-0049, Elements: a get without a child: "Bad Format"
		return nil, stanza.BadRequest.Err("name the element to get")
	}
	p := append([]byte(nil), "<query xmlns='"+NS+"'>"...)
	for _, e := range asked {
		// XEP-0049, Elements: "MUST NOT query for more than one namespace in a single IQ get"
		if e.Name.Space != asked[0].Name.Space {
			return nil, stanza.BadRequest.Err("ask for one namespace at a time")
		}
		xml, err := s.element(ctx, owner, e.Name)
		if err != nil {
			return nil, fmt.Errorf("read private storage of %s: %w", owner, err)
		}
		if xml == nil {
			xml = e.XML // nothing is stored: the element comes back as it was asked with
		}
		p = append(p, xml...)
	}
	return append(p, "</query>"...), nil
}

func (s *Service) set(ctx context.Context, owner jid.JID, elements []Element) error {
	if len(elements) == 0 {
		// XEP-0049, Elements: no child in a set: "Not Acceptable"
		return stanza.NotAcceptable.Err("nothing to store")
	}
	var stored []Element
	for _, e := range gather(elements) {
		v := s.views[e.Name]
		if v == nil {
			stored = append(stored, e)
			continue
		}
		// Views come first: they may refuse, and then nothing is stored.
		if err := v.Set(ctx, owner, e.XML); err != nil {
			return err
		}
	}
	if len(stored) == 0 {
		return nil
	}
	return s.put(ctx, owner, stored)
}

// element gives what a client sees under a name.
func (s *Service) element(ctx context.Context, owner jid.JID, name Name) ([]byte, error) {
	if v := s.views[name]; v != nil {
		return v.Get(ctx, owner)
	}
	return s.store.Element(ctx, owner, name)
}

// put stores elements, or tells why not.
func (s *Service) put(ctx context.Context, owner jid.JID, elements []Element) error {
	err := s.store.Put(ctx, owner, elements, s.quota)
	switch {
	case errors.Is(err, ErrQuota):
		// RFC 6120 §8.3.3.12: "violated some local service policy"
		return stanza.PolicyViolation.Err(ErrQuota.Error())
	case err != nil:
		return fmt.Errorf("store private storage of %s: %w", owner, err)
	}
	return nil
}

// gather puts elements of one name together, so that none of them takes the
// place of another of the same set.
func gather(elements []Element) []Element {
	var out []Element
	at := make(map[Name]int)
	for _, e := range elements {
		i, ok := at[e.Name]
		if !ok {
			at[e.Name] = len(out)
			out = append(out, Element{Name: e.Name, XML: bytes.Clone(e.XML)})
			continue
		}
		out[i].XML = append(out[i].XML, e.XML...)
	}
	return out
}

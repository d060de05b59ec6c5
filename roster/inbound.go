package roster

import (
	"context"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// Inbound takes a subscription stanza or a probe for an account of ours (RFC
// 6121 §3.1.3, §3.1.6, §3.2.3, §3.3.3, §4.3.2).
func (s *Service) Inbound(ctx context.Context, st *stanza.Stanza, known bool) error {
	if st.Type == stanza.Probe {
		return s.probe(ctx, st, known)
	}
	owner, contact := st.To.Bare(), st.From.Bare()
	switch {
	case !known:
		return nil // RFC 6121 §8.5.1: "MUST silently ignore"
	case owner == contact:
		return nil
	case st.To.IsFull() && st.Type != stanza.Subscribe && s.router.Session(st.To) == nil:
		return nil // RFC 6121 §8.5.3.2.2: "MUST ignore the stanza"
	}
	// RFC 6121 §3.1.3: one for a full JID is treated as one for the bare JID.
	in := *st
	in.From, in.To, in.Told = contact, owner, nil
	if st.Type == stanza.Subscribe {
		return s.requested(ctx, &in)
	}
	var r rule
	// RFC 6121 §3.1.6, §3.2.3, §3.3.3: if the state changes, it is delivered to all
	// interested resources, before the push.
	ch, err := s.change(ctx, owner, contact, func(old *Item, _ *contacts) (next *Item, err error) {
		next, r = receive(old, contact, st.Type, nil)
		return next, nil
	}, &in)
	if err != nil {
		return err
	}
	if r.effect == passAnswer {
		if ch.old.State().subscription()&From != 0 {
			s.sendGone(ctx, owner, contact) // RFC 6121 §3.3.3, step 3
		}
		// RFC 6121 §A.3.2 [1]: the server SHOULD auto-reply.
		s.emit(ctx, stanza.New(stanza.Presence, stanza.Unsubscribed, st.ID(), owner, contact))
	}
	return nil
}

// requested takes a request for the owner's presence (RFC 6121 §3.1.3).
func (s *Service) requested(ctx context.Context, in *stanza.Stanza) error {
	owner, contact := in.To, in.From
	request := s.record(in)
	var r rule
	ch, err := s.change(ctx, owner, contact, func(old *Item, _ *contacts) (next *Item, err error) {
		next, r = receive(old, contact, stanza.Subscribe, request)
		return next, nil
	}, nil)
	if err != nil {
		return err
	}
	switch r.effect {
	case pass:
		// RFC 6121 §3.1.3, rule 3: "to all available resources"; rule 4: if there
		// are none it waits for the next login.
		s.deliverAvailable(owner, in)
	case answer:
		// RFC 6121 §3.1.3, rule 2, and §3.4.2: the owner has approved it before.
		s.emit(ctx, stanza.New(stanza.Presence, stanza.Subscribed, in.ID(), owner, contact))
		s.sendCurrent(ctx, owner, contact)
		s.gain(ctx, owner, contact, ch.old)
	}
	return nil
}

// record gives the bytes of a request that are kept: "the complete presence
// stanza" (RFC 6121 §3.1.3), or a bare one if it is large.
func (s *Service) record(in *stanza.Stanza) []byte {
	if in.Size() <= s.limits.RequestBytes {
		raw := in.AppendTo(nil)
		if _, err := stanza.Parse(raw); err == nil {
			return raw
		}
	}
	return stanza.New(stanza.Presence, stanza.Subscribe, "", in.From, in.To).AppendTo(nil)
}

// deliverAvailable delivers a presence to all available resources of owner.
func (s *Service) deliverAvailable(owner jid.JID, st *stanza.Stanza) {
	for _, sess := range s.router.Sessions(owner) {
		if sess.Available() {
			sess.Deliver(st)
		}
	}
}

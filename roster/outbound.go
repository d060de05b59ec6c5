package roster

import (
	"context"

	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// Outbound takes a subscription stanza that a client of ours sends (RFC 6121
// §3.1.2, §3.1.5, §3.2.2, §3.3.2, §3.4.2).
//
// The RFC has the stanza routed first and the push sent after it. Here the item
// is changed and pushed first, since a contact on this server may answer while
// the stanza is being routed, and that answer must find the item changed.
func (s *Service) Outbound(ctx context.Context, sess *router.Session, st *stanza.Stanza) error {
	// RFC 6121 §3: the server stamps it "with the bare JID of the sending entity";
	// §3.1.2: a full JID is treated "as if the request had been directed to the
	// contact's bare JID".
	out := *st
	out.From, out.To, out.Told = sess.JID().Bare(), st.To.Bare(), nil
	owner, contact := out.From, out.To
	if contact == owner {
		return nil // everybody sees his own presence already (RFC 6121 §4.2.2)
	}
	var r rule
	ch, err := s.change(ctx, owner, contact, func(old *Item, _ *contacts) (next *Item, err error) {
		next, r = send(old, contact, st.Type)
		return next, nil
	}, nil)
	if err != nil {
		return err
	}
	if r.effect != pass {
		return nil
	}
	if st.Type == stanza.Unsubscribed && ch.old.State().subscription()&From != 0 {
		// RFC 6121 §3.2.2: "unavailable from all of the contact's online resources",
		// before the "unsubscribed".
		s.sendGone(ctx, owner, contact)
	}
	s.emit(ctx, &out)
	if st.Type == stanza.Subscribed {
		// RFC 6121 §3.1.5: "MUST then also send current presence to the user from
		// each of the contact's available resources".
		s.sendCurrent(ctx, owner, contact)
		s.gain(ctx, owner, contact, ch.old)
	}
	return nil
}

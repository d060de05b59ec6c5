package roster

import (
	"context"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// set answers a roster set: add and update (RFC 6121 §2.3, §2.4) or remove (§2.5).
func (s *Service) set(ctx context.Context, owner jid.JID, q *query) error {
	contact, wanted, err := q.read(s.limits)
	if err != nil {
		return err
	}
	if contact.Bare() == owner {
		// RFC 6121 §2.3.3, interoperability note: not-allowed for the own bare JID.
		return stanza.NotAllowed.Err("you are not a contact of yourself")
	}
	if contact.IsFull() {
		// RFC 6121 §3: subscriptions are between bare JIDs; an item that could never
		// be subscribed to is a mistake of the client.
		return stanza.BadRequest.Err("the jid of a contact has no resource")
	}
	if wanted.Subscription == "remove" {
		return s.remove(ctx, owner, contact)
	}
	// Any other value of subscription is ignored, and so are ask and approved
	// (RFC 6121 §2.1.2.1, §2.1.2.2, §2.1.2.5).
	_, err = s.change(ctx, owner, contact, func(old *Item, _ *contacts) (*Item, error) {
		// A set that changes nothing is a change too: there is a push for it (RFC
		// 6121 §2.3.2).
		next := old.draft(contact)
		next.Name = wanted.Name // RFC 6121 §2.4.1: "exactly as provided"
		next.Groups = wanted.Groups
		next.Listed = true
		return next, nil
	}, nil)
	return err
}

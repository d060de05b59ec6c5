package vcard

import (
	"context"

	"causeway/xmpp/jid"
)

// A Store keeps one vCard for each account. The owner is a bare JID.
type Store interface {
	// Card gives the stored <vCard/> element, standing alone, or nil if there is none.
	Card(ctx context.Context, owner jid.JID) ([]byte, error)
	// SetCard stores xml in place of what was there; nil forgets it. It is durable
	// when it returns nil.
	SetCard(ctx context.Context, owner jid.JID, xml []byte) error
}

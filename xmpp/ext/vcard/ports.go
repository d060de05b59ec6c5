package vcard

import (
	"context"

	"causeway/xmpp/jid"
)

// A Card is what is kept for one account.
type Card struct {
	XML   []byte // the <vCard/> element, standing alone; nil if there is none
	Photo string // the hash of its photo (XEP-0153 #publish), "" if it has none
}

// A Store keeps one vCard for each account. The owner is a bare JID.
type Store interface {
	// Card gives the stored <vCard/> element, standing alone, or nil if there is none.
	Card(ctx context.Context, owner jid.JID) ([]byte, error)
	// Photo gives the hash of the photo of the card; known is false if nobody has
	// ever said whether it has one.
	Photo(ctx context.Context, owner jid.JID) (hash string, known bool, err error)
	// Change stores what f makes of the element that is there, nil if there is none.
	// F may run more than once; its error is returned as it is. The change is one
	// step, and durable when it returns nil.
	Change(ctx context.Context, owner jid.JID, f func(old []byte) (Card, error)) error
}

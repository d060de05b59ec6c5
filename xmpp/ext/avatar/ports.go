package avatar

import (
	"context"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// Cards keeps the photos in vCards. Owners are bare JIDs, here and below.
type Cards interface {
	// Photo gives the photo: a media type, which may be empty, and the image, nil if
	// there is none.
	Photo(ctx context.Context, owner jid.JID) (mediaType string, image []byte, err error)
	// PhotoHash gives the SHA-1 of that image in hexadecimal digits, lower case; "" if
	// there is none. It is cheap.
	PhotoHash(ctx context.Context, owner jid.JID) (string, error)
	// SetPhoto replaces the photo; a nil image takes it away.
	SetPhoto(ctx context.Context, owner jid.JID, mediaType string, image []byte) error
}

// An Item is a published item.
type Item struct {
	ID      string
	Payload []byte // an element that stands alone
}

// Nodes is personal eventing.
type Nodes interface {
	// Items gives the last items of a node, oldest first; none if there is no such node.
	Items(ctx context.Context, owner jid.JID, node string) ([]Item, error)
	// Publish publishes in the owner's name, with preconditions that also configure a
	// node that has to be made (XEP-0060 #publisher-publish-options).
	Publish(ctx context.Context, owner jid.JID, node string, item Item, options *form.Form) error
	// Access gives the access model of a node (XEP-0060 #accessmodels), "" if there is
	// no such node.
	Access(ctx context.Context, owner jid.JID, node string) (string, error)
}

// Presence is what takes presence from clients: the next in line.
type Presence interface {
	// Broadcast takes a presence without a to attribute, as router.PresenceService.
	Broadcast(ctx context.Context, s *router.Session, st *stanza.Stanza) error
}

// Sessions knows who is here.
type Sessions interface {
	// Sessions gives the bound resources of an account.
	Sessions(bare jid.JID) []*router.Session
}

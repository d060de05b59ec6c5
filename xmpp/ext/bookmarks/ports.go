package bookmarks

import (
	"context"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
)

// An Item is an item of a node in personal eventing.
type Item struct {
	ID      string
	Payload []byte // an element that stands alone
	Client  bool   // published by a client, not in the owner's name by the server
}

// Nodes is personal eventing. Owners are bare JIDs.
type Nodes interface {
	// Items gives all items of a node, oldest first; none if there is no such node.
	Items(ctx context.Context, owner jid.JID, node string) ([]Item, error)
	// Publish publishes in the owner's name, with preconditions that also configure a
	// node that has to be made (XEP-0060 #publisher-publish-options).
	Publish(ctx context.Context, owner jid.JID, node string, item Item, options *form.Form) error
	// Retract deletes an item in the owner's name.
	Retract(ctx context.Context, owner jid.JID, node, id string) error
	// Configure changes the configuration of a node that is there (XEP-0060
	// #owner-configure).
	Configure(ctx context.Context, owner jid.JID, node string, changes *form.Form) error
}

// Storage is what private XML storage keeps under storage:bookmarks, the <storage/>
// element.
type Storage interface {
	// Stored gives the element, nil if there is none.
	Stored(ctx context.Context, owner jid.JID) ([]byte, error)
	// Store keeps xml in its place; nil forgets it. The error is a *stanza.Error if it
	// would be too much.
	Store(ctx context.Context, owner jid.JID, xml []byte) error
}

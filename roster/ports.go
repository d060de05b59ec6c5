package roster

import (
	"context"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// A Version numbers the states of one owner's roster; it grows with every
// change that a client may see. 0 is the version of a roster that was never
// written to.
type Version uint64

// A Change is the last thing that happened to one contact since some version.
type Change struct {
	Item    Item    // of a removed contact, only its JID
	Removed bool    // the contact was taken off the roster
	Version Version // which the change made; unique
}

// A Store keeps the rosters of all accounts. Owners and contacts are bare JIDs.
// Each method is one atomic step on one roster; what it changed is durable when
// it returns nil.
type Store interface {
	// Get gives all items, the unlisted ones too, in any order, and the version
	// they make. The caller may keep them, and does not change their slices.
	Get(ctx context.Context, owner jid.JID) ([]Item, Version, error)
	// Since gives the listed items that were changed and the listed contacts that
	// were removed after the version since, each once, by growing Version, and the
	// version of today. Full tells that it cannot, since tombstones of that time
	// are gone or it never gave out that version; then there are no changes.
	Since(ctx context.Context, owner jid.JID, since Version) (changes []Change, now Version, full bool, err error)
	// Update changes one item: it stores what f makes of it. The argument of f is
	// nil if there is none, and f gives nil to remove it; f may keep its argument but
	// changes a copy, and nothing is written when it gives its argument back. An error
	// of f is returned as it is, and nothing is written. It may run more than once.
	//
	// If the old or the new item is listed, the version grows, to a number that the
	// owner never had, not even before the account was deleted and made again or a
	// backup restored: the larger of the last one plus 1 and the clock in
	// microseconds serves. Removing a listed item, or making it unlisted, leaves a
	// tombstone for Since. The version given back is that of the roster afterwards.
	Update(ctx context.Context, owner, contact jid.JID, f func(old *Item) (*Item, error)) (Version, error)
	// Clear forgets the whole roster, as when the account is deleted.
	Clear(ctx context.Context, owner jid.JID) error
}

// A Router is what the service needs of *router.Router.
type Router interface {
	// Sessions gives the bound resources of an account.
	Sessions(bare jid.JID) []*router.Session
	// Session gives the one with that full JID, or nil.
	Session(full jid.JID) *router.Session
	// IsHost reports whether the domain has accounts here.
	IsHost(domain string) bool
	// Emit routes a stanza in an account's name.
	Emit(ctx context.Context, st *stanza.Stanza) (router.Ticket, error)
}

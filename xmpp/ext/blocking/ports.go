package blocking

import (
	"context"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// A Store keeps the block list of each account. The owner is a bare JID; a list
// holds each address once, in the order they were blocked.
type Store interface {
	// Blocked gives the list of owner, nil when it blocks nobody. The caller may keep the slice.
	Blocked(ctx context.Context, owner jid.JID) ([]jid.JID, error)
	// Change hands change the list of owner and stores the list it returns, in one
	// atomic step that is durable when Change returns nil. Change may be called
	// several times when others write at the same moment, so it must do nothing
	// but compute. An error of change is returned as it is, and nothing is stored.
	Change(ctx context.Context, owner jid.JID, change func(list []jid.JID) ([]jid.JID, error)) error
}

// Watchers knows who sees an account's presence.
type Watchers interface {
	// Watchers gives the addresses that may know whether owner is available: the
	// contacts that subscribe to its presence, as bare JIDs, and those it has sent
	// directed presence to (RFC 6121 §4.2.2, §4.6).
	Watchers(ctx context.Context, owner jid.JID) ([]jid.JID, error)
}

// A Session is what blocking asks of a bound resource; *router.Session is one.
type Session interface {
	comparable
	// JID is the full JID.
	JID() jid.JID
	// Presence is the last available presence it broadcast, nil while it is unavailable.
	Presence() *stanza.Stanza
}

// A Router finds the resources of an account and takes stanzas; *router.Router
// is a Router of *router.Session.
type Router[S Session] interface {
	// Sessions gives the bound resources of the bare JID.
	Sessions(bare jid.JID) []S
	// Emit sends st with the From it has. The sender's own block list does not
	// stop it: blocking itself has to tell a blocked contact that the account is
	// unavailable.
	Emit(ctx context.Context, st *stanza.Stanza) (router.Ticket, error)
}

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
	// atomic step that is durable when Change returns nil. change may be called
	// several times when others write at the same moment, so it must do nothing
	// but compute; it may change the slice it is given. An error of change is
	// returned so that errors.As finds it, and nothing is stored.
	Change(ctx context.Context, owner jid.JID, change func(list []jid.JID) ([]jid.JID, error)) error
	// Blockers gives the accounts whose list has exactly the address blocked.
	Blockers(ctx context.Context, blocked jid.JID) ([]jid.JID, error)
}

// Subscribers knows who sees an account's presence.
type Subscribers interface {
	// Subscribers gives the contacts of owner that subscribe to its presence, as
	// bare JIDs: those in its roster with "from" or "both" (RFC 6121 §2.1.2.5). It
	// may also give those that owner has sent directed presence to (RFC 6121 §4.6),
	// by the address it was sent to.
	Subscribers(ctx context.Context, owner jid.JID) ([]jid.JID, error)
}

// A Router finds the resources of an account and takes stanzas; *router.Router is one.
type Router interface {
	// Sessions gives the bound resources of a bare JID.
	Sessions(bare jid.JID) []*router.Session
	// Emit routes st, whose From is right.
	Emit(ctx context.Context, st *stanza.Stanza) (router.Ticket, error)
}

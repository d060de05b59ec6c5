package last

import (
	"context"
	"time"

	"causeway/xmpp/jid"
)

// A Departure is the moment the last resource of an account went away.
type Departure struct {
	At     time.Time
	Status string // the text of its closing presence, "" if there was none
}

// A Store keeps the last Departure of each account. The account is a bare JID.
type Store interface {
	// Departure gives the last departure of account; its At is zero if none is known.
	Departure(ctx context.Context, account jid.JID) (Departure, error)
	// SetDeparture stores d in place of the one before. It may return before d is
	// durable: nobody is told that it is kept.
	SetDeparture(ctx context.Context, account jid.JID, d Departure) error
}

// Subscriptions knows who may see whose presence.
type Subscriptions interface {
	// Subscribed reports whether watcher (a bare JID) subscribes to the presence of
	// account: the roster of account has watcher with "from" or "both"
	// (RFC 6121 §2.1.2.5).
	Subscribed(ctx context.Context, account, watcher jid.JID) (bool, error)
}

// Presences knows who is there.
type Presences interface {
	// Online reports whether the bare JID has a bound resource.
	Online(account jid.JID) bool
}

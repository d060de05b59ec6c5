package plugchat

import (
	"context"
	"time"

	"causeway/xmpp/jid"
)

// People knows the accounts of guests.
type People interface {
	// Ensure makes the account, with a password that nobody knows, if there is none. It is
	// on the disk then.
	Ensure(ctx context.Context, account jid.JID) error
	// Since gives the time from which on the account has been as it is; ok is false if there
	// is none.
	Since(ctx context.Context, account jid.JID) (t time.Time, ok bool, err error)
	// Remove removes an account and all that it keeps.
	Remove(ctx context.Context, account jid.JID) error
	// Visitors lists accounts of a host whose localpart begins with prefix, behind after.
	Visitors(ctx context.Context, host, prefix, after string) ([]jid.JID, error)
}

// Rooms makes the rooms in which sites and their guests meet.
type Rooms interface {
	// Open makes a room that lasts and everybody may enter, if there is none of that
	// address. A room that is there stays as it is.
	Open(ctx context.Context, room jid.JID) error
}

package webim

import (
	"context"
	"net/netip"
	"time"

	"causeway/xmpp/jid"
)

// People knows the accounts of the hosts.
type People interface {
	// Check reports whether it is the password of an account that may log in.
	Check(ctx context.Context, account jid.JID, password string) (bool, error)
	// Since gives the time from which on the account has had its present password; ok is
	// false if there is no such account, or nobody may log in to it.
	Since(ctx context.Context, account jid.JID) (t time.Time, ok bool, err error)
	// Ensure makes the account, with a password that nobody knows, if there is none. It is
	// on the disk then.
	Ensure(ctx context.Context, account jid.JID) error
	// Remove removes an account and all that it keeps.
	Remove(ctx context.Context, account jid.JID) error
	// Visitors lists accounts of a host whose localpart begins with prefix, behind after.
	Visitors(ctx context.Context, host, prefix, after string) ([]jid.JID, error)
}

// Throttle slows down who guesses passwords.
type Throttle interface {
	// Try makes a try to log in to account: check says whether what was shown is right. With a
	// wait it was not made, or has no outcome, be it right or wrong.
	Try(addr netip.Addr, account string, check func() (right bool, err error)) (right bool, wait time.Duration, err error)
}

package oauth

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
	// Dates gives when the account was made, and since when it has its present password; ok
	// is false if there is no such account, or nobody may log in to it.
	Dates(ctx context.Context, account jid.JID) (created, changed time.Time, ok bool, err error)
}

// Throttle slows down who guesses passwords and secrets.
type Throttle interface {
	// Try makes a try to log in to account: check says whether what was shown is right. With a
	// wait it was not made, or has no outcome, be it right or wrong.
	Try(addr netip.Addr, account string, check func() (right bool, err error)) (right bool, wait time.Duration, err error)
}

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
	// Allow asks for one try to be account; it gives how long to wait before it may be made,
	// 0 to go ahead.
	Allow(addr netip.Addr, account string) (wait time.Duration)
	// Failed and Succeeded tell what came of the try. If they give a wait it has no outcome: it
	// is answered as if it had not been allowed, be it right or wrong.
	Failed(addr netip.Addr, account string) (wait time.Duration)
	Succeeded(addr netip.Addr, account string) (wait time.Duration)
}

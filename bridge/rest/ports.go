package rest

import (
	"context"
	"net/netip"
	"time"

	"causeway/xmpp/jid"
)

// People checks the passwords of accounts, for tokens of their own.
type People interface {
	// Check reports whether it is the password of an account that may log in.
	Check(ctx context.Context, account jid.JID, password string) (bool, error)
}

// Tries slows down who guesses passwords.
type Tries interface {
	// Allow asks for one try to log in to account; it gives how long to wait before it may
	// be made, 0 to go ahead.
	Allow(addr netip.Addr, account string) (wait time.Duration)
	// Failed and Succeeded tell what came of the try.
	Failed(addr netip.Addr, account string)
	Succeeded(addr netip.Addr, account string)
}

package register

import (
	"context"
	"net/netip"
	"time"

	"causeway/xmpp/jid"
)

// Accounts is where accounts are made, changed and removed. An error that is a
// *stanza.Error is told as it stands. When a method returns nil, the change is on
// the disk.
type Accounts interface {
	// Create adds an account; the error is conflict if the name is taken and
	// not-acceptable if the password is.
	Create(ctx context.Context, bare jid.JID, password string) error
	SetPassword(ctx context.Context, bare jid.JID, password string) error
	// Leave marks an account as leaving, which can not be undone.
	Leave(ctx context.Context, bare jid.JID) error
	// Remove ends the sessions of an account and removes all that is kept for it.
	Remove(ctx context.Context, bare jid.JID) error
}

// Limiter says how often an address may register.
type Limiter interface {
	// Allow counts one registration and gives 0, or counts none and gives the time
	// until the next may be.
	Allow(addr netip.Addr) (wait time.Duration)
	// Undo takes back one that was counted: it came to nothing.
	Undo(addr netip.Addr)
}

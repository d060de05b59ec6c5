package caps

import (
	"context"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// A Set is what a hash stands for: verified, and so true for all who claim it.
type Set struct {
	Hash     string   // the name of the algorithm, such as "sha-1"
	Ver      string   // the verification string
	Features []string // sorted
}

// A Store keeps verified sets. There are never more than Config.Sets of them.
type Store interface {
	// Sets gives all that are kept, in any order.
	Sets(ctx context.Context) ([]Set, error)
	// PutSet keeps one more.
	PutSet(ctx context.Context, s Set) error
	// ForgetSet forgets one; it is no error if it is not there.
	ForgetSet(ctx context.Context, hash, ver string) error
}

// A Router is what the service needs of *router.Router.
type Router interface {
	// Ask sends a request in the name of an account or host and waits for the answer.
	Ask(ctx context.Context, iq *stanza.Stanza) (*stanza.Stanza, error)
	// Session gives the session bound to a full JID, or nil.
	Session(full jid.JID) *router.Session
}

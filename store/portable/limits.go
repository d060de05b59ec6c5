package portable

import (
	"context"
	"time"

	"causeway/store"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/sasl"
)

// Limits bounds what one account may keep, as the services do; what is beyond is left
// out and reported.
type Limits struct {
	Contacts     int // items of a roster
	RosterBytes  int // of all of them, as they go to a client
	Waiting      int // offline messages
	CardBytes    int
	PrivateBytes int
	Nodes        int
	Items        int // of one node
	ItemBytes    int // of one payload
	NodeBytes    int // of all payloads
}

// What has no setting, the same as the services' own bounds.
const (
	maxName         = 1023     // characters of the name of a contact or a group
	maxGroups       = 32       // of one contact
	maxRequests     = 100      // subscription requests
	maxRequest      = 4096     // bytes up to which one keeps its payload
	maxPrivate      = 100      // elements of private storage
	maxBlocked      = 1000     // addresses
	maxPreferences  = 1000     // addresses
	maxPeople       = 200      // affiliations of a node, and subscriptions
	maxWaitingBytes = 16 << 20 // of all offline messages
)

// A Target is a server that accounts go into.
type Target struct {
	Store  *store.Store
	Hosts  []string
	Limits Limits
	// Keep is how long archived messages of a host are kept, 0 for ever.
	Keep func(host string) time.Duration
	// Connected reports whether an account has sessions.
	Connected func(bare jid.JID) bool
	// Derive makes key sets of a password.
	Derive func(password string) ([]sasl.Keys, error)
	// Forget removes all that is kept for an account whose record is marked as leaving,
	// but the record. It tells nobody.
	Forget func(ctx context.Context, bare jid.JID) error
	// Changed makes the services forget what they remember of an account.
	Changed func(bare jid.JID)
	// Enqueue stores a message that waits for an open account.
	Enqueue func(ctx context.Context, owner jid.JID, xml []byte) (router.Ticket, error)
}

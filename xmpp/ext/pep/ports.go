package pep

import (
	"context"
	"errors"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// An Item is one published item (XEP-0060 #glossary).
type Item struct {
	ID        string    // unique at its node, never empty once it is published
	Payload   []byte    // one element that stands alone; empty if it was published without one
	Publisher jid.JID   // who published it: a full JID if a client did
	Published time.Time // when
}

// A Node is a node without its items. Its slices are never changed.
type Node struct {
	Name          string
	Created       time.Time
	Config        Config
	Affiliations  []Affiliation // of others than the owner; each address once
	Subscriptions []Subscription
	Usage         Usage // kept by the Store; Nodes is 1
}

// An Affiliation is what somebody may do at a node (XEP-0060 #affiliations).
type Affiliation struct {
	JID  jid.JID // bare
	Role Role
}

// A Subscription is an explicit one, made by a request (XEP-0060 #subscriber-subscribe).
type Subscription struct {
	JID     jid.JID // bare or full
	Pending bool    // the owner has not agreed yet
}

// Usage is how much is kept.
type Usage struct {
	Nodes int
	Items int
	Bytes int // of payloads and ids
}

// A Page asks for a part of the items of a node, in the order of publication.
type Page struct {
	After, Before string // ids of items; only what lies between them, neither included; "" is no bound
	Max           int    // most items; 0: no limit
	Bytes         int    // most bytes of payloads, but one item at least; 0: no limit
	Backward      bool   // the last items within the bounds instead of the first; oldest first all the same
}

// A Step is what becomes of a node. The parts happen in the order of the fields.
type Step struct {
	Node    *Node    // the node from now on, its Usage aside; nil removes it with its items
	Purge   bool     // all items go
	Retract []string // ids of items that go; it does not matter whether they are there
	Put     *Item    // becomes the newest item, in place of one with its ID
	Expires time.Time
	Keep    int  // most items; the oldest go until no more are left; 0: no limit
	Refuse  bool // ErrNodeFull instead, should an item have to go for Put
	// Quota is the most bytes of all nodes of the owner; 0: no limit. A step that
	// would end beyond it, and makes the owner keep more than before, is ErrQuota.
	Quota int
}

// What a Store says of a step or a page that is not possible.
var (
	ErrNodeFull = errors.New("the node is full")
	ErrQuota    = errors.New("personal events have no room left")
	ErrNoItem   = errors.New("no such item")
)

// A Store keeps nodes and items. Owners are bare JIDs. Items whose expiry has come
// are as good as gone, though a Usage may count them until the node changes.
type Store interface {
	// Nodes gives the nodes of owner, sorted by name.
	Nodes(ctx context.Context, owner jid.JID) ([]Node, error)
	// Page gives a part of the items of a node, oldest first, none if there is no such
	// node; more tells that the bounds hold more. It is ErrNoItem if a bound is the
	// id of no item. The caller may keep what it gets.
	Page(ctx context.Context, owner jid.JID, node string, p Page) (items []Item, more bool, err error)
	// Find gives the items with these ids, in their order, without those that are not
	// there. It stops before the payloads have more than limit bytes together, but not
	// before the first; 0 is no limit.
	Find(ctx context.Context, owner jid.JID, node string, ids []string, limit int) ([]Item, error)
	// Change does what f says to one node, in one atomic step that is durable when it
	// returns nil. The argument old is nil if there is no such node, all is what owner
	// has; f changes neither, may run more than once, and its error is returned as it
	// is. Evicted are the ids of those items that had to go because of Keep.
	Change(ctx context.Context, owner jid.JID, node string, f func(old *Node, all Usage) (*Step, error)) (evicted []string, err error)
}

// Contacts knows the rosters. Owners and contacts are bare JIDs.
type Contacts interface {
	// Subscribed reports whether watcher may see the presence of account: the roster
	// of account has it with "from" or "both" (RFC 6121 §2.1.2.5).
	Subscribed(ctx context.Context, account, watcher jid.JID) (bool, error)
	// Subscribers gives all of whom that is true.
	Subscribers(ctx context.Context, owner jid.JID) ([]jid.JID, error)
	// Subscriptions gives those whose presence owner sees: "to" and "both".
	Subscriptions(ctx context.Context, owner jid.JID) ([]jid.JID, error)
	// Groups gives the groups that owner has put contact in.
	Groups(ctx context.Context, owner, contact jid.JID) ([]string, error)
}

// Interests knows what the clients that are here have asked for.
type Interests interface {
	// Wants reports whether the verified capabilities of an available resource name
	// node with "+notify" (XEP-0060 #filtered-notifications).
	Wants(full jid.JID, node string) bool
}

// A Router is what the service needs of *router.Router.
type Router interface {
	// Sessions gives the bound resources of an account.
	Sessions(bare jid.JID) []*router.Session
	// Session gives the one with that full JID, or nil.
	Session(full jid.JID) *router.Session
	// IsHost reports whether the domain has accounts here.
	IsHost(domain string) bool
	// Emit routes a stanza in an account's name.
	Emit(ctx context.Context, st *stanza.Stanza) (router.Ticket, error)
}

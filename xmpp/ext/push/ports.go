package push

import (
	"context"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// A Registration is one device that wants to be woken (XEP-0357 #enabling). Service
// and Node together are unique within an account.
type Registration struct {
	Service jid.JID // whom to tell
	Node    string  // where there; may be empty
	Options []byte  // the data form to publish with, as it came; nil if there is none
	Device  string  // the resource that enabled it

	Failures int       // in a row
	Refused  string    // the condition of the last failure; "" after a success
	Off      time.Time // when it was switched off because of failures; zero while it is on
}

// A Store keeps the registrations of each account.
type Store interface {
	// Registrations gives those of an account, in the order they were made.
	Registrations(ctx context.Context, owner jid.JID) ([]Registration, error)
	// Change reads and writes those of an account in one step, which is durable when
	// it returns nil. change may be called more than once; its error ends the step
	// and is returned.
	Change(ctx context.Context, owner jid.JID, change func([]Registration) ([]Registration, error)) error
}

// Router is what the service needs of the router.
type Router interface {
	// Ask sends a request from a host of ours and waits for the answer.
	Ask(ctx context.Context, iq *stanza.Stanza) (*stanza.Stanza, error)
	// IsHost reports whether a domain has accounts here.
	IsHost(domain string) bool
	// Reaches reports whether there is a way to a domain.
	Reaches(domain string) bool
}

// Wishes are how the owner of an account wants to be told of a message now.
type Wishes struct {
	Silent bool  // not at all
	Style  Style // how much
}

// A Style is how much a notification tells.
type Style uint8

// The styles of notifications.
const (
	AsConfigured Style = iota // by Config.Summary
	SenderOnly                // who wrote
	Whole                     // who wrote and what
)

// Awake reports whether a resource is connected, so that a message reached it, and
// not merely waits for it.
type Awake func(full jid.JID) bool

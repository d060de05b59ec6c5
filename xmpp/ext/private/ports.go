package private

import (
	"context"
	"errors"

	"causeway/xmpp/jid"
)

// A Name tells the elements of one account apart.
type Name struct {
	Space string // the namespace, never empty
	Local string
}

// An Element is one stored element.
type Element struct {
	Name Name
	XML  []byte // the element, standing alone; nil to forget what is stored under Name
}

// A Quota limits what one account may store.
type Quota struct {
	Elements int // how many
	Bytes    int // their XML together
}

// ErrQuota is what a Store says when an account would hold more than its Quota.
var ErrQuota = errors.New("private storage is full")

// A Store keeps elements of accounts. The owner is a bare JID.
type Store interface {
	// Element gives the XML stored under name, nil if there is none. The caller may keep it.
	Element(ctx context.Context, owner jid.JID, name Name) ([]byte, error)
	// Put stores all of elements or none, in one atomic step that is durable when
	// it returns nil. Each takes the place of what was stored under its name. It
	// returns an error that wraps ErrQuota, and changes nothing, when owner would
	// hold more than q allows afterwards and the step makes it hold more than
	// before: forgetting always works.
	Put(ctx context.Context, owner jid.JID, elements []Element, q Quota) error
}

// A View answers for the elements of one name in place of the Store. The owner is a
// bare JID.
type View interface {
	// Get gives the element, nil if there is none.
	Get(ctx context.Context, owner jid.JID) ([]byte, error)
	// Set takes what an owner wants to store under the name: one element, or several
	// one behind the other, each standing alone. The error is a *stanza.Error if the
	// owner is to be told; what it did is on the disk when it returns nil.
	Set(ctx context.Context, owner jid.JID, xml []byte) error
}

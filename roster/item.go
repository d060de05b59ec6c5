package roster

import (
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// Subscription is the subscription attribute of an item: a set of two
// directions (RFC 6121 §2.1.2.5).
type Subscription uint8

// The subscriptions; Both is To and From together.
const (
	None Subscription = 0
	To   Subscription = 1 // the owner sees the contact's presence
	From Subscription = 2 // the contact sees the owner's presence
	Both Subscription = To | From
)

var subscriptionNames = [...]string{None: "none", To: "to", From: "from", Both: "both"}

// String gives the value of the attribute.
func (s Subscription) String() string { return subscriptionNames[s&Both] }

// An Item is what the owner of a roster and one contact have with each other
// (RFC 6121 §2.1.2).
type Item struct {
	JID  jid.JID // of the contact, bare
	Name string  // the handle, "" for none
	// Groups holds the groups in the order the client gave them.
	Groups       []string
	Subscription Subscription
	// Ask tells that the owner has asked for the contact's presence and not been
	// answered ("Pending Out").
	Ask bool
	// Approved tells that the owner has approved a request that the contact has
	// not made yet (RFC 6121 §3.4).
	Approved bool
	// Request is the subscribe stanza of the contact that the owner has not
	// answered ("Pending In"), as XML that stands alone; nil if there is none. It is
	// delivered at each login until it is answered (RFC 6121 §3.1.3).
	Request []byte
	// Listed tells that the item is in the roster. One that is not is there for
	// its Request only, and no client sees it (RFC 6121 §A.1, state 3).
	Listed bool
}

// draft gives a copy of the item that may be changed, or a new one if it is nil.
func (it *Item) draft(contact jid.JID) *Item {
	if it == nil {
		return &Item{JID: contact}
	}
	c := *it
	return &c // the slices are replaced, never written to
}

// kept gives nil for an item that is neither listed nor holds a request.
func (it *Item) kept() *Item {
	if !it.Listed && it.Request == nil {
		return nil
	}
	return it
}

// State gives the state of the subscription; that of a nil item is StateNone,
// as Appendix A.1 says of a contact that is not in the roster.
func (it *Item) State() State {
	if it == nil {
		return StateNone
	}
	in := it.Request != nil
	switch it.Subscription {
	case To:
		if in {
			return ToPendingIn
		}
		return StateTo
	case From:
		if it.Ask {
			return FromPendingOut
		}
		return StateFrom
	case Both:
		return StateBoth
	}
	switch {
	case it.Ask && in:
		return NonePendingOutIn
	case it.Ask:
		return NonePendingOut
	case in:
		return NonePendingIn
	}
	return StateNone
}

// listed reports whether a client sees the item; it may be nil.
func (it *Item) listed() bool { return it != nil && it.Listed }

// bystander reports whether a client sees the item and nobody is subscribed, or has
// asked to be, on the owner's side; it may be nil.
func (it *Item) bystander() bool {
	return it.listed() && it.Subscription == None && !it.Ask
}

// size is how many bytes the item takes in a roster that goes to a client.
func (it *Item) size() int {
	if !it.listed() {
		return 0
	}
	n := len("<item jid='' name='' subscription='none' ask='subscribe' approved='true'></item>") + len(it.JID.String())
	n += len(stanza.AppendText(nil, it.Name))
	for _, g := range it.Groups {
		n += len("<group></group>") + len(stanza.AppendText(nil, g))
	}
	return n
}

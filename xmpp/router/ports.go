package router

import (
	"context"
	"errors"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// An Exit is one place a stanza can leave by: the stream of a client, a line of
// a bridge.
type Exit interface {
	// Deliver queues st to leave. It never blocks, and copies what it keeps. The
	// ticket is nil unless st waits for somebody who may come back, and is written
	// to the disk meanwhile. ok is false when the exit is full or gone; then
	// nothing was taken and st.Told is not called.
	Deliver(st *stanza.Stanza) (t Ticket, ok bool)
	// End closes the exit, telling the other side why; a nil reason is an
	// ordinary close. It does not wait, and may be called more than once.
	End(reason *stream.Error)
}

// A Handler is a Service that answers requests: IQs of type get and set with one
// payload namespace, sent to a host or to an account (iq.To tells; the sender is
// iq.From). The answer is the payload of the result, nil for an empty one. An
// error that is a *stanza.Error is told to the sender; any other is logged and
// told as internal-server-error. When HandleIQ returns nil, what it changed is on
// the disk.
type Handler interface {
	HandleIQ(ctx context.Context, iq *stanza.Stanza) (payload []byte, err error)
}

// ErrAnswered is what a Handler returns that has delivered the answer itself,
// because something has to follow it in order.
var ErrAnswered = errors.New("answered already")

// A PresenceService answers for the presence of the accounts of all hosts (RFC 6121 §3, §4).
type PresenceService interface {
	// Broadcast takes a presence without a to attribute that s sent: available or unavailable.
	Broadcast(ctx context.Context, s *Session, st *stanza.Stanza) error
	// Directed sees an available or unavailable presence that s sends to st.To,
	// before it is routed, so that To learns of s going away (RFC 6121 §4.6).
	Directed(ctx context.Context, s *Session, st *stanza.Stanza)
	// Outbound takes a subscription stanza (subscribe, subscribed, unsubscribe,
	// unsubscribed) that s sends to st.To, instead of the router routing it; it
	// routes what should go on by Router.Emit (RFC 6121 §3.1.2 and so on).
	Outbound(ctx context.Context, s *Session, st *stanza.Stanza) error
	// Inbound takes a subscription stanza or probe for the local account st.To.
	// Known reports whether that account exists.
	Inbound(ctx context.Context, st *stanza.Stanza, known bool) error
	// Unbound tells that s is gone, be it without a word or after an unavailable
	// presence; s.LastWords tells.
	Unbound(ctx context.Context, s *Session)
}

// A Ticket is a write on its way to the disk. Tickets are fulfilled in the order
// they were given out.
type Ticket interface {
	Done() <-chan struct{}
	// Err is the outcome, once Done is closed.
	Err() error
	// OnDone calls f once with the outcome, at once if it is known.
	OnDone(f func(error))
}

// A Keeper writes messages down before they are delivered: the archive.
type Keeper interface {
	// Keep sees each message that somebody is to have, before it is delivered. The
	// ticket is nil if nothing is to be written. An error that is a *stanza.Error
	// bounces the message. It is called with the turn of sender and recipient taken
	// (turns.go): what it numbers, it numbers in the order of delivery.
	Keep(ctx context.Context, p *Passing) (Ticket, error)
}

// A Follower sees each message after it was delivered or stored, in the same turn:
// who makes copies, and who wakes sleeping devices. It gives what it makes to
// sessions, and routes nothing.
type Follower interface {
	Follow(ctx context.Context, p *Passing)
}

// Offline is the Keeper of last resort: messages for people who are not there.
// Each owner's queue has a lock of its own, which is what keeps a message from
// being stored behind the back of a client that has just been given all the
// others.
type Offline interface {
	// Store keeps st for the bare JID of st.To. With the queue locked it first
	// asks present (unless nil), which must not block: if somebody is there after
	// all, nothing is stored and stored is false. The ticket is nil for a message
	// of a kind that is not kept; that counts as stored.
	Store(ctx context.Context, st *stanza.Stanza, present func() bool) (t Ticket, stored bool, err error)
	// Flush delivers what waits for owner by deliver, in order, until it returns
	// false. Each message is forgotten when its Told says true; it waits on when
	// it says false. Two flushes of one owner never deliver the same message.
	// When nothing waits any more, and no write is on its way that would make it
	// so, empty is called with the queue still locked; it must not block.
	Flush(ctx context.Context, owner jid.JID, deliver func(*stanza.Stanza) bool, empty func()) error
	// Hold stores st, which already waits in a stream of owner that is cut but
	// may be resumed. Flush leaves it alone until release(false) is called;
	// release(true) forgets it. After a restart of the server it is an ordinary
	// stored message.
	Hold(ctx context.Context, owner jid.JID, st *stanza.Stanza) (release func(delivered bool), t Ticket, err error)
}

// A Reader knows which of the messages that wait for an account the client of one
// session has read elsewhere, in the archive.
type Reader interface {
	// Has reports whether the client has st, which it would be handed next. If so,
	// Has sees to it that st.Told is called, now or later, and keeps nothing else of
	// st. It is called with no lock held.
	Has(st *stanza.Stanza) bool
}

// A Guard knows whom an account does not want to hear (XEP-0191).
type Guard interface {
	// Blocks reports whether the local account owner blocks the address other. It is on the hot path.
	Blocks(ctx context.Context, owner, other jid.JID) bool
}

// Accounts knows which accounts there are.
type Accounts interface {
	// Exists reports whether the bare JID is an account that can receive.
	Exists(ctx context.Context, bare jid.JID) (bool, error)
	// Active reports whether it may have sessions: a disabled account can receive,
	// but nobody is logged in to it.
	Active(ctx context.Context, bare jid.JID) (bool, error)
}

// A Gate routes stanzas for addresses that are not accounts of a host of ours:
// the rooms of a host, a component, another server.
type Gate interface {
	// Accept takes st on its way to st.To, whose domain the gate answers for. The
	// ticket is nil unless st changes something that is kept, and is given out after
	// those of the keepers.
	Accept(ctx context.Context, st *stanza.Stanza) (Ticket, error)
}

package c2s

import (
	"context"
	"net/netip"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/sasl"
	"causeway/xmpp/stanza"
)

// Router is what a stream needs of the router; Routed makes one of a *router.Router.
type Router interface {
	// IsHost reports whether a domain has accounts here.
	IsHost(domain string) bool
	// Hosts gives all such domains.
	Hosts() []string
	// Stopped reports whether nobody gets a session of a host at present.
	Stopped(host string) bool
	// Bind makes a session of a full JID. An older session of that JID is ended by
	// the router. A *stanza.Error is told to the client; a *stream.Error ends its stream.
	Bind(ctx context.Context, full jid.JID, exit router.Exit) (Session, error)
	// Active reports whether the account may have sessions.
	Active(ctx context.Context, bare jid.JID) (bool, error)
	// Emit routes a stanza whose sender is certain: one that a session could not
	// deliver, or the error that says so.
	Emit(ctx context.Context, st *stanza.Stanza) (router.Ticket, error)
	// Elsewhere reports whether a session of the account takes messages to the
	// bare JID, and since when one has done so without a break.
	Elsewhere(bare jid.JID) (since time.Time, ok bool)
	// Wake tells that messages for the account may have begun to wait while one of
	// its sessions takes messages.
	Wake(ctx context.Context, bare jid.JID)
}

// A Session is the Entry of one bound resource.
type Session interface {
	// Route stamps the sender and routes st. An error that is a *stream.Error ends
	// the stream. A ticket that is not nil is fulfilled when st is on the disk.
	Route(ctx context.Context, st *stanza.Stanza) (router.Ticket, error)
	// Backlog delivers the messages that wait for the account, if the client takes
	// any and has not been given them.
	Backlog(ctx context.Context) error
	// Unbind ends the session for everybody else.
	Unbind(ctx context.Context)
	// Close unbinds the resource, and tells that nothing is left to do for it.
	Close(ctx context.Context)
}

// Holder keeps what waits in a stream that is cut; router.Offline is one.
type Holder interface {
	// Hold stores st, which waits for owner. Once release(true) is called it is
	// forgotten; after release(false), or a restart, it is an ordinary stored message.
	Hold(ctx context.Context, owner jid.JID, st *stanza.Stanza) (release func(delivered bool), t router.Ticket, err error)
}

// Throttle slows down who guesses passwords.
type Throttle interface {
	// Allow asks for one try to log in to account, a bare JID; it gives how long to
	// wait before the try may be made, 0 to go ahead.
	Allow(addr netip.Addr, account string) (wait time.Duration)
	// Failed and Succeeded tell what came of the try. If they give a wait it has no outcome: it
	// is answered as if it had not been allowed, be it right or wrong.
	Failed(addr netip.Addr, account string) (wait time.Duration)
	Succeeded(addr netip.Addr, account string) (wait time.Duration)
}

// Registrar makes accounts for strangers (XEP-0077).
type Registrar interface {
	// Open reports whether it does at present.
	Open() bool
	// HandleStream answers a request of somebody at addr, on a stream to host: with a
	// payload, or with a *stanza.Error that is to be told.
	HandleStream(ctx context.Context, addr netip.Addr, host string, iq *stanza.Stanza) ([]byte, error)
}

// Directories gives the directory of the accounts of a host.
type Directories func(ctx context.Context, host string) (sasl.Directory, error)

// Tokens gives the tokens of the people of a host, what scope they need and where clients
// learn how to get one; nil tokens if nobody of the host can have any.
type Tokens func(ctx context.Context, host string) (tokens sasl.Tokens, scope, issuer string, err error)

// Routed makes a Router of the router.
func Routed(r *router.Router) Router { return routed{r} }

type routed struct{ *router.Router }

func (r routed) Bind(ctx context.Context, full jid.JID, exit router.Exit) (Session, error) {
	s, err := r.Router.Bind(ctx, full, exit)
	if err != nil {
		return nil, err
	}
	return s, nil
}

package component

import (
	"context"
	"net/netip"
	"time"

	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// Router is what a component needs of the router; *router.Router is one.
type Router interface {
	// Emit routes a stanza whose sender is certain.
	Emit(ctx context.Context, st *stanza.Stanza) (router.Ticket, error)
}

// Throttle slows down who guesses secrets. What it calls accounts are domains here.
type Throttle interface {
	// Allow asks for one try; it gives how long to wait before the try may be made, 0
	// to go ahead.
	Allow(addr netip.Addr, account string) (wait time.Duration)
	// Failed and Succeeded tell what came of the try. If they give a wait it has no outcome: it
	// is answered as if it had not been allowed, be it right or wrong.
	Failed(addr netip.Addr, account string) (wait time.Duration)
	Succeeded(addr netip.Addr, account string) (wait time.Duration)
}

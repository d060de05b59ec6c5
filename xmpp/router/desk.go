package router

import (
	"context"
	"slices"

	"causeway/xmpp/stanza"
)

// A Desk is the Gate of a service that has domains of its own, such as
// upload.capulet.lit: what a Router is for a host, without accounts. Requests to
// the bare domain go to the Handler for the namespace of their payload. All calls
// of its other methods come before the first stanza.
type Desk struct {
	router   *Router
	handlers map[string]Handler
	features []string
}

var _ Gate = (*Desk)(nil)

// NewDesk makes a Desk whose answers leave by r. SetGate gives it the stanzas of a
// domain, or of several: Handlers learn the domain from iq.To.
func NewDesk(r *Router) *Desk {
	return &Desk{router: r, handlers: make(map[string]Handler)}
}

// HandleIQ lets h answer requests whose payload has the namespace ns. Features are
// what discovery says of it; none means ns itself.
func (d *Desk) HandleIQ(ns string, h Handler, features ...string) {
	if len(features) == 0 {
		features = []string{ns}
	}
	d.handlers[ns] = h
	d.features = append(d.features, features...)
	slices.Sort(d.features)
	d.features = slices.Compact(d.features)
}

// Features gives what the service can do, sorted.
func (d *Desk) Features() []string { return slices.Clone(d.features) }

// Accept takes a stanza for the domain.
func (d *Desk) Accept(ctx context.Context, st *stanza.Stanza) (Ticket, error) {
	switch {
	case st.Kind == stanza.Presence:
		// RFC 6120 §10.5.1: the domain of a service has no presence here.
		return nil, nil
	case st.Kind == stanza.Message:
		// RFC 6120 §10.5.1 leaves it open; nobody here reads a message.
		return nil, stanza.ServiceUnavailable.Err("")
	case st.Type != stanza.Get && st.Type != stanza.Set:
		d.router.answered(st) // RFC 6120 §8.2.3: a response is never answered
		return nil, nil
	case st.To.Local() != "":
		// RFC 6121 §8.5.1 has service-unavailable for somebody who is not there.
		return nil, stanza.ServiceUnavailable.Err("")
	}
	c, ok := st.Payload()
	if !ok {
		return nil, stanza.BadRequest.Err("a request has one payload")
	}
	d.router.serve(ctx, st, d.handlers[string(st.ChildNS(c))])
	return nil, nil
}

package router

import (
	"context"
	"errors"
	"log/slog"

	"causeway/xmpp/stanza"
)

// route is the way of every stanza whose sender is certain: fill in the address,
// let blocks speak, judge, keep, carry out.
func (r *Router) route(ctx context.Context, st *stanza.Stanza) (Ticket, error) {
	if st.To.IsZero() {
		// RFC 6120 §10.3.1 and §10.3.3: no 'to' means the bare JID of the sender.
		st.To = st.From.Bare()
	}
	if r.blocked(ctx, st) {
		return nil, nil
	}
	d := r.locate(ctx, st.To)
	v := decide(head{st.Kind, st.Type}, d.target)
	if st.Kind != stanza.Message {
		return r.carry(ctx, st, d, v)
	}
	ticket, err := r.keep(ctx, st, v)
	if err != nil {
		r.bounce(ctx, st, r.asStanzaError(err, st))
		return nil, nil
	}
	stored, err := r.carry(ctx, st, d, v)
	if stored != nil {
		// Tickets are fulfilled in the order they were given out.
		ticket = stored
	}
	return ticket, err
}

// keep shows a message to the keepers.
func (r *Router) keep(ctx context.Context, st *stanza.Stanza, v Verdict) (Ticket, error) {
	var last Ticket
	for _, k := range r.keepers {
		t, err := k.Keep(ctx, st, v)
		if err != nil {
			return nil, err
		}
		if t != nil {
			last = t
		}
	}
	return last, nil
}

// asStanzaError is where an error of a service dies: the sender is told of a
// *stanza.Error, of any other only that something went wrong here.
func (r *Router) asStanzaError(err error, st *stanza.Stanza) *stanza.Error {
	var told *stanza.Error
	if errors.As(err, &told) {
		return told
	}
	r.log.Error("a stanza could not be served", slog.String("stanza", st.String()), slog.Any("err", err))
	return stanza.InternalServerError.Err("")
}

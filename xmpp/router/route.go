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
	if st.Kind != stanza.Message || st.Kept || v.Action == Bounce || v.Action == Drop {
		return r.carry(ctx, st, d, v)
	}
	return r.pass(ctx, st, d, v)
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

package router

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"

	"causeway/xmpp/stanza"
)

// carry does what the verdict says. The ticket is that of a message which was
// stored, or waits in a cut session, or that a gate keeps.
func (r *Router) carry(ctx context.Context, st *stanza.Stanza, d destination, v Verdict) (Ticket, error) {
	switch v.Action {
	case Bounce:
		r.refused(ctx, st, d, v.Condition.Err(""))
	case Deliver:
		t, ok := d.match.deliver(st)
		if !ok {
			return r.undelivered(ctx, st, d)
		}
		d.took(d.match)
		return t, nil
	case DeliverAll:
		t, ok := r.deliverAll(st, d)
		if !ok && st.Kind == stanza.Message {
			return r.again(ctx, st, d)
		}
		return t, nil
	case Store:
		return r.store(ctx, st, d, func() bool { return r.readySession(st.To) != nil })
	case Handle:
		r.handle(ctx, st, d)
	case Subscribe:
		r.subscribe(ctx, st, d)
	case Answer:
		r.answered(st)
	case Forward:
		t, err := d.gate.Accept(ctx, st)
		if err != nil {
			r.bounce(ctx, st, r.asStanzaError(err, st))
		}
		return t, nil
	}
	return nil, nil
}

// deliverAll delivers to all sessions that may have the stanza: messages to
// those that are not negative (RFC 6121 §8.5.2.1.1), presence to all that are
// available (§8.5.2.1.2). It reports whether any took it; the ticket is the last
// of those the exits gave.
func (r *Router) deliverAll(st *stanza.Stanza, d destination) (last Ticket, taken bool) {
	for _, s := range d.sessions {
		if st.Kind == stanza.Message && !s.ready() || !s.Available() {
			continue
		}
		t, ok := s.deliver(st)
		if ok {
			taken = true
			d.took(s)
		}
		if t != nil {
			last = t
		}
	}
	return last, taken
}

// undelivered is for a stanza whose one session did not take it.
func (r *Router) undelivered(ctx context.Context, st *stanza.Stanza, d destination) (Ticket, error) {
	if d.match.waits(st) {
		return r.store(ctx, st, d, func() bool { return !d.match.waits(st) })
	}
	rest := remove(slices.Clone(d.sessions), d.match)
	t := r.unmatched(ctx, st.To.Bare(), rest)
	if t == toBareUnknown {
		t = toBareOffline // the session was the proof of the account
	}
	t = t.full()
	return r.carry(ctx, st, destination{target: t, sessions: rest, passing: d.passing}, decide(head{st.Kind, st.Type}, t))
}

// again judges a message a second time, because whoever was there for it is not
// any more, or somebody has come. It ends: a session that failed to take it
// takes none before it has caught up.
func (r *Router) again(ctx context.Context, st *stanza.Stanza, before destination) (Ticket, error) {
	d := r.locate(ctx, st.To)
	d.passing = before.passing
	return r.carry(ctx, st, d, decide(head{st.Kind, st.Type}, d.target))
}

// store puts a message into the offline queue, unless present says that
// somebody has become ready for it since it was judged.
func (r *Router) store(ctx context.Context, st *stanza.Stanza, d destination, present func() bool) (Ticket, error) {
	if r.offline == nil {
		// RFC 6121 §8.5.2.2.1: without offline storage the sender is told.
		r.refused(ctx, st, d, stanza.ServiceUnavailable.Err(""))
		return nil, nil
	}
	t, stored, err := r.offline.Store(ctx, st, present)
	switch {
	case err != nil && archived(st):
		return nil, nil // it is kept after all; a full queue is no reason to refuse it
	case err != nil:
		r.refused(ctx, st, d, r.asStanzaError(err, st))
		return nil, nil
	case !stored:
		return r.again(ctx, st, d)
	}
	return t, nil
}

// nsStanzaIDs is the namespace of the ids that archives give (XEP-0359).
const nsStanzaIDs = "urn:xmpp:sid:0"

// archived reports whether the archive of the recipient has a message: then it
// bears the archive's id, and nobody else can put one there.
func archived(st *stanza.Stanza) bool {
	if bytes.Contains(st.Extra, []byte(nsStanzaIDs)) {
		return true
	}
	for _, c := range st.Children() {
		if !st.ChildIs(c, nsStanzaIDs, "stanza-id") {
			continue
		}
		for a := range stanza.Attributes(st.Bytes(c.All)) {
			if string(a.Local) == "by" && string(a.Value) == st.To.Bare().String() {
				return true
			}
		}
	}
	return false
}

// handle lets the service for the payload's namespace answer a request. There
// is an answer to every request (RFC 6120 §8.2.3).
func (r *Router) handle(ctx context.Context, iq *stanza.Stanza, d destination) {
	at := AtAccount
	if d.target == toHost {
		at = AtHost
	}
	c, ok := iq.Payload()
	if !ok {
		r.bounce(ctx, iq, stanza.BadRequest.Err("a request has one payload"))
		return
	}
	// The conversion in the index does not allocate.
	r.serve(ctx, iq, r.handlers[place{at, string(iq.ChildNS(c))}])
}

// serve has h answer a request; h is nil if nobody knows the namespace.
func (r *Router) serve(ctx context.Context, iq *stanza.Stanza, h Handler) {
	if h == nil {
		// RFC 6120 §8.4: "an entity that does not understand the namespace returns service-unavailable"
		r.bounce(ctx, iq, stanza.ServiceUnavailable.Err(""))
		return
	}
	switch payload, err := r.guarded(ctx, h, iq); {
	case errors.Is(err, ErrAnswered):
	case err != nil:
		r.bounce(ctx, iq, r.asStanzaError(err, iq))
	default:
		r.reply(ctx, iq.Result(payload))
	}
}

// guarded calls a handler; a panic in it is one failed request, not the end of
// everybody's session.
func (r *Router) guarded(ctx context.Context, h Handler, iq *stanza.Stanza) (payload []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			r.log.Error("a handler panicked", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			payload, err = nil, fmt.Errorf("panic in handler: %v", p)
		}
	}()
	return h.HandleIQ(ctx, iq)
}

// subscribe gives a subscription stanza or probe to the presence service.
func (r *Router) subscribe(ctx context.Context, st *stanza.Stanza, d destination) {
	if r.presence == nil {
		return
	}
	known := d.target != toBareUnknown && d.target != toFullUnknown
	if err := r.presence.Inbound(ctx, st, known); err != nil {
		r.bounce(ctx, st, r.asStanzaError(err, st))
	}
}

package router

import (
	"context"
	"crypto/rand"
	"fmt"

	"causeway/xmpp/stanza"
)

// Ask sends a request with a trusted From, which must be a host or the bare JID
// of an account here, and waits for its answer: a stanza of type result or
// error. It serves those who speak from inside: the control socket and bridges.
// The error is that of ctx.
func (r *Router) Ask(ctx context.Context, iq *stanza.Stanza) (*stanza.Stanza, error) {
	id := rand.Text()
	c, ok := iq.Payload()
	if !ok {
		return nil, fmt.Errorf("ask: %w", stanza.BadRequest.Err("a request has one payload"))
	}
	request := stanza.New(stanza.IQ, iq.Type, id, iq.From, iq.To, iq.ChildBytes(c))
	answer := make(chan *stanza.Stanza, 1)
	r.askMu.Lock()
	r.asked[id] = answer
	r.askMu.Unlock()
	defer func() {
		r.askMu.Lock()
		delete(r.asked, id)
		r.askMu.Unlock()
	}()
	if _, err := r.route(ctx, request); err != nil {
		return nil, fmt.Errorf("ask: %w", err)
	}
	select {
	case st := <-answer: // what was done is told, also if it is late
		return st, nil
	default:
	}
	select {
	case st := <-answer:
		return st, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// answered gives a response to the Ask that waits for it. A response that nobody
// waits for is dropped (RFC 6120 §8.2.3); clients answer each roster push so.
func (r *Router) answered(st *stanza.Stanza) {
	if st.Kind != stanza.IQ {
		return
	}
	r.askMu.Lock()
	answer := r.asked[st.ID()]
	delete(r.asked, st.ID())
	r.askMu.Unlock()
	if answer != nil {
		answer <- st.Clone()
	}
}

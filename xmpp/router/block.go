package router

import (
	"context"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// nsBlockingErrors marks the error for a stanza to somebody whom the sender blocks.
const nsBlockingErrors = "urn:xmpp:blocking:errors"

// blocked ends the way of a stanza between two who do not want to hear of each
// other, and answers it as XEP-0191 says.
func (r *Router) blocked(ctx context.Context, st *stanza.Stanza) bool {
	if r.guard == nil || st.To.IsZero() || st.From.Bare() == st.To.Bare() {
		return false
	}
	if r.blocksRecipient(ctx, st) {
		// XEP-0191 #block: a blocked contact sees nothing of the user but that he
		// is gone.
		if st.Kind != stanza.Presence {
			r.refuse(ctx, st)
		}
		return st.Kind != stanza.Presence || st.Type != stanza.Unavailable
	}
	if !r.isAccount(st.To) || !r.guard.Blocks(ctx, st.To.Bare(), st.From) {
		return false
	}
	// XEP-0191 #block: presence is dropped in silence; message and iq get
	// service-unavailable, the same as from an account that is not there. What is said in
	// a room was said to all: the room, or its speaker, need not learn who does not listen.
	if st.Kind != stanza.Presence && st.Type != stanza.Groupchat {
		r.bounce(ctx, st, stanza.ServiceUnavailable.Err(""))
	}
	return true
}

// Blocks reports whether the account owner does not want to hear an address.
func (r *Router) Blocks(ctx context.Context, owner, other jid.JID) bool {
	return r.guard != nil && r.guard.Blocks(ctx, owner, other)
}

// blocksRecipient reports whether the sender, one of ours, blocks whom he writes to.
func (r *Router) blocksRecipient(ctx context.Context, st *stanza.Stanza) bool {
	return r.guard != nil && r.isAccount(st.From) && r.guard.Blocks(ctx, st.From.Bare(), st.To)
}

// refuse tells a client that it blocks the one it writes to (XEP-0191 #block).
func (r *Router) refuse(ctx context.Context, st *stanza.Stanza) {
	e := stanza.NotAcceptable.Err("you are blocking this address")
	e.Type = stanza.Cancel
	e.App = []byte("<blocked xmlns='" + nsBlockingErrors + "'/>")
	r.bounce(ctx, st, e)
}

func (r *Router) isAccount(j jid.JID) bool { return j.Local() != "" && r.hosts[j.Domain()] }

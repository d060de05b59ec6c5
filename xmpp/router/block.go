package router

import (
	"context"

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
	answered := st.Type != stanza.TypeError && st.Type != stanza.Result
	if r.isAccount(st.From.Local(), st.From.Domain()) && r.guard.Blocks(ctx, st.From.Bare(), st.To) {
		if st.Kind == stanza.Presence && (st.Type == stanza.Unavailable || st.Type == stanza.Available) {
			return true
		}
		// XEP-0191 #block: a stanza to a blocked contact is answered with
		// not-acceptable and the condition <blocked/>.
		if answered {
			e := stanza.NotAcceptable.Err("you are blocking this address")
			e.Type = stanza.Cancel
			e.App = []byte("<blocked xmlns='" + nsBlockingErrors + "'/>")
			r.bounce(ctx, st, e)
		}
		return true
	}
	if !r.isAccount(st.To.Local(), st.To.Domain()) || !r.guard.Blocks(ctx, st.To.Bare(), st.From) {
		return false
	}
	// XEP-0191 #block: presence is dropped in silence; message and iq get
	// service-unavailable, the same as from an account that is not there.
	if answered && st.Kind != stanza.Presence {
		r.bounce(ctx, st, stanza.ServiceUnavailable.Err(""))
	}
	return true
}

func (r *Router) isAccount(local, domain string) bool { return local != "" && r.hosts[domain] }

package router

import (
	"context"
	"log/slog"

	"causeway/xmpp/stanza"
)

// bounce tells the sender of st of an error. Nothing is said to one who sent an
// error or a response (RFC 6120 §8.3.1, §8.2.3).
func (r *Router) bounce(ctx context.Context, st *stanza.Stanza, e *stanza.Error) {
	if reply := st.ErrorReply(e); reply != nil {
		r.reply(ctx, reply)
	}
}

// reply sends a result or an error back where the request came from. It goes to
// the very session that asked, and is never bounced itself.
func (r *Router) reply(ctx context.Context, st *stanza.Stanza) {
	d := r.locate(ctx, st.To)
	switch d.target {
	case toFullMatch:
		d.match.Deliver(st) // false: the asker is gone, and so is the need
	case toHost, toBareUnknown, toBareOffline, toBareNegative, toBareReady:
		// One that is unknown has been removed since somebody asked in its name.
		if st.Kind == stanza.Presence {
			// A subscription stanza has the bare JID as its sender; all devices of
			// the account may know that it failed (RFC 6121 §3.1.2).
			r.deliverAll(st, d)
			return
		}
		r.answered(st)
	case toGate, toRemote:
		if _, err := d.gate.Accept(ctx, st); err != nil {
			r.log.Debug("a reply found no way", slog.String("stanza", st.String()), slog.Any("err", err))
		}
	}
}

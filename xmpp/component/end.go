package component

import (
	"context"
	"errors"
	"log/slog"

	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// end is the last part of a connection: our last words, unless it is lost, and what was
// never written goes back to where it came from.
func (k *link) end(ctx context.Context, err error) {
	var told *stream.Error
	lost := false
	k.gate.mu.Lock()
	switch {
	case errors.Is(err, errClosed):
		k.goodbye(nil) // RFC 6120 §4.4: answered with a closing tag
	case errors.As(err, &told):
		k.goodbye(told)
	default:
		lost = true
		k.closing = true // nothing more is taken
	}
	if k.why != nil {
		err = k.why // what the other side did afterwards is of no interest
	}
	k.gate.mu.Unlock()
	if lost {
		_ = k.conn.Close() // ends a write that is under way
	}
	k.flight.Wait()
	unsent := k.gate.detach(k)
	k.srv.log.Info("component gone", slog.String("domain", k.gate.domain), slog.String("reason", reason(err)))
	k.giveUp(ctx, unsent)
	if told != nil {
		k.linger()
	}
}

// giveUp tells the senders of stanzas that the component has certainly not got: those
// that were queued and never written. Of what was written before a connection was lost
// nobody knows.
func (k *link) giveUp(ctx context.Context, unsent []byte) {
	var scanner stanza.Scanner
	for len(unsent) > 0 {
		scanner.Reset(stanza.Limits{Bytes: len(unsent), Depth: 1 << 16, Attrs: 1 << 16, Children: 1 << 16})
		n, done, err := scanner.Scan(unsent)
		if err != nil || !done {
			return // our last words
		}
		var st stanza.Stanza
		err = st.Reset(unsent[:n], scanner.Index(), k.srv.resolve)
		unsent = unsent[n:]
		var why *stanza.Error
		if err != nil || !errors.As(unreachable(&st), &why) {
			continue
		}
		reply := st.ErrorReply(why)
		if reply == nil {
			continue
		}
		if err := k.route(ctx, reply); err != nil {
			k.srv.log.Error("a stanza could not be returned", slog.String("stanza", reply.String()), slog.Any("err", err))
		}
	}
}

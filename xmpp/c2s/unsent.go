package c2s

import (
	"context"
	"log/slog"

	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// rerouteUnsent sends on their way again the stanzas that a client without stream
// management has certainly not got: those that were queued and never written.
// What was written to a connection that was lost may have arrived or not; only
// stream management can tell.
func (c *client) rerouteUnsent(ctx context.Context, b *buffer) {
	if b == nil {
		return
	}
	since, elsewhere := c.srv.cfg.Router.Elsewhere(c.jid.Bare())
	now := c.srv.now.Load()
	var last router.Ticket
	var scanner stanza.Scanner
	for rest, at, told := b.b, 0, b.told; len(rest) > 0; {
		scanner.Reset(c.srv.limits())
		n, done, err := scanner.Scan(rest)
		if err != nil || !done {
			break // the closing tag
		}
		raw := append([]byte(nil), rest[:n]...)
		rest = rest[n:]
		if len(told) > 0 && told[0].at == at {
			told = told[1:] // whoever asked keeps it
			at += n
			continue
		}
		at += n
		st, err := stanza.Parse(raw)
		if err != nil {
			continue // the answer to a request about the stream, or its last words
		}
		if elsewhere && st.Kind == stanza.Message && st.To.IsBare() && since.Add(settling).Unix() < now {
			continue // the other resource had it at the same time
		}
		if t := c.reroute(ctx, st, now); t != nil {
			last = t
		}
	}
	await(last)
	b.tell(false)
	c.srv.log.Debug("unsent stanzas went another way", slog.String("jid", c.jid.String()))
}

package archive

import (
	"context"
	"fmt"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// NSPurge is the namespace of the request to purge one's own archive of one conversation,
// for which no specification has one: <purge with='ADDRESS'/>, an IQ of type set to the
// own account. All that the archive has of that bare JID is gone when it is answered; the
// other side keeps theirs (doc/namespaces.md).
const NSPurge = "urn:causeway:archive"

// purge answers such a request.
func (s *Service) purge(ctx context.Context, owner jid.JID, iq *stanza.Stanza) ([]byte, error) {
	var request struct {
		With string `xml:"with,attr"`
	}
	if err := iq.Decode(&request); err != nil {
		return nil, err
	}
	peer, err := jid.Parse(request.With)
	if err != nil {
		return nil, stanza.JIDMalformed.Err("with is not an address") // RFC 6120 §8.3.3.8
	}
	// What is under way was sent before, so it goes too.
	if err := s.pending.wait(ctx, owner); err != nil {
		return nil, fmt.Errorf("wait for the archive of %s: %w", owner, err)
	}
	return nil, s.store.Purge(ctx, owner, peer.Bare())
}

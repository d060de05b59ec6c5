package roster

import (
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// push tells all interested resources of owner of a change (RFC 6121 §2.1.6,
// §2.2). Whoever calls it has the owner's turn.
func (s *Service) push(owner, contact jid.JID, ch *changed) {
	if ch.next.listed() {
		s.deliverInterested(owner, s.newPush(ch.version, ch.next))
		return
	}
	s.deliverInterested(owner, s.newRemoval(ch.version, contact))
}

// newPush makes the push of an item as it is now. It has no from attribute, which
// means the bare JID of the account to clients of RFC 3921 and of RFC 6121
// (§2.1.6). The clients' answers are dropped by the router.
func (s *Service) newPush(v Version, it *Item) *stanza.Stanza {
	return s.newSet(appendQuery(nil, v, func(b []byte) []byte { return appendItem(b, it) }))
}

// newRemoval makes the push of a removal.
func (s *Service) newRemoval(v Version, contact jid.JID) *stanza.Stanza {
	return s.newSet(appendQuery(nil, v, func(b []byte) []byte { return appendRemoved(b, contact) }))
}

func (s *Service) newSet(payload []byte) *stanza.Stanza {
	return stanza.New(stanza.IQ, stanza.Set, s.nextID("push-"), jid.JID{}, jid.JID{}, payload)
}

// deliverInterested delivers st to all interested resources of owner (RFC 6121
// §2.2). An IQ is addressed to each of them, a presence as it is.
func (s *Service) deliverInterested(owner jid.JID, st *stanza.Stanza) {
	out := *st
	for _, sess := range s.router.Sessions(owner) {
		if !sess.Interested() {
			continue
		}
		if out.Kind == stanza.IQ {
			out.To = sess.JID()
		}
		// False means that the stream is at its end; the next login has it all.
		sess.Deliver(&out)
	}
}

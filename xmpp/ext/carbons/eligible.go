package carbons

import (
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// Namespaces that decide whether a message is copied.
const (
	nsHints      = "urn:xmpp:hints"
	nsReceipts   = "urn:xmpp:receipts"
	nsChatStates = "http://jabber.org/protocol/chatstates"
	nsMarkers    = "urn:xmpp:chat-markers:0"
	nsInvitation = "jabber:x:conference"
	nsRoomUser   = "http://jabber.org/protocol/muc#user"
)

// eligible reports whether other devices may have copies of a message (XEP-0280
// #which-messages). Errors are not copied: what the failed message was is not known
// any more.
func eligible(p *router.Passing) bool {
	if !p.Verdict.Copies {
		return false // neither chat nor normal, or it was not delivered
	}
	if p.Has(NS, "private") || p.Has(nsHints, "no-copy") {
		return false // XEP-0280 #avoiding, XEP-0334 #no-copy
	}
	if p.Type == stanza.Chat {
		return true
	}
	// XEP-0280 #recommended-rules: a normal message "that contains a <body>", or
	// "payload elements typically used in IM", or an invitation.
	return p.Has(stanza.NSClient, "body") || p.Has(nsReceipts, "") || p.Has(nsChatStates, "") ||
		p.Has(nsMarkers, "") || p.Has(nsInvitation, "x") || p.Has(nsRoomUser, "x")
}

// fromRoom reports whether a message is a private one of an occupant of a room, who
// reaches all devices that are in the room anyway (XEP-0280 #recommended-rules). An
// invitation comes from the room itself. Accounts of ours are no rooms, whatever
// they put into a message.
func (s *Service) fromRoom(p *router.Passing) bool {
	return p.From.IsFull() && p.Has(nsRoomUser, "x") && !s.router.IsHost(p.From.Domain())
}

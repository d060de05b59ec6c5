package archive

import "causeway/xmpp/stanza"

// worth says which messages are archived for accounts, if they are wanted
// (XEP-0313 #business-storeret-user-archives). It is about chat and normal ones only:
// groupchat "MAY" be archived, and rooms have archives of their own; headlines are
// "not generally suggested"; errors tell of a message that is in the archive itself.
//
// The first line that fits decides:
//
//	no-store, no-permanent-store   no
//	store                          yes
//	a body, or a subject           yes
//	something of worth beside      yes: see meaningful
//	anything else                  no
func worth(st *stanza.Stanza) bool {
	if st.Type != stanza.Chat && st.Type != stanza.Normal {
		return false
	}
	found := false
	for _, c := range st.Children() {
		name := st.Bytes(c.Name)
		switch ns := st.ChildNS(c); string(ns) {
		case nsHints:
			switch string(name) {
			case "no-store", "no-permanent-store":
				// XEP-0334 #no-store, #no-permanent-store: neither is for "any permanent
				// or semi-permanent … archive"
				return false
			case "store":
				// XEP-0334 #store-worthy: "even though it might not match those rules"
				found = true
			}
		case stanza.NSClient:
			// "SHOULD include … all of the messages a user sends or receives of type
			// 'normal' or 'chat' that contain a <body>"; a subject is read too.
			found = found || string(name) == "body" || string(name) == "subject"
		case nsRoom:
			found = found || invites(st, c)
		default:
			found = found || meaningful(ns, name)
		}
	}
	return found
}

// meaningful knows the elements that make a message without a body worth keeping:
// "all messages that hold meaningful content, rather than state changes such as Chat
// State Notifications, would be archived" (XEP-0313 #archives). So chat states
// (XEP-0085), events of a node (XEP-0060), text as it is typed (XEP-0301) and all that
// is not known are not.
func meaningful(ns, name []byte) bool {
	switch string(ns) {
	case nsRetract:
		return string(name) == "retract" // XEP-0424 #rules: "MUST store the retraction message"
	case "urn:xmpp:reactions:0":
		return true // XEP-0444: part of the conversation
	case "urn:xmpp:message-correct:0":
		return true // XEP-0308: usually has a body
	case "urn:xmpp:receipts":
		return string(name) == "received" // XEP-0184: other devices show it too
	case "urn:xmpp:chat-markers:0":
		return string(name) == "displayed" || string(name) == "received" || string(name) == "acknowledged" // XEP-0333
	case "urn:xmpp:eme:0", "urn:xmpp:omemo:2", "eu.siacs.conversations.axolotl":
		// XEP-0380, XEP-0384: the body is in there
		return string(name) == "encryption" || string(name) == "encrypted"
	case "urn:xmpp:jingle-message:0", "urn:xmpp:jingle-message:1":
		return true // XEP-0353: who called, and was it answered?
	case "jabber:x:conference":
		return string(name) == "x" // XEP-0249: an invitation
	}
	return false
}

// invites reports whether c, which a room or somebody in one has put there, is an
// invitation to a room or an answer to one (XEP-0045 #invite-mediated).
func invites(st *stanza.Stanza, c stanza.Child) bool {
	_, inside, err := stanza.Split(st.ChildBytes(c))
	for i := range inside {
		if inside[i].Is(nsRoom, "invite") || inside[i].Is(nsRoom, "decline") {
			return err == nil
		}
	}
	return false
}

package offline

import (
	"bytes"

	"causeway/xmpp/stanza"
)

// nsHints is the namespace of processing hints (XEP-0334 #hints).
const nsHints = "urn:xmpp:hints"

// nsChatStates is the namespace of "is typing" and its kin (XEP-0085).
const nsChatStates = "http://jabber.org/protocol/chatstates"

// nsStanzaIDs is the namespace of ids that clients and archives put on messages (XEP-0359).
const nsStanzaIDs = "urn:xmpp:sid:0"

// A judgment is what becomes of a message for somebody who is not there.
type judgment uint8

const (
	keep   judgment = iota
	drop            // nobody will miss it
	refuse          // it may not be kept, and its sender must know
)

// judge says which messages are kept (XEP-0160 #types), unless a hint says
// otherwise (XEP-0334 #hints).
func judge(st *stanza.Stanza) judgment {
	if st.Kind != stanza.Message {
		return drop
	}
	switch st.Type {
	case stanza.Normal, stanza.Chat:
	case stanza.Groupchat:
		// XEP-0160 #types: not stored, "since by definition a user without online
		// presence cannot be in a … room"; RFC 6121 §8.5.2.2.1: its sender gets an error
		return refuse
	default:
		// XEP-0160 #types: headlines and errors are not stored, errors whatever
		// hints they quote (XEP-0334 #rules)
		return drop
	}
	if len(st.Children()) == 0 {
		return drop // there is nothing in it that anybody could miss
	}
	if st.Has(nsHints, "no-store") {
		// XEP-0334 #no-store: "should not be stored … temporarily, e.g. for later
		// delivery to an offline client"
		if st.Has(stanza.NSClient, "body") {
			return refuse // RFC 6121 §8.5.2.2.1: what is not stored is answered
		}
		return drop
	}
	// XEP-0334 #no-permanent-store is about archives: a queue is not one.
	if st.Has(nsHints, "store") {
		return keep
	}
	if onlyChatState(st) {
		// XEP-0160 #types: "with the exception of messages that contain only"
		// chat states
		return drop
	}
	return keep
}

// onlyChatState reports whether st says that somebody types, and nothing else.
func onlyChatState(st *stanza.Stanza) bool {
	found := false
	for _, c := range st.Children() {
		ns := st.ChildNS(c)
		switch {
		case bytes.Equal(ns, []byte(nsChatStates)):
			found = true
		case bytes.Equal(ns, []byte(nsHints)), bytes.Equal(ns, []byte(nsStanzaIDs)):
		case bytes.Equal(ns, []byte(stanza.NSClient)) && string(st.Bytes(c.Name)) == "thread":
			// XEP-0085 #bizrules-syntax lets a chat state come with the thread it is about.
		default:
			return false
		}
	}
	return found
}

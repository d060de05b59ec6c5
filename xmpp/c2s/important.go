package c2s

import (
	"bytes"
	"slices"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// Namespaces of what nobody need be woken for, and of what may stand beside it.
const (
	nsChatStates = "http://jabber.org/protocol/chatstates"
	nsReceipts   = "urn:xmpp:receipts"
	nsMarkers    = "urn:xmpp:chat-markers:0"
	nsEvent      = "http://jabber.org/protocol/pubsub#event"
	nsCarbons    = "urn:xmpp:carbons:2"
	nsForward    = "urn:xmpp:forward:0"
	nsRoomUser   = "http://jabber.org/protocol/muc#user"
	nsStanzaIDs  = "urn:xmpp:sid:0"
	nsHints      = "urn:xmpp:hints"
	nsOccupantID = "urn:xmpp:occupant-id:0"
	nsHeaders    = "http://jabber.org/protocol/shim"
	nsAddresses  = "http://jabber.org/protocol/address"
)

// A matter is what a stanza is about that may be able to wait.
type matter uint8

const (
	important matter = iota // anything that is not known to be able to wait
	aside                   // no matter of its own
	chatState               // XEP-0085
	receipt                 // XEP-0184, XEP-0333
	event                   // XEP-0060 #publisher-publish-success
	carbon                  // XEP-0280
	presence
)

// A topic is what the last word replaces the earlier ones of. The zero topic is
// none: every word counts.
type topic struct {
	matter matter
	from   jid.JID
	detail string // the thread of a chat state; the node and item of an event
}

// canWait reports whether st may wait while nobody looks at the client, and of
// what it is the last word (XEP-0352 #behaviour-user and the list that follows it).
// It names what can wait; all else is sent at once.
func (c *client) canWait(st *stanza.Stanza) (about topic, ok bool) {
	switch {
	case st.Told != nil:
		return topic{}, false // whoever keeps it waits to hear of it
	case st.Kind == stanza.Presence:
		// Requests to subscribe and errors are for people.
		return topic{matter: presence, from: st.From},
			st.Type == stanza.Available || st.Type == stanza.Unavailable && !putOut(st)
	case st.Kind != stanza.Message || st.Type == stanza.TypeError:
		return topic{}, false
	}
	m, child := matterOf(st)
	switch m {
	case chatState:
		return chatTopic(st), true
	case receipt:
		// Its sender may take it for kept: it waits in memory only if the archive has it.
		return topic{}, bytes.Contains(st.Extra, []byte(nsStanzaIDs))
	case event:
		return eventTopic(st, child), st.Type == stanza.Headline // XEP-0163 #notify
	case carbon:
		return c.carbonCanWait(st, child)
	}
	return topic{}, false
}

// carbonCanWait is canWait for a copy of a message: the archive, and another
// device, have the message itself.
func (c *client) carbonCanWait(st *stanza.Stanza, copied stanza.Child) (about topic, ok bool) {
	if !c.isCarbon(st) {
		return topic{}, false
	}
	original := forwarded(st, copied)
	if original == nil || original.Type == stanza.TypeError {
		return topic{}, false
	}
	switch m, _ := matterOf(original); m {
	case chatState:
		about = chatTopic(original)
		about.matter = carbon
		about.detail = original.To.String() + " " + about.detail
		return about, true
	case receipt:
		return topic{}, true
	}
	return topic{}, false
}

// isCarbon reports whether st is a copy that the server made of a message that
// another device of the account sent or received: those come from the bare JID
// (XEP-0280 #inbound, #security).
func (c *client) isCarbon(st *stanza.Stanza) bool {
	return st.Kind == stanza.Message && st.From == c.jid.Bare() &&
		(st.Has(nsCarbons, "received") || st.Has(nsCarbons, "sent"))
}

// matterOf tells what a message is about, and gives the child that says so. One
// word that is not known makes it important.
func matterOf(st *stanza.Stanza) (m matter, child stanza.Child) {
	for _, c := range st.Children() {
		switch is := matterOfChild(st, c); {
		case is == aside:
		case is == important, m != important && max(m, is) > receipt:
			return important, child // not known, or two things at once
		case is > m:
			m, child = is, c
		}
	}
	return m, child
}

func matterOfChild(st *stanza.Stanza, c stanza.Child) matter {
	name := string(st.Bytes(c.Name))
	switch string(st.ChildNS(c)) {
	case nsChatStates:
		return chatState
	case nsReceipts:
		if name == "received" {
			return receipt
		}
	case nsMarkers:
		if name != "markable" {
			return receipt
		}
	case nsEvent:
		return event
	case nsCarbons:
		return carbon
	case stanza.NSClient:
		if name == "thread" {
			return aside
		}
	case nsStanzaIDs, nsHints, nsOccupantID, nsDelay, nsHeaders, nsAddresses:
		return aside
	}
	return important
}

// chatTopic is that of a chat state: the sender's last one in a thread counts.
func chatTopic(st *stanza.Stanza) topic {
	return topic{chatState, st.From, st.Text(stanza.NSClient, "thread")}
}

// onlyOne reports whether a node says what its owner has one of at a time, so that a
// newer item takes the place of the one before whatever their ids are.
func onlyOne(node string) bool {
	switch node {
	case "http://jabber.org/protocol/mood", // XEP-0107
		"http://jabber.org/protocol/activity", // XEP-0108
		"http://jabber.org/protocol/tune",     // XEP-0118
		"http://jabber.org/protocol/geoloc",   // XEP-0080
		"http://jabber.org/protocol/nick",     // XEP-0172
		"urn:xmpp:avatar:metadata":            // XEP-0084
		return true
	}
	return false
}

// eventTopic is that of a notification of one item: a newer one of the same item
// takes its place (XEP-0060 #impl-singleton). A node such as that of the bookmarks
// (XEP-0402) has many items, and all of them count.
func eventTopic(st *stanza.Stanza, c stanza.Child) topic {
	_, actions, err := stanza.Split(st.ChildBytes(c))
	if err != nil || len(actions) != 1 || !actions[0].Is(nsEvent, "items") {
		return topic{}
	}
	items, err := actions[0].Inside() // <item/> or <retract/>
	if err != nil || len(items) != 1 {
		return topic{}
	}
	detail := actions[0].Attr("node")
	if !onlyOne(detail) {
		detail += "\n" + items[0].Attr("id")
	}
	return topic{event, st.From, detail}
}

// forwarded gives the message inside a copy, or nil.
func forwarded(st *stanza.Stanza, c stanza.Child) *stanza.Stanza {
	_, inside, err := stanza.Split(st.ChildBytes(c))
	if err != nil || len(inside) != 1 || !inside[0].Is(nsForward, "forwarded") {
		return nil
	}
	inside, err = inside[0].Inside()
	if err != nil || len(inside) != 1 {
		return nil
	}
	original, err := stanza.Parse(inside[0].XML)
	if err != nil || original.Kind != stanza.Message {
		return nil
	}
	return original
}

// putOut reports whether a presence tells the client that it is in a room no more:
// the presence of others waits, but nothing else would come from there (XEP-0045
// #registrar-statuscodes).
func putOut(st *stanza.Stanza) bool {
	c, ok := st.Child(nsRoomUser, "x")
	if !ok || st.Type != stanza.Unavailable {
		return false
	}
	_, inside, err := stanza.Split(st.ChildBytes(c))
	return err != nil || slices.ContainsFunc(inside, func(e stanza.Element) bool {
		return e.Is(nsRoomUser, "status") && e.Attr("code") == "110"
	})
}

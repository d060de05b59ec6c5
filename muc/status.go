package muc

import (
	"strconv"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// Namespaces of rooms (XEP-0045 #registrar-protocol), and of what they write and read.
const (
	NS      = "http://jabber.org/protocol/muc"
	nsUser  = NS + "#user"
	nsAdmin = NS + "#admin"
	nsOwner = NS + "#owner"

	nsOccupantID = "urn:xmpp:occupant-id:0"             // XEP-0421
	nsStanzaIDs  = "urn:xmpp:sid:0"                     // XEP-0359
	nsDelay      = "urn:xmpp:delay"                     // XEP-0203
	nsHats       = "urn:xmpp:hats:0"                    // XEP-0317
	nsAddresses  = "http://jabber.org/protocol/address" // XEP-0033
)

// Status codes (XEP-0045 #registrar-statuscodes-init).
const (
	statusNonAnonymous    = 100
	statusConfigChanged   = 104
	statusSelf            = 110
	statusLogged          = 170
	statusNotLogged       = 171
	statusNowNonAnonymous = 172
	statusNowSemiAnon     = 173
	statusCreated         = 201
	statusNickChanged     = 210 // by the service
	statusBanned          = 301
	statusNewNick         = 303
	statusKicked          = 307
	statusUnaffiliated    = 321
	statusMembersOnly     = 322
	statusShutdown        = 332
	statusFault           = 333
)

// An item is what a room tells of somebody: the <x/> of a presence (XEP-0045
// #schemas-user). What is empty is left out.
type item struct {
	affiliation Affiliation
	role        Role
	jid         jid.JID
	nick        string // the new one, of a change of nick
	actor       string // the nick of who has done it
	reason      string
	codes       []int
	destroy     []byte // instead of an actor and a reason (XEP-0045 #destroyroom)
}

// append writes the item.
func (i *item) append(dst []byte) []byte {
	dst = append(dst, "<x xmlns='"+nsUser+"'><item affiliation='"...)
	dst = append(dst, i.affiliation.String()...)
	dst = append(dst, "' role='"...)
	dst = append(dst, i.role.String()...)
	dst = append(dst, '\'')
	if !i.jid.IsZero() {
		dst = stanza.AppendAttr(dst, "jid", i.jid.String())
	}
	if i.nick != "" {
		dst = stanza.AppendAttr(dst, "nick", i.nick)
	}
	if i.actor == "" && i.reason == "" {
		dst = append(dst, "/>"...)
	} else {
		dst = append(dst, '>')
		if i.actor != "" {
			dst = append(dst, "<actor"...)
			dst = stanza.AppendAttr(dst, "nick", i.actor)
			dst = append(dst, "/>"...)
		}
		dst = appendElement(dst, "reason", i.reason)
		dst = append(dst, "</item>"...)
	}
	dst = append(dst, i.destroy...)
	dst = appendCodes(dst, i.codes)
	return append(dst, "</x>"...)
}

// appendCodes writes status codes.
func appendCodes(dst []byte, codes []int) []byte {
	for _, code := range codes {
		dst = append(dst, "<status code='"...)
		dst = strconv.AppendInt(dst, int64(code), 10)
		dst = append(dst, "'/>"...)
	}
	return dst
}

// appendElement writes an element with text; nothing if there is no text.
func appendElement(dst []byte, name, text string) []byte {
	if text == "" {
		return dst
	}
	dst = append(dst, '<')
	dst = append(dst, name...)
	dst = append(dst, '>')
	dst = stanza.AppendText(dst, text)
	dst = append(dst, "</"...)
	dst = append(dst, name...)
	return append(dst, '>')
}

// appendOccupantID writes who somebody is to this room (XEP-0421 #usecases).
func appendOccupantID(dst []byte, id string) []byte {
	dst = append(dst, "<occupant-id xmlns='"+nsOccupantID+"' id='"...)
	dst = append(dst, id...)
	return append(dst, "'/>"...)
}

// isOurs reports whether a child is something that only the room may say: "If a MUC
// service receives such extended presence information from an occupant, it MUST NOT
// reflect it" (XEP-0045 #bizrules-presence), ids of occupants (XEP-0421 #rules), ids of
// its archive (XEP-0359 #rules), hats, when something was said before and by whom
// (#enter-history).
func (r *room) isOurs(st *stanza.Stanza, c stanza.Child) bool {
	switch string(st.ChildNS(c)) {
	case NS, nsUser, nsAdmin, nsOwner, nsOccupantID, nsHats:
		return true
	case nsStanzaIDs:
		return st.ChildIs(c, nsStanzaIDs, "stanza-id") && r.isNamed(st, c, "by")
	case nsDelay:
		return r.isNamed(st, c, "from")
	case nsAddresses:
		return true
	}
	return false
}

// isNamed reports whether an attribute of a child is the address of the room.
func (r *room) isNamed(st *stanza.Stanza, c stanza.Child, name string) bool {
	for a := range stanza.Attributes(st.Bytes(c.All)) {
		if len(a.Prefix) != 0 || string(a.Local) != name {
			continue
		}
		j, err := jid.Parse(a.Text())
		return err == nil && j == r.jid
	}
	return false
}

// clean gives a stanza as the room passes it on, from an occupant, without what only the
// room may say. It may be kept.
func (r *room) clean(st *stanza.Stanza, from jid.JID) (*stanza.Stanza, error) {
	out, err := st.Without(r.isOurs)
	if err != nil {
		return nil, err
	}
	out.From, out.To = from, jid.JID{}
	return out, nil
}

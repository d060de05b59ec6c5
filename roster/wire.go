package roster

import (
	"encoding/xml"
	"strconv"
	"unicode/utf8"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// NS is the namespace of rosters (RFC 6121 §2.1).
const NS = "jabber:iq:roster"

// The namespaces of the two stream features that tell what this package can do.
const (
	NSVersioning  = "urn:xmpp:features:rosterver"    // <ver/>, RFC 6121 §2.6.1
	NSPreApproval = "urn:xmpp:features:pre-approval" // <sub/>, RFC 6121 §3.4
)

// query is the payload of a request.
type query struct {
	XMLName xml.Name    `xml:"jabber:iq:roster query"`
	Ver     *string     `xml:"ver,attr"` // nil if the client does not know versions
	Items   []queryItem `xml:"jabber:iq:roster item"`
}

type queryItem struct {
	JID          string   `xml:"jid,attr"`
	Name         string   `xml:"name,attr"`
	Subscription string   `xml:"subscription,attr"`
	Groups       []string `xml:"jabber:iq:roster group"`
}

// parseVersion reads the ver attribute of a roster get. It is false for one that
// cannot be ours, and for the empty one of a client that has nothing cached
// (RFC 6121 §2.6.2).
func parseVersion(ver string) (Version, bool) {
	v, err := strconv.ParseUint(ver, 10, 64)
	return Version(v), err == nil
}

// appendQuery writes a <query/> with the items that items writes.
func appendQuery(dst []byte, v Version, items func(dst []byte) []byte) []byte {
	dst = append(dst, "<query xmlns='"+NS+"' ver='"...)
	dst = strconv.AppendUint(dst, uint64(v), 10)
	dst = append(dst, "'>"...)
	dst = items(dst)
	return append(dst, "</query>"...)
}

// appendItem writes one <item/> (RFC 6121 §2.1.2).
func appendItem(dst []byte, it *Item) []byte {
	dst = append(dst, "<item"...)
	if it.Approved {
		dst = append(dst, " approved='true'"...)
	}
	if it.Ask {
		dst = append(dst, " ask='subscribe'"...)
	}
	dst = stanza.AppendAttr(dst, "jid", it.JID.String())
	if it.Name != "" {
		dst = stanza.AppendAttr(dst, "name", it.Name)
	}
	dst = stanza.AppendAttr(dst, "subscription", it.Subscription.String())
	if len(it.Groups) == 0 {
		return append(dst, "/>"...)
	}
	dst = append(dst, '>')
	for _, g := range it.Groups {
		dst = append(dst, "<group>"...)
		dst = stanza.AppendText(dst, g)
		dst = append(dst, "</group>"...)
	}
	return append(dst, "</item>"...)
}

// appendRemoved writes the <item/> that tells of a removal (RFC 6121 §2.5.2).
func appendRemoved(dst []byte, contact jid.JID) []byte {
	dst = append(dst, "<item"...)
	dst = stanza.AppendAttr(dst, "jid", contact.String())
	return append(dst, " subscription='remove'/>"...)
}

// read checks the item of a roster set (RFC 6121 §2.3.3).
func (q *query) read(l Limits) (contact jid.JID, wanted queryItem, err error) {
	if len(q.Items) != 1 {
		// RFC 6121 §2.3.3: bad-request for "more than one <item/> child element";
		// §2.1.5: it "MUST contain one and only one".
		return contact, wanted, stanza.BadRequest.Err("a roster set has one item")
	}
	wanted = q.Items[0]
	if wanted.JID == "" {
		// RFC 6121 §2.1.2.3: the jid attribute is required.
		return contact, wanted, stanza.BadRequest.Err("the item has no jid")
	}
	if contact, err = jid.Parse(wanted.JID); err != nil {
		return contact, wanted, stanza.JIDMalformed.Err("the jid of the item is not an address")
	}
	if wanted.Subscription == "remove" {
		return contact, wanted, nil
	}
	return contact, wanted, wanted.check(l)
}

// check applies the limits to an item that is to be stored.
func (w *queryItem) check(l Limits) error {
	if utf8.RuneCountInString(w.Name) > l.Name {
		return stanza.NotAcceptable.Err("the name is too long") // RFC 6121 §2.3.3
	}
	if len(w.Groups) > l.Groups {
		return stanza.NotAcceptable.Err("the item is in too many groups")
	}
	seen := make(map[string]bool, len(w.Groups))
	for _, g := range w.Groups {
		switch {
		case g == "":
			return stanza.NotAcceptable.Err("a group has no name") // RFC 6121 §2.3.3
		case utf8.RuneCountInString(g) > l.Name:
			return stanza.NotAcceptable.Err("the name of a group is too long") // RFC 6121 §2.3.3
		case seen[g]:
			return stanza.BadRequest.Err("the item is in one group twice") // RFC 6121 §2.3.3
		}
		seen[g] = true
	}
	return nil
}

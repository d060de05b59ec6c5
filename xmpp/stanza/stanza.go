package stanza

import (
	"causeway/xmpp/jid"
)

// Kind is one of the three stanzas of RFC 6120 §8.2.
type Kind uint8

// The kinds of stanza.
const (
	Message Kind = iota + 1
	Presence
	IQ
)

// Type is the value of a stanza's type attribute. Types of different kinds are
// different values, so a Type also tells what may be asked of it.
type Type uint8

// The types of RFC 6121 §5.2.2 (message), §4.7.1 (presence) and RFC 6120 §8.2.3 (iq).
const (
	Unknown Type = iota // a presence or iq whose type the RFCs do not know

	Normal // message; also the meaning of no type and of an unknown one (RFC 6121 §5.2.2)
	Chat
	Groupchat
	Headline

	Available // presence without a type
	Unavailable
	Subscribe
	Subscribed
	Unsubscribe
	Unsubscribed
	Probe

	Get // iq
	Set
	Result

	TypeError // type='error', of any kind (RFC 6120 §8.3)
)

// A Stanza is one stanza: its bytes as they came, and its head. Whoever is
// handed a *Stanza may use it for the time of the call only, since its bytes lie
// in a buffer of the stream it came from; Clone makes a copy that may be kept.
//
// On the wire it leaves with From and To as these fields say, whatever
// attributes it came with; all else leaves byte for byte as it came.
type Stanza struct {
	Kind Kind
	Type Type
	// To is the zero JID when the stanza has no to attribute.
	To jid.JID
	// From is the attribute as it came until an Entry has stamped or verified it.
	From jid.JID
	// Extra is elements of ours, which leave behind the children: the ids that
	// archives give a message. It is not part of Children. Whoever sets it sees to
	// it that the bytes last as long as the Stanza is in use; Clone copies them.
	Extra []byte
	// Kept says that the message was routed before: what is to be kept of it has
	// been kept, and who is to have copies has them.
	Kept bool
	// Told, if set, is called exactly once by the Exit that took the stanza: with
	// true when the other side has it for certain (XEP-0198 #acking) or, on a
	// stream without acknowledgements, when it was written; with false when it
	// can no longer be delivered there.
	Told func(delivered bool)

	raw []byte
	ix  *Index // nil in the zero Stanza
}

// A Span is the range [Start, End) of the bytes of an element; the zero Span is "not there".
type Span struct{ Start, End uint32 }

// An Attr is an attribute of a start tag: All reaches from the white space
// before its name to its closing quote, Value is what stands between the quotes.
type Attr struct{ All, Value Span }

// A Child is an element directly inside a stanza.
type Child struct {
	All  Span // from its '<' to its last '>'
	Name Span // its local name
	NS   Span // its namespace as declared on it or on the stanza; the zero Span means the stanza's own namespace
}

// An Index says where things stand in the bytes of one element. The Scanner
// fills it while it checks the element.
type Index struct {
	Name     Span // the local name of the element
	Prefixed bool // the name has a prefix
	NS       Span // value of the xmlns attribute of the element or of its prefix; zero if it declares none
	XMLNS    Attr // the xmlns attribute itself
	To       Attr
	From     Attr
	ID       Attr
	Type     Attr
	Lang     Attr // xml:lang
	Declares bool // the start tag declares prefixes (xmlns:p), so a child may lean on them
	TagEnd   uint32
	Closing  uint32 // where the end tag begins; 0 if the element is empty (<a/>)
	Children []Child
}

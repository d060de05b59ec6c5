package stanza

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"causeway/xmpp/jid"
)

// NSClient is the namespace of stanzas between a client and its server (RFC 6120
// §4.8.3). In this package it stands for the content namespace of any stream.
const NSClient = "jabber:client"

// nsServer is the content namespace between servers, and nsComponent that of
// components (XEP-0114 #proto).
const (
	nsServer    = "jabber:server"
	nsComponent = "jabber:component:accept"
)

// ErrNotStanza is what Reset and Parse say of an element that is not a message,
// presence or iq of a content namespace.
var ErrNotStanza = errors.New("not a stanza")

// parseLimits bounds what Parse takes: all that can have come in by a stream.
var parseLimits = Limits{Bytes: 16 << 20, Depth: 256, Attrs: 256, Children: 1 << 16}

// Parse reads one whole stanza that stands alone, such as AppendTo wrote it, and
// checks all of it. It copies nothing: raw belongs to the stanza from now on.
// Errors are a *SyntaxError, ErrNotStanza, or an *Error as Reset gives.
func Parse(raw []byte) (*Stanza, error) {
	ix, err := index(raw)
	if err != nil {
		return nil, err
	}
	s := new(Stanza)
	if err := s.Reset(raw, ix, jid.ParseBytes); err != nil {
		return nil, err
	}
	return s, nil
}

// index checks raw, which must be one whole element.
func index(raw []byte) (*Index, error) {
	var sc Scanner
	sc.Reset(parseLimits)
	n, done, err := sc.Scan(raw)
	switch {
	case err != nil:
		return nil, err
	case !done, n != len(raw):
		return nil, &SyntaxError{Kind: NotWellFormed, Offset: n}
	}
	ix := *sc.Index() // else it would hold the whole scanner
	return &ix, nil
}

// Reset makes s the stanza of the checked element raw, which ix describes.
// Neither is copied: both must stay as they are while s is used (see Clone).
// Addresses are read by resolve, usually that of a jid.Cache; it may not keep
// its argument; nil stands for jid.ParseBytes.
//
// The error is ErrNotStanza, or an *Error that the sender is to be told: then s
// is filled as far as it goes, so that ErrorReply can answer it.
func (s *Stanza) Reset(raw []byte, ix *Index, resolve func([]byte) (jid.JID, error)) error {
	if resolve == nil {
		resolve = jid.ParseBytes
	}
	*s = Stanza{raw: raw, ix: ix}
	s.Kind = s.kind()
	if s.Kind == 0 {
		return ErrNotStanza
	}
	if ix.Prefixed {
		if err := s.dropPrefix(); err != nil {
			return err
		}
	}
	fault := s.readType()
	var err error
	if s.From, err = s.address(s.Index().From, resolve); err != nil {
		fault = JIDMalformed.Err("the from attribute is not an address") // RFC 6120 §8.3.3.8
	}
	if s.To, err = s.address(s.Index().To, resolve); err != nil {
		fault = JIDMalformed.Err("the to attribute is not an address") // RFC 6120 §8.3.3.8
	}
	if fault != nil {
		return fault
	}
	return nil
}

// kind tells which stanza the element is, 0 if none.
func (s *Stanza) kind() Kind {
	if s.Index().NS == (Span{}) {
		if s.Index().Prefixed { // xml is the only prefix that is declared nowhere
			return 0
		}
	} else if !isContentNS(s.Bytes(s.Index().NS)) {
		return 0
	}
	switch string(s.Bytes(s.Index().Name)) {
	case "message":
		return Message
	case "presence":
		return Presence
	case "iq":
		return IQ
	}
	return 0
}

// isContentNS reports whether the raw namespace is one that stanzas are in.
func isContentNS(raw []byte) bool {
	return ValueIs(raw, NSClient) || ValueIs(raw, nsServer) || ValueIs(raw, nsComponent)
}

// address reads the address in an attribute; the zero JID if it is not there.
func (s *Stanza) address(a Attr, resolve func([]byte) (jid.JID, error)) (jid.JID, error) {
	if a == (Attr{}) {
		return jid.JID{}, nil
	}
	value := s.Bytes(a.Value)
	if needsExpanding(value) {
		value = expandAttr(value)
	}
	return resolve(value)
}

// readType fills s.Type, and says what is wrong with the type, the id and the
// number of children together.
func (s *Stanza) readType() *Error {
	value := s.Bytes(s.Index().Type.Value)
	if needsExpanding(value) {
		value = expandAttr(value)
	}
	switch s.Kind {
	case Message:
		s.Type = messageType(value)
	case Presence:
		if s.Index().Type == (Attr{}) {
			s.Type = Available
			return nil
		}
		if s.Type = presenceType(value); s.Type == Unknown {
			// RFC 6121 §4.7.1 has no other types.
			return BadRequest.Err("unknown type of presence")
		}
	case IQ:
		s.Type = iqType(value)
		return s.checkIQ()
	}
	return nil
}

// checkIQ is the rules of RFC 6120 §8.2.3.
func (s *Stanza) checkIQ() *Error {
	switch {
	case s.Index().ID == (Attr{}):
		return BadRequest.Err("an iq needs an id")
	case s.Type == Unknown:
		return BadRequest.Err("an iq is of type get, set, result or error")
	case (s.Type == Get || s.Type == Set) && len(s.Index().Children) != 1:
		return BadRequest.Err("a request has exactly one child element")
	}
	return nil
}

func messageType(value []byte) Type {
	switch string(value) {
	case "chat":
		return Chat
	case "groupchat":
		return Groupchat
	case "headline":
		return Headline
	case "error":
		return TypeError
	}
	// "If an application receives a message with no 'type' attribute or the
	// application does not understand the value ... it MUST consider the message
	// to be of type 'normal'" (RFC 6121 §5.2.2)
	return Normal
}

func presenceType(value []byte) Type {
	switch string(value) {
	case "unavailable":
		return Unavailable
	case "subscribe":
		return Subscribe
	case "subscribed":
		return Subscribed
	case "unsubscribe":
		return Unsubscribe
	case "unsubscribed":
		return Unsubscribed
	case "probe":
		return Probe
	case "error":
		return TypeError
	}
	return Unknown
}

func iqType(value []byte) Type {
	switch string(value) {
	case "get":
		return Get
	case "set":
		return Set
	case "result":
		return Result
	case "error":
		return TypeError
	}
	return Unknown
}

// String gives the name of the element.
func (k Kind) String() string {
	switch k {
	case Message:
		return "message"
	case Presence:
		return "presence"
	case IQ:
		return "iq"
	default:
		return ""
	}
}

// typeNames are the values of the type attribute, by Type.
var typeNames = [...]string{
	Normal:       "normal",
	Chat:         "chat",
	Groupchat:    "groupchat",
	Headline:     "headline",
	Unavailable:  "unavailable",
	Subscribe:    "subscribe",
	Subscribed:   "subscribed",
	Unsubscribe:  "unsubscribe",
	Unsubscribed: "unsubscribed",
	Probe:        "probe",
	Get:          "get",
	Set:          "set",
	Result:       "result",
	TypeError:    "error",
}

// String gives the value of the type attribute; "" for Available and Unknown, which have none.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return ""
}

// ID gives the id attribute, unescaped; "" if there is none.
func (s *Stanza) ID() string { return attrText(s.IDBytes()) }

// IDBytes gives the id attribute as it is written. It does not allocate.
func (s *Stanza) IDBytes() []byte { return s.Bytes(s.Index().ID.Value) }

// Lang gives the xml:lang attribute, unescaped; "" if there is none.
func (s *Stanza) Lang() string { return attrText(s.Bytes(s.Index().Lang.Value)) }

// Size gives the number of bytes that s came as.
func (s *Stanza) Size() int { return len(s.raw) + len(s.Extra) }

// Index gives the description of the bytes of s. It may not be changed.
func (s *Stanza) Index() *Index {
	if s.ix == nil {
		return &noIndex
	}
	return s.ix
}

// noIndex is that of the zero Stanza.
var noIndex Index

// Bytes gives the bytes of a Span of the Index. They may not be changed.
func (s *Stanza) Bytes(sp Span) []byte { return s.raw[sp.Start:sp.End] }

// Clone makes a copy that may be kept: it owns its bytes. Told is the same
// function in both.
func (s *Stanza) Clone() *Stanza {
	c := *s
	c.Extra = bytes.Clone(s.Extra)
	if string(s.raw) == string(plainPresence.raw) {
		c.raw, c.ix = plainPresence.raw, plainPresence.ix
		return &c
	}
	ix := *s.Index()
	ix.Children = slices.Clone(ix.Children)
	c.raw, c.ix = bytes.Clone(s.raw), &ix
	return &c
}

// plainPresence is what many clients send and every session keeps a copy of: one
// is enough.
var plainPresence = New(Presence, Available, "", jid.JID{}, jid.JID{})

// String gives the head of s in one line, for logs and failing tests; never what
// the children hold.
func (s *Stanza) String() string {
	var b strings.Builder
	b.WriteString(s.Kind.String())
	if t := s.Type.String(); t != "" {
		b.WriteString(" type=" + t)
	}
	fmt.Fprintf(&b, " from=%q to=%q id=%q", s.From.String(), s.To.String(), s.IDBytes())
	for i, c := range s.Index().Children {
		if i == 8 {
			b.WriteString(" …")
			break
		}
		fmt.Fprintf(&b, " <%.40s/>", s.Bytes(c.Name))
	}
	return b.String()
}

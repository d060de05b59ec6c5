package stream

import (
	"errors"

	"causeway/xmpp/stanza"
)

// Condition is a defined condition of a stream error (RFC 6120 §4.9.3).
type Condition string

// The defined conditions.
const (
	BadFormat              Condition = "bad-format"               // §4.9.3.1
	BadNamespacePrefix     Condition = "bad-namespace-prefix"     // §4.9.3.2
	Conflict               Condition = "conflict"                 // §4.9.3.3
	ConnectionTimeout      Condition = "connection-timeout"       // §4.9.3.4
	HostGone               Condition = "host-gone"                // §4.9.3.5
	HostUnknown            Condition = "host-unknown"             // §4.9.3.6
	ImproperAddressing     Condition = "improper-addressing"      // §4.9.3.7
	InternalServerError    Condition = "internal-server-error"    // §4.9.3.8
	InvalidFrom            Condition = "invalid-from"             // §4.9.3.9
	InvalidNamespace       Condition = "invalid-namespace"        // §4.9.3.10
	InvalidXML             Condition = "invalid-xml"              // §4.9.3.11
	NotAuthorized          Condition = "not-authorized"           // §4.9.3.12
	NotWellFormed          Condition = "not-well-formed"          // §4.9.3.13
	PolicyViolation        Condition = "policy-violation"         // §4.9.3.14
	RemoteConnectionFailed Condition = "remote-connection-failed" // §4.9.3.15
	Reset                  Condition = "reset"                    // §4.9.3.16
	ResourceConstraint     Condition = "resource-constraint"      // §4.9.3.17
	RestrictedXML          Condition = "restricted-xml"           // §4.9.3.18
	SeeOtherHost           Condition = "see-other-host"           // §4.9.3.19
	SystemShutdown         Condition = "system-shutdown"          // §4.9.3.20
	UndefinedCondition     Condition = "undefined-condition"      // §4.9.3.21
	UnsupportedEncoding    Condition = "unsupported-encoding"     // §4.9.3.22
	UnsupportedFeature     Condition = "unsupported-feature"      // §4.9.3.23
	UnsupportedStanzaType  Condition = "unsupported-stanza-type"  // §4.9.3.24
	UnsupportedVersion     Condition = "unsupported-version"      // §4.9.3.25
)

// NSErrors is the namespace of the defined conditions (RFC 6120 §4.9.2).
const NSErrors = "urn:ietf:params:xml:ns:xmpp-streams"

// An Error is a fault that ends a stream, found on this side; the other side is
// told of it before the stream is closed (RFC 6120 §4.9.1.1). Faults told by the
// other side are a PeerError.
type Error struct {
	Condition Condition
	Text      string // human-readable, English; may be empty
	App       []byte // an application-specific element (RFC 6120 §4.9.4) as XML; may be nil
}

func (e *Error) Error() string {
	if e.Text == "" {
		return "stream error: " + string(e.Condition)
	}
	return "stream error: " + string(e.Condition) + ": " + e.Text
}

// Err makes an Error of c; text may be empty.
func (c Condition) Err(text string) *Error { return &Error{Condition: c, Text: text} }

// AppendError appends the <stream:error/> element that tells of e. The prefix
// stream is left to the header (AppendHeader declares it).
func AppendError(dst []byte, e *Error) []byte {
	dst = append(dst, "<stream:error><"...)
	dst = append(dst, e.Condition...)
	dst = append(dst, " xmlns='"+NSErrors+"'/>"...)
	if e.Text != "" {
		dst = append(dst, "<text xmlns='"+NSErrors+"' xml:lang='en'>"...)
		dst = stanza.AppendText(dst, e.Text)
		dst = append(dst, "</text>"...)
	}
	dst = append(dst, e.App...)
	return append(dst, "</stream:error>"...)
}

// syntaxFault gives the error that a fault of the Scanner ends a stream with.
func syntaxFault(err error) *Error {
	var e *stanza.SyntaxError
	if !errors.As(err, &e) {
		return InternalServerError.Err("")
	}
	switch e.Kind {
	case stanza.Restricted:
		return RestrictedXML.Err(e.Kind.String()) // RFC 6120 §11.1
	case stanza.BadEncoding:
		return UnsupportedEncoding.Err(e.Kind.String()) // RFC 6120 §4.9.3.22, §11.6
	case stanza.TooBig, stanza.TooDeep, stanza.TooMany:
		return PolicyViolation.Err("limit exceeded: " + e.Kind.String()) // RFC 6120 §4.9.3.14
	default:
		// An undeclared prefix is a fault of this kind too (RFC 6120 §11.3).
		return NotWellFormed.Err(e.Kind.String()) // RFC 6120 §4.9.3.13
	}
}

// A PeerError is a stream error that the other side told of. The stream is over.
type PeerError struct {
	Condition Condition
	Text      string
}

func (e *PeerError) Error() string {
	return "peer ended the stream: " + string(e.Condition)
}

// ReadError reads the stream error that e is (RFC 6120 §4.9.2).
func ReadError(e Element) (*PeerError, bool) {
	if !e.Is(NS, "error") {
		return nil, false
	}
	p := &PeerError{Condition: UndefinedCondition}
	for _, c := range e.Index.Children {
		raw := e.Raw[c.All.Start:c.All.End]
		if c.NS == (stanza.Span{}) || !stanza.ValueIs(e.Raw[c.NS.Start:c.NS.End], NSErrors) {
			continue
		}
		if name := string(e.Raw[c.Name.Start:c.Name.End]); name == "text" {
			p.Text = stanza.ElementText(raw)
		} else {
			p.Condition = Condition(name)
		}
	}
	return p, true
}

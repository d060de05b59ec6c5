package stanza

import "causeway/xmpp/jid"

// The signatures of the contract, before their bodies are written.

// A Limits bounds one element.
type Limits struct{ Bytes, Depth, Attrs, Children int }

// A SyntaxKind says which rule an element breaks.
type SyntaxKind uint8

// The kinds of fault.
const (
	NotWellFormed SyntaxKind = iota + 1
	Restricted
	UnboundPrefix
	BadEncoding
	TooBig
	TooDeep
	TooMany
)

// A SyntaxError is a fault of the bytes of a stream.
type SyntaxError struct {
	Kind   SyntaxKind
	Offset int
}

func (e *SyntaxError) Error() string { return "syntax error" }

// A Scanner finds the end of one element.
type Scanner struct{ limits Limits }

func (s *Scanner) Reset(l Limits)                                     { s.limits = l }
func (s *Scanner) Scan(buf []byte) (n int, done bool, err error)      { return 0, false, nil }
func (s *Scanner) ScanStart(buf []byte) (n int, done bool, err error) { return 0, false, nil }
func (s *Scanner) Index() *Index                                      { return nil }
func (s *Scanner) Declare(prefix, ns string)                          {}

func Parse(raw []byte) (*Stanza, error) { return nil, nil }
func (s *Stanza) Reset(raw []byte, ix *Index, resolve func([]byte) (jid.JID, error)) error {
	return nil
}
func New(kind Kind, typ Type, id string, from, to jid.JID, payload ...[]byte) *Stanza { return nil }
func (s *Stanza) Clone() *Stanza                                                      { return s }
func (s *Stanza) ID() string                                                          { return "" }
func (s *Stanza) IDBytes() []byte                                                     { return nil }
func (s *Stanza) Lang() string                                                        { return "" }
func (s *Stanza) Size() int                                                           { return len(s.raw) }
func (s *Stanza) Index() *Index                                                       { return &s.ix }
func (s *Stanza) Bytes(sp Span) []byte                                                { return s.raw[sp.Start:sp.End] }
func (s *Stanza) Children() []Child                                                   { return s.ix.Children }
func (s *Stanza) Has(ns, local string) bool                                           { return false }
func (s *Stanza) Child(ns, local string) (Child, bool)                                { return Child{}, false }
func (s *Stanza) Text(ns, local string) string                                        { return "" }
func (s *Stanza) ChildNS(c Child) []byte                                              { return nil }
func (s *Stanza) ChildBytes(c Child) []byte                                           { return nil }
func (s *Stanza) Payload() (Child, bool)                                              { return Child{}, false }
func (s *Stanza) PayloadIs(ns, local string) bool                                     { return false }
func (s *Stanza) Decode(v any) error                                                  { return nil }
func (s *Stanza) DecodeChild(c Child, v any) error                                    { return nil }
func (s *Stanza) AppendTo(dst []byte, extra ...[]byte) []byte                         { return dst }
func (s *Stanza) AppendForwarded(dst []byte) []byte                                   { return dst }
func (s *Stanza) Result(payload ...[]byte) *Stanza                                    { return nil }
func (s *Stanza) ErrorReply(e *Error) *Stanza                                         { return nil }
func (s *Stanza) AsError() (*Error, bool)                                             { return nil, false }
func (s *Stanza) String() string                                                      { return "" }
func AppendError(dst []byte, e *Error) []byte                                         { return dst }
func AppendText(dst []byte, s string) []byte                                          { return dst }
func AppendAttr(dst []byte, name, value string) []byte                                { return dst }
func (k Kind) String() string                                                         { return "" }
func (t Type) String() string                                                         { return "" }

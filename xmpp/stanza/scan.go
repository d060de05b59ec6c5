package stanza

import "fmt"

// Limits bounds one element. A field that is zero stands for its default.
type Limits struct {
	Bytes    int // of the whole element; 256 KiB
	Depth    int // of open elements, the outermost included; 64
	Attrs    int // of one start tag; 64
	Children int // elements directly inside the outermost; 256
}

// maxBindings bounds the prefixes that are in scope at one place, since each
// use of a prefix looks through them.
const maxBindings = 128

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = 256 << 10
	}
	if l.Depth <= 0 {
		l.Depth = 64
	}
	if l.Attrs <= 0 {
		l.Attrs = 64
	}
	if l.Children <= 0 {
		l.Children = 256
	}
	return l
}

// A SyntaxKind says which rule the bytes of an element break.
type SyntaxKind uint8

// The kinds of fault.
const (
	NotWellFormed SyntaxKind = iota + 1 // the rules of XML 1.0 and of Namespaces in XML 1.0
	Restricted                          // a comment, a processing instruction, a DTD or an entity (RFC 6120 §11.1)
	UnboundPrefix                       // a prefix that is declared nowhere (Namespaces in XML 1.0 §5)
	BadEncoding                         // not UTF-8 (RFC 6120 §11.6)
	TooBig                              // more than Limits.Bytes
	TooDeep                             // more than Limits.Depth
	TooMany                             // more than Limits.Attrs, Limits.Children, or prefixes
)

func (k SyntaxKind) String() string {
	switch k {
	case NotWellFormed:
		return "not well-formed"
	case Restricted:
		return "comment, processing instruction, dtd or entity"
	case UnboundPrefix:
		return "undeclared prefix"
	case BadEncoding:
		return "not utf-8"
	case TooBig:
		return "element too large"
	case TooDeep:
		return "elements nested too deeply"
	case TooMany:
		return "too many attributes, prefixes or children"
	default:
		return "unknown fault"
	}
}

// A SyntaxError is a fault in the bytes of an element. Offset counts from the
// start of the element.
type SyntaxError struct {
	Kind   SyntaxKind
	Offset int
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("%v at byte %d", e.Kind, e.Offset) }

// A state says what a Scanner expects at its position.
type state uint8

const (
	atElement   state = iota // the '<' of the outermost element
	inMarkup                 // what follows a '<'
	inName                   // the name of a start tag
	inTag                    // what follows a name or an attribute in a start tag
	inAttrName               // the name of an attribute
	atEquals                 // the '=' behind it
	atQuote                  // the quote before a value
	inValue                  // a value
	atEmptyEnd               // the '>' of "/>"
	inEndName                // the name of an end tag
	atEndTagEnd              // the '>' of an end tag
	inText                   // character data
	inReference              // what follows an '&'
	inBang                   // what follows "<!"
	inCDATA                  // a CDATA section
	finished
)

// A qname is where a name stands; colon is 0 if it has no prefix.
type qname struct{ start, colon, end uint32 }

// local is where the name stands without its prefix.
func (q qname) local() Span {
	if q.colon != 0 {
		return Span{q.colon + 1, q.end}
	}
	return Span{q.start, q.end}
}

// An openElement is an element whose end tag is still to come.
type openElement struct {
	name     qname
	bindings int // how many prefixes are in scope outside it
}

// A scannedAttr is an attribute of the start tag being read.
type scannedAttr struct {
	name  qname
	value Span
}

// A Scanner finds the end of one element and checks all of it on the way:
// well-formedness (XML 1.0), namespaces (Namespaces in XML 1.0), UTF-8, the
// restrictions of RFC 6120 §11.1, and Limits. What it has seen it does not look
// at again, so that bytes which come one at a time cost no more. The zero
// Scanner needs a Reset.
type Scanner struct {
	limits Limits
	fault  *SyntaxError
	ix     Index

	state     state
	back      state // where an inReference leads to
	startOnly bool  // stop behind the start tag
	quote     byte
	spaced    bool // white space stands before the place in a start tag
	expands   bool // the present value holds references or control characters
	wideNames bool // a name goes beyond ASCII
	hasPrefix bool // an attribute of this start tag has a prefix that is not xmlns
	pos       int  // the next byte to look at
	mark      int  // where the present text, value or name began
	colon     int  // of the present name, or 0
	ref       int  // where the present reference began
	tag       int  // where the present tag began
	gap       int  // where the white space before the present attribute began

	name        qname // of the present start tag
	attrName    qname
	tagNS       Span // the default namespace that the present start tag declares
	tagBindings int  // prefixes in scope outside the present start tag

	open  []openElement
	attrs []scannedAttr
	bound []binding
	outer []Declaration

	borrowed uint64 // bit i: the element uses outer[i]
}

// Reset makes s ready for a new element. What Declare said is kept.
func (s *Scanner) Reset(l Limits) {
	*s = Scanner{
		limits: l.withDefaults(),
		ix:     Index{Children: s.ix.Children[:0]},
		open:   s.open[:0],
		attrs:  s.attrs[:0],
		bound:  s.bound[:0],
		outer:  s.outer,
	}
}

// Index gives what Scan has found; it is whole once Scan is done, and valid until the next Reset.
func (s *Scanner) Index() *Index { return &s.ix }

// Scan goes on over buf, which begins at the first byte of the element and holds
// all that it held at the last call. When done is true the element is buf[:n];
// until then n says how far s has got. An error is a *SyntaxError, and final.
func (s *Scanner) Scan(buf []byte) (n int, done bool, err error) {
	in := buf
	if len(in) > s.limits.Bytes {
		in = in[:s.limits.Bytes]
	}
	for s.step(in) {
	}
	switch {
	case s.fault != nil:
		return s.pos, false, s.fault
	case s.state == finished:
		if s.wideNames && !oldNames(in[:s.pos]) {
			s.fail(NotWellFormed, 0)
			return s.pos, false, s.fault
		}
		return s.pos, true, nil
	case len(in) < len(buf):
		s.fail(TooBig, s.limits.Bytes)
		return s.pos, false, s.fault
	}
	return s.pos, false, nil
}

// ScanStart is Scan for a start tag alone, such as that of a stream. Of one
// element, either Scan or ScanStart is called.
func (s *Scanner) ScanStart(buf []byte) (n int, done bool, err error) {
	s.startOnly = true
	return s.Scan(buf)
}

// step reads one piece. It is false when s needs more bytes, has met a fault or is done.
func (s *Scanner) step(buf []byte) bool {
	switch s.state {
	case atElement:
		return s.expect(buf, '<', inMarkup)
	case inMarkup:
		return s.markup(buf)
	case inName:
		return s.elementName(buf)
	case inTag:
		return s.insideTag(buf)
	case inAttrName:
		return s.attributeName(buf)
	case atEquals:
		return s.skipSpace(buf) && s.expect(buf, '=', atQuote)
	case atQuote:
		return s.skipSpace(buf) && s.openQuote(buf)
	case inValue:
		return s.value(buf)
	case atEmptyEnd:
		return s.emptyEnd(buf)
	case inEndName:
		return s.endName(buf)
	case atEndTagEnd:
		return s.skipSpace(buf) && s.endTagEnd(buf)
	case inText:
		return s.text(buf)
	case inReference:
		return s.reference(buf)
	case inBang:
		return s.bang(buf)
	case inCDATA:
		return s.cdata(buf)
	default:
		return false
	}
}

// expect reads the byte c, behind which next is expected.
func (s *Scanner) expect(buf []byte, c byte, next state) bool {
	if s.pos == len(buf) {
		return false
	}
	if buf[s.pos] != c {
		return s.fail(NotWellFormed, s.pos)
	}
	s.pos++
	s.state = next
	return true
}

// skipSpace reads white space and reports whether something stands behind it.
func (s *Scanner) skipSpace(buf []byte) bool {
	for s.pos < len(buf) && isSpace(buf[s.pos]) {
		s.pos++
	}
	return s.pos < len(buf)
}

// fail notes the fault that ends the scan; it is always false.
func (s *Scanner) fail(k SyntaxKind, at int) bool {
	if s.fault == nil {
		s.fault = &SyntaxError{Kind: k, Offset: at}
	}
	return false
}

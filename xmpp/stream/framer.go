package stream

import (
	"bytes"
	"errors"

	"causeway/xmpp/stanza"
)

// An EventKind says what a Framer found.
type EventKind uint8

// The kinds of event.
const (
	NeedMore EventKind = iota // nothing whole is left: read into Buffer, Advance, ask again
	Opening                   // the opening tag of the stream: Header
	Whole                     // one whole, checked element: Element
	Closing                   // the closing tag of the stream; nothing comes after it
)

// An Event is what Next found. Its bytes are valid until the next call of a
// method of the Framer.
type Event struct {
	Kind    EventKind
	Header  *Header // of an Opening; it may be kept
	Element Element // of a Whole
	Raw     []byte  // the bytes as they came: of an Opening with its XML declaration
}

// An Element is a whole, checked element that stands alone but for the content
// namespace of its stream.
type Element struct {
	Raw   []byte
	Index *stanza.Index

	content string // the content namespace of the stream
}

// Is reports whether e is the element local of the namespace ns. It does not allocate.
func (e Element) Is(ns, local string) bool {
	if string(e.Raw[e.Index.Name.Start:e.Index.Name.End]) != local {
		return false
	}
	if at := e.Index.NS; at != (stanza.Span{}) {
		return stanza.ValueIs(e.Raw[at.Start:at.End], ns)
	}
	return e.content == ns && !e.Index.Prefixed
}

// Namespace gives the namespace of e, unescaped.
func (e Element) Namespace() string {
	switch at := e.Index.NS; {
	case at != (stanza.Span{}):
		return stanza.Attribute{Value: e.Raw[at.Start:at.End]}.Text()
	case e.Index.Prefixed: // xml is the only prefix that is declared nowhere
		return "http://www.w3.org/XML/1998/namespace"
	}
	return e.content
}

// Local gives the local name of e.
func (e Element) Local() []byte { return e.Raw[e.Index.Name.Start:e.Index.Name.End] }

// A phase is what a Framer waits for.
type phase uint8

const (
	awaitHeader phase = iota
	inStream
	closed
)

// maxDeclaration bounds the bytes of an XML declaration.
const maxDeclaration = 256

// A Framer cuts the bytes of one direction of a stream into events. It does no
// I/O: bytes are read into Buffer and told by Advance, or given to Feed; then Next
// is called until it says NeedMore. It is not safe for concurrent use.
type Framer struct {
	limits   stanza.Limits
	phase    phase
	fault    *Error
	content  string        // the content namespace
	root     string        // the name of the stream element as it is written
	prefixes []Declaration // declared on the stream element

	work       *workspace // nil while nothing is buffered
	start      int        // of the bytes in work.buf that no event has covered
	last       int        // length of the last event, which Next is to skip
	preamble   int        // length of the XML declaration and white space before the opening tag
	scanning   bool       // work.scanner has begun the tag or element at start
	keepalives int
}

// NewFramer gives a Framer that expects an opening tag.
func NewFramer(l stanza.Limits) *Framer { return &Framer{limits: l} }

// Reset makes f as new; what is buffered is forgotten.
func (f *Framer) Reset(l stanza.Limits) {
	f.free()
	*f = Framer{limits: l}
}

// Restart makes f expect an opening tag again; what is buffered stays (RFC 6120
// §4.3.3).
func (f *Framer) Restart() {
	f.phase = awaitHeader
	f.scanning = false
}

// Resume makes f expect elements, as behind the opening tag h that was read by
// other means.
func (f *Framer) Resume(h *Header) {
	f.phase = inStream
	f.scanning = false
	f.content = h.ContentNS
	f.prefixes = h.Prefixes
	f.root = "stream"
	if h.Prefix != "" {
		f.root = h.Prefix + ":stream"
	}
}

// SetLimits bounds the elements to come; one that is half read keeps its bounds.
func (f *Framer) SetLimits(l stanza.Limits) { f.limits = l }

// Keepalives gives how many times white space has been skipped between elements
// since the last call (RFC 6120 §4.6.1).
func (f *Framer) Keepalives() int {
	n := f.keepalives
	f.keepalives = 0
	return n
}

// Next gives the next event. An error is an *Error, and final.
func (f *Framer) Next() (Event, error) {
	if f.fault != nil {
		return Event{}, f.fault
	}
	f.start += f.last
	f.last = 0
	var ev Event
	switch f.phase {
	case awaitHeader:
		ev, f.fault = f.nextHeader()
	case inStream:
		ev, f.fault = f.nextElement()
	case closed:
		return Event{}, nil
	}
	if f.fault != nil {
		return Event{}, f.fault
	}
	f.last = len(ev.Raw)
	return ev, nil
}

// skipSpace skips white space where nothing is half read (RFC 6120 §11.7), and
// gives the bytes that follow.
func (f *Framer) skipSpace() []byte {
	if f.work == nil {
		return nil
	}
	from := f.start
	for f.start < len(f.work.buf) && isSpace(f.work.buf[f.start]) {
		f.start++
	}
	if f.start > from {
		f.keepalives++
	}
	return f.work.buf[f.start:]
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// nextElement reads what stands inside the stream element.
func (f *Framer) nextElement() (Event, *Error) {
	var in []byte
	if f.scanning {
		in = f.work.buf[f.start:]
	} else {
		in = f.skipSpace()
		switch {
		case len(in) == 0:
			return Event{}, nil
		case in[0] != '<':
			return Event{}, BadFormat.Err("text between elements") // RFC 6120 §4.9.3.1
		case len(in) == 1:
			return Event{}, nil
		case in[1] == '/':
			return f.nextClosing(in)
		}
		f.beginScan()
	}
	n, done, err := f.work.scanner.Scan(in)
	if err != nil {
		return Event{}, syntaxFault(err)
	}
	if !done {
		return Event{}, nil
	}
	f.scanning = false
	e := Element{Raw: in[:n:n], Index: f.work.scanner.Index(), content: f.content}
	if f.work.scanner.Leans() {
		if e, err = f.standAlone(e); err != nil {
			return Event{}, syntaxFault(err)
		}
	}
	return Event{Kind: Whole, Element: e, Raw: in[:n:n]}, nil
}

func (f *Framer) beginScan() {
	f.work.scanner.Declare(f.prefixes)
	f.work.scanner.Reset(f.limits)
	f.scanning = true
}

// standAlone rewrites an element that uses prefixes of the stream element, so that
// it means the same on any other stream: it declares them itself. What the stream
// element declares holds for that stream alone (RFC 6120 §4.8.5).
func (f *Framer) standAlone(e Element) (Element, error) {
	w := f.work
	name := e.Index.Name.End
	w.rebuilt = append(w.rebuilt[:0], e.Raw[:name]...)
	w.rebuilt = w.scanner.AppendBorrowed(w.rebuilt)
	w.rebuilt = append(w.rebuilt, e.Raw[name:]...)

	// The element has been held to its limits already.
	w.second.Reset(stanza.Limits{Bytes: len(w.rebuilt), Depth: 1 << 16, Attrs: 1 << 16, Children: 1 << 16})
	if _, _, err := w.second.Scan(w.rebuilt); err != nil {
		return Element{}, err
	}
	e.Raw, e.Index = w.rebuilt, w.second.Index()
	return e, nil
}

// nextClosing reads the end tag of the stream element, which in begins with.
func (f *Framer) nextClosing(in []byte) (Event, *Error) {
	name := in[2:]
	n := min(len(name), len(f.root))
	if string(name[:n]) != f.root[:n] {
		return Event{}, NotWellFormed.Err("an end tag that closes nothing")
	}
	for i, c := range name[n:] {
		switch {
		case c == '>':
			f.phase = closed
			return Event{Kind: Closing, Raw: in[:2+n+i+1]}, nil
		case !isSpace(c):
			return Event{}, NotWellFormed.Err("an end tag that closes nothing")
		case i == maxDeclaration:
			return Event{}, PolicyViolation.Err("too much white space")
		}
	}
	return Event{}, nil
}

// nextHeader reads the XML declaration, if there is one, and the opening tag.
func (f *Framer) nextHeader() (Event, *Error) {
	if !f.scanning {
		if ready, err := f.readPreamble(); !ready {
			return Event{}, err
		}
	}
	all := f.work.buf[f.start:]
	n, done, err := f.work.scanner.ScanStart(all[f.preamble:])
	if err != nil {
		fault := syntaxFault(err)
		if e := (*stanza.SyntaxError)(nil); errors.As(err, &e) && e.Kind == stanza.UnboundPrefix {
			fault = BadNamespacePrefix.Err("undeclared prefix") // RFC 6120 §4.9.3.2
		}
		return Event{}, fault
	}
	if !done {
		return Event{}, nil
	}
	n += f.preamble
	h, fault := readHeader(all[f.preamble:n], f.work.scanner.Index())
	if fault != nil {
		return Event{}, fault
	}
	f.preamble = 0
	f.Resume(h)
	return Event{Kind: Opening, Header: h, Raw: all[:n:n]}, nil
}

// readPreamble reads what may stand before the opening tag, and reports whether
// the tag has begun.
func (f *Framer) readPreamble() (ready bool, fault *Error) {
	if f.preamble == 0 {
		in := f.skipSpace()
		switch {
		case len(in) == 0:
			return false, nil
		case in[0] >= 0xFE || in[0] == 0: // begins like UTF-16 or UTF-32 (RFC 6120 §11.6)
			return false, UnsupportedEncoding.Err("only utf-8 is supported")
		case in[0] != '<':
			return false, NotWellFormed.Err("text before the stream")
		case len(in) == 1:
			return false, nil
		}
		if in[1] == '?' {
			if f.preamble, fault = declarationLen(in); f.preamble == 0 || fault != nil {
				return false, fault
			}
		}
	}
	in := f.work.buf[f.start:]
	for f.preamble < len(in) && isSpace(in[f.preamble]) {
		f.preamble++
	}
	if f.preamble > maxDeclaration {
		return false, PolicyViolation.Err("too much before the stream")
	}
	if f.preamble == len(in) {
		return false, nil
	}
	f.prefixes = nil
	f.beginScan()
	return true, nil
}

// declarationLen gives the length of the XML declaration that in begins with; 0 if
// it is not whole yet.
func declarationLen(in []byte) (int, *Error) {
	const opening = "<?xml"
	n := min(len(in), len(opening))
	if string(in[:n]) != opening[:n] || len(in) > n && !isSpace(in[n]) {
		return 0, RestrictedXML.Err("processing instruction") // RFC 6120 §11.1
	}
	end := bytes.Index(in, []byte("?>"))
	if end < 0 && len(in) <= maxDeclaration {
		return 0, nil
	}
	if end < 0 || end+2 > maxDeclaration {
		return 0, NotWellFormed.Err("endless xml declaration")
	}
	return end + 2, checkDeclaration(in[:end+2])
}

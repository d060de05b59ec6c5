package portable

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

// What a file may make us keep in memory.
const (
	// maxToken is the most bytes of one tag or one run of text: the decoder holds it whole.
	maxToken = 4 << 20
	// MaxElement is the most bytes of an element that is carried as it is, such as a
	// message; a larger one is left out.
	MaxElement = 1 << 20
	// maxDepth is the most elements that are open at one place.
	maxDepth = 128
)

var (
	errTokenSize = fmt.Errorf("a tag or a text has more than %d bytes", maxToken)
	errDepth     = fmt.Errorf("more than %d elements are nested", maxDepth)
	errDTD       = errors.New("document type declarations and entities are not taken")
)

// A tape hands a file to the decoder byte by byte, and remembers the last of them,
// so that an element can be had as it was written.
type tape struct {
	in    io.ByteReader
	kept  []byte // what was read since the last cut, unless that was too much
	from  int64  // where kept begins in the file
	at    int64  // where the next byte stands in the file
	token int    // bytes since the token began
	over  bool   // kept would be too large: it is empty
}

// ReadByte implements io.ByteReader; with it the decoder reads no byte too early.
func (t *tape) ReadByte() (byte, error) {
	b, err := t.in.ReadByte()
	if err != nil {
		return 0, err
	}
	t.at++
	if t.token++; t.token > maxToken {
		return 0, errTokenSize
	}
	switch {
	case t.over:
	case len(t.kept) >= MaxElement+2: // the decoder may be one byte ahead
		t.over, t.kept = true, nil
	default:
		t.kept = append(t.kept, b)
	}
	return b, nil
}

// Read implements io.Reader, which xml.NewDecoder asks for and does not use.
func (t *tape) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b, err := t.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = b
	return 1, nil
}

// cut forgets what stands before the given place.
func (t *tape) cut(to int64) {
	if t.over {
		t.over, t.kept, t.from = false, t.kept[:0], t.at
		return
	}
	if to > t.from {
		n := copy(t.kept, t.kept[to-t.from:])
		t.kept, t.from = t.kept[:n], to
	}
}

// since gives a copy of what stands between two places that were not cut; nil if that is too large.
func (t *tape) since(from, to int64) []byte {
	if t.over || to-from > MaxElement || from < t.from {
		return nil
	}
	return append([]byte(nil), t.kept[from-t.from:to-t.from]...)
}

// A document is one file that is being read.
type document struct {
	name  string
	tape  *tape
	dec   *xml.Decoder
	depth int        // open elements
	begin int64      // where the last token began
	scope []xml.Attr // declarations of the open elements of the frame, the innermost last
}

func newDocument(name string, in io.ByteReader) *document {
	t := &tape{in: in}
	dec := xml.NewDecoder(t)
	return &document{name: name, tape: t, dec: dec}
}

// where is the place of the last token, for people.
func (d *document) where() string {
	line, _ := d.dec.InputPos()
	return fmt.Sprintf("%s:%d", d.name, line)
}

// fault says where an error was met.
func (d *document) fault(err error) error {
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("%s:%d: not well-formed: %s", d.name, syntax.Line, syntax.Msg)
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("%s: %w", d.where(), err)
}

// next gives the next token of the frame and forgets what came before it.
func (d *document) next() (xml.Token, error) {
	d.tape.cut(d.dec.InputOffset())
	return d.token()
}

// token gives the next token.
func (d *document) token() (xml.Token, error) {
	d.begin = d.dec.InputOffset()
	d.tape.token = 0
	tok, err := d.dec.Token()
	if err != nil {
		return nil, d.fault(err)
	}
	switch tok.(type) {
	case xml.StartElement:
		if d.depth++; d.depth > maxDepth {
			return nil, d.fault(errDepth)
		}
	case xml.EndElement:
		d.depth--
	case xml.Directive:
		return nil, d.fault(errDTD)
	}
	return tok, nil
}

// skip reads to the end of the element that was begun last.
func (d *document) skip() error {
	for outer := d.depth - 1; d.depth > outer; {
		if _, err := d.next(); err != nil {
			return err
		}
	}
	return nil
}

// enter puts the declarations of an element of the frame into scope, until the
// function that it gives is called.
func (d *document) enter(start xml.StartElement) (leave func()) {
	outer := d.scope
	for _, a := range start.Attr {
		if a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns" {
			d.scope = append(d.scope[:len(d.scope):len(d.scope)], a)
		}
	}
	return func() { d.scope = outer }
}

// end reads what is behind the root element, where no other element may stand.
func (d *document) end() error {
	for {
		tok, err := d.next()
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, ok := tok.(xml.StartElement); ok {
			return d.fault(errors.New("a second element stands behind the first"))
		}
	}
}

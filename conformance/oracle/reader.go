package oracle

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrClosed is the closing tag of the stream: the server has ended it in order.
var ErrClosed = errors.New("the server has closed its stream")

// maxElement bounds one element of a hostile target, in bytes.
const maxElement = 4 << 20

// A recorder gives the decoder single bytes, so that it reads none too many, and
// remembers them.
type recorder struct {
	in  *bufio.Reader
	raw []byte
}

func (r *recorder) ReadByte() (byte, error) {
	if len(r.raw) >= maxElement {
		return 0, fmt.Errorf("an element of more than %d bytes", maxElement)
	}
	b, err := r.in.ReadByte()
	if err == nil {
		r.raw = append(r.raw, b)
	}
	return b, err
}

// Read is there for io.Reader; the decoder uses ReadByte.
func (r *recorder) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b, err := r.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = b
	return 1, nil
}

// take gives what has been recorded and forgets it.
func (r *recorder) take() string {
	s := strings.TrimSpace(string(r.raw))
	r.raw = r.raw[:0]
	return s
}

// A Reader gives the elements of one XML stream.
type Reader struct {
	rec    *recorder
	dec    *xml.Decoder
	opened bool
}

// NewReader reads from a connection.
func NewReader(r io.Reader) *Reader { return &Reader{rec: &recorder{in: bufio.NewReader(r)}} }

// Next gives the header of the stream, then one element after the other. The raw
// text is given with errors too.
func (s *Reader) Next() (*Element, string, error) {
	if s.dec == nil {
		s.dec = xml.NewDecoder(s.rec)
	}
	for {
		tok, err := s.dec.Token()
		if err != nil {
			return nil, s.rec.take(), err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if !s.opened {
				s.opened = true
				raw := s.rec.take()
				return &Element{Name: tok.Name, Attrs: attributes(tok.Attr), Raw: raw}, raw, nil
			}
			e, err := build(s.dec, tok)
			raw := s.rec.take()
			if err != nil {
				return nil, raw, err
			}
			e.Raw = raw
			return e, raw, nil
		case xml.EndElement:
			return nil, s.rec.take(), ErrClosed
		}
	}
}

// Restart expects a new stream on the same connection.
func (s *Reader) Restart() { s.dec, s.opened = nil, false }

package private

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"

	"causeway/xmpp/stanza"
)

// split cuts a <query/> that stands alone into its child elements, each made to
// stand alone too. Their bytes may lie in raw.
func split(raw []byte) ([]Element, error) {
	dec := xml.NewDecoder(bytes.NewReader(raw))
	var (
		out      []Element
		declared []xml.Attr // prefixes declared on the query
		child    xml.StartElement
		from     int64
		depth    int
	)
	for {
		at := dec.InputOffset()
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			switch depth {
			case 0:
				declared = prefixes(t)
			case 1:
				child, from = t.Copy(), at
			}
			depth++
		case xml.EndElement:
			depth--
			if depth == 1 {
				e := Element{Name: Name{child.Name.Space, child.Name.Local}}
				e.XML = alone(raw[from:dec.InputOffset()], child, declared)
				out = append(out, e)
			}
		}
	}
}

// prefixes gives the prefix declarations of a start tag.
func prefixes(t xml.StartElement) []xml.Attr {
	var out []xml.Attr
	for _, a := range t.Attr {
		if a.Name.Space == "xmlns" {
			out = append(out, a)
		}
	}
	return out
}

// alone gives the bytes of an element, with the namespaces that it borrows from
// the query declared on it.
func alone(raw []byte, start xml.StartElement, declared []xml.Attr) []byte {
	var extra []byte
	own := map[string]bool{}
	for _, a := range start.Attr {
		if a.Name.Space == "xmlns" {
			own[a.Name.Local] = true
		} else if a.Name.Space == "" && a.Name.Local == "xmlns" {
			own[""] = true
		}
	}
	if !own[""] {
		extra = stanza.AppendAttr(extra, "xmlns", NS)
	}
	for _, a := range declared {
		if !own[a.Name.Local] {
			extra = stanza.AppendAttr(extra, "xmlns:"+a.Name.Local, a.Value)
		}
	}
	if extra == nil {
		return raw
	}
	name := 1 + bytes.IndexAny(raw[1:], " \t\r\n/>")
	out := make([]byte, 0, len(raw)+len(extra))
	out = append(out, raw[:name]...)
	out = append(out, extra...)
	return append(out, raw[name:]...)
}

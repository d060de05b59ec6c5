package portable

import (
	"bytes"
	"encoding/xml"

	"causeway/xmpp/stanza"
)

// elementLimits bounds an element that is carried as it is.
var elementLimits = stanza.Limits{Bytes: MaxElement, Depth: maxDepth, Attrs: 256, Children: 1 << 16}

// element reads the element that was begun last to its end and gives it as it was
// written, with the namespaces that it borrows from the frame declared on it. It is
// nil, with a problem, if the element is too large or cannot stand in a stream (RFC
// 6120 §11.1: no comment, no processing instruction, no prefix that is declared
// nowhere).
func (d *document) element(start xml.StartElement) ([]byte, *Problem, error) {
	from := d.begin
	for outer := d.depth - 1; d.depth > outer; {
		if _, err := d.token(); err != nil {
			return nil, nil, err
		}
		if d.tape.over {
			d.tape.cut(0) // what is lost is lost
		}
	}
	raw := d.tape.since(from, d.dec.InputOffset())
	if raw == nil {
		p := problem("<%s/> of more than %d bytes", clip(start.Name.Local), MaxElement)
		return nil, &p, nil
	}
	raw, ok := d.alone(raw, start)
	if !ok {
		p := problem("<%s/> with XML that streams do not carry", clip(start.Name.Local))
		return nil, &p, nil
	}
	return raw, nil, nil
}

// alone checks an element, and declares on it what it borrows from the elements
// around it.
func (d *document) alone(raw []byte, start xml.StartElement) ([]byte, bool) {
	space, prefixes := d.outside(start)
	var sc stanza.Scanner
	sc.Reset(elementLimits)
	sc.Declare(prefixes)
	if n, done, err := sc.Scan(raw); err != nil || !done || n != len(raw) {
		return nil, false
	}
	var extra []byte
	if space == NS {
		space = stanza.NSClient // Prosody 0.12 and others leave the namespace of stanzas out
	}
	if space != "" {
		extra = stanza.AppendAttr(extra, "xmlns", space)
	}
	extra = sc.AppendBorrowed(extra)
	if extra == nil {
		return raw, true
	}
	name := 1 + bytes.IndexAny(raw[1:], " \t\r\n/>")
	out := make([]byte, 0, len(raw)+len(extra))
	out = append(out, raw[:name]...)
	out = append(out, extra...)
	return append(out, raw[name:]...), true
}

// outside gives the default namespace around an element, "" if the element declares its
// own, and the prefixes that are declared around it.
func (d *document) outside(start xml.StartElement) (space string, prefixes []stanza.Declaration) {
	seen := make(map[string]bool)
	for _, a := range start.Attr {
		if a.Name.Space == "" && a.Name.Local == "xmlns" {
			seen[""] = true
		}
	}
	for i := len(d.scope) - 1; i >= 0; i-- { // the innermost declaration counts
		a, prefix := d.scope[i], ""
		if a.Name.Space == "xmlns" {
			prefix = a.Name.Local
		}
		if seen[prefix] {
			continue
		}
		seen[prefix] = true
		if prefix == "" {
			space = a.Value
		} else {
			prefixes = append(prefixes, stanza.Declaration{Prefix: prefix, NS: a.Value})
		}
	}
	return space, prefixes
}

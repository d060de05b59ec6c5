package flash

import (
	"bytes"
	"errors"
	"strings"

	"causeway/xmpp/stanza"
)

// documentLimits bound one document: a Command, its children, and theirs. The attributes of
// the tables are some twenty.
var documentLimits = stanza.Limits{Bytes: maxDocument, Depth: 8, Attrs: 64, Children: 64}

// A document is a Command that came.
type document struct {
	attrs    map[string]string
	children []stanza.Element
}

// readDocument reads a document. The scanner of stanzas refuses what readers of XML usually
// let pass (wire §7): two attributes of one name, a DTD and what it defines, a second
// root, comments, characters that XML has not, bytes that are not UTF-8.
func readDocument(raw []byte) (*document, error) {
	raw, err := dropDeclaration(raw)
	if err != nil {
		return nil, err
	}
	var s stanza.Scanner
	s.Reset(documentLimits)
	n, whole, err := s.Scan(raw)
	var syntax *stanza.SyntaxError
	switch {
	case errors.As(err, &syntax) && (syntax.Kind == stanza.TooBig || syntax.Kind == stanza.TooDeep || syntax.Kind == stanza.TooMany):
		return nil, &fault{code: tooLarge}
	case err != nil, !whole, n != len(raw):
		return nil, &fault{code: malformed}
	}
	outer, inside, err := stanza.Split(raw)
	if err != nil || outer.Local != "Command" || outer.Space != "" {
		return nil, &fault{code: malformed}
	}
	d := &document{attrs: make(map[string]string), children: inside}
	for a := range stanza.Attributes(raw) {
		if len(a.Prefix) == 0 {
			d.attrs[string(a.Local)] = a.Text()
		}
	}
	return d, nil
}

// dropDeclaration takes the XML declaration off; one that names another encoding than
// UTF-8, which is all that there is here, is a fault (XML 1.0 §4.3.3).
func dropDeclaration(raw []byte) ([]byte, error) {
	if !bytes.HasPrefix(raw, []byte("<?xml")) || len(raw) < 6 || !strings.ContainsRune(blank, rune(raw[5])) {
		return raw, nil
	}
	inside, rest, ok := bytes.Cut(raw, []byte("?>"))
	if !ok || bytes.ContainsAny(inside[1:], "<>") {
		return nil, &fault{code: malformed}
	}
	for a := range stanza.Attributes(inside) {
		name, value := string(a.Local), string(a.Value)
		switch {
		case name == "version" && strings.HasPrefix(value, "1."):
		case name == "encoding" && (strings.EqualFold(value, "utf-8") || strings.EqualFold(value, "us-ascii")):
		case name == "standalone":
		default:
			return nil, &fault{code: malformed}
		}
	}
	return bytes.TrimLeft(rest, blank), nil
}

// has reports whether an attribute was given, and not empty.
func (d *document) has(name string) bool { return strings.TrimSpace(d.attrs[name]) != "" }

// first gives the first of several attributes that was given, and its name.
func (d *document) first(names ...string) (name, value string) {
	for _, name := range names {
		if d.has(name) {
			return name, strings.TrimSpace(d.attrs[name])
		}
	}
	return names[0], ""
}

// child gives the first child of a name.
func (d *document) child(name string) (*stanza.Element, bool) {
	for i := range d.children {
		if d.children[i].Local == name {
			return &d.children[i], true
		}
	}
	return nil, false
}

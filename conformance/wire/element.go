package wire

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The namespaces that patterns and elements may use without saying so.
const (
	NSClient = "jabber:client"
	NSStream = "http://etherx.jabber.org/streams"
)

// within is what an element of a client's stream stands in.
const within = "<stream:stream xmlns='" + NSClient + "' xmlns:stream='" + NSStream + "'>"

// An Element is one that has been read.
type Element struct {
	Raw      string // as it came, with what it stood in
	Name     xml.Name
	Attrs    []xml.Attr // without declarations of namespaces
	Children []*Element
	Text     string // character data directly inside
}

// Attr gives the value of an attribute without a prefix, "" if it is not there.
func (e *Element) Attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Space == "" && a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// Child gives the first child of that name, nil if there is none.
func (e *Element) Child(space, local string) *Element {
	for _, c := range e.Children {
		if c.Name.Space == space && c.Name.Local == local {
			return c
		}
	}
	return nil
}

// Is reports whether the element has that name in the namespace of stanzas.
func (e *Element) Is(local string) bool {
	return e.Name == xml.Name{Space: NSClient, Local: local}
}

// Body gives the text of the <body/> of a message, "" if it has none.
func (e *Element) Body() string {
	if b := e.Child(NSClient, "body"); b != nil {
		return b.Text
	}
	return ""
}

func (e *Element) String() string {
	return strings.TrimSuffix(strings.TrimPrefix(e.Raw, within), "</stream:stream>")
}

// parse reads a stream with one element in it, or with none, which is then what
// it gives. The decoder checks that all of it is well-formed.
func parse(stream string) (*Element, error) {
	d := xml.NewDecoder(strings.NewReader(stream))
	var open []*Element
	var root *Element
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) && root != nil && len(open) == 0 {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("not well-formed: %w: %.500q", err, stream)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			e := &Element{Name: tok.Name, Attrs: attributes(tok.Attr)}
			if len(open) > 0 {
				over := open[len(open)-1]
				over.Children = append(over.Children, e)
			} else {
				root = e
			}
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				open[len(open)-1].Text += string(tok)
			}
		}
	}
	if len(root.Children) > 0 {
		root = root.Children[0]
	}
	root.Raw = stream
	return root, nil
}

// attributes leaves out what only declares namespaces, and copies the rest.
func attributes(all []xml.Attr) []xml.Attr {
	var list []xml.Attr
	for _, a := range all {
		if a.Name.Space != "xmlns" && a.Name != (xml.Name{Local: "xmlns"}) {
			list = append(list, a)
		}
	}
	return list
}

package websdk

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"

	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// An element is a tree of one element. What an SDK sends and is sent is translated as
// such: the adapter is the one place of the server where a stanza is made new, and pays
// for it only what its clients cost.
type element struct {
	space, local string
	attrs        []attribute
	nodes        []node
}

// An attribute has no prefix, but for xml:lang. Others have no place in what is
// translated.
type attribute struct{ name, value string }

// A node is a child or a piece of text.
type node struct {
	child *element
	text  string
}

const nsXML = "http://www.w3.org/XML/1998/namespace"

// errTree is that bytes are not one whole element.
var errTree = errors.New("not one element")

// parse makes a tree of an element of a client's stream that a Framer has checked.
func parse(raw []byte) (*element, error) {
	d := xml.NewDecoder(bytes.NewReader(raw))
	d.DefaultSpace = stream.NSClient
	var open []*element
	var root *element
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) && root != nil && len(open) == 0 {
			return root, nil
		}
		if err != nil {
			return nil, errTree
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			e := begin(tok)
			switch {
			case len(open) > 0:
				open[len(open)-1].with(e)
			case root != nil:
				return nil, errTree
			default:
				root = e
			}
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				open[len(open)-1].saying(string(tok))
			}
		}
	}
}

// begin makes an element of its start tag.
func begin(tag xml.StartElement) *element {
	e := &element{space: tag.Name.Space, local: tag.Name.Local}
	for _, a := range tag.Attr {
		switch {
		case a.Name.Space == "" && a.Name.Local != "xmlns":
			e.attrs = append(e.attrs, attribute{a.Name.Local, a.Value})
		case a.Name.Space == nsXML && a.Name.Local == "lang":
			e.attrs = append(e.attrs, attribute{"xml:lang", a.Value})
		}
	}
	return e
}

// elem makes an element; an attribute without a value is left out.
func elem(space, local string, attrs ...string) *element {
	e := &element{space: space, local: local}
	for i := 0; i+1 < len(attrs); i += 2 {
		if attrs[i+1] != "" {
			e.attrs = append(e.attrs, attribute{attrs[i], attrs[i+1]})
		}
	}
	return e
}

// with adds children that are not nil.
func (e *element) with(children ...*element) *element {
	for _, c := range children {
		if c != nil {
			e.nodes = append(e.nodes, node{child: c})
		}
	}
	return e
}

// saying adds text.
func (e *element) saying(text string) *element {
	e.nodes = append(e.nodes, node{text: text})
	return e
}

func (e *element) is(space, local string) bool {
	return e != nil && e.space == space && e.local == local
}

// attr gives an attribute, "" if it is not there.
func (e *element) attr(name string) string {
	for i := range e.attrs {
		if e.attrs[i].name == name {
			return e.attrs[i].value
		}
	}
	return ""
}

// set gives an attribute a value; "" removes it.
func (e *element) set(name, value string) {
	i := slices.IndexFunc(e.attrs, func(a attribute) bool { return a.name == name })
	switch {
	case i < 0 && value == "":
	case i < 0:
		e.attrs = append(e.attrs, attribute{name, value})
	case value == "":
		e.attrs = slices.Delete(e.attrs, i, i+1)
	default:
		e.attrs[i].value = value
	}
}

// children gives the elements inside.
func (e *element) children() []*element {
	if e == nil {
		return nil
	}
	var list []*element
	for i := range e.nodes {
		if c := e.nodes[i].child; c != nil {
			list = append(list, c)
		}
	}
	return list
}

// child gives the first child of that name, nil if there is none.
func (e *element) child(space, local string) *element {
	for _, c := range e.children() {
		if c.is(space, local) {
			return c
		}
	}
	return nil
}

// first gives the first child, nil if there is none.
func (e *element) first() *element {
	if list := e.children(); len(list) > 0 {
		return list[0]
	}
	return nil
}

// text gives the text directly inside.
func (e *element) text() string {
	if e == nil {
		return ""
	}
	var s string
	for i := range e.nodes {
		s += e.nodes[i].text
	}
	return s
}

// each calls f for e and all below it.
func (e *element) each(f func(*element)) {
	f(e)
	for _, c := range e.children() {
		c.each(f)
	}
}

// append writes e, which stands in an element of the namespace around.
func (e *element) append(dst []byte, around string) []byte {
	name := e.local
	if e.space == stream.NS {
		name = "stream:" + name // declared by the opening tag
	}
	dst = append(dst, '<')
	dst = append(dst, name...)
	if e.space != around && e.space != stream.NS {
		dst = stanza.AppendAttr(dst, "xmlns", e.space)
	}
	for _, a := range e.attrs {
		dst = stanza.AppendAttr(dst, a.name, a.value)
	}
	if len(e.nodes) == 0 {
		return append(dst, "/>"...)
	}
	dst = append(dst, '>')
	inside := e.space
	if e.space == stream.NS {
		inside = around
	}
	for _, n := range e.nodes {
		if n.child != nil {
			dst = n.child.append(dst, inside)
		} else {
			dst = stanza.AppendText(dst, n.text)
		}
	}
	dst = append(dst, "</"...)
	dst = append(dst, name...)
	return append(dst, '>')
}

// bytes writes e as it stands in a client's stream.
func (e *element) bytes() []byte { return e.append(nil, stream.NSClient) }

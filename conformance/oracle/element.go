package oracle

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The namespaces that streams cannot do without (RFC 6120 §4 to §8).
const (
	NSClient  = "jabber:client"
	NSStream  = "http://etherx.jabber.org/streams"
	NSStreams = "urn:ietf:params:xml:ns:xmpp-streams"
	NSStanzas = "urn:ietf:params:xml:ns:xmpp-stanzas"
	NSTLS     = "urn:ietf:params:xml:ns:xmpp-tls"
	NSSASL    = "urn:ietf:params:xml:ns:xmpp-sasl"
	NSBind    = "urn:ietf:params:xml:ns:xmpp-bind"
	NSFraming = "urn:ietf:params:xml:ns:xmpp-framing"
	NSXML     = "http://www.w3.org/XML/1998/namespace"
)

// An Element is one that has been read.
type Element struct {
	Name     xml.Name
	Attrs    []xml.Attr // without declarations of namespaces
	Children []*Element
	Text     string // character data directly inside
	Raw      string // as it came; only of what stood directly in the stream
}

// Attr gives the value of an attribute without a prefix, "" if it is not there.
func (e *Element) Attr(name string) string {
	v, _ := e.attr(xml.Name{Local: name})
	return v
}

// Lang gives the value of xml:lang, "" if it is not there.
func (e *Element) Lang() string {
	v, _ := e.attr(xml.Name{Space: NSXML, Local: "lang"})
	return v
}

func (e *Element) attr(name xml.Name) (string, bool) {
	for _, a := range e.Attrs {
		if a.Name == name {
			return a.Value, true
		}
	}
	return "", false
}

// Has reports whether an attribute without a prefix is there.
func (e *Element) Has(name string) bool {
	_, ok := e.attr(xml.Name{Local: name})
	return ok
}

// Is reports whether the element has that name in the namespace of stanzas.
func (e *Element) Is(local string) bool { return e.Name == xml.Name{Space: NSClient, Local: local} }

// Child gives the first child of that name, nil if there is none; an empty local
// name stands for any.
func (e *Element) Child(space, local string) *Element {
	for _, c := range e.Children {
		if c.Name.Space == space && (local == "" || c.Name.Local == local) {
			return c
		}
	}
	return nil
}

// Find gives the first element of that name in the element or anywhere below it.
func (e *Element) Find(space, local string) *Element {
	if e.Name.Space == space && e.Name.Local == local {
		return e
	}
	for _, c := range e.Children {
		if f := c.Find(space, local); f != nil {
			return f
		}
	}
	return nil
}

// All gives the elements of that name in the element and everywhere below it.
func (e *Element) All(space, local string) []*Element {
	var list []*Element
	if e.Name.Space == space && e.Name.Local == local {
		list = append(list, e)
	}
	for _, c := range e.Children {
		list = append(list, c.All(space, local)...)
	}
	return list
}

// Condition gives the name of the error condition in an error stanza, a stream
// error or a SASL failure, "" if there is none.
func (e *Element) Condition() string {
	in := e
	if inner := e.Child(e.Name.Space, "error"); inner != nil {
		in = inner
	}
	for _, c := range in.Children {
		switch c.Name.Space {
		case NSStreams, NSStanzas, NSSASL:
			if c.Name.Local != "text" {
				return c.Name.Local
			}
		}
	}
	return ""
}

// ErrorType gives the type attribute of the error in an error stanza.
func (e *Element) ErrorType() string {
	if inner := e.Child(e.Name.Space, "error"); inner != nil {
		return inner.Attr("type")
	}
	return ""
}

func (e *Element) String() string { return e.Raw }

// Parse reads one element; namespaces that it does not declare are those of a
// client's stream.
func Parse(text string) (*Element, error) {
	d := xml.NewDecoder(strings.NewReader("<stream:stream xmlns='" + NSClient + "' xmlns:stream='" + NSStream + "'>" + text + "</stream:stream>"))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	for {
		tok, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("%w in %.200q", err, text)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			e, err := build(d, tok)
			if e != nil {
				e.Raw = text
			}
			return e, err
		case xml.EndElement:
			return nil, errors.New("no element")
		}
	}
}

// maxDepth bounds what a hostile target can nest.
const maxDepth = 200

// build reads the rest of an element whose start tag has been read.
func build(d *xml.Decoder, start xml.StartElement) (*Element, error) {
	root := &Element{Name: start.Name, Attrs: attributes(start.Attr)}
	open := []*Element{root}
	for len(open) > 0 {
		tok, err := d.Token()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
		top := open[len(open)-1]
		switch tok := tok.(type) {
		case xml.StartElement:
			if len(open) > maxDepth {
				return nil, errors.New("elements nested too deeply")
			}
			e := &Element{Name: tok.Name, Attrs: attributes(tok.Attr)}
			top.Children = append(top.Children, e)
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			top.Text += string(tok)
		}
	}
	return root, nil
}

// attributes leaves out what only declares namespaces, and copies the rest.
func attributes(all []xml.Attr) []xml.Attr {
	var list []xml.Attr
	for _, a := range all {
		if a.Name.Space == "xmlns" || a.Name == (xml.Name{Local: "xmlns"}) {
			continue
		}
		if a.Name.Space == "xml" {
			a.Name.Space = NSXML
		}
		list = append(list, a)
	}
	return list
}

// ParseAlone reads a text that is one element and nothing else, with every
// namespace that it uses declared in it, as messages of a WebSocket and bodies of
// BOSH are.
func ParseAlone(text string) (*Element, error) {
	d := xml.NewDecoder(strings.NewReader(text))
	var root *Element
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) && root != nil {
			root.Raw = text
			return root, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%w in %.200q", err, text)
		}
		if start, ok := tok.(xml.StartElement); ok {
			if root != nil {
				return nil, errors.New("more than one element")
			}
			if root, err = build(d, start); err != nil {
				return nil, err
			}
		}
	}
}

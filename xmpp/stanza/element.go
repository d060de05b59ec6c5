package stanza

// An Element is an element that stands alone: outside of a stanza, with all that it
// needs declared on it.
type Element struct {
	Space string // the namespace, unescaped
	Local string
	XML   []byte // may not be changed
	At    Span   // where it stands in the element that it was taken out of
}

// Is reports whether the element is local of the namespace ns.
func (e *Element) Is(ns, local string) bool { return e.Local == local && e.Space == ns }

// Attr gives an attribute that has no prefix, unescaped; "" if it is not there.
func (e *Element) Attr(name string) string {
	for a := range Attributes(e.XML) {
		if len(a.Prefix) == 0 && string(a.Local) == name {
			return a.Text()
		}
	}
	return ""
}

// Text gives the character data directly inside the element, unescaped.
func (e *Element) Text() string { return ElementText(e.XML) }

// Inside gives the elements directly inside e, in order, each made to stand alone.
// Their bytes lie in those of e if nothing had to be declared.
func (e *Element) Inside() ([]Element, error) {
	_, inside, err := Split(e.XML)
	return inside, err
}

// Split reads one whole element that stands alone, and the elements directly inside
// it. It checks all of raw, and copies nothing that stands alone already.
func Split(raw []byte) (outer Element, inside []Element, err error) {
	ix, err := index(raw)
	if err != nil {
		return outer, nil, err
	}
	s := Stanza{raw: raw, ix: ix}
	outer = Element{Space: attrText(s.Bytes(ix.NS)), Local: string(s.Bytes(ix.Name)), XML: raw}
	for _, c := range ix.Children {
		inside = append(inside, Element{Space: s.spaceInside(c), Local: string(s.Bytes(c.Name)), XML: s.standAlone(c), At: c.All})
	}
	return outer, inside, nil
}

// spaceInside gives the namespace of a child, whatever that of the outer element is.
func (s *Stanza) spaceInside(c Child) string {
	if c.NS != (Span{}) {
		return attrText(s.Bytes(c.NS))
	}
	if s.raw[c.Name.Start-1] == ':' {
		return nsXML // the only prefix that is declared nowhere
	}
	return attrText(s.Bytes(s.Index().XMLNS.Value))
}

// standAlone is ChildBytes for an outer element that is no stanza, whose namespace
// is not left to a stream.
func (s *Stanza) standAlone(c Child) []byte {
	outside := s.Index().XMLNS != (Attr{}) || s.Index().Declares
	if !outside || !s.borrows(c) {
		return s.Bytes(c.All)
	}
	return s.appendChild(nil, c, requote(s.Bytes(s.Index().XMLNS.Value)))
}

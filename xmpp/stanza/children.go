package stanza

import "bytes"

// Children gives the elements directly inside s, in order. They may not be changed.
func (s *Stanza) Children() []Child { return s.Index().Children }

// Has reports whether s has a child local of the namespace ns; an empty local
// stands for any. Children in the namespace of the stanza itself, such as body
// and subject, are found under NSClient, whatever stream s came by.
func (s *Stanza) Has(ns, local string) bool {
	_, ok := s.Child(ns, local)
	return ok
}

// Child gives the first child that Has finds.
func (s *Stanza) Child(ns, local string) (Child, bool) {
	for _, c := range s.Index().Children {
		if s.ChildIs(c, ns, local) {
			return c, true
		}
	}
	return Child{}, false
}

// ChildIs reports whether the child c is what Has looks for.
func (s *Stanza) ChildIs(c Child, ns, local string) bool {
	if local != "" && string(s.Bytes(c.Name)) != local {
		return false
	}
	return ValueIs(s.ChildNS(c), ns)
}

// nsClientBytes is NSClient for comparing; it is never written to.
var nsClientBytes = []byte(NSClient)

// ChildNS gives the namespace of the child c as it is written, which may not be
// changed. For a child in the namespace of the stanza itself it is NSClient.
func (s *Stanza) ChildNS(c Child) []byte {
	if c.NS != s.Index().NS && c.NS != (Span{}) {
		return s.Bytes(c.NS)
	}
	// xml is the only prefix that is declared nowhere.
	if c.NS == (Span{}) && s.raw[c.Name.Start-1] == ':' {
		return nsXMLBytes
	}
	return nsClientBytes
}

// Payload gives the first child: that of an IQ says what is asked (RFC 6120 §8.2.3).
func (s *Stanza) Payload() (Child, bool) {
	if len(s.Index().Children) == 0 {
		return Child{}, false
	}
	return s.Index().Children[0], true
}

// PayloadIs reports whether the first child is local of the namespace ns; an empty local stands for any.
func (s *Stanza) PayloadIs(ns, local string) bool {
	c, ok := s.Payload()
	return ok && s.ChildIs(c, ns, local)
}

// Text gives the character data directly inside the first child local of ns,
// unescaped; "" if there is no such child.
func (s *Stanza) Text(ns, local string) string {
	c, ok := s.Child(ns, local)
	if !ok {
		return ""
	}
	return s.ChildText(c)
}

// ChildText gives the character data directly inside c, unescaped.
func (s *Stanza) ChildText(c Child) string { return ElementText(s.Bytes(c.All)) }

// InnerText gives the character data directly inside the first element local that
// is directly inside c and has its namespace, unescaped; "" if there is none.
func (s *Stanza) InnerText(c Child, local string) string {
	raw := s.ChildBytes(c)
	ix, err := index(raw)
	if err != nil {
		return ""
	}
	inner, ns := Stanza{raw: raw, ix: ix}, attrText(s.ChildNS(c))
	for _, g := range ix.Children {
		want := ns
		if g.NS == ix.NS || g.NS == (Span{}) {
			want = NSClient // it has its namespace from c
		}
		if inner.ChildIs(g, want, local) {
			return inner.ChildText(g)
		}
	}
	return ""
}

// ElementText gives the character data directly inside the checked element raw,
// unescaped.
func ElementText(raw []byte) string {
	raw = raw[tagLen(raw):]
	var text []byte
	for depth := 0; ; {
		n := bytes.IndexByte(raw, '<')
		if n < 0 {
			break
		}
		if depth == 0 {
			text = appendCharData(text, raw[:n])
		}
		raw = raw[n:]
		if rest, ok := bytes.CutPrefix(raw, []byte("<!"+cdataOpening)); ok {
			inside, after, _ := bytes.Cut(rest, []byte("]]>"))
			if depth == 0 {
				text = appendLines(text, inside)
			}
			raw = after
			continue
		}
		end := tagLen(raw)
		switch {
		case raw[1] == '/':
			depth--
		case raw[end-2] != '/':
			depth++
		}
		raw = raw[end:]
	}
	return string(text)
}

// tagLen gives the length of the tag that the checked XML raw begins with.
func tagLen(raw []byte) int {
	var quote byte
	for i, c := range raw {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '>':
			return i + 1
		}
	}
	return len(raw)
}

// ChildBytes gives the child c as XML that stands alone: the namespace and the
// prefixes that it borrows from the stanza are declared on it. The bytes are
// copied only if something has to be declared, and may not be changed.
func (s *Stanza) ChildBytes(c Child) []byte {
	raw := s.Bytes(c.All)
	if !s.borrows(c) {
		return raw
	}
	return s.appendChild(nil, c, s.defaultNS())
}

// borrows reports whether c may use what is declared outside it. What is inside
// a child with a prefix may use the default namespace.
func (s *Stanza) borrows(c Child) bool {
	return s.Index().Declares || c.NS.Start < c.All.Start || s.raw[c.Name.Start-1] == ':'
}

// appendChild appends c with what it borrows declared on it. DefaultNS is the default
// namespace around it, as it is written between single quotes.
func (s *Stanza) appendChild(dst []byte, c Child, defaultNS []byte) []byte {
	raw := s.Bytes(c.All)
	name := nameEnd(raw)
	dst = append(dst, raw[:name]...)

	hasNS := false
	own := make(map[string]bool) // prefixes that c declares itself
	for a := range Attributes(raw) {
		switch {
		case a.DeclaresPrefix():
			own[string(a.Local)] = true
		case len(a.Prefix) == 0 && string(a.Local) == "xmlns":
			hasNS = true
		}
	}
	if !hasNS {
		dst = append(dst, " xmlns='"...)
		dst = append(dst, defaultNS...)
		dst = append(dst, '\'')
	}
	if s.Index().Declares {
		for a := range Attributes(s.raw) {
			// A prefix that does not occur need not be declared.
			if a.DeclaresPrefix() && !own[string(a.Local)] && bytes.Contains(raw, append(a.Local[:len(a.Local):len(a.Local)], ':')) {
				dst = appendDeclaration(dst, a)
			}
		}
	}
	return append(dst, raw[name:]...)
}

// defaultNS gives the default namespace inside the stanza as it is written
// between single quotes.
func (s *Stanza) defaultNS() []byte {
	if s.Index().XMLNS == (Attr{}) || s.Index().XMLNS.Value == s.Index().NS {
		return nsClientBytes
	}
	return requote(s.Bytes(s.Index().XMLNS.Value))
}

// requote makes an attribute value fit between single quotes.
func requote(value []byte) []byte {
	return bytes.ReplaceAll(value, []byte("'"), []byte("&apos;"))
}

// appendDeclaration appends the declaration of a prefix that stands on another element.
func appendDeclaration(dst []byte, a Attribute) []byte {
	dst = append(dst, " xmlns:"...)
	dst = append(dst, a.Local...)
	dst = append(dst, "='"...)
	dst = append(dst, requote(a.Value)...)
	return append(dst, '\'')
}

package stanza

import "unicode/utf8"

const cdataOpening = "[CDATA["

// markup reads the byte behind a '<'.
func (s *Scanner) markup(buf []byte) bool {
	if s.pos == len(buf) {
		return false
	}
	switch buf[s.pos] {
	case '/':
		if len(s.open) == 0 {
			return s.fail(NotWellFormed, s.tag)
		}
		s.pos++
		s.mark = s.pos
		s.state = inEndName
		return s.endName(buf)
	case '!':
		s.pos++
		s.mark = s.pos
		s.state = inBang
		return true
	case '?':
		// No processing instructions (RFC 6120 §11.1).
		return s.fail(Restricted, s.tag)
	default:
		s.beginName(inName)
		s.attrs = s.attrs[:0]
		s.hasPrefix = false
		s.tagNS = Span{}
		s.tagBindings = len(s.bound)
		return s.elementName(buf)
	}
}

// bang reads what stands behind "<!": a CDATA section, and nothing else.
func (s *Scanner) bang(buf []byte) bool {
	for ; s.pos < len(buf); s.pos++ {
		at := s.pos - s.mark
		if buf[s.pos] != cdataOpening[at] {
			if at == 0 { // a comment or a DTD (RFC 6120 §11.1)
				return s.fail(Restricted, s.tag)
			}
			return s.fail(NotWellFormed, s.tag)
		}
		if at == len(cdataOpening)-1 {
			if len(s.open) == 0 {
				return s.fail(NotWellFormed, s.tag)
			}
			s.pos++
			s.mark = s.pos
			s.state = inCDATA
			return true
		}
	}
	return false
}

// beginName makes the present position the start of a name.
func (s *Scanner) beginName(st state) {
	s.mark = s.pos
	s.colon = 0
	s.state = st
}

// scanName reads a name, and reports whether its end is in sight and it is a
// QName (Namespaces in XML 1.0 §4).
func (s *Scanner) scanName(buf []byte) (qname, bool) {
	i := s.pos
	for {
		for i < len(buf) && asciiClass[buf[i]]&className != 0 {
			i++
		}
		s.pos = i
		if i == len(buf) {
			return qname{}, false
		}
		if buf[i] < utf8.RuneSelf {
			if buf[i] != ':' || s.colon != 0 {
				break
			}
			s.colon = i
			i++
			continue
		}
		r, n := s.wideRune(buf, i)
		if n == 0 {
			return qname{}, false
		}
		if !isNameRune(r) {
			break
		}
		s.wideNames = true
		i += n
	}
	if !nameBegins(buf[s.mark:i]) || s.colon != 0 && !nameBegins(buf[s.colon+1:i]) {
		s.fail(NotWellFormed, s.mark)
		return qname{}, false
	}
	return qname{uint32(s.mark), uint32(s.colon), uint32(i)}, true
}

// nameBegins reports whether an NCName may begin as b does.
func nameBegins(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	if b[0] < utf8.RuneSelf {
		return asciiClass[b[0]]&classNameStart != 0
	}
	r, _ := utf8.DecodeRune(b)
	return isNameStart(r)
}

func (s *Scanner) elementName(buf []byte) bool {
	name, ok := s.scanName(buf)
	if !ok {
		return false
	}
	s.name = name
	s.enterTag()
	return s.insideTag(buf)
}

// enterTag expects attributes or the end of the start tag.
func (s *Scanner) enterTag() {
	s.gap = s.pos
	s.spaced = false
	s.state = inTag
}

func (s *Scanner) insideTag(buf []byte) bool {
	for ; s.pos < len(buf); s.pos++ {
		c := buf[s.pos]
		if !isSpace(c) {
			switch {
			case c == '>':
				s.pos++
				return s.startElement(buf, false)
			case c == '/':
				s.pos++
				s.state = atEmptyEnd
				return s.emptyEnd(buf)
			case s.spaced:
				s.beginName(inAttrName)
				return s.attributeName(buf)
			default:
				return s.fail(NotWellFormed, s.pos)
			}
		}
		s.spaced = true
	}
	return false
}

func (s *Scanner) emptyEnd(buf []byte) bool {
	return s.expect(buf, '>', inText) && s.startElement(buf, true)
}

func (s *Scanner) attributeName(buf []byte) bool {
	name, ok := s.scanName(buf)
	if !ok {
		return false
	}
	s.attrName = name
	s.state = atEquals
	// The usual ='…' is taken at once.
	if i := s.pos; i+1 < len(buf) && buf[i] == '=' && (buf[i+1] == '\'' || buf[i+1] == '"') {
		s.pos++
		return s.openQuote(buf)
	}
	return true
}

func (s *Scanner) openQuote(buf []byte) bool {
	c := buf[s.pos]
	if c != '\'' && c != '"' {
		return s.fail(NotWellFormed, s.pos)
	}
	s.quote = c
	s.expands = false
	s.pos++
	s.mark = s.pos
	s.state = inValue
	return s.value(buf)
}

// attribute takes the attribute whose closing quote has just been read.
func (s *Scanner) attribute(buf []byte) bool {
	a := scannedAttr{s.attrName, Span{uint32(s.mark), uint32(s.pos - 1)}}
	name := buf[a.name.start:a.name.end]
	if len(s.attrs) >= s.limits.Attrs {
		return s.fail(TooMany, int(a.name.start))
	}
	for _, b := range s.attrs {
		// "An attribute name MUST NOT appear more than once" (XML 1.0 §3.1)
		if string(buf[b.name.start:b.name.end]) == string(name) {
			return s.fail(NotWellFormed, int(a.name.start))
		}
	}
	s.attrs = append(s.attrs, a)
	switch {
	case len(name) >= 5 && string(name[:5]) == "xmlns" && (len(name) == 5 || name[5] == ':'):
		if !s.declare(buf, a) {
			return false
		}
	case a.name.colon != 0:
		s.hasPrefix = true
	}
	if len(s.open) == 0 {
		s.indexAttr(name, Attr{All: Span{uint32(s.gap), uint32(s.pos)}, Value: a.value})
	}
	s.enterTag()
	return true
}

// endName reads the name of an end tag, which must be that of the innermost open element.
func (s *Scanner) endName(buf []byte) bool {
	name := s.open[len(s.open)-1].name
	read := uint32(s.pos - s.mark)
	want := buf[name.start+read : name.end]
	n := min(len(want), len(buf)-s.pos)
	if string(buf[s.pos:s.pos+n]) != string(want[:n]) {
		return s.fail(NotWellFormed, s.mark)
	}
	s.pos += n
	if n < len(want) {
		return false
	}
	s.state = atEndTagEnd
	return s.skipSpace(buf) && s.endTagEnd(buf)
}

func (s *Scanner) endTagEnd(buf []byte) bool {
	return s.expect(buf, '>', inText) && s.endElement()
}

package stanza

// startElement takes the start tag whose '>' has just been read.
func (s *Scanner) startElement(buf []byte, empty bool) bool {
	if len(s.open) >= s.limits.Depth {
		return s.fail(TooDeep, s.tag)
	}
	ns := s.tagNS
	if s.name.colon != 0 {
		prefix := buf[s.name.start:s.name.colon]
		_, at, ok := s.lookup(buf, prefix)
		if !ok {
			return s.fail(UnboundPrefix, int(s.name.start))
		}
		ns = at
	}
	if s.hasPrefix && !s.checkExpandedNames(buf) {
		return false
	}
	switch len(s.open) {
	case 0:
		s.indexRoot(ns)
	case 1:
		if len(s.ix.Children) >= s.limits.Children {
			return s.fail(TooMany, s.tag)
		}
		s.indexChild(ns)
	}
	if s.startOnly {
		s.state = finished
		return false
	}
	s.open = append(s.open, openElement{s.name, s.tagBindings})
	if empty {
		s.tag = 0 // there is no end tag
		return s.endElement()
	}
	s.mark = s.pos
	s.state = inText
	return true
}

// endElement takes the innermost open element, whose last '>' has just been read.
func (s *Scanner) endElement() bool {
	last := len(s.open) - 1
	s.bound = s.bound[:s.open[last].bindings]
	s.open = s.open[:last]
	switch last {
	case 0:
		s.ix.Closing = uint32(s.tag)
		s.state = finished
		return false
	case 1:
		s.ix.Children[len(s.ix.Children)-1].All.End = uint32(s.pos)
	}
	s.mark = s.pos
	s.state = inText
	return true
}

// indexRoot notes where the parts of the outermost start tag stand.
func (s *Scanner) indexRoot(ns Span) {
	s.ix.Name = s.name.local()
	s.ix.Prefixed = s.name.colon != 0
	s.ix.NS = ns
	s.ix.Declares = len(s.bound) > 0
	s.ix.TagEnd = uint32(s.pos)
}

// indexChild notes where the first-level child that begins stands. Its end is not known yet.
func (s *Scanner) indexChild(ns Span) {
	if ns == (Span{}) && s.name.colon == 0 {
		ns = s.ix.XMLNS.Value
	}
	s.ix.Children = append(s.ix.Children, Child{
		All:  Span{Start: uint32(s.tag)},
		Name: s.name.local(),
		NS:   ns,
	})
}

// indexAttr notes an attribute of the outermost element if it is one that heads are made of.
func (s *Scanner) indexAttr(name []byte, a Attr) {
	switch string(name) {
	case "to":
		s.ix.To = a
	case "from":
		s.ix.From = a
	case "id":
		s.ix.ID = a
	case "type":
		s.ix.Type = a
	case "xmlns":
		s.ix.XMLNS = a
	case "xml:lang":
		s.ix.Lang = a
	}
}

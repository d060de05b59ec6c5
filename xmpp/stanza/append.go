package stanza

import "causeway/xmpp/jid"

// AppendTo appends s as it leaves: from and to as the fields say, all else as it
// came, and behind its children s.Extra and extra, whole elements of ours. The
// namespace of the stanza is left to the stream. It does not allocate but for dst.
func (s *Stanza) AppendTo(dst []byte, extra ...[]byte) []byte {
	return s.appendWith(dst, "", extra)
}

// AppendForwarded appends s as it stands inside other elements and in the
// archive: as AppendTo, with its namespace declared, which "MUST be preserved"
// (XEP-0297 #schema).
func (s *Stanza) AppendForwarded(dst []byte) []byte {
	return s.appendWith(dst, " xmlns='"+NSClient+"'", nil)
}

func (s *Stanza) appendWith(dst []byte, xmlns string, extra [][]byte) []byte {
	if len(s.raw) == 0 { // the zero Stanza
		return dst
	}
	dst = append(dst, s.raw[:s.Index().Name.End]...)
	dst = append(dst, xmlns...)
	dst = appendAddress(dst, " from='", s.From)
	dst = appendAddress(dst, " to='", s.To)
	dst = s.appendRest(dst)

	if s.Index().Closing != 0 {
		dst = append(dst, s.raw[s.Index().TagEnd-1:s.Index().Closing]...) // from the '>' on
	} else if len(extra) == 0 && len(s.Extra) == 0 {
		return append(dst, '/', '>')
	} else {
		dst = append(dst, '>')
	}
	dst = append(dst, s.Extra...)
	for _, x := range extra {
		dst = append(dst, x...)
	}
	if s.Index().Closing != 0 {
		return append(dst, s.raw[s.Index().Closing:]...)
	}
	dst = append(dst, '<', '/')
	dst = append(dst, s.Bytes(s.Index().Name)...)
	return append(dst, '>')
}

// appendRest appends the attributes that are left when to, from and xmlns are cut
// out of the start tag.
func (s *Stanza) appendRest(dst []byte) []byte {
	cut := [...]Span{s.Index().To.All, s.Index().From.All, s.Index().XMLNS.All}
	// Sorted by hand: three spans are not worth a call.
	if cut[0].Start > cut[1].Start {
		cut[0], cut[1] = cut[1], cut[0]
	}
	if cut[1].Start > cut[2].Start {
		cut[1], cut[2] = cut[2], cut[1]
	}
	if cut[0].Start > cut[1].Start {
		cut[0], cut[1] = cut[1], cut[0]
	}
	end := s.Index().TagEnd - 1
	if s.Index().Closing == 0 {
		end-- // before "/>"
	}
	at := s.Index().Name.End
	for _, c := range cut {
		if c.End != 0 {
			dst = append(dst, s.raw[at:c.Start]...)
			at = c.End
		}
	}
	return append(dst, s.raw[at:end]...)
}

// appendAddress appends an attribute, opened by before, unless j is no address.
func appendAddress(dst []byte, before string, j jid.JID) []byte {
	if j.IsZero() {
		return dst
	}
	dst = append(dst, before...)
	dst = appendEscaped(dst, j.String(), true)
	return append(dst, '\'')
}

// dropPrefix rewrites a stanza whose name has a prefix, so that all further code
// meets stanzas in the default namespace only: where the content namespace is the
// default one, as on our streams, stanzas leave without a prefix (RFC 6120 §4.8.5).
func (s *Stanza) dropPrefix() error {
	dst := append([]byte{'<'}, s.Bytes(s.Index().Name)...)
	at := s.Index().Name.End
	if x := s.Index().XMLNS.All; x.End != 0 {
		dst = append(dst, s.raw[at:x.Start]...)
		at = x.End
	}
	dst = append(dst, s.raw[at:s.Index().TagEnd]...)
	at = s.Index().TagEnd
	for _, c := range s.Index().Children {
		dst = append(dst, s.raw[at:c.All.Start]...)
		dst = s.appendChild(dst, c, s.defaultNS())
		at = c.All.End
	}
	if s.Index().Closing != 0 {
		dst = append(dst, s.raw[at:s.Index().Closing]...)
		dst = append(dst, '<', '/')
		dst = append(dst, s.Bytes(s.Index().Name)...)
		dst = append(dst, '>')
	}
	ix, err := index(dst)
	if err != nil {
		return err
	}
	s.raw, s.ix = dst, ix
	return nil
}

package stanza

import "causeway/xmpp/jid"

// New builds a stanza. The payload is elements of ours that stand alone; if it is
// not well-formed, which would be a fault of ours, it is left out so that it ends
// nobody's stream. An empty id is no id attribute.
func New(kind Kind, typ Type, id string, from, to jid.JID, payload ...[]byte) *Stanza {
	head := append([]byte{'<'}, kind.String()...)
	if t := typ.String(); t != "" && typ != Normal {
		head = AppendAttr(head, "type", t)
	}
	if id != "" {
		head = AppendAttr(head, "id", id)
	}
	return build(kind, typ, head, from, to, payload)
}

// build ends the start tag head and puts payload behind it.
func build(kind Kind, typ Type, head []byte, from, to jid.JID, payload [][]byte) *Stanza {
	raw, empty := head, true
	for _, p := range payload {
		if len(p) == 0 {
			continue
		}
		if empty {
			raw = append(raw, '>')
			empty = false
		}
		raw = append(raw, p...)
	}
	if empty {
		raw = append(raw, '/', '>')
	} else {
		raw = append(raw, '<', '/')
		raw = append(raw, kind.String()...)
		raw = append(raw, '>')
	}
	s := &Stanza{Kind: kind, Type: typ, From: from, To: to, raw: raw}
	ix, err := index(raw)
	if err != nil {
		if empty { // a kind that is none
			return &Stanza{From: from, To: to}
		}
		return build(kind, typ, head[:len(head):len(head)], from, to, nil)
	}
	s.ix = ix
	return s
}

// answer begins a reply to s: to and from swapped, the same id as it is written.
func (s *Stanza) answer(typ Type, payload [][]byte) *Stanza {
	head := append([]byte{'<'}, s.Kind.String()...)
	head = AppendAttr(head, "type", typ.String())
	if id := s.Index().ID.All; id.End != 0 {
		head = append(head, s.Bytes(id)...)
	}
	return build(s.Kind, typ, head, s.To, s.From, payload)
}

// Result builds the result of the IQ request s (RFC 6120 §8.2.3).
func (s *Stanza) Result(payload ...[]byte) *Stanza { return s.answer(Result, payload) }

// ErrorReply builds the stanza that tells the sender of s of e (RFC 6120 §8.3.1).
// What s holds is left out, which the RFC allows. It is nil if s is itself an
// error or the answer to a request, since an error never answers an error (RFC
// 6120 §8.3.1).
func (s *Stanza) ErrorReply(e *Error) *Stanza {
	if s.Type == TypeError || s.Kind == IQ && s.Type == Result {
		return nil
	}
	return s.answer(TypeError, [][]byte{AppendError(nil, e)})
}

// AppendError appends the error element of a stanza (RFC 6120 §8.3.2).
func AppendError(dst []byte, e *Error) []byte {
	typ := e.Type
	if typ == "" {
		typ = e.Condition.errorType()
	}
	dst = append(dst, "<error"...)
	dst = AppendAttr(dst, "type", string(typ))
	dst = append(dst, "><"...)
	dst = append(dst, e.Condition...)
	dst = append(dst, " xmlns='"+NSStanzas+"'/>"...)
	if e.Text != "" {
		dst = append(dst, "<text xmlns='"+NSStanzas+"' xml:lang='en'>"...)
		dst = AppendText(dst, e.Text)
		dst = append(dst, "</text>"...)
	}
	dst = append(dst, e.App...)
	return append(dst, "</error>"...)
}

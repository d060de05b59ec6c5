package stream

import "causeway/xmpp/stanza"

// AppendAlone appends e so that it means the same outside of any stream: it declares
// the content namespace itself if it has that one. Transports that carry each element
// by itself need it (RFC 7395 §3.3.3, XEP-0206 #message).
func (e Element) AppendAlone(dst []byte) []byte {
	if e.Index.NS != (stanza.Span{}) || e.Index.Prefixed {
		return append(dst, e.Raw...)
	}
	name := e.Index.Name.End
	dst = append(dst, e.Raw[:name]...)
	dst = stanza.AppendAttr(dst, "xmlns", e.content)
	return append(dst, e.Raw[name:]...)
}

package stanza

import "bytes"

// The namespaces that are bound before any declaration (Namespaces in XML 1.0 §3).
const (
	nsXML   = "http://www.w3.org/XML/1998/namespace"
	nsXMLNS = "http://www.w3.org/2000/xmlns/"
)

// nsXMLBytes is nsXML for comparing; it is never written to.
var nsXMLBytes = []byte(nsXML)

// A binding is a prefix that a start tag has declared.
type binding struct{ prefix, ns Span }

// A Declaration is a prefix and the namespace it stands for, unescaped.
type Declaration struct{ Prefix, NS string }

// maxOuter bounds the declarations that Declare takes notice of.
const maxOuter = 64

// Declare says which prefixes are declared outside the elements to come, as on
// the root of a stream. It replaces what the last call said, survives Reset, and
// takes notice of the first 64. The slice is not copied and must stay as it is.
func (s *Scanner) Declare(outer []Declaration) { s.outer = outer[:min(len(outer), maxOuter)] }

// Leans reports whether the element uses a prefix that it does not declare
// itself (see Declare).
func (s *Scanner) Leans() bool { return s.borrowed != 0 }

// AppendBorrowed appends the declarations, as attributes, that would make the
// element stand alone.
func (s *Scanner) AppendBorrowed(dst []byte) []byte {
	for i, o := range s.outer {
		if s.borrowed&(1<<i) != 0 {
			dst = AppendAttr(dst, "xmlns:"+o.Prefix, o.NS)
		}
	}
	return dst
}

// declare takes an attribute that declares a namespace.
func (s *Scanner) declare(buf []byte, a scannedAttr) bool {
	value := buf[a.value.Start:a.value.End]
	if s.expands {
		value = expandAttr(value)
	}
	isXML, isXMLNS := string(value) == nsXML, string(value) == nsXMLNS
	if a.name.colon == 0 {
		// Neither may be the default namespace (Namespaces in XML 1.0 §3).
		if isXML || isXMLNS {
			return s.fail(NotWellFormed, int(a.name.start))
		}
		s.tagNS = a.value
		return true
	}
	prefix := a.name.local()
	switch string(buf[prefix.Start:prefix.End]) {
	case "xmlns": // "MUST NOT be declared" (Namespaces in XML 1.0 §3)
		return s.fail(NotWellFormed, int(a.name.start))
	case "xml":
		if !isXML {
			return s.fail(NotWellFormed, int(a.name.start))
		}
		return true
	}
	// No other prefix may stand for these (Namespaces in XML 1.0 §3), and a prefix
	// cannot be undeclared (§5).
	if isXML || isXMLNS || len(value) == 0 {
		return s.fail(NotWellFormed, int(a.name.start))
	}
	if len(s.bound) >= maxBindings {
		return s.fail(TooMany, int(a.name.start))
	}
	s.bound = append(s.bound, binding{prefix, a.value})
	return true
}

// lookup finds the namespace that prefix stands for, as it is written. The Span
// is where it is written, if it is inside the element.
func (s *Scanner) lookup(buf, prefix []byte) (ns []byte, at Span, ok bool) {
	for i := len(s.bound) - 1; i >= 0; i-- {
		b := s.bound[i]
		if string(buf[b.prefix.Start:b.prefix.End]) == string(prefix) {
			return buf[b.ns.Start:b.ns.End], b.ns, true
		}
	}
	if string(prefix) == "xml" {
		return nsXMLBytes, Span{}, true
	}
	for i, o := range s.outer {
		if o.Prefix == string(prefix) {
			s.borrowed |= 1 << i
			return appendEscaped(nil, o.NS, true), Span{}, true
		}
	}
	return nil, Span{}, false
}

// checkExpandedNames looks up the prefixes of the attributes of the present
// start tag. "No tag may contain two attributes which ... have qualified names
// with the same local part and with prefixes which have been bound to namespace
// names that are identical" (Namespaces in XML 1.0 §6.3).
func (s *Scanner) checkExpandedNames(buf []byte) bool {
	for i, a := range s.attrs {
		if a.name.colon == 0 || string(buf[a.name.start:a.name.colon]) == "xmlns" {
			continue
		}
		ns, _, ok := s.lookup(buf, buf[a.name.start:a.name.colon])
		if !ok {
			return s.fail(UnboundPrefix, int(a.name.start))
		}
		local := buf[a.name.colon+1 : a.name.end]
		for _, b := range s.attrs[:i] {
			if b.name.colon == 0 || string(buf[b.name.colon+1:b.name.end]) != string(local) {
				continue
			}
			other, _, _ := s.lookup(buf, buf[b.name.start:b.name.colon])
			if sameAttr(ns, other) {
				return s.fail(NotWellFormed, int(a.name.start))
			}
		}
	}
	return true
}

// ValueIs reports whether raw, which stands between the quotes of a checked
// attribute, means s. It allocates only where raw holds references or white space.
func ValueIs(raw []byte, s string) bool {
	if string(raw) == s {
		return true
	}
	return needsExpanding(raw) && string(expandAttr(raw)) == s
}

// sameAttr reports whether two attribute values are equal once unescaped.
func sameAttr(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	if !needsExpanding(a) && !needsExpanding(b) {
		return false
	}
	return bytes.Equal(expandAttr(a), expandAttr(b))
}

package stanza

import (
	"bytes"
	"iter"
)

// An Attribute is one attribute of a start tag, as it is written.
type Attribute struct {
	Prefix, Local []byte // Prefix is empty if there is none
	Value         []byte // what stands between the quotes, escaped
}

// Text gives the value unescaped.
func (a Attribute) Text() string { return attrText(a.Value) }

// DeclaresPrefix reports whether a declares a prefix, which is then a.Local.
func (a Attribute) DeclaresPrefix() bool { return string(a.Prefix) == "xmlns" }

// Attributes ranges over the attributes of the start tag that raw begins with.
// The tag must have been checked by a Scanner.
func Attributes(raw []byte) iter.Seq[Attribute] {
	return func(yield func(Attribute) bool) {
		rest := raw[nameEnd(raw):]
		for {
			rest = bytes.TrimLeft(rest, " \t\r\n")
			eq := bytes.IndexByte(rest, '=')
			if len(rest) == 0 || rest[0] == '>' || rest[0] == '/' || eq < 0 {
				return
			}
			var a Attribute
			name := bytes.TrimRight(rest[:eq], " \t\r\n")
			if prefix, local, ok := bytes.Cut(name, []byte{':'}); ok {
				a.Prefix, a.Local = prefix, local
			} else {
				a.Local = name
			}
			rest = bytes.TrimLeft(rest[eq+1:], " \t\r\n")
			if len(rest) == 0 {
				return
			}
			end := bytes.IndexByte(rest[1:], rest[0])
			if end < 0 {
				return
			}
			a.Value = rest[1 : 1+end]
			if !yield(a) {
				return
			}
			rest = rest[end+2:]
		}
	}
}

// nameEnd gives the index behind the name of the start tag that raw begins with.
func nameEnd(raw []byte) int {
	if n := bytes.IndexAny(raw, " \t\r\n/>"); n >= 0 {
		return n
	}
	return len(raw)
}

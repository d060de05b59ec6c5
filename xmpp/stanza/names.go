package stanza

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"unicode/utf8"
)

// Classes of ASCII bytes, as bits of asciiClass.
const (
	classNameStart = 1 << iota // may begin an NCName
	className                  // may stand in an NCName
	classSpace                 // white space (XML 1.0 §2.3)
	classReference             // may stand between '&' and ';'
	classPlain                 // is written as it stands, in text and in attributes
)

// asciiClass tells what an ASCII byte may be part of. It is never written to.
var asciiClass = makeASCIIClass()

func makeASCIIClass() (t [256]uint8) {
	for c := 'a'; c <= 'z'; c++ {
		t[c] = classNameStart | className | classReference
		t[c-'a'+'A'] = t[c]
	}
	for c := '0'; c <= '9'; c++ {
		t[c] = className | classReference
	}
	t['_'] = classNameStart | className
	t['-'] |= className
	t['.'] |= className
	t['#'] |= classReference
	for _, c := range " \t\r\n" {
		t[c] |= classSpace
	}
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] |= classPlain
	}
	for _, c := range "&<>'\"" {
		t[c] &^= classPlain
	}
	return t
}

func isSpace(c byte) bool { return asciiClass[c]&classSpace != 0 }

// A runeRange is a range of characters, both ends included.
type runeRange struct{ first, last rune }

// nameStartRunes are the characters beyond ASCII that may begin a name: the
// production NameStartChar of XML 1.0, fifth edition, §2.3.
var nameStartRunes = [...]runeRange{
	{0xC0, 0xD6},
	{0xD8, 0xF6},
	{0xF8, 0x2FF},
	{0x370, 0x37D},
	{0x37F, 0x1FFF},
	{0x200C, 0x200D},
	{0x2070, 0x218F},
	{0x2C00, 0x2FEF},
	{0x3001, 0xD7FF},
	{0xF900, 0xFDCF},
	{0xFDF0, 0xFFFD},
	{0x10000, 0xEFFFF},
}

// isNameStart reports whether an NCName may begin with r.
func isNameStart(r rune) bool {
	if r < utf8.RuneSelf {
		return asciiClass[r]&classNameStart != 0
	}
	for _, q := range nameStartRunes {
		if r <= q.last {
			return r >= q.first
		}
	}
	return false
}

// isNameRune reports whether r, which is beyond ASCII, may stand in a name: the
// production NameChar of XML 1.0, fifth edition, §2.3.
func isNameRune(r rune) bool {
	return r == 0xB7 || 0x300 <= r && r <= 0x36F || 0x203F <= r && r <= 0x2040 || isNameStart(r)
}

// oldNames reports whether the names of an element, which is otherwise in order,
// are names in the fourth edition of XML 1.0 as well. Parsers of that edition are
// many (expat, encoding/xml), and a client that has one would lose its stream to
// anybody who sends it a name of the fifth. Names beyond ASCII are rare, so
// another look at the whole element is the simplest way.
func oldNames(element []byte) bool {
	d := xml.NewDecoder(bytes.NewReader(element))
	for {
		if _, err := d.RawToken(); err != nil {
			var fault *xml.SyntaxError
			return errors.Is(err, io.EOF) || errors.As(err, &fault) && fault.Msg == "unexpected EOF"
		}
	}
}

// isChar reports whether r may stand in a document at all (XML 1.0 §2.2).
func isChar(r rune) bool {
	switch {
	case r < 0x20:
		return r == '\t' || r == '\n' || r == '\r'
	case r <= 0xD7FF:
		return true
	case r < 0xE000: // surrogates
		return false
	default:
		return r <= 0xFFFD || 0x10000 <= r && r <= utf8.MaxRune
	}
}

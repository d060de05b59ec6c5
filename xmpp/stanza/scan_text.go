package stanza

import (
	"encoding/binary"
	"math/bits"
	"strconv"
	"unicode/utf8"
)

// Words of eight equal bytes, for looking at eight bytes at once.
const (
	ones = 0x0101010101010101
	tops = 0x80 * ones
)

// zeroBytes marks the top bit of the lowest byte of w that is zero. Marks above
// the lowest may be wrong.
func zeroBytes(w uint64) uint64 { return (w - ones) &^ w & tops }

// skipText gives the index of the first byte of buf[i:] that is not plain text:
// a control character, '&', '<', '>', or the start of a character beyond ASCII.
func skipText(buf []byte, i int) int {
	for ; i+8 <= len(buf); i += 8 {
		w := binary.LittleEndian.Uint64(buf[i:])
		special := w & tops
		special |= (w - 0x20*ones) &^ w & tops
		special |= zeroBytes(w ^ '&'*ones)
		special |= zeroBytes((w | 0x02*ones) ^ '>'*ones) // '<' and '>' differ in this bit only
		if special != 0 {
			return i + bits.TrailingZeros64(special)>>3
		}
	}
	for ; i < len(buf); i++ {
		if c := buf[i]; c < 0x20 || c >= utf8.RuneSelf || c == '&' || c|0x02 == '>' {
			break
		}
	}
	return i
}

// skipValue is skipText for an attribute value: it stops at quote, and not at '>'.
func skipValue(buf []byte, i int, quote byte) int {
	for ; i+8 <= len(buf); i += 8 {
		w := binary.LittleEndian.Uint64(buf[i:])
		special := w & tops
		special |= (w - 0x20*ones) &^ w & tops
		special |= zeroBytes(w ^ '&'*ones)
		special |= zeroBytes(w ^ '<'*ones)
		special |= zeroBytes(w ^ uint64(quote)*ones)
		if special != 0 {
			return i + bits.TrailingZeros64(special)>>3
		}
	}
	for ; i < len(buf); i++ {
		if c := buf[i]; c < 0x20 || c >= utf8.RuneSelf || c == '&' || c == '<' || c == quote {
			break
		}
	}
	return i
}

// text reads character data up to the next markup.
func (s *Scanner) text(buf []byte) bool {
	i := s.pos
	for {
		i = skipText(buf, i)
		s.pos = i
		if i == len(buf) {
			return false
		}
		switch buf[i] {
		case '<':
			s.tag = i
			s.pos = i + 1
			s.state = inMarkup
			return s.markup(buf)
		case '&':
			return s.openReference(inText)
		case '>':
			// "]]>" may not stand in character data (XML 1.0 §2.4).
			if i-s.mark >= 2 && buf[i-1] == ']' && buf[i-2] == ']' {
				return s.fail(NotWellFormed, i)
			}
			i++
		default:
			n := s.char(buf, i)
			if n == 0 {
				return false
			}
			i += n
		}
	}
}

// cdata reads a CDATA section; mark is where its text begins.
func (s *Scanner) cdata(buf []byte) bool {
	i := s.pos
	for {
		i = skipText(buf, i)
		s.pos = i
		if i == len(buf) {
			return false
		}
		switch buf[i] {
		case '<', '&':
			i++
		case '>':
			i++
			if i-s.mark >= 3 && buf[i-2] == ']' && buf[i-3] == ']' {
				s.pos, s.mark = i, i
				s.state = inText
				return true
			}
		default:
			n := s.char(buf, i)
			if n == 0 {
				return false
			}
			i += n
		}
	}
}

// value reads an attribute value up to and with its closing quote.
func (s *Scanner) value(buf []byte) bool {
	i := s.pos
	for {
		i = skipValue(buf, i, s.quote)
		s.pos = i
		if i == len(buf) {
			return false
		}
		switch c := buf[i]; c {
		case s.quote:
			s.pos = i + 1
			return s.attribute(buf)
		case '&':
			s.expands = true
			return s.openReference(inValue)
		case '<':
			return s.fail(NotWellFormed, i)
		default:
			s.expands = s.expands || c < 0x20
			n := s.char(buf, i)
			if n == 0 {
				return false
			}
			i += n
		}
	}
}

// char checks the character at buf[i], a control character or one beyond ASCII,
// and gives its length; 0 if it may not stand there or is not whole yet.
func (s *Scanner) char(buf []byte, i int) int {
	c := buf[i]
	if c < utf8.RuneSelf {
		if c >= 0x20 || isSpace(c) {
			return 1
		}
		s.fail(NotWellFormed, i)
		return 0
	}
	_, n := s.wideRune(buf, i)
	return n
}

// wideRune decodes and checks the character beyond ASCII at buf[i]; n is 0 as in char.
func (s *Scanner) wideRune(buf []byte, i int) (r rune, n int) {
	r, n = utf8.DecodeRune(buf[i:])
	switch {
	case r == utf8.RuneError && n <= 1:
		if utf8.FullRune(buf[i:]) {
			s.fail(BadEncoding, i)
		}
		return 0, 0
	case r == 0xFFFE || r == 0xFFFF:
		s.fail(NotWellFormed, i)
		return 0, 0
	}
	return r, n
}

// openReference begins a reference at the present '&'.
func (s *Scanner) openReference(back state) bool {
	s.ref = s.pos
	s.pos++
	s.back = back
	s.state = inReference
	return true
}

// reference reads what stands between '&' and ';'.
func (s *Scanner) reference(buf []byte) bool {
	for ; s.pos < len(buf); s.pos++ {
		c := buf[s.pos]
		if c == ';' {
			name := buf[s.ref+1 : s.pos]
			if _, ok := expandReference(name); !ok {
				return s.fail(badReference(name), s.ref)
			}
			s.pos++
			s.state = s.back
			return true
		}
		if asciiClass[c]&classReference == 0 {
			return s.fail(NotWellFormed, s.pos)
		}
	}
	return false
}

// badReference tells what is wrong with a reference that stands for nothing: an
// entity other than the predefined ones is among what no stream may have, whoever
// has declared it (RFC 6120 §11.1); all else is no XML.
func badReference(name []byte) SyntaxKind {
	if len(name) > 0 && asciiClass[name[0]]&classNameStart != 0 {
		return Restricted
	}
	return NotWellFormed
}

// expandReference gives the character that the reference called name stands for.
// There are no entities but the five predefined ones, since there is no DTD (RFC
// 6120 §11.1); a character reference must stand for a legal character (XML 1.0
// §4.1).
func expandReference(name []byte) (rune, bool) {
	switch string(name) {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "apos":
		return '\'', true
	case "quot":
		return '"', true
	}
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	digits, base := name[1:], 10
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(string(digits), base, 32)
	if err != nil || n > utf8.MaxRune || !isChar(rune(n)) {
		return 0, false
	}
	return rune(n), true
}

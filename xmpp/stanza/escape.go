package stanza

import (
	"bytes"
	"unicode/utf8"
)

// AppendText appends s as character data. Characters that XML does not allow
// (XML 1.0 §2.2), and bytes that are not UTF-8, become U+FFFD.
func AppendText(dst []byte, s string) []byte { return appendEscaped(dst, s, false) }

// AppendAttr appends the attribute name with the given value, with a space before
// it. The value is treated as AppendText does.
func AppendAttr(dst []byte, name, value string) []byte {
	dst = append(dst, ' ')
	dst = append(dst, name...)
	dst = append(dst, '=', '\'')
	dst = appendEscaped(dst, value, true)
	return append(dst, '\'')
}

// appendEscaped appends s as character data, or as what stands between the
// quotes of an attribute.
func appendEscaped(dst []byte, s string, attr bool) []byte {
	done := 0 // s[:done] has been appended
	for i := 0; i < len(s); {
		c, size := s[i], 1
		if asciiClass[c]&classPlain != 0 {
			i++
			continue
		}
		var with string
		switch {
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(s[i:])
			size = n
			if r == utf8.RuneError && n == 1 || !isChar(r) {
				with = "\uFFFD"
			}
		case c == '&':
			with = "&amp;"
		case c == '<':
			with = "&lt;"
		case c == '>':
			with = "&gt;"
		case c == '\'' && attr:
			with = "&apos;"
		case c == '"' && attr:
			with = "&quot;"
		case c < 0x20:
			with = escapeControl(c, attr)
		}
		if with != "" {
			dst = append(dst, s[done:i]...)
			dst = append(dst, with...)
			done = i + size
		}
		i += size
	}
	return append(dst, s[done:]...)
}

// escapeControl gives what a control character is written as; "" is as it stands.
// A receiver turns white space in attributes into spaces and a carriage return
// into a line feed (XML 1.0 §2.11, §3.3.3), but not if it is a reference.
func escapeControl(c byte, attr bool) string {
	switch {
	case c == '\r':
		return "&#13;"
	case c == '\n' && attr:
		return "&#10;"
	case c == '\t' && attr:
		return "&#9;"
	case c == '\n', c == '\t':
		return ""
	default:
		return "\uFFFD"
	}
}

// needsExpanding reports whether an attribute value differs from what it means.
func needsExpanding(raw []byte) bool {
	for _, c := range raw {
		if c == '&' || c < 0x20 {
			return true
		}
	}
	return false
}

// expandAttr gives what the checked attribute value raw means: references expanded
// and white space normalized (XML 1.0 §3.3.3).
func expandAttr(raw []byte) []byte {
	dst := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; c {
		case '&':
			dst, i = appendReference(dst, raw, i)
		case '\r':
			if i+1 == len(raw) || raw[i+1] != '\n' {
				dst = append(dst, ' ')
			}
		case '\n', '\t':
			dst = append(dst, ' ')
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// appendCharData appends what the checked character data raw, without CDATA
// sections, means: references expanded and line ends normalized (XML 1.0 §2.11).
func appendCharData(dst, raw []byte) []byte {
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; c {
		case '&':
			dst, i = appendReference(dst, raw, i)
		case '\r':
			if i+1 == len(raw) || raw[i+1] != '\n' {
				dst = append(dst, '\n')
			}
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// appendLines appends what the inside of a CDATA section means: all as it stands,
// but for the line ends (XML 1.0 §2.11).
func appendLines(dst, raw []byte) []byte {
	raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
	return append(dst, bytes.ReplaceAll(raw, []byte("\r"), []byte("\n"))...)
}

// appendReference appends the character that the reference at raw[i] stands for;
// last is the index of its ';'.
func appendReference(dst, raw []byte, i int) (_ []byte, last int) {
	n := bytes.IndexByte(raw[i:], ';')
	if n < 0 { // not checked XML: keep what stands there
		return append(dst, '&'), i
	}
	r, ok := expandReference(raw[i+1 : i+n])
	if !ok {
		return append(dst, '&'), i
	}
	return utf8.AppendRune(dst, r), i + n
}

// attrText gives what the attribute value raw means.
func attrText(raw []byte) string {
	if !needsExpanding(raw) {
		return string(raw)
	}
	return string(expandAttr(raw))
}

package jid

import (
	"fmt"
	"strings"
)

// escaped are the characters that Escape hides (XEP-0106 #escaping).
const escaped = " \"&'/:<>@\\"

const lowerHex = "0123456789abcdef"

// Escape makes of any text what may stand in a localpart, by writing the
// characters that may not as \20 and so on (XEP-0106 #escaping). Text that begins or
// ends with a space has no escaped form (XEP-0106 #bizrules-processing).
func Escape(s string) (string, error) {
	if strings.HasPrefix(s, " ") || strings.HasSuffix(s, " ") {
		return "", fmt.Errorf("%w: a localpart cannot begin or end with a space", ErrInvalid)
	}
	if !strings.ContainsAny(s, escaped) {
		return s, nil
	}
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		// A backslash is hidden only where it would be taken for the start of an
		// escape (XEP-0106 #bizrules-exceptions).
		if strings.IndexByte(escaped, c) < 0 || c == '\\' && unescapeAt(s, i) == 0 {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'\\', lowerHex[c>>4], lowerHex[c&15]})
	}
	return b.String(), nil
}

// Unescape undoes Escape; what is no escape stays as it is (XEP-0106 #unescaping).
func Unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '\\' {
			// "\20 MUST NOT be the first or last" (XEP-0106 #escaping): there it is no escape.
			if u := unescapeAt(s, i); u != 0 && (u != ' ' || i > 0 && i+3 < len(s)) {
				c = u
				i += 2
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}

// unescapeAt gives the character that the escape at s[i] hides; 0 if there is none.
func unescapeAt(s string, i int) byte {
	if i+3 > len(s) {
		return 0
	}
	high, low := strings.IndexByte(lowerHex, lower(s[i+1])), strings.IndexByte(lowerHex, lower(s[i+2]))
	if high < 0 || low < 0 {
		return 0
	}
	c := byte(high<<4 | low)
	if strings.IndexByte(escaped, c) < 0 {
		return 0
	}
	return c
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

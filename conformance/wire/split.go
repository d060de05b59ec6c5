package wire

import (
	"bytes"
	"errors"
)

// A kind says what stands at the front of the bytes.
type kind uint8

const (
	element    kind = iota // a whole element
	openingTag             // of the stream
	closingTag             // of the stream
)

var (
	openStream  = []byte("<stream:stream")
	closeStream = []byte("</stream:stream")
)

var errText = errors.New("text where an element should begin")

// split gives the length of what b begins with, and what it is; the length is 0
// while that is not whole. White space and an XML declaration count to what
// follows. It trusts the element to be well-formed: parse does not.
func split(b []byte) (n int, k kind, err error) {
	at := 0
	for at < len(b) && space(b[at]) {
		at++
	}
	if bytes.HasPrefix(b[at:], []byte("<?xml")) {
		end := bytes.Index(b[at:], []byte("?>"))
		if end < 0 {
			return 0, element, nil
		}
		at += end + 2
	}
	for at < len(b) && space(b[at]) {
		at++
	}
	switch rest := b[at:]; {
	case len(rest) == 0:
		return 0, element, nil
	case rest[0] != '<':
		return 0, element, errText
	case bytes.HasPrefix(rest, openStream):
		n, k = tag(rest), openingTag
	case bytes.HasPrefix(rest, closeStream):
		n, k = tag(rest), closingTag
	default:
		n = whole(rest)
	}
	if n > 0 {
		n += at
	}
	return n, k, nil
}

func space(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// tag gives the length of the tag that b begins with; 0 if it is not whole.
func tag(b []byte) int {
	var quote byte
	for i, c := range b {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '>':
			return i + 1
		}
	}
	return 0
}

var openData, closeData = []byte("<![CDATA["), []byte("]]>")

// whole gives the length of the element that b begins with; 0 if it is not whole.
func whole(b []byte) int {
	depth := 0
	for at := 0; at < len(b); {
		if b[at] != '<' {
			next := bytes.IndexByte(b[at:], '<')
			if next < 0 {
				return 0
			}
			at += next
		}
		if bytes.HasPrefix(b[at:], openData) {
			end := bytes.Index(b[at:], closeData)
			if end < 0 {
				return 0
			}
			at += end + len(closeData)
			continue
		}
		n := tag(b[at:])
		if n == 0 {
			return 0
		}
		switch {
		case b[at+1] == '/':
			depth--
		case b[at+n-2] != '/':
			depth++
		}
		at += n
		if depth <= 0 {
			return at
		}
	}
	return 0
}

package sasl

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// The grammar in this file is that of RFC 5802 §7.

// clientFirst is the client's first message.
type clientFirst struct {
	header   string // gs2-header as sent, with both commas; the client sends it again under c=
	flag     byte   // n: no channel binding; y: it would have, but saw no offer; p: with channel binding
	binding  string // the type of channel binding, for flag p
	authzid  string
	bare     string // client-first-message-bare, as sent: a part of what gets signed
	username string
	nonce    string
}

// clientFinal is the client's last message.
type clientFinal struct {
	binding      []byte // header and channel-binding data, base64 taken off
	nonce        string
	proof        []byte
	withoutProof string // as sent: a part of what gets signed
}

func parseClientFirst(message []byte) (clientFirst, error) {
	var m clientFirst
	if !isText(message) {
		return m, malformed("invalid characters")
	}
	flag, rest, ok := strings.Cut(string(message), ",")
	if !ok {
		return m, malformed("incomplete header")
	}
	authzid, bare, ok := strings.Cut(rest, ",")
	if !ok {
		return m, malformed("incomplete header")
	}
	m.bare = bare
	m.header = string(message[:len(message)-len(bare)])
	if err := m.parseHeader(flag, authzid); err != nil {
		return m, err
	}
	return m, m.parseBare(bare)
}

// parseHeader reads the two fields of the gs2-header: gs2-cbind-flag "," [ authzid ] ",".
func (m *clientFirst) parseHeader(flag, authzid string) error {
	switch name, isBinding := strings.CutPrefix(flag, "p="); {
	case isBinding && isBindingName(name):
		m.flag, m.binding = 'p', name
	case flag == "n", flag == "y":
		m.flag = flag[0]
	default:
		return malformed("invalid channel-binding flag")
	}
	if authzid == "" {
		return nil
	}
	name, ok := strings.CutPrefix(authzid, "a=")
	if !ok {
		return malformed("invalid header")
	}
	var err error
	m.authzid, err = unescape(name)
	return err
}

// parseBare reads [reserved-mext ","] username "," nonce ["," extensions].
func (m *clientFirst) parseBare(bare string) error {
	if strings.HasPrefix(bare, "m=") {
		return unsupportedExtension()
	}
	name, rest, ok := attribute(bare, "n=")
	if !ok {
		return malformed("user name expected")
	}
	nonce, rest, ok := attribute(strings.TrimPrefix(rest, ","), "r=")
	if !ok || !isNonce(nonce) {
		return malformed("nonce expected")
	}
	username, err := unescape(name)
	if err != nil {
		return err
	}
	m.username, m.nonce = username, nonce
	return checkExtensions(rest)
}

func parseClientFinal(message []byte) (clientFinal, error) {
	var m clientFinal
	if !isText(message) {
		return m, malformed("invalid characters")
	}
	// The proof comes last, and base64 has no comma, so all before it is what gets signed.
	text := string(message)
	end := strings.LastIndexByte(text, ',')
	if end < 0 {
		return m, malformed("proof expected")
	}
	m.withoutProof = text[:end]
	binding, rest, ok := attribute(m.withoutProof, "c=")
	if !ok {
		return m, malformed("channel binding expected")
	}
	nonce, rest, ok := attribute(strings.TrimPrefix(rest, ","), "r=")
	if !ok || !isNonce(nonce) {
		return m, malformed("nonce expected")
	}
	m.nonce = nonce
	if err := checkExtensions(rest); err != nil {
		return m, err
	}
	proof, _, ok := attribute(text[end+1:], "p=")
	if !ok {
		return m, malformed("proof expected")
	}
	var err error
	if m.binding, err = decode(binding); err != nil {
		return m, err
	}
	m.proof, err = decode(proof)
	return m, err
}

// attribute takes the attribute with a name like "n=" from the front of a list. Its value must not be empty. rest begins
// with the comma, if anything follows.
func attribute(list, name string) (value, rest string, ok bool) {
	end := strings.IndexByte(list, ',')
	if end < 0 {
		end = len(list)
	}
	value, ok = strings.CutPrefix(list[:end], name)
	return value, list[end:], ok && value != ""
}

// checkExtensions passes over optional extensions, which are ignored when unknown, and we know none. list is what
// follows the last attribute that was read, each extension after its comma.
func checkExtensions(list string) error {
	for list != "" {
		end := strings.IndexByte(list[1:], ',') + 1
		if end == 0 {
			end = len(list)
		}
		field := list[1:end]
		list = list[end:]
		if len(field) < 3 || field[1] != '=' || !isLetter(field[0]) {
			return malformed("invalid extension")
		}
		// RFC 5802 §5.1: the presence of m= "MUST cause authentication failure when the attribute is parsed".
		if field[0] == 'm' {
			return unsupportedExtension()
		}
	}
	return nil
}

func unsupportedExtension() error {
	return malformed("extensions not supported")
}

// unescape reads a saslname, in which ',' is written =2C and '=' is written =3D.
func unescape(name string) (string, error) {
	if name == "" {
		return "", malformed("empty name")
	}
	if strings.IndexByte(name, '=') < 0 {
		return name, nil
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(name, "=")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		switch {
		case strings.HasPrefix(rest, "2C"):
			b.WriteByte(',')
		case strings.HasPrefix(rest, "3D"):
			b.WriteByte('=')
		default:
			// RFC 5802 §5.1: a '=' "not followed by either '2C' or '3D'" MUST fail the authentication.
			return "", malformed("invalid escape in name")
		}
		name = rest[2:]
	}
}

// decode takes base64 off, in its one canonical form: what gets signed must have one reading.
func decode(s string) ([]byte, error) {
	// The decoder passes over line ends (RFC 4648 §3.3 leaves that open, RFC 5802 §7 does not).
	if strings.ContainsAny(s, "\r\n") {
		return nil, malformed("invalid base64")
	}
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil {
		return nil, malformed("invalid base64")
	}
	return b, nil
}

// isText reports whether a message is UTF-8 without NUL.
func isText(b []byte) bool {
	return utf8.Valid(b) && bytes.IndexByte(b, 0) < 0
}

// isNonce reports whether s is printable: visible ASCII. A comma cannot be in an attribute anyway.
func isNonce(s string) bool {
	for i := range len(s) {
		if s[i] < 0x21 || s[i] > 0x7E {
			return false
		}
	}
	return s != ""
}

// isBindingName reports whether s is a cb-name.
func isBindingName(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isLetter(c) && (c < '0' || c > '9') && c != '.' && c != '-' {
			return false
		}
	}
	return s != ""
}

func isLetter(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z'
}

package rest

import (
	"crypto/rand"
	"unicode/utf8"

	"causeway/xmpp/jid"
)

// What users may have (seed, "Chat user ID data structure" and #register).
const (
	maxUsername = 64 // bytes
	maxPassword = 64 // characters
	maxNickname = 100
)

// isUsername reports whether a name is free to be taken: letters, digits, "_", "-" and
// ".", and not in the form of a UUID, since a UUID finds a user as well (wire §1.1).
func isUsername(s string) bool {
	for _, c := range []byte(s) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '-', c == '.':
		default:
			return false
		}
	}
	return 0 < len(s) && len(s) <= maxUsername && !isUUID(s)
}

// isUUID reports whether s has the form of RFC 9562 §4.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range []byte(s) {
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case '0' <= c && c <= '9', 'a' <= c && c <= 'f', 'A' <= c && c <= 'F':
		default:
			return false
		}
	}
	return true
}

// address is where a user of that name is; ok is false if there can be none. Upper and
// lower case are the same (RFC 7622 §3.3.2 folds them too).
func (c *call) address(name string) (bare jid.JID, ok bool) {
	if name == "" || len(name) > 4*maxUsername {
		return jid.JID{}, false
	}
	bare, err := jid.New(name, c.app.Host.Domain(), "")
	return bare, err == nil && bare.Local() != ""
}

func longer(s string, max int) bool { return utf8.RuneCountInString(s) > max }

// randomize fills b with random bytes.
func randomize(b []byte) { rand.Read(b) } // crypto/rand.Read never fails

// isPlain reports whether a text can go through a stanza unchanged: it has no control
// characters and nothing that XML has no place for (XML 1.0 §2.2).
func isPlain(s string) bool {
	for _, c := range s {
		if c < ' ' || c == 0x7f || c == 0xfffe || c == 0xffff {
			return false
		}
	}
	return true
}

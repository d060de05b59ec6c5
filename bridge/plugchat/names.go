package plugchat

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"causeway/bridge"
	"causeway/xmpp/jid"
)

const (
	maxNick   = 64   // characters
	maxAvatar = 2048 // bytes
	maxText   = 4096 // bytes
)

// nickOf reads the nick that a site gives somebody. It becomes the nick in a room, so it is
// what a resource can be (RFC 7622 §3.4).
func nickOf(text string) (string, error) {
	nick := strings.TrimSpace(text)
	if nick == "" {
		return "", errMissing("nick")
	}
	full, err := jid.New("x", "x", nick)
	if err != nil || utf8.RuneCountInString(nick) > maxNick || strings.ContainsFunc(nick, hides) || full.Resource() == "" {
		return "", errInvalid("nick")
	}
	return full.Resource(), nil
}

// hides reports whether a character cannot be seen, or turns others round.
func hides(c rune) bool {
	return unicode.IsControl(c) || c == utf8.RuneError || unicode.Is(unicode.Bidi_Control, c)
}

// avatarOf reads the address of an avatar. It is told to whoever asks, and never fetched.
func avatarOf(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	u, err := url.Parse(text)
	if err != nil || len(text) > maxAvatar || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil ||
		strings.ContainsFunc(text, func(c rune) bool { return hides(c) || unicode.IsSpace(c) || c == '"' || c == '<' || c == '>' }) {
		return "", errInvalid("avatar")
	}
	return u.String(), nil
}

// textOf reads what somebody says. What XML cannot have is left out (XML 1.0 §2.2).
func textOf(text string) (string, error) {
	text = strings.Map(func(c rune) rune {
		if c < ' ' && c != '\n' && c != '\t' || c == 0xFFFE || c == 0xFFFF {
			return -1
		}
		return c
	}, text)
	switch {
	case strings.TrimSpace(text) == "":
		return "", errMissing("text")
	case len(text) > maxText:
		return "", errInvalid("text")
	}
	return text, nil
}

// prefix is how the localparts of the accounts of guests begin (XEP-0106 writes a colon so).
const prefix = `bar\3a`

// IsGuest reports whether an account is one that was made for a guest.
func IsGuest(j jid.JID) bool { return strings.HasPrefix(j.Local(), prefix) }

// Behind the prefix are so many random characters, and then so many that only the server can
// have put there: whoever has got himself an account of such a name is no guest.
const (
	randomLen = 12
	markLen   = 10
)

// newGuest makes the address of a guest.
func newGuest(s *bridge.Sealer, host string) (jid.JID, error) {
	random := strings.ToLower(rand.Text()[:randomLen])
	return jid.New(prefix+random+mark(s, random), host, "")
}

// isGuest reports whether an account is one that newGuest has made.
func isGuest(s *bridge.Sealer, account jid.JID) bool {
	name, ok := strings.CutPrefix(account.Local(), prefix)
	return ok && len(name) == randomLen+markLen && name[randomLen:] == mark(s, name[:randomLen])
}

func mark(s *bridge.Sealer, random string) string {
	sum := sha256.Sum256([]byte(s.Seal("plugchat guest", random)))
	return hex.EncodeToString(sum[:])[:markLen]
}

// guestNick is what a guest is called, by his account.
func guestNick(account jid.JID) string {
	_, random, _ := strings.Cut(account.Local(), prefix)
	return "Guest " + strings.ToUpper(random[:min(4, len(random))])
}

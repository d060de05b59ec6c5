package muc

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// What bounds the work that one message makes.
const (
	maxRoused = 2000    // people who are woken
	maxNamed  = 2 << 10 // bytes of its text, at its beginning, in which they are named
)

// rouse has the devices of those woken whom a message concerns and who may not be
// looking: in a room for members all of them, elsewhere those who are named. Whose
// device is awake is known by those who wake it.
func (r *room) rouse(t *turn, by *session, st *stanza.Stanza) {
	if by == nil || r.service.cfg.Waker == nil || !isHistory(st) {
		return
	}
	body := ""
	if !r.Settings.MembersOnly {
		body = st.Text(stanza.NSClient, "body")
		if body = strings.ToLower(body[:min(len(body), maxNamed)]); body == "" {
			return
		}
	}
	concerns := func(bare jid.JID, nick string) bool {
		return bare != by.occupant.bare && bare.Local() != "" && r.service.cfg.Router.IsHost(bare.Domain()) &&
			(r.Settings.MembersOnly || names(body, nick))
	}
	for bare, m := range r.members {
		nick := m.Nick
		if nick == "" {
			nick = bare.Local()
		}
		if m.Affiliation >= MemberOf && len(t.wake) < maxRoused && concerns(bare, nick) {
			t.wake = append(t.wake, bare)
		}
	}
	for _, occ := range r.seats {
		if r.listed(occ.bare) < MemberOf && len(t.wake) < maxRoused && concerns(occ.bare, occ.nick) {
			t.wake = append(t.wake, occ.bare)
		}
	}
}

// names reports whether a text, in lower case, has a nick in it as a word.
func names(body, nick string) bool {
	nick = strings.ToLower(nick)
	if nick == "" {
		return false
	}
	for from := 0; ; {
		i := strings.Index(body[from:], nick)
		if i < 0 {
			return false
		}
		i += from
		before, _ := utf8.DecodeLastRuneInString(body[:i])
		after, _ := utf8.DecodeRuneInString(body[i+len(nick):])
		if !isWord(before) && !isWord(after) {
			return true
		}
		from = i + 1
	}
}

// isWord reports whether a rune is part of a word; the one at the end of a text is not.
func isWord(c rune) bool { return c != utf8.RuneError && (unicode.IsLetter(c) || unicode.IsDigit(c)) }

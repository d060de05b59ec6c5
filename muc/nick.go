package muc

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// checkNick says what cannot be a nick. "A MUC service MUST NOT allow empty or invisible
// Room Nicknames" (XEP-0045 #bizrules-jids).
func (r *room) checkNick(nick string) error {
	switch {
	case nick == "":
		return stanza.JIDMalformed.Err("which nick?") // XEP-0045 #enter-muc
	case len(nick) > r.service.cfg.Limits.NickBytes:
		return stanza.NotAcceptable.Err("this nick is too long")
	case nickKey(nick) == "":
		return stanza.NotAcceptable.Err("this nick cannot be seen")
	}
	return nil
}

// nickFree says whether a nick is taken, or kept for somebody else (XEP-0045
// #enter-conflict, #changenick).
func (r *room) nickFree(nick string, bare jid.JID) error {
	key := nickKey(nick)
	if occ := r.byNick[key]; occ != nil && occ.bare != bare {
		return stanza.Conflict.Err("somebody has this nick already")
	}
	if holder, ok := r.reserved[key]; ok && holder != bare {
		return stanza.Conflict.Err("this nick is reserved for somebody else")
	}
	return nil
}

// nickKey is the same for two nicks that people take for the same: "by adding a space at
// the end or substituting visually similar characters" (XEP-0045 #security-dos). Spaces,
// case and width are those of RFC 8266 §2.4, but all strings have a key, and it is its own;
// what cannot be seen counts as a space, and letters of other scripts that look like Latin
// ones count as these. It is empty for a nick that cannot be seen.
func nickKey(nick string) string {
	if isPlain(nick) {
		return strings.ToLower(nick)
	}
	for range maxFolds {
		folded := fold(nick)
		if folded == nick {
			break
		}
		nick = folded
	}
	return nick
}

// maxFolds is enough for all that was ever met; two or three are the rule.
const maxFolds = 8

// fold takes one step towards a key.
func fold(nick string) string {
	seen := strings.FieldsFunc(strings.ToLower(norm.NFKC.String(nick)), func(c rune) bool {
		return !unicode.IsGraphic(c) || unicode.IsSpace(c) || c == blank
	})
	return strings.Map(func(c rune) rune {
		if like, ok := lookalikes[c]; ok {
			return like
		}
		return c
	}, strings.Join(seen, " "))
}

// blank is the braille pattern without dots: a symbol that nobody can see.
const blank = '\u2800'

// isPlain reports whether a nick is letters and digits of ASCII.
func isPlain(nick string) bool {
	for i := range len(nick) {
		c := nick[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return nick != ""
}

// lookalikes are small letters of Cyrillic and Greek that cannot be told from a Latin one
// in common fonts (Unicode Technical Standard 39 has the whole list).
var lookalikes = map[rune]rune{
	'а': 'a', 'с': 'c', 'е': 'e', 'о': 'o', 'р': 'p', 'х': 'x', 'у': 'y', 'і': 'i', 'ј': 'j', 'ѕ': 's', 'һ': 'h', 'ԁ': 'd', 'ԛ': 'q', 'ԝ': 'w', 'ӏ': 'l', 'к': 'k', 'ѵ': 'v',
	'α': 'a', 'ο': 'o', 'ν': 'v', 'ρ': 'p', 'ι': 'i', 'κ': 'k', 'υ': 'u', 'χ': 'x', 'γ': 'y',
}

// moves reports whether a nick that a session names is another one than it has. Of several
// sessions of one occupant, one that spells it otherwise means the same.
func (o *occupant) moves(nick string) bool {
	return nick != o.nick && (len(o.sessions) == 1 || nickKey(nick) != nickKey(o.nick))
}

// rename gives an occupant another nick (XEP-0045 #changenick). With several sessions only
// the one that asks moves: another client of the same person may not expect it.
func (r *room) rename(t *turn, s *session, st *stanza.Stanza) error {
	nick := st.To.Resource()
	if err := r.checkNick(nick); err != nil {
		return err
	}
	old := s.occupant
	if err := r.renameFree(old, nick); err != nil {
		return err
	}
	to, err := r.newOccupant(nick, old.bare)
	if err != nil {
		return err
	}
	if there := r.byNick[nickKey(nick)]; there != nil && there != old {
		to = there
	} else {
		to.role = old.role
	}
	presence, err := r.clean(st, to.jid)
	if err != nil {
		return err
	}
	gone := stanza.New(stanza.Presence, stanza.Unavailable, "", old.jid, jid.JID{})
	own := item{nick: nick, codes: []int{statusNewNick, statusSelf}}
	t.tell(r.presenceMoved(old, to, gone, &own, true), s)
	if r.unseat(s) {
		if old.known {
			r.tellMoved(t, old, to, gone, &item{nick: nick, codes: []int{statusNewNick}})
		}
	} else {
		if old.shown == s {
			r.showAnother(t, old)
		}
		if old.known { // the other session is somebody else now
			t.tell(r.told(old, r.sees(to)), s)
		}
	}
	r.seat(to, s)
	to.show(s, presence)
	r.tellSelf(t, s)
	r.tellSiblings(t, to, s)
	r.announce(t, to, item{})
	return nil
}

// renameFree is nickFree for who may change the case of his own nick.
func (r *room) renameFree(old *occupant, nick string) error {
	if nickKey(nick) == nickKey(old.nick) && len(old.sessions) == 1 {
		return nil
	}
	return r.nickFree(nick, old.bare)
}

// tellMoved tells the others that an occupant has another nick; who moves has no seat
// at that moment.
func (r *room) tellMoved(t *turn, old, to *occupant, gone *stanza.Stanza, i *item) {
	for _, sees := range [...]bool{true, false} {
		var list []*session
		for _, s := range r.audience {
			if r.sees(s.occupant) == sees {
				list = append(list, s)
			}
		}
		t.tell(r.presenceMoved(old, to, gone, i, sees), list...)
	}
}

// presenceMoved is the end of an old nick: it has the role, since its owner stays.
func (r *room) presenceMoved(old, to *occupant, gone *stanza.Stanza, i *item, sees bool) *stanza.Stanza {
	full := *i
	full.affiliation, full.role = r.affiliation(old.bare), to.role
	if sees {
		full.jid = old.shown.jid
	}
	out := *gone
	out.Extra = appendOccupantID(full.append(nil), old.id)
	return &out
}

package muc

import (
	"strings"
	"testing"
	"testing/synctest"
)

// Which nicks there may be (XEP-0045 #bizrules-jids), and which are taken for one another
// (#security-dos); Romeo is there.
func TestNicks(t *testing.T) {
	for _, c := range []struct{ name, nick, want string }{
		{"plain", "Mercutio", ""},
		{"spaces inside", "The Nurse &amp; her Man", ""},
		{"other scripts", "Ромео и Джульетта", ""},
		{"emoji", "🌹", ""},
		{"a space", " ", "jid-malformed or not-acceptable"},
		{"spaces of all kinds", "\u00a0\u2003\u3000", "jid-malformed or not-acceptable"},
		{"zero width", "\u200b", "jid-malformed or not-acceptable"},
		{"filler", "\u3164", "jid-malformed or not-acceptable"},
		{"braille without dots", "\u2800\u2800", "not-acceptable"},
		{"control", "&#10;", "jid-malformed or not-acceptable"},
		{"128 bytes", strings.Repeat("é", 64), ""},
		{"129 bytes", strings.Repeat("é", 64) + "e", "not-acceptable"},
		{"1 KB", strings.Repeat("x", 1023), "not-acceptable"},
		{"10 KB", strings.Repeat("x", 10_000), "jid-malformed or not-acceptable"},
		{"the same", "Romeo", "conflict"},
		{"another case", "ROMEO", "conflict"},
		{"space at the end", "Romeo ", "conflict"},
		{"space before", " Romeo", "conflict"},
		{"blank at the end", "Romeo\u2800", "conflict"},
		{"wide letters", "Ｒｏｍｅｏ", "conflict"},
		{"Cyrillic letters", "Rоmеo", "conflict"},
		{"Greek letters", "Rομεο", ""}, // μ and ε look like nothing else
		{"one Greek letter", "Rοmeo", "conflict"},
		{"another one", "Romeos", ""},
	} {
		scene(t, c.name, func(t *testing.T) {
			w, juliet, romeo, nurse := stage(t)
			check := func(why string, who *client, got string) {
				if got == "" && c.want == "" || got != "" && strings.Contains(c.want, got) {
					return
				}
				who.w.t.Errorf("%s: error %q, want %q", why, got, c.want)
			}
			// An address that cannot be is a fault of the stanza, before any room sees it.
			try := func(c *client, xml string) string {
				c.take()
				c.send(xml)
				if all := strings.Join(c.take(), ""); strings.Contains(all, "type='error'") {
					return conditionOf.FindStringSubmatch(all)[1]
				}
				return ""
			}
			if parses := parses(join(balcony, c.nick, "")); !parses {
				check("parse", romeo, "jid-malformed")
				return
			}
			paris := w.login("paris@capulet.lit/x")
			check("enter", paris, try(paris, join(balcony, c.nick, "")))
			if c.want == "" {
				paris.send(leave(balcony, c.nick))
				romeo.take()
			} else {
				romeo.wants("he is not seen")
			}
			check("#changenick", nurse, try(nurse, "<presence to='"+balcony+"/"+c.nick+"'/>"))
			w.clear()
			juliet.take()
			got := juliet.ask("set", balcony, "<query xmlns='"+nsAdmin+"'><item jid='tybalt@capulet.lit' affiliation='member' nick='"+c.nick+"'/></query>")
			if c.want != "" {
				check("#grantmember", juliet, condition(got))
			}
		})
	}
}

// Juliet changes her nick: what each is told (XEP-0045 #changenick).
func TestRename(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, juliet, romeo, nurse := stage(t)
		romeo.send("<presence to='" + balcony + "/Montague'><show>chat</show></presence>")
		romeo.wants("#changenick", gone("Romeo", "<item affiliation='none' role='participant' nick='Montague'/>"+codes(303, 110)), seen("Montague", "<item role='participant'/>"+codes(110)))
		juliet.wants("a moderator", gone("Romeo", "<item jid='romeo@montague.lit/orchard' nick='Montague'/>"+codes(303)), seen("Montague", "<item jid='romeo@montague.lit/orchard'/>"))
		got := nurse.take()
		if all := strings.Join(got, ""); len(got) != 2 || strings.Contains(all, "romeo@") || strings.Contains(all, "code='110'") || !strings.Contains(all, "<show>chat</show>") {
			t.Errorf("the nurse: %q", got)
		}
		romeo.refused("taken", "conflict", "<presence to='"+balcony+"/Nurse'/>")
		romeo.refused("taken, nearly", "conflict", "<presence to='"+balcony+"/nurse '/>")
		romeo.refused("no nick at all", "jid-malformed", "<presence to='"+balcony+"'/>")
		nurse.wants("what fails is not seen")
		romeo.refused("another case of his own", "", "<presence to='"+balcony+"/MONTAGUE'/>")
		nurse.wants("a change like any other", gone("Montague", "<item nick='MONTAGUE'/>"+codes(303)), seen("MONTAGUE", ""))
		romeo.send(say(balcony, "o"))
		nurse.wants("under the new one", "<message from='"+balcony+"/MONTAGUE'><body>o</body></message>")
		nurse.refused("the old one is free", "", "<presence to='"+balcony+"/Romeo'/>")
	})
}

// What is not a moderator's business keeps its role over a change of nick.
func TestRenameKeepsRole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, juliet, romeo, nurse := stage(t)
		juliet.answered("#grantmod", "", juliet.administer("<item nick='Romeo' role='moderator'/>"))
		juliet.answered("#revokevoice", "", juliet.administer("<item nick='Nurse' role='visitor'/>"))
		romeo.send("<presence to='" + balcony + "/Montague'/>")
		nurse.send("<presence to='" + balcony + "/Angelica'/>")
		romeo.hears("still a moderator", seen("Montague", "<item role='moderator'/>"))
		nurse.refused("still without a voice", "forbidden", say(balcony, "hm"))
	})
}

// Two sessions under one nick, of which one takes another nick: the others see both, and
// each of the two sees the other.
func TestRenameOneOfTwo(t *testing.T) {
	for _, shown := range []string{"the one that moves", "the one that stays"} {
		scene(t, "the others saw "+shown, func(t *testing.T) {
			w, juliet, romeo, nurse := stage(t)
			garden := w.login("romeo@montague.lit/garden").enter(balcony, "Romeo")
			if shown == "the one that stays" {
				romeo.send("<presence to='" + balcony + "/Romeo'><show>away</show></presence>")
			}
			w.clear()
			garden.send("<presence to='" + balcony + "/Gardener'/>")
			garden.hears("the one that moves", gone("Romeo", "<item nick='Gardener'/>"+codes(303, 110)), seen("Romeo", "<item role='participant'/>"), seen("Gardener", codes(110)))
			romeo.hears("the one that stays", seen("Gardener", ""))
			romeo.hearsNot("the one that stays", "unavailable")
			nurse.hears("another", seen("Gardener", ""))
			juliet.hearsNot("nobody has gone", "unavailable")
			garden.send(say(balcony, "from the garden"))
			nurse.hears("it speaks under its nick", "<message from='"+balcony+"/Gardener'/>")
			w.clear()
			garden.send("<presence to='" + balcony + "/Romeo'/>")
			garden.hears("and back", gone("Gardener", "<item nick='Romeo'/>"+codes(303, 110)), seen("Romeo", codes(110)))
			nurse.wants("and back", gone("Gardener", "<item nick='Romeo'/>"+codes(303)), seen("Romeo", ""))
			w.inside(func(r *room) {
				if len(r.seats) != 3 || len(r.sessions) != 4 || len(r.byNick["romeo"].sessions) != 2 {
					t.Errorf("%d seats, %d sessions", len(r.seats), len(r.sessions))
				}
			})
		})
	}
}

// nickKey gives the same for what looks the same, and makes no difference of its own.
func FuzzNickKey(f *testing.F) {
	for _, s := range []string{"", "Romeo", " Romeo ", "Rоmeo", "ｒ", "а́", "\u2800", "İ", "ẞ", "\u3164", "a\u0301", "κ̂", "\xff", "🌹"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, nick string) {
		key := nickKey(nick)
		if again := nickKey(key); again != key {
			t.Errorf("the key of %q is %q, whose key is %q", nick, key, again)
		}
		for _, same := range []string{" " + nick, nick + " ", nick + "\u2800"} {
			if got := nickKey(same); got != key {
				t.Errorf("the key of %q is %q, that of %q is %q", nick, key, same, got)
			}
		}
		if strings.TrimSpace(nick) == "" && key != "" {
			t.Errorf("%q can be seen: %q", nick, key)
		}
	})
}

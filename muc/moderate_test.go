package muc

import (
	"fmt"
	"strings"
	"testing"
)

// The table of XEP-0045 #roles-change with #kick, #revokevoice, #grantmod and #revokemod:
// who may change the role of whom. A moderator is somebody without an affiliation who was
// made one.
func TestRoleTable(t *testing.T) {
	type person struct{ affiliation, role string }
	stranger, member := person{"none", "participant"}, person{"member", "participant"}
	moderator, memberMod := person{"none", "moderator"}, person{"member", "moderator"}
	visitor, admin, owner := person{"none", "visitor"}, person{"admin", "moderator"}, person{"owner", "moderator"}
	for _, c := range []struct {
		by, of person
		to     string
		want   string
	}{
		{visitor, stranger, "none", "forbidden"},
		{stranger, visitor, "participant", "forbidden"},
		{member, stranger, "visitor", "forbidden"},
		{stranger, moderator, "none", "forbidden"},

		{moderator, visitor, "participant", ""},
		{moderator, stranger, "visitor", ""},
		{moderator, stranger, "none", ""},
		{moderator, visitor, "none", ""},
		{moderator, stranger, "moderator", "forbidden"},
		{moderator, member, "visitor", "not-allowed"},
		{moderator, member, "none", "not-allowed"},
		{moderator, moderator, "none", "not-allowed"},
		{moderator, moderator, "participant", "not-allowed"},
		{moderator, moderator, "visitor", "not-allowed"},
		{moderator, memberMod, "none", "not-allowed"},
		{moderator, admin, "none", "not-allowed"},
		{moderator, admin, "participant", "not-allowed"},
		{moderator, owner, "none", "not-allowed"},
		{moderator, owner, "visitor", "not-allowed"},

		{memberMod, stranger, "visitor", ""},
		{memberMod, member, "visitor", "not-allowed"},
		{memberMod, member, "none", ""},
		{memberMod, admin, "none", "not-allowed"},

		{admin, stranger, "moderator", ""},
		{admin, visitor, "moderator", ""},
		{admin, moderator, "participant", ""},
		{admin, moderator, "visitor", ""},
		{admin, moderator, "none", ""},
		{admin, memberMod, "participant", ""},
		{admin, member, "visitor", ""},
		{admin, admin, "participant", "not-allowed"},
		{admin, admin, "visitor", "not-allowed"},
		{admin, admin, "none", ""},
		{admin, owner, "participant", "not-allowed"},
		{admin, owner, "visitor", "not-allowed"},
		{admin, owner, "none", "not-allowed"},

		{owner, stranger, "moderator", ""},
		{owner, moderator, "participant", ""},
		{owner, admin, "participant", "not-allowed"},
		{owner, admin, "visitor", "not-allowed"},
		{owner, admin, "none", ""},
		{owner, owner, "none", ""},
		{owner, owner, "visitor", "not-allowed"},
	} {
		scene(t, fmt.Sprintf("%v makes %v %s", c.by, c.of, c.to), func(t *testing.T) {
			w, juliet, romeo, nurse := stage(t)
			for nick, p := range map[string]person{"Romeo": c.by, "Nurse": c.of} {
				bare := map[string]string{"Romeo": "romeo@montague.lit", "Nurse": "nurse@capulet.lit"}[nick]
				if p.affiliation != "none" {
					juliet.affiliate(bare, p.affiliation)
				}
				juliet.answered(nick, "", juliet.administer("<item nick='"+nick+"' role='"+p.role+"'/>"))
			}
			w.clear()
			romeo.answered("role", c.want, romeo.administer("<item nick='Nurse' role='"+c.to+"'><reason>why</reason></item>"))
			item := "<item affiliation='" + c.of.affiliation + "' role='" + c.to + "'><actor nick='Romeo'/><reason>why</reason></item>"
			switch {
			case c.want != "":
				juliet.wants("what fails is not seen")
				nurse.wants("what fails is not seen")
			case c.to == "none":
				nurse.wants("#kick", gone("Nurse", item+codes(110, 307)))
				juliet.wants("#kick", gone("Nurse", item+codes(307)))
				nurse.refused("a kick is no ban", "", join(balcony, "Nurse", ""))
			default:
				nurse.hears("told himself", seen("Nurse", item+codes(110)))
				juliet.wants("told the others", seen("Nurse", item))
			}
		})
	}
}

// XEP-0045 #kick: who is kicked is told first, then who did it, then the others. With
// several sessions all of them go.
func TestKickOrder(t *testing.T) {
	scene(t, "order", func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t)
		garden := w.login("romeo@montague.lit/garden").enter(balcony, "Romeo")
		w.clear()
		juliet.send("<iq type='set' id='kick1' to='" + balcony + "'><query xmlns='" + nsAdmin + "'><item nick='Romeo' role='none'/></query></iq>")
		juliet.wants("#kick", "<iq type='result' id='kick1'/>", gone("Romeo", codes(307)))
		for _, c := range []*client{romeo, garden} {
			c.wants("#kick", gone("Romeo", codes(110, 307)))
		}
		nurse.wants("once", gone("Romeo", codes(307)))
		juliet.answered("oneself", "conflict", juliet.administer("<item nick='Juliet' role='none'/>"))
	})
}

// XEP-0045 #moderator: a moderator "discovers an occupant's full JID in a semi-anonymous
// room (occurs automatically through presence)".
func TestNewModeratorSees(t *testing.T) {
	scene(t, "semi-anonymous", func(t *testing.T) {
		_, juliet, romeo, _ := stage(t)
		juliet.answered("#grantmod", "", juliet.administer("<item nick='Romeo' role='moderator'/>"))
		romeo.hears("#grantmod", seen("Romeo", "<item role='moderator'/>"+codes(110)),
			seen("Juliet", "<item jid='juliet@capulet.lit/chamber'/>"), seen("Nurse", "<item jid='nurse@capulet.lit/kitchen'/>"))
		juliet.answered("#revokemod", "", juliet.administer("<item nick='Romeo' role='participant'/>"))
		romeo.take()
		juliet.send("<presence to='" + balcony + "/Juliet'><show>away</show></presence>")
		romeo.hearsNot("no more", "juliet@")
	})
}

// The tables of XEP-0045 #roles-default.
func TestDefaultRoles(t *testing.T) {
	for _, c := range []struct {
		moderated                  bool
		none, member, admin, owner Role
	}{
		{false, Participant, Participant, Moderator, Moderator},
		{true, Visitor, Participant, Moderator, Moderator},
	} {
		s := Settings{Moderated: c.moderated}
		for a, want := range map[Affiliation]Role{None: c.none, MemberOf: c.member, Admin: c.admin, Owner: c.owner} {
			if got := s.defaultRole(a); got != want {
				t.Errorf("moderated %v: %v enters as %v, not %v", c.moderated, a, got, want)
			}
		}
	}
}

func moderation(id, inside string) string {
	return "<moderate xmlns='" + nsModerate + "' id='" + id + "'>" + inside + "</moderate>"
}

// XEP-0425 #usecase, #tombstones.
func TestModerate(t *testing.T) {
	retract := "<retract xmlns='" + nsRetract + "'/>"
	scene(t, "a message", func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t)
		romeo.send(say(balcony, "potions"))
		w.clear()
		romeo.answered("#usecase-error", "forbidden", romeo.ask("set", balcony, moderation("1", retract)))
		w.login("paris@capulet.lit/x").answered("from outside", "forbidden", w.clients["paris@capulet.lit/x"].ask("set", balcony, moderation("1", retract)))
		for _, c := range []struct{ why, want, payload string }{
			{"no such message", "item-not-found", moderation("99", retract)},
			{"no id", "bad-request", moderation("", retract)},
			{"nothing to be done", "bad-request", moderation("1", "")},
			{"a long reason", "not-acceptable", moderation("1", retract+"<reason>"+strings.Repeat("x", 5000)+"</reason>")},
			{"another element", "feature-not-implemented", "<forgive xmlns='" + nsModerate + "'/>"},
		} {
			juliet.answered(c.why, c.want, juliet.ask("set", balcony, c.payload))
		}
		nurse.wants("nothing has happened")
		juliet.answered("#usecase-success", "", juliet.ask("set", balcony, moderation("1", retract+"<reason>no &amp; no</reason>")))
		nurse.wants("#usecase-success", "<message type='groupchat' from='"+balcony+"'><retract xmlns='"+nsRetract+"' id='1'><moderated xmlns='"+nsModerate+"' by='"+balcony+"/Juliet'><occupant-id xmlns='"+nsOccupantID+"' id='*'/></moderated><reason>no &amp; no</reason></retract><stanza-id xmlns='"+nsStanzaIDs+"'/></message>")
		said := w.disk.said(jidBalcony)
		stone := string(said[0].XML)
		if len(said) != 2 || strings.Contains(stone, "<body>") || !strings.Contains(stone, "<moderated ") || !strings.Contains(stone, "from='"+balcony+"/Romeo'") || strings.Count(stone, "<occupant-id ") != 2 {
			t.Errorf("#tombstones: %s", stone)
		}
		nurse.send(leave(balcony, "Nurse"), join(balcony, "Nurse", ""))
		nurse.hearsNot("SHOULD prevent further distribution", "potions")
		juliet.answered("what takes something back stays", "not-acceptable", juliet.ask("set", balcony, moderation("2", retract)))
	})
}

// XEP-0424 #tombstones, #rules.
func TestRetract(t *testing.T) {
	taking := func(id string) string {
		return "<message type='groupchat' id='r" + id + "' to='" + balcony + "'><retract xmlns='" + nsRetract + "' id='" + id + "'/><body>took it back</body></message>"
	}
	scene(t, "a message", func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t)
		romeo.send(say(balcony, "secret"))
		w.clear()
		nurse.refused("not of somebody else", "forbidden", taking("1"))
		juliet.refused("not even of a moderator", "forbidden", taking("1"))
		w.clear()
		romeo.send("<presence to='" + balcony + "/Montague'/>")
		w.clear()
		romeo.send(taking("1"))
		nurse.wants("by the same person under another nick", "<message from='"+balcony+"/Montague' id='r1'><retract xmlns='"+nsRetract+"' id='1'/></message>")
		said := w.disk.said(jidBalcony)
		if stone := string(said[0].XML); len(said) != 2 || strings.Contains(stone, "secret</body>") || !strings.Contains(stone, "<retracted xmlns='"+nsRetract+"' id='r1' stamp='") ||
			!strings.Contains(stone, "from='"+balcony+"/Romeo'") {
			t.Errorf("#tombstones: %s", stone)
		}
		paris := w.login("paris@capulet.lit/x")
		paris.send(join(balcony, "Paris", ""))
		paris.hearsNot("not told to who enters", "secret")
		romeo.send(taking("2"))
		if s := w.disk.said(jidBalcony)[1]; !strings.Contains(string(s.XML), "<retract ") {
			t.Errorf("#rules: MUST store the retraction message: %s", s.XML)
		}
		w.clear()
		romeo.send(taking("99"))
		nurse.hears("what is too old is said nevertheless", "<message id='r99'/>")
	})
}

// Somebody who is named twice is not there any more the second time.
func TestKickedOnce(t *testing.T) {
	scene(t, "kicked and given a role", func(t *testing.T) {
		_, juliet, _, nurse := stage(t)
		juliet.answered("both", "", juliet.administer("<item nick='Romeo' role='none'/>", "<item nick='Romeo' role='visitor'/>"))
		nurse.wants("he is gone", "<presence type='unavailable' from='"+balcony+"/Romeo'/>")
	})
}

// What a moderator has taken back stays as he has left it (XEP-0425 #tombstones).
func TestTombstoneStays(t *testing.T) {
	scene(t, "retracted by its author afterwards", func(t *testing.T) {
		w, juliet, romeo, _ := stage(t)
		romeo.send(say(balcony, "one"))
		id := w.disk.said(jidBalcony)[0].ID
		juliet.answered("moderated", "", juliet.ask("set", balcony, "<moderate xmlns='"+nsModerate+"' id='"+id+"'><retract xmlns='"+nsRetract+"'/></moderate>"))
		romeo.send("<message type='groupchat' to='" + balcony + "' id='r'><retract xmlns='" + nsRetract + "' id='" + id + "'/></message>")
		if xml := string(w.disk.said(jidBalcony)[0].XML); !strings.Contains(xml, "<moderated ") {
			t.Errorf("left is %s", xml)
		}
		romeo.refused("XEP-0424: with a subject, too", "forbidden", "<message type='groupchat' to='"+balcony+"'><subject/><retract xmlns='"+nsRetract+"' id='"+w.disk.said(jidBalcony)[1].ID+"'/></message>")
	})
}

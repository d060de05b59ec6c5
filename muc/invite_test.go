package muc

import (
	"strings"
	"testing"
	"testing/synctest"
)

func invite(to, inside string) string {
	return "<message to='" + balcony + "' id='i'><x xmlns='" + nsUser + "'><invite to='" + to + "'>" + inside + "</invite></x></message>"
}

// XEP-0045 #invite-mediated, and what older clients want (XEP-0249 #howitworks).
func TestInvite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t)
		w.inside(func(r *room) { r.Settings.Password = "pomegranate" })
		paris := w.login("paris@capulet.lit/x")
		romeo.send(invite("paris@capulet.lit", "<reason>Come &amp; see</reason><continue thread='t1'/>"))
		got := paris.take()
		if len(got) != 1 || strings.Contains(got[0], "romeo@") {
			t.Fatalf("semi-anonymous: %q", got)
		}
		paris.got = got
		paris.wants("#invite-mediated", "<message from='"+balcony+"'><x xmlns='"+nsUser+"'><invite from='"+balcony+"/Romeo'><reason>Come &amp; see</reason><continue thread='t1'/></invite>"+
			"<password>pomegranate</password></x><x xmlns='"+nsConference+"' jid='"+balcony+"' reason='Come &amp; see' password='pomegranate'/></message>")
		paris.send("<message to='" + balcony + "'><x xmlns='" + nsUser + "'><decline to='" + balcony + "/Romeo'><reason>busy</reason></decline></x></message>")
		romeo.wants("Declined", "<message from='"+balcony+"'><x xmlns='"+nsUser+"'><decline from='paris@capulet.lit'><reason>busy</reason></decline></x></message>")
		juliet.wants("nobody else")
		paris.refused("who is not there any more", "item-not-found", "<message to='"+balcony+"'><x xmlns='"+nsUser+"'><decline to='"+balcony+"/Tybalt'/></x></message>")
		paris.refused("to whom", "jid-malformed", "<message to='"+balcony+"'><x xmlns='"+nsUser+"'><decline/></x></message>")
		juliet.configure(balcony, "whois", "anyone")
		w.clear()
		romeo.send(invite("paris@capulet.lit", ""))
		paris.wants("non-anonymous", "<message><x xmlns='"+nsUser+"'><invite from='romeo@montague.lit'/></x></message>")
		paris.send("<message to='" + balcony + "'><x xmlns='" + nsUser + "'><decline to='romeo@montague.lit'/></x></message>")
		romeo.wants("by the address", "<message><x xmlns='"+nsUser+"'><decline from='paris@capulet.lit'/></x></message>")
		romeo.send("<message to='" + balcony + "'><x xmlns='" + nsUser + "'><invite to='paris@capulet.lit'/><invite to='tybalt@capulet.lit'/></x></message>")
		paris.hears("several at once", "<message from='"+balcony+"'/>")
		nurse.wants("nobody in the room sees any of it")
		for _, c := range []struct{ why, want, xml string }{
			{"SHOULD return item-not-found", "item-not-found", invite("nobody@capulet.lit", "")},
			{"no address", "jid-malformed", invite("", "")},
			{"no person", "jid-malformed", invite("capulet.lit", "")},
			{"the room itself", "bad-request", invite(balcony+"/Nurse", "")},
			{"another room", "bad-request", invite("garden@conference.montague.lit", "")},
			{"too long", "not-acceptable", invite("paris@capulet.lit", "<reason>"+strings.Repeat("x", 5000)+"</reason>")},
			{"one of them wrong", "jid-malformed", "<message to='" + balcony + "'><x xmlns='" + nsUser + "'><invite to='paris@capulet.lit'/><invite to=''/></x></message>"},
			{"too many", "not-acceptable", "<message to='" + balcony + "'><x xmlns='" + nsUser + "'>" + strings.Repeat("<invite to='paris@capulet.lit'/>", 51) + "</x></message>"},
		} {
			romeo.refused(c.why, c.want, c.xml)
			paris.wants(c.why + ": nothing is sent")
		}
		paris.refused("from outside", "not-acceptable", invite("tybalt@capulet.lit", ""))
		juliet.affiliate("tybalt@capulet.lit", "outcast")
		romeo.refused("who is banned", "forbidden", invite("tybalt@capulet.lit", ""))
	})
}

// Who may invite, and whom that makes a member: XEP-0045 #modifymember.
func TestInviteRights(t *testing.T) {
	for _, c := range []struct {
		name              string
		settings          []string
		romeo             string // his affiliation
		want              string
		member, forJuliet bool
	}{
		{"open room", nil, "none", "", false, true},
		{"open room, by members only", []string{"allowinvites", "0"}, "none", "forbidden", false, true},
		{"members-only, by a member", []string{"membersonly", "1"}, "member", "", true, true},
		{"members-only, by admins only", []string{"membersonly", "1", "allowinvites", "0"}, "member", "forbidden", false, true},
		{"members-only, by an admin", []string{"membersonly", "1", "allowinvites", "0"}, "admin", "", true, true},
	} {
		scene(t, c.name, func(t *testing.T) {
			w, juliet, romeo, _ := stage(t)
			if c.romeo != "none" {
				juliet.affiliate("romeo@montague.lit", c.romeo)
			}
			juliet.configure(balcony, c.settings...)
			paris := w.login("paris@capulet.lit/x")
			w.clear()
			romeo.refused("#modifymember", c.want, invite("paris@capulet.lit", ""))
			is := func() bool {
				m, ok := w.disk.rooms[jidBalcony].members[paris.session.JID().Bare()]
				return ok && m.Affiliation == MemberOf
			}
			if is() != c.member {
				t.Errorf("a member: %v", is())
			}
			if got := paris.take(); (len(got) == 1) != (c.want == "") {
				t.Errorf("the invitee: %q", got)
			}
			if c.member {
				paris.refused("he may enter", "", join(balcony, "Paris", ""))
			}
			juliet.refused("an owner may", "", invite("tybalt@capulet.lit", ""))
		})
	}
}

// When the lists are full nobody becomes a member of all who were to be invited.
func TestInviteFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(c *Config) { c.Limits.Members = 3 })
		juliet, paris := w.login("juliet@capulet.lit/chamber"), w.login("paris@capulet.lit/x")
		juliet.enter(balcony, "Juliet")
		juliet.configure(balcony, "membersonly", "1")
		three := "<invite to='paris@capulet.lit'/><invite to='a@capulet.lit'/><invite to='b@capulet.lit'/>"
		juliet.refused("the lists are full", "resource-constraint", "<message to='"+balcony+"'><x xmlns='"+nsUser+"'>"+three+"</x></message>")
		paris.refused("he was not made a member", "registration-required", join(balcony, "Paris", ""))
		paris.wants("nor invited")
		juliet.affiliate("paris@capulet.lit", "member")
		juliet.affiliate("a@capulet.lit", "member")
		juliet.answered("full", "resource-constraint", juliet.administer("<item jid='b@capulet.lit' affiliation='member'/>"))
		juliet.affiliate("a@capulet.lit", "outcast")
		juliet.affiliate("a@capulet.lit", "none")
		juliet.affiliate("b@capulet.lit", "member")
	})
}

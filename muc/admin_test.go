package muc

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"causeway/xmpp/jid"
)

// The table of XEP-0045 #affil-change, and that of #affil-priv for those who ask: who may
// change whom from what to what.
func TestAffiliationTable(t *testing.T) {
	// What somebody of an affiliation is told who changes another from one to another.
	want := func(by, from, to string) string {
		switch {
		case by == "member" || by == "none":
			return "forbidden" // #admin
		case by == "owner":
			return ""
		case to == "outcast" && (from == "admin" || from == "owner"):
			return "not-allowed" // #ban
		case from == "admin" || from == "owner" || to == "admin" || to == "owner":
			return "forbidden" // #modifyadmin, #modifyowner
		}
		return ""
	}
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t)
		for _, by := range []string{"none", "member", "admin", "owner"} {
			juliet.affiliate("romeo@montague.lit", by)
			for _, from := range affiliationNames {
				for _, to := range affiliationNames {
					if from == to {
						continue
					}
					name := fmt.Sprintf("%s: from %s to %s", by, from, to)
					juliet.affiliate("paris@capulet.lit", from)
					w.clear()
					romeo.answered(name, want(by, from, to), romeo.administer("<item jid='paris@capulet.lit' affiliation='"+to+"'/>"))
					w.inside(func(r *room) {
						is, should := r.listed(jid.MustParse("paris@capulet.lit")).String(), from
						if want(by, from, to) == "" {
							should = to
						}
						if is != should {
							t.Errorf("%s: is %s", name, is)
						}
					})
					nurse.wants(name + " is not seen, since nobody is there")
				}
			}
		}
	})
}

// What an occupant is after its affiliation has changed, and who is told: XEP-0045
// #grantmember, #revokemember, #grantadmin, #revokeadmin, #grantowner, #revokeowner, #ban;
// the roles are those of #roles-default and #roles-change.
func TestAffiliationInRoom(t *testing.T) {
	for _, c := range []struct {
		room, from, to, role string // of the room: "", "moderated" or "members-only"
		code                 int    // of a removal
	}{
		{"", "none", "member", "participant", 0},
		{"", "none", "admin", "moderator", 0},
		{"", "none", "owner", "moderator", 0},
		{"", "none", "outcast", "none", 301},
		{"", "member", "none", "participant", 0},
		{"", "member", "outcast", "none", 301},
		{"", "admin", "none", "participant", 0},
		{"", "admin", "member", "participant", 0},
		{"", "owner", "admin", "moderator", 0},
		{"", "owner", "none", "participant", 0},
		{"", "admin", "outcast", "none", 301},
		{"moderated", "none", "member", "participant", 0},
		{"moderated", "member", "none", "visitor", 0},
		{"moderated", "admin", "none", "visitor", 0},
		{"moderated", "admin", "member", "participant", 0},
		{"members-only", "member", "admin", "moderator", 0},
		{"members-only", "member", "none", "none", 321},
		{"members-only", "admin", "none", "none", 321},
		{"members-only", "owner", "none", "none", 321},
		{"members-only", "member", "outcast", "none", 301},
	} {
		scene(t, c.room+" "+c.from+" to "+c.to, func(t *testing.T) {
			w, juliet, romeo, nurse := stage(t)
			juliet.affiliate("romeo@montague.lit", c.from)
			juliet.affiliate("nurse@capulet.lit", "member")
			switch c.room {
			case "moderated":
				juliet.configure(balcony, "moderatedroom", "1")
			case "members-only":
				juliet.configure(balcony, "membersonly", "1")
			}
			romeo.send(leave(balcony, "Romeo"), join(balcony, "Romeo", ""))
			w.clear()
			juliet.answered("", "", juliet.administer("<item jid='romeo@montague.lit/orchard' affiliation='"+c.to+"'><reason>why</reason></item>"))
			item := "<item affiliation='" + c.to + "' role='" + c.role + "'><actor nick='Juliet'/><reason>why</reason></item>"
			if c.code == 0 {
				romeo.hears("himself", seen("Romeo", item+codes(110)))
				nurse.wants("the others", seen("Romeo", item))
				return
			}
			romeo.wants("himself", gone("Romeo", item+codes(110, c.code)))
			nurse.wants("the others", gone("Romeo", item+codes(c.code)))
			if c.code == 301 {
				romeo.refused("#enter-banned", "forbidden", join(balcony, "Romeo", ""))
			} else {
				romeo.refused("#enter-members", "registration-required", join(balcony, "Romeo", ""))
			}
		})
	}
}

// All sessions of a person follow, under whatever nick.
func TestAffiliationOfAllSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t)
		same := w.login("romeo@montague.lit/garden").enter(balcony, "Romeo")
		other := w.login("romeo@montague.lit/street").enter(balcony, "Montague")
		w.clear()
		juliet.affiliate("romeo@montague.lit", "admin")
		nurse.wants("each nick once", seen("Romeo", "<item affiliation='admin' role='moderator'/>"), seen("Montague", "<item affiliation='admin' role='moderator'/>"))
		for _, c := range []*client{romeo, same} {
			c.hears("own", seen("Romeo", "<item affiliation='admin'/>"+codes(110)), seen("Montague", ""))
		}
		other.hears("own", seen("Montague", "<item affiliation='admin'/>"+codes(110)))
		juliet.affiliate("romeo@montague.lit", "outcast")
		nurse.wants("each nick once", gone("Romeo", codes(301)), gone("Montague", codes(301)))
		for _, c := range []*client{romeo, same} {
			c.hears("own", gone("Romeo", codes(110, 301)))
		}
		other.hears("own", gone("Montague", codes(110, 301)))
		w.inside(func(r *room) {
			if len(r.sessions) != 2 {
				t.Errorf("%d sessions are left", len(r.sessions))
			}
		})
	})
}

// XEP-0045 #modifyban: a ban of a domain is one of all its people but those who have an
// entry of their own.
func TestBanDomain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t)
		ben := w.login("benvolio@montague.lit/x").enter(balcony, "Ben")
		juliet.affiliate("benvolio@montague.lit", "member")
		juliet.answered("", "", juliet.administer("<item nick='Ben' role='visitor'/>"))
		w.clear()
		juliet.answered("only a ban", "not-acceptable", juliet.administer("<item jid='montague.lit' affiliation='member'/>"))
		juliet.affiliate("montague.lit", "outcast")
		romeo.wants("#ban", gone("Romeo", "<item affiliation='outcast' role='none'/>"+codes(110, 301)))
		nurse.wants("Ben is not concerned", gone("Romeo", codes(301)))
		ben.hears("Ben is not concerned", gone("Romeo", codes(301)))
		got := juliet.ask("get", balcony, "<query xmlns='"+nsAdmin+"'><item affiliation='outcast'/></query>")
		if !strings.Contains(got, "jid='montague.lit'") {
			t.Error(got)
		}
		juliet.affiliate("montague.lit", "none")
		romeo.refused("#modifyban: removed", "", join(balcony, "Romeo", ""))
		if _, ok := w.disk.rooms[jidBalcony].members[jid.MustParse("montague.lit")]; ok {
			t.Error("there is no none list (#affil)")
		}
	})
}

// XEP-0045 #ban: what goes with it.
func TestBan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t)
		juliet.answered("", "", juliet.administer("<item jid='romeo@montague.lit' nick='Romeo' affiliation='member'/>"))
		juliet.answered("oneself", "conflict", juliet.administer("<item jid='juliet@capulet.lit' affiliation='outcast'/>"))
		juliet.answered("who administers the host", "not-allowed", juliet.administer("<item jid='prince@capulet.lit' affiliation='outcast'/>"))
		w.clear()
		juliet.answered("by nick", "", juliet.administer("<item nick='Romeo' affiliation='outcast'><reason>Treason</reason></item>"))
		romeo.wants("#ban", gone("Romeo", "<item affiliation='outcast' role='none'><actor nick='Juliet'/><reason>Treason</reason></item>"+codes(110, 301)))
		nurse.refused("MUST remove the outcast's nickname", "", "<presence to='"+balcony+"/Romeo'/>")
		list := juliet.ask("get", balcony, "<query xmlns='"+nsAdmin+"'><item affiliation='outcast'/></query>")
		if !strings.Contains(list, "<item affiliation='outcast' jid='romeo@montague.lit'><reason>Treason</reason></item>") {
			t.Errorf("#modifyban: %s", list)
		}
		nurse.take()
		nurse.answered("#modifyban: for admins", "forbidden", nurse.ask("get", balcony, "<query xmlns='"+nsAdmin+"'><item affiliation='outcast'/></query>"))
	})
}

// XEP-0045 #modifyban: of a request that has one wrong change nothing is done.
func TestAllOrNothing(t *testing.T) {
	good, long := "<item jid='paris@capulet.lit' affiliation='outcast'/>", strings.Repeat("x", 5000)
	for _, c := range []struct{ name, bad, want string }{
		{"oneself", "<item jid='juliet@capulet.lit' affiliation='outcast'/>", "conflict"},
		{"no such affiliation", "<item jid='a@capulet.lit' affiliation='king'/>", "bad-request"},
		{"no person", "<item affiliation='member'/>", "bad-request"},
		{"no address", "<item jid='' affiliation='member'/>", "jid-malformed"},
		{"no address", "<item jid='@@' affiliation='member'/>", "jid-malformed"},
		{"nobody of this nick", "<item nick='Tybalt' affiliation='member'/>", "item-not-found"},
		{"role and affiliation", "<item nick='Nurse' jid='nurse@capulet.lit' role='visitor' affiliation='member'/>", "bad-request"},
		{"neither", "<item nick='Nurse'/>", "bad-request"},
		{"a role besides", "<item nick='Nurse' role='visitor'/>", "bad-request"},
		{"a long reason", "<item jid='a@capulet.lit' affiliation='outcast'><reason>" + long + "</reason></item>", "not-acceptable"},
		{"a long nick", "<item jid='a@capulet.lit' affiliation='member' nick='" + long + "'/>", "not-acceptable"},
		{"a nick that is taken", "<item jid='a@capulet.lit' affiliation='member' nick='nurse'/>", "conflict"},
		{"one nick twice", "<item jid='a@capulet.lit' affiliation='member' nick='Tybalt'/><item jid='b@capulet.lit' affiliation='member' nick='tybalt '/>", "conflict"},
		{"the last owner", "<item jid='juliet@capulet.lit' affiliation='admin'/>", "conflict"},
		{"too many", strings.Repeat("<item jid='a@capulet.lit' affiliation='member'/>", 1000), "policy-violation"},
	} {
		scene(t, c.name, func(t *testing.T) {
			w, juliet, romeo, _ := stage(t)
			before := w.snapshot()
			juliet.answered("#modifyban", c.want, juliet.administer(good, c.bad))
			juliet.answered("whatever comes first", c.want, juliet.administer(c.bad, good))
			romeo.wants("nobody sees it")
			if after := w.snapshot(); after != before {
				t.Errorf("is  %s\nwas %s", after, before)
			}
		})
	}
	scene(t, "roles", func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t)
		before := w.snapshot()
		juliet.answered("#kick", "item-not-found", juliet.administer("<item nick='Romeo' role='none'/>", "<item nick='Tybalt' role='none'/>"))
		juliet.answered("#kick", "conflict", juliet.administer("<item nick='Romeo' role='none'/>", "<item nick='Juliet' role='none'/>"))
		juliet.answered("no such role", "bad-request", juliet.administer("<item nick='Romeo' role='none'/>", "<item nick='Nurse' role='king'/>"))
		juliet.answered("no nick", "bad-request", juliet.administer("<item nick='Romeo' role='none'/>", "<item jid='nurse@capulet.lit' role='none'/>"))
		romeo.wants("nobody sees it")
		nurse.wants("nobody sees it")
		if after := w.snapshot(); after != before {
			t.Errorf("is  %s\nwas %s", after, before)
		}
		juliet.answered("twice is once", "", juliet.administer("<item nick='Romeo' role='none'/>", "<item nick='Romeo' role='none'/>"))
		nurse.wants("#kick", gone("Romeo", codes(307)))
	})
}

// XEP-0045 #owner, #revokeowner: a room does not lose its last owner.
func TestLastOwner(t *testing.T) {
	item := func(who, a string) string { return "<item jid='" + who + "@capulet.lit' affiliation='" + a + "'/>" }
	for _, c := range []struct {
		name  string
		items []string
		want  string
	}{
		{"himself", []string{item("juliet", "none")}, "conflict"},
		{"to admin", []string{item("juliet", "admin")}, "conflict"},
		{"handed over", []string{item("paris", "owner"), item("juliet", "none")}, ""},
		{"handed over, the other way round", []string{item("juliet", "none"), item("paris", "owner")}, ""},
		{"handed over and taken back", []string{item("paris", "owner"), item("paris", "none"), item("juliet", "none")}, "conflict"},
		{"the last word counts", []string{item("juliet", "none"), item("juliet", "owner")}, ""},
		{"the last word counts", []string{item("juliet", "owner"), item("juliet", "none")}, "conflict"},
	} {
		scene(t, c.name, func(t *testing.T) {
			w, juliet, _, _ := stage(t)
			juliet.answered("#revokeowner", c.want, juliet.administer(c.items...))
			w.inside(func(r *room) {
				if r.owners() == 0 {
					t.Error("nobody owns it")
				}
			})
		})
	}
	scene(t, "in the form", func(t *testing.T) {
		w, juliet, _, _ := stage(t)
		w.clear()
		juliet.configure(balcony, "roomowners", "")
		juliet.hears("#roomconfig", "<iq type='error' id='config'><error><jid-malformed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")
		juliet.configure(balcony, "roomowners", "paris@capulet.lit")
		juliet.hears("#roomconfig: if there is another one", "<iq type='result' id='config'/>", seen("Juliet", "<item affiliation='none' role='participant'/>"+codes(110)))
	})
}

// Who may read which list: XEP-0045 #affil-priv, #modifymember, #modifyadmin, #modifyowner.
func TestLists(t *testing.T) {
	for _, c := range []struct {
		whois, list                        string
		stranger, member, admin, moderator string
	}{
		{"moderators", "member", "forbidden", "forbidden", "", ""},
		{"moderators", "admin", "forbidden", "forbidden", "forbidden", "forbidden"},
		{"moderators", "owner", "forbidden", "forbidden", "forbidden", "forbidden"},
		{"moderators", "outcast", "forbidden", "forbidden", "", "forbidden"},
		{"anyone", "member", "forbidden", "", "", ""},
		{"anyone", "admin", "forbidden", "", "", "forbidden"},
		{"anyone", "owner", "forbidden", "", "", "forbidden"},
		{"anyone", "outcast", "forbidden", "forbidden", "", "forbidden"},
		{"anyone", "none", "bad-request", "bad-request", "bad-request", "bad-request"},
		{"anyone", "king", "bad-request", "bad-request", "bad-request", "bad-request"},
	} {
		scene(t, c.whois+" "+c.list, func(t *testing.T) {
			w, juliet, romeo, nurse := stage(t, "whois", c.whois)
			juliet.answered("", "", juliet.administer("<item jid='paris@capulet.lit' nick='Count' affiliation='member'/>", "<item jid='tybalt@capulet.lit' affiliation='admin'/>"))
			juliet.answered("", "", juliet.administer("<item nick='Nurse' role='moderator'/>"))
			w.clear()
			payload := "<query xmlns='" + nsAdmin + "'><item affiliation='" + c.list + "'/></query>"
			paris, tybalt := w.login("paris@capulet.lit/x"), w.login("tybalt@capulet.lit/x")
			romeo.answered("an occupant", c.stranger, romeo.ask("get", balcony, payload))
			paris.answered("a member from outside", c.member, paris.ask("get", balcony, payload))
			tybalt.answered("an admin from outside", c.admin, tybalt.ask("get", balcony, payload))
			nurse.answered("a moderator", c.moderator, nurse.ask("get", balcony, payload))
			got := juliet.ask("get", balcony, payload)
			if c.list == "member" && !strings.Contains(got, "<item affiliation='member' jid='paris@capulet.lit' nick='Count'/>") {
				t.Errorf("#bizrules-iq: %s", got)
			}
			if c.stranger == "forbidden" && (condition(got) != "" || strings.Contains(got, "role=")) {
				t.Errorf("#bizrules-iq: MUST NOT include the role: %s", got)
			}
		})
	}
}

// muc#roomconfig_getmemberlist.
func TestMemberListSetting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, juliet, romeo, nurse := stage(t, "whois", "anyone", "getmemberlist", "participant,moderator")
		payload := "<query xmlns='" + nsAdmin + "'><item affiliation='member'/></query>"
		juliet.answered("", "", juliet.administer("<item nick='Nurse' role='visitor'/>"))
		romeo.answered("a participant", "", romeo.ask("get", balcony, payload))
		nurse.answered("a visitor", "forbidden", nurse.ask("get", balcony, payload))
		juliet.configure(balcony, "whois", "moderators")
		romeo.answered("#affil-priv: not in semi-anonymous rooms", "forbidden", romeo.ask("get", balcony, payload))
	})
}

// Lists of roles: XEP-0045 #modifyvoice, #modifymod.
func TestRoleLists(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, _ := stage(t)
		list := func(role string) string {
			return "<query xmlns='" + nsAdmin + "'><item role='" + role + "'/></query>"
		}
		got := juliet.ask("get", balcony, list("participant"))
		if !strings.Contains(got, "<item affiliation='none' jid='romeo@montague.lit/orchard' nick='Romeo' role='participant'/>") || strings.Contains(got, "Juliet") {
			t.Errorf("#bizrules-iq: %s", got)
		}
		romeo.answered("not for participants", "forbidden", romeo.ask("get", balcony, list("participant")))
		w.login("paris@capulet.lit/x").answered("nor from outside", "forbidden", w.login("paris@capulet.lit/x").ask("get", balcony, list("moderator")))
		juliet.answered("no such list", "bad-request", juliet.ask("get", balcony, list("none")))
		juliet.answered("no such list", "bad-request", juliet.ask("get", balcony, list("king")))
		juliet.answered("nothing", "bad-request", juliet.ask("get", balcony, "<query xmlns='"+nsAdmin+"'/>"))
		juliet.answered("nothing", "bad-request", juliet.ask("get", balcony, "<query xmlns='"+nsAdmin+"'><item/></query>"))
		juliet.answered("another element", "feature-not-implemented", juliet.ask("get", balcony, "<list xmlns='"+nsAdmin+"'/>"))
	})
}

// XEP-0045 #modifymember: who is put on the list of a members-only room is invited, and a
// reserved nick can be given and taken.
func TestMemberList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, _ := stage(t)
		paris := w.login("paris@capulet.lit/x")
		juliet.affiliate("paris@capulet.lit", "member")
		paris.wants("not from an open room")
		juliet.affiliate("paris@capulet.lit", "none")
		juliet.affiliate("romeo@montague.lit", "member")
		juliet.configure(balcony, "membersonly", "1", "roomsecret", "pomegranate")
		w.clear()
		juliet.affiliate("paris@capulet.lit", "member")
		paris.wants("SHOULD send an invitation", "<message from='"+balcony+"'><x xmlns='"+nsUser+"'><invite/><password>pomegranate</password></x></message>")
		romeo.wants("nobody else")
		nick := func(n string) {
			juliet.answered(n, "", juliet.administer("<item jid='paris@capulet.lit' affiliation='member' nick='"+n+"'/>"))
		}
		nick("Count")
		romeo.refused("it is reserved", "conflict", "<presence to='"+balcony+"/count'/>")
		juliet.answered("for one person", "conflict", juliet.administer("<item jid='romeo@montague.lit' affiliation='member' nick='COUNT'/>"))
		juliet.affiliate("paris@capulet.lit", "member")
		romeo.refused("it stays", "conflict", "<presence to='"+balcony+"/count'/>")
		nick("")
		romeo.refused("To unset a reserved nickname", "", "<presence to='"+balcony+"/count'/>")
		paris.wants("one invitation")
	})
}

// snapshot is all that is known of the balcony.
func (w *world) snapshot() (text string) {
	w.inside(func(r *room) { text = r.dump() })
	return text
}

// dump is all there is to know of a room.
func (r *room) dump() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%+v\n", r.Record)
	var members []string
	for _, m := range r.members {
		members = append(members, fmt.Sprintf("%v %v %q %q %q", m.JID, m.Affiliation, m.Nick, m.Reason, m.Hats))
	}
	for key, who := range r.reserved {
		members = append(members, fmt.Sprintf("reserved %q %v", key, who))
	}
	for _, o := range r.seats {
		line := fmt.Sprintf("seat %q %v %v %v", o.nick, o.bare, o.role, o.known)
		for _, s := range o.sessions {
			line += " " + s.jid.String()
		}
		members = append(members, line)
	}
	slices.Sort(members)
	b.WriteString(strings.Join(members, "\n"))
	return b.String()
}

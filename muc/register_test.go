package muc

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"causeway/xmpp/stanza"
)

func registration(nick string) string {
	return "<query xmlns='" + nsRegister + "'><x xmlns='jabber:x:data' type='submit'>" + field("FORM_TYPE", formRegister) + field(fieldWanted, nick) + "</x></query>"
}

// XEP-0045 #register, #reservednick.
func TestRegister(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t)
		ask := "<query xmlns='" + nsRegister + "'/>"
		if got := romeo.ask("get", balcony, ask); !strings.Contains(got, "<field var='muc#register_roomnick'") || strings.Contains(got, "<registered/>") {
			t.Errorf("#register: %s", got)
		}
		romeo.answered("no such room", "item-not-found", romeo.ask("get", "nowhere@conference.capulet.lit", ask))
		for _, c := range []struct{ why, want, payload string }{
			{"no form", "bad-request", ask},
			{"no nick", "bad-request", registration("")},
			{"another form", "bad-request", strings.Replace(registration("Montague"), formRegister, formSettings, 1)},
			{"not submitted", "bad-request", strings.Replace(registration("Montague"), "submit", "form", 1)},
			{"somebody's nick", "conflict", registration("nurse")},
			{"a nick that cannot be", "not-acceptable", registration(strings.Repeat("x", 500))},
			{"what is not reserved", "item-not-found", "<query xmlns='" + nsRegister + "'><remove/></query>"},
			{"given up", "", "<query xmlns='" + nsRegister + "'><x xmlns='jabber:x:data' type='cancel'/></query>"},
		} {
			romeo.answered(c.why, c.want, romeo.ask("set", balcony, c.payload))
		}
		nurse.wants("nothing has happened")
		romeo.answered("", "", romeo.ask("set", balcony, registration("Montague")))
		nurse.wants("MUST send updated presence", seen("Romeo", "<item affiliation='member' role='participant'/>"))
		if got := romeo.ask("get", balcony, ask); !strings.Contains(got, "<registered/><username>Montague</username>") {
			t.Errorf("already registered: %s", got)
		}
		if got := romeo.ask("get", balcony, "<query xmlns='"+nsInfo+"' node='x-roomuser-item'/>"); !strings.Contains(got, "<identity category='conference' type='text' name='Montague'/>") {
			t.Errorf("#reservednick: %s", got)
		}
		if got := nurse.ask("get", balcony, "<query xmlns='"+nsInfo+"' node='x-roomuser-item'/>"); strings.Contains(got, "identity") || condition(got) != "" {
			t.Errorf("#reservednick: %s", got)
		}
		nurse.answered("reserved", "conflict", nurse.ask("set", balcony, registration("montague")))
		nurse.refused("reserved", "conflict", "<presence to='"+balcony+"/Montague'/>")
		romeo.answered("", "", romeo.ask("set", balcony, "<query xmlns='"+nsRegister+"'><remove/></query>"))
		nurse.wants("a member no more", seen("Romeo", "<item affiliation='none' role='participant'/>"))
		nurse.answered("free again", "", nurse.ask("set", balcony, registration("montague")))
		juliet.answered("an owner stays one", "", juliet.ask("set", balcony, registration("Capulet")))
		w.inside(func(r *room) {
			if r.owners() != 1 {
				t.Error("no owner")
			}
		})
		juliet.affiliate("romeo@montague.lit", "outcast")
		romeo.take()
		romeo.answered("who is banned", "not-allowed", romeo.ask("get", balcony, ask))
		romeo.answered("who is banned", "not-allowed", romeo.ask("set", balcony, registration("R")))
	})
}

// XEP-0045 #regapprove: into a room for members those in charge let people.
func TestApprove(t *testing.T) {
	approval := func(who, allow string) string {
		return "<message to='" + balcony + "'><x xmlns='jabber:x:data' type='submit'>" + field("FORM_TYPE", formRegister) + field(fieldWhom, who) + field(fieldWanted, "Count") + field(fieldApproved, allow) + "</x></message>"
	}
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t)
		juliet.affiliate("nurse@capulet.lit", "admin")
		juliet.affiliate("romeo@montague.lit", "member")
		juliet.configure(balcony, "membersonly", "1")
		w.clear()
		paris := w.login("paris@capulet.lit/x")
		paris.answered("MUST inform that it was received", "", paris.ask("set", balcony, registration("Count")))
		for _, c := range []*client{juliet, nurse} {
			c.wants("#regapprove", "<message from='"+balcony+"'><x xmlns='jabber:x:data' type='form'><title/>"+field("FORM_TYPE", formRegister)+field(fieldWhom, "paris@capulet.lit")+field(fieldWanted, "Count")+field(fieldApproved, "0")+"</x></message>")
		}
		romeo.wants("nobody else")
		paris.refused("not yet", "registration-required", join(balcony, "Count", ""))
		romeo.refused("not for members", "forbidden", approval("paris@capulet.lit", "1"))
		paris.refused("nor for himself", "forbidden", approval("paris@capulet.lit", "1"))
		nurse.refused("who", "bad-request", approval("", "1"))
		nurse.send(approval("paris@capulet.lit", "0"))
		paris.refused("no is no", "registration-required", join(balcony, "Count", ""))
		nurse.send(approval("paris@capulet.lit", "1"))
		paris.hears("#modifymember: invited", "<message from='"+balcony+"'><x xmlns='"+nsUser+"'><invite/></x></message>")
		paris.refused("let in", "", join(balcony, "Count", ""))
		juliet.take()
		juliet.refused("once", "", approval("paris@capulet.lit", "1"))
		tybalt := w.login("tybalt@capulet.lit/x")
		for range maxWishes {
			tybalt.answered("received", "", tybalt.ask("set", balcony, registration("Cat")))
		}
		tybalt.answered("nobody is flooded with wishes", "policy-violation", tybalt.ask("set", balcony, registration("Cat")))
	})
}

// Membership is not to be had for the asking where it gives more than a nick (XEP-0045
// #register).
func TestNothingByRegistration(t *testing.T) {
	for _, c := range []struct{ name, setting, value, before string }{
		{"what was said behind a password", "passwordprotectedroom", "1", "forbidden"},
		{"what was said among members", "membersonly", "1", "forbidden"},
	} {
		scene(t, c.name, func(t *testing.T) {
			w, juliet, _, _ := stage(t)
			juliet.configure(balcony, c.setting, c.value, "roomsecret", "mandrake")
			tybalt := w.login("tybalt@capulet.lit/street")
			query := "<query xmlns='" + nsArchive + "'/>"
			tybalt.answered("before", c.before, tybalt.ask("set", balcony, query))
			tybalt.answered("received", "", tybalt.ask("set", balcony, registration("Cat")))
			tybalt.answered("after", c.before, tybalt.ask("set", balcony, query))
		})
	}
	scene(t, "voice", func(t *testing.T) {
		w, juliet, _, _ := stage(t, "moderatedroom", "1")
		_ = juliet
		tybalt := w.login("tybalt@capulet.lit/street").enter(balcony, "Tybalt")
		tybalt.refused("a visitor", "forbidden", say(balcony, "one"))
		tybalt.answered("received", "", tybalt.ask("set", balcony, registration("Tybalt")))
		tybalt.refused("is still one", "forbidden", say(balcony, "two"))
	})
}

// When nothing can be written, who asks is told, and all others stay (XEP-0045 knows
// resource-constraint for nothing else; RFC 6120 §8.3.3.18).
func TestFullDisk(t *testing.T) {
	scene(t, "registration", func(t *testing.T) {
		w, juliet, romeo, _ := stage(t)
		w.disk.full, w.disk.fail = stanza.ResourceConstraint.Err("full"), errors.New("full")
		tybalt := w.login("tybalt@capulet.lit/street")
		tybalt.answered("told", "resource-constraint", tybalt.ask("set", balcony, registration("Cat")))
		juliet.answered("told", "resource-constraint", juliet.administer("<item jid='paris@capulet.lit' affiliation='member'/>"))
		romeo.wants("nobody is made to leave")
		juliet.wants("nor the owner")
	})
}

package muc

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// What somebody is told who enters, in the order of XEP-0045 #order.
func TestOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, juliet, romeo, nurse := stage(t, "changesubject", "1")
		romeo.send("<message type='groupchat' to='" + balcony + "'><subject>Light</subject></message>")
		juliet.send(say(balcony, "one"))
		romeo.send("<presence type='unavailable' to='" + balcony + "/Romeo'/>")
		for _, c := range []*client{juliet, romeo, nurse} {
			c.take()
		}
		romeo.send(join(balcony, "Romeo", ""))
		romeo.wants(
			"XEP-0045 #order",
			"<presence from='"+balcony+"/Juliet'><x xmlns='"+nsUser+"'><item affiliation='owner' role='moderator'/></x></presence>",
			"<presence from='"+balcony+"/Nurse'/>",
			"<presence from='"+balcony+"/Romeo'><x xmlns='"+nsUser+"'><item affiliation='none' role='participant'/><status code='110'/></x></presence>",
			"<message type='groupchat' from='"+balcony+"/Juliet' id='one'><body>one</body><delay xmlns='urn:xmpp:delay' from='"+balcony+"'/></message>",
			"<message type='groupchat' from='"+balcony+"/Romeo'><subject>Light</subject></message>",
		)
		juliet.wants("XEP-0045 #enter-pres", "<presence from='"+balcony+"/Romeo'><x xmlns='"+nsUser+"'><item jid='romeo@montague.lit/orchard'/></x></presence>")
	})
}

// Nothing that was said is seen before it is kept, nor what came after it.
func TestKeptFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, _ := stage(t)
		w.disk.held = true
		romeo.send(say(balcony, "one"))
		juliet.send("<presence to='" + balcony + "/Juliet'><show>away</show></presence>")
		romeo.wants("one is not on the disk")
		juliet.wants("one is not on the disk")
		w.disk.flush()
		romeo.wants("one is kept", "<message id='one'/>", "<presence from='"+balcony+"/Juliet'><show>away</show></presence>")
	})
}

// Who may enter, and who may not: XEP-0045 #enter-errorcodes, each in both directions.
func TestAdmit(t *testing.T) {
	password := "<password>pomegranate</password>"
	for _, c := range []struct {
		name     string
		settings []string
		before   func(juliet *client)
		who      string
		nick     string
		inside   string
		want     string
	}{
		{"#enter-muc", nil, nil, "romeo@montague.lit/garden", "Montague", "", ""},
		{"#enter-muc no nick", nil, nil, "romeo@montague.lit/garden", "", "", "jid-malformed"},
		{"#enter-pw none", []string{"roomsecret", "pomegranate"}, nil, "paris@capulet.lit/x", "Paris", "", "not-authorized"},
		{"#enter-pw wrong", []string{"roomsecret", "pomegranate"}, nil, "paris@capulet.lit/x", "Paris", "<password>pomegranat</password>", "not-authorized"},
		{"#enter-pw right", []string{"roomsecret", "pomegranate"}, nil, "paris@capulet.lit/x", "Paris", password, ""},
		{"#enter-pw not needed", nil, nil, "paris@capulet.lit/x", "Paris", password, ""},
		{"#enter-pw an owner too", []string{"roomsecret", "pomegranate"}, nil, "juliet@capulet.lit/tomb", "Wife", "", "not-authorized"},
		{"#enter-members stranger", []string{"membersonly", "1"}, nil, "paris@capulet.lit/x", "Paris", "", "registration-required"},
		{"#enter-members member", []string{"membersonly", "1"}, func(c *client) { c.affiliate("paris@capulet.lit", "member") }, "paris@capulet.lit/x", "Paris", "", ""},
		{"#enter-banned", nil, func(c *client) { c.affiliate("paris@capulet.lit", "outcast") }, "paris@capulet.lit/x", "Paris", "", "forbidden"},
		{"#enter-banned no more", nil, func(c *client) { c.affiliate("paris@capulet.lit", "outcast"); c.affiliate("paris@capulet.lit", "none") }, "paris@capulet.lit/x", "Paris", "", ""},
		{"#modifyban domain", nil, func(c *client) { c.affiliate("verona.lit", "outcast") }, "paris@capulet.lit/x", "Paris", "", ""},
		{"#modifyban own domain", nil, func(c *client) { c.affiliate("montague.lit", "outcast") }, "benvolio@montague.lit/x", "Ben", "", "forbidden"},
		{"#modifyban address before domain", nil, func(c *client) {
			c.affiliate("montague.lit", "outcast")
			c.affiliate("benvolio@montague.lit", "member")
		}, "benvolio@montague.lit/x", "Ben", "", ""},
		{"#enter-banned before password", []string{"roomsecret", "pomegranate"}, func(c *client) { c.affiliate("paris@capulet.lit", "outcast") }, "paris@capulet.lit/x", "Paris", "", "forbidden"},
		{"#enter-conflict", nil, nil, "paris@capulet.lit/x", "Romeo", "", "conflict"},
		{"#enter-conflict reserved", nil, func(c *client) {
			c.answered("reserve", "", c.administer("<item jid='tybalt@capulet.lit' nick='Tybalt' affiliation='member'/>"))
		}, "paris@capulet.lit/x", "Tybalt", "", "conflict"},
		{"#enter-conflict reserved for himself", nil, func(c *client) {
			c.answered("reserve", "", c.administer("<item jid='paris@capulet.lit' nick='Tybalt' affiliation='member'/>"))
		}, "paris@capulet.lit/x", "Tybalt", "", ""},
		{"#reservednick another nick", nil, func(c *client) {
			c.answered("reserve", "", c.administer("<item jid='paris@capulet.lit' nick='Tybalt' affiliation='member'/>"))
		}, "paris@capulet.lit/x", "Paris", "", ""},
		{"#enter-conflict same person", nil, nil, "romeo@montague.lit/garden", "Romeo", "", ""},
		{"#enter-maxusers full", []string{"maxusers", "3"}, nil, "paris@capulet.lit/x", "Paris", "", "service-unavailable"},
		{"#enter-maxusers one left", []string{"maxusers", "4"}, nil, "paris@capulet.lit/x", "Paris", "", ""},
		{"#enter-maxusers another session", []string{"maxusers", "3"}, nil, "romeo@montague.lit/garden", "Romeo", "", ""},
		{"#enter-maxusers admin", []string{"maxusers", "3"}, func(c *client) { c.affiliate("paris@capulet.lit", "admin") }, "paris@capulet.lit/x", "Paris", "", ""},
		{"#enter-maxusers member", []string{"maxusers", "3"}, func(c *client) { c.affiliate("paris@capulet.lit", "member") }, "paris@capulet.lit/x", "Paris", "", "service-unavailable"},
	} {
		scene(t, c.name, func(t *testing.T) {
			w, juliet, romeo, _ := stage(t)
			juliet.configure(balcony, c.settings...)
			romeo.enter(balcony, "Romeo") // he may have been made to leave
			if c.before != nil {
				c.before(juliet)
			}
			if !w.inRoom("romeo@montague.lit/orchard") {
				juliet.affiliate("romeo@montague.lit", "member")
				romeo.enter(balcony, "Romeo")
			}
			w.clear()
			them := w.login(c.who)
			to := balcony + "/" + c.nick
			if c.nick == "" {
				to = balcony
			}
			them.send("<presence id='in' to='" + to + "'><x xmlns='" + NS + "'>" + c.inside + "</x></presence>")
			got := strings.Join(them.take(), "")
			if c.want == "" {
				if strings.Contains(got, "type='error'") || !strings.Contains(got, "<status code='110'/>") {
					t.Errorf("did not get in: %s", got)
				}
				return
			}
			if condition(got) != c.want || !strings.Contains(got, "id='in'") {
				t.Errorf("got %s, want %s", got, c.want)
			}
			juliet.wants("who is refused is not seen")
			if c.name == "#enter-maxusers full" && !strings.Contains(got, "<error type='wait'") {
				t.Errorf("a full room is worth another try: %s", got)
			}
		})
	}
}

// inRoom reports whether a session is in the balcony.
func (w *world) inRoom(full string) (is bool) {
	w.inside(func(r *room) {
		for j := range r.sessions {
			is = is || j.String() == full
		}
	})
	return is
}

// XEP-0045 #enter-locked: nobody but its owner gets into a room that is not configured.
func TestLocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		juliet, romeo := w.login("juliet@capulet.lit/chamber"), w.login("romeo@montague.lit/orchard")
		juliet.send(join(balcony, "Juliet", ""))
		juliet.wants("#createroom-general",
			seen("Juliet", "<item affiliation='owner' role='moderator'/>"+codes(110, 201)),
			"<message type='groupchat' from='"+balcony+"'><subject/></message>")
		romeo.refused("#enter-locked", "item-not-found", join(balcony, "Romeo", ""))
		romeo.refused("#bizrules-message", "item-not-found", say(balcony, "hark"))
		romeo.answered("nor is there anything to know", "item-not-found", romeo.ask("get", balcony, "<query xmlns='"+nsInfo+"'/>"))
		tomb := w.login("juliet@capulet.lit/tomb")
		tomb.send(join(balcony, "Juliet", ""))
		tomb.hears("another device of the owner learns that it is to be configured", seen("Juliet", codes(110, 201)))
		juliet.take()
		juliet.send(join(balcony, "Juliet", ""))
		juliet.hears("#bizrules-presence: everything that would be sent on a normal join", seen("Juliet", codes(110, 201)))
		juliet.configure(balcony)
		romeo.send(join(balcony, "Romeo", ""))
		romeo.hears("#createroom-instant: the service MUST then unlock the room", seen("Romeo", codes(110)))
	})
}

// XEP-0045 #createroom-reserved: a room that was not configured goes with its owner, who is
// told that it was destroyed. Nothing of it is kept.
func TestLockedLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		juliet, romeo := w.login("juliet@capulet.lit/chamber"), w.login("romeo@montague.lit/orchard")
		juliet.enter(balcony, "Juliet")
		juliet.send(say(balcony, "secret"))
		juliet.take()
		juliet.send(leave(balcony, "Juliet"))
		juliet.wants("#createroom-reserved", gone("Juliet", "<item role='none'/><destroy/>"+codes(110)))
		if len(w.disk.rooms) != 0 || w.disk.clock != 0 {
			t.Errorf("%d rooms are kept, and %d messages", len(w.disk.rooms), w.disk.clock)
		}
		romeo.answered("", "item-not-found", romeo.ask("get", balcony, "<query xmlns='"+nsInfo+"'/>"))
		if n := len(w.rooms.locked); n != 0 {
			t.Errorf("%d people have rooms that wait", n)
		}
	})
}

// XEP-0045 #bizrules-presence: who joins again gets everything again, the others nothing
// unless the presence is another one.
func TestEnterAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, juliet, romeo, nurse := stage(t)
		juliet.send(say(balcony, "one"))
		romeo.take()
		nurse.take()
		romeo.send(join(balcony, "Romeo", ""))
		all := []string{
			seen("Juliet", "<item affiliation='owner'/>"), seen("Nurse", ""), seen("Romeo", codes(110)),
			"<message><body>one</body><delay xmlns='urn:xmpp:delay'/></message>", "<message><subject/></message>",
		}
		romeo.wants("a full synchronization", all...)
		nurse.wants("nothing has changed")
		romeo.send("<presence to='" + balcony + "/Romeo'><show>away</show><x xmlns='" + NS + "'/></presence>")
		romeo.wants("a full synchronization", all...)
		nurse.wants("#bizrules-presence: SHOULD send a presence update", "<presence from='"+balcony+"/Romeo'><show>away</show></presence>")
		romeo.send(join(balcony, "Montague", ""))
		romeo.hears("with another nick", gone("Romeo", "<item nick='Montague'/>"+codes(303, 110)),
			seen("Juliet", ""), seen("Nurse", ""), seen("Montague", codes(110)), "<message><subject/></message>")
		nurse.hears("with another nick", gone("Romeo", "<item nick='Montague'/>"+codes(303)), seen("Montague", ""))
	})
}

// XEP-0045 #enter-gc: presence without <x/> from somebody who is not there is answered by
// an explicit kick; #bizrules-presence: no other type of presence enters or leaves.
func TestStranger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, _ := stage(t)
		paris := w.login("paris@capulet.lit/x")
		paris.send("<presence to='" + balcony + "/Paris'/>")
		paris.wants("#enter-gc", gone("Paris", "<item affiliation='none' role='none'/>"+codes(110, 307, 333)))
		paris.send("<presence to='nowhere@conference.capulet.lit/Paris'/>")
		paris.wants("#enter-gc", "<presence type='unavailable'><x xmlns='"+nsUser+"'>"+codes(110, 307, 333)+"</x></presence>")
		paris.refused("#enter-muc", "jid-malformed", "<presence to='"+balcony+"'/>")
		for _, typ := range []string{"probe", "subscribe", "unsubscribe", "unavailable"} {
			paris.send("<presence type='" + typ + "' to='" + balcony + "/Paris'><x xmlns='" + NS + "'/></presence>")
			paris.wants(typ + " is no way in")
			if typ != "unavailable" {
				romeo.send("<presence type='" + typ + "' to='" + balcony + "/Romeo'/>")
				romeo.wants(typ + " is no way out")
			}
		}
		juliet.wants("nobody came or went")
		if len(w.rooms.rooms) != 1 {
			t.Errorf("%d rooms are alive", len(w.rooms.rooms))
		}
	})
}

// XEP-0045 #createroom-general: who may create rooms, and how many.
func TestCreate(t *testing.T) {
	for _, c := range []struct {
		name     string
		creators Creators
		who      string
		want     string
	}{
		{"local", Locals, "juliet@capulet.lit/x", ""},
		{"local of another host", Locals, "romeo@montague.lit/x", "not-allowed"},
		{"anyone", Anyone, "romeo@montague.lit/x", ""},
		{"admins", Admins, "juliet@capulet.lit/x", "not-allowed"},
		{"admins, by one", Admins, "prince@capulet.lit/x", ""},
	} {
		scene(t, c.name, func(t *testing.T) {
			w := newWorld(t, func(cfg *Config) { cfg.Creators = c.creators })
			w.login(c.who).refused("#createroom-general", c.want, join(balcony, "Me", ""))
		})
	}
	scene(t, "#security-dos", func(t *testing.T) {
		w := newWorld(t, func(cfg *Config) { cfg.Limits.Rooms = 3 })
		juliet, prince := w.login("juliet@capulet.lit/x"), w.login("prince@capulet.lit/x")
		room := func(name string) string { return name + "@conference.capulet.lit" }
		for _, name := range []string{"one", "two", "three"} {
			juliet.refused(name, "", join(room(name), "J", ""))
		}
		juliet.refused("rooms that await their configuration count", "resource-constraint", join(room("four"), "J", ""))
		juliet.configure(room("one"), "persistentroom", "1")
		juliet.configure(room("two"))
		juliet.take()
		juliet.refused("all count", "resource-constraint", join(room("four"), "J", ""))
		juliet.send(leave(room("two"), "J"))
		juliet.refused("a room that is gone does not", "", join(room("four"), "J", ""))
		juliet.send(leave(room("four"), "J"), leave(room("three"), "J"), leave(room("one"), "J"))
		juliet.refused("nor one that was never configured", "", join(room("five"), "J", ""))
		juliet.refused("but one in which nobody is", "", join(room("six"), "J", ""))
		juliet.refused("does", "resource-constraint", join(room("seven"), "J", ""))
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			prince.refused("who administers the host is not counted", "", join(room(name), "P", ""))
		}
	})
}

// XEP-0045 #enter-nonanon, #enter-semianon: who is told real addresses.
func TestAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t)
		paris := w.login("paris@capulet.lit/x")
		paris.send(join(balcony, "Paris", ""))
		paris.hearsNot("#enter-semianon", "romeo@", "juliet@", "nurse@", "code='100'")
		juliet.hears("a moderator", seen("Paris", "<item jid='paris@capulet.lit/x'/>"))
		romeo.hearsNot("a participant", "paris@")
		juliet.configure(balcony, "whois", "anyone")
		for _, c := range []*client{juliet, romeo, nurse} {
			c.hears("#roomconfig-notify", "<message type='groupchat' from='"+balcony+"'><x xmlns='"+nsUser+"'>"+codes(172)+"</x></message>")
		}
		w.clear()
		tybalt := w.login("tybalt@capulet.lit/x")
		tybalt.send(join(balcony, "Tybalt", ""))
		tybalt.hears("#enter-nonanon", seen("Romeo", "<item jid='romeo@montague.lit/orchard'/>"), seen("Tybalt", codes(110, 100)))
		romeo.hears("#enter-nonanon", seen("Tybalt", "<item jid='tybalt@capulet.lit/x'/>"))
		juliet.configure(balcony, "whois", "moderators")
		romeo.hears("#roomconfig-notify", "<message><x xmlns='"+nsUser+"'>"+codes(173)+"</x></message>")
		w.clear()
		paris.send("<presence to='" + balcony + "/Paris'><show>dnd</show></presence>")
		romeo.hearsNot("it is told no more", "paris@")
	})
}

// XEP-0045 #enter-logging, and that it can be switched off.
func TestLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, _ := stage(t)
		paris := w.login("paris@capulet.lit/x")
		paris.send(join(balcony, "Paris", ""))
		paris.hears("#enter-logging", seen("Paris", codes(110, 170)))
		juliet.configure(balcony, "enablelogging", "0")
		romeo.hears("#roomconfig-notify", "<message><x xmlns='"+nsUser+"'>"+codes(171)+"</x></message>")
		tybalt := w.login("tybalt@capulet.lit/x")
		tybalt.send(join(balcony, "Tybalt", ""))
		tybalt.hearsNot("nothing is kept", "code='170'")
		juliet.configure(balcony, "enablelogging", "1")
		romeo.hears("#roomconfig-notify", "<message><x xmlns='"+nsUser+"'>"+codes(170)+"</x></message>")
	})
}

// Who enters rooms too fast has to wait.
func TestJoinRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(c *Config) { c.Limits.JoinRate, c.Limits.JoinBurst = 1, 3 })
		juliet := w.login("juliet@capulet.lit/chamber")
		for range 3 {
			juliet.refused("three at once", "", join(balcony, "Juliet", ""))
			juliet.send(leave(balcony, "Juliet"))
		}
		juliet.refused("and no more", "policy-violation", join(balcony, "Juliet", ""))
		w.login("nurse@capulet.lit/x").refused("others", "", join("kitchen@conference.capulet.lit", "Nurse", ""))
		time.Sleep(time.Second)
		juliet.refused("after a second", "", join(balcony, "Juliet", ""))
	})
}

// Another client of the same person may spell the nick otherwise (XEP-0045
// #enter-conflict, status 210 of #enter-pres).
func TestOtherSpelling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, _, _ := stage(t)
		phone := w.login("romeo@montague.lit/phone")
		phone.send(join(balcony, "romeo", ""))
		phone.hears("in, as the one who is there", "<presence from='"+balcony+"/Romeo'><x xmlns='"+nsUser+"'><status code='110'/><status code='210'/></x></presence>")
		tybalt := w.login("tybalt@capulet.lit/street")
		tybalt.refused("nobody else", "conflict", join(balcony, "romeo", ""))
	})
}

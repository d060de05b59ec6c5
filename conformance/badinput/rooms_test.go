package badinput

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

const (
	nsRooms = "http://jabber.org/protocol/muc"
	globe   = "globe@conference." + domain // the room in which all of it happens
)

// A role says who sends something to the room.
type role uint8

const (
	outside role = iota // not there, and nothing to the room
	visitor             // there, without a voice
	speaker             // there
	admin               // of the room, and a moderator
	owner               // of the room, by another device that is not there
	roles
)

// A misdeed is what one of them sends, and the answer.
type misdeed struct {
	name string
	by   role
	send string
	want []string
}

// What no client should send to a room: its sender is told, those who are there go on
// talking and see nothing of it.
func TestRooms(t *testing.T) {
	s := process.New(t, domain, append([]string{`rooms.nick_bytes = 64`, `rooms.text_bytes = 500`, `rooms.vcard_bytes = 1000`}, settings...)...)
	s.AddUsers(t, "romeo", "tybalt", "sampson", "juliet", "nurse")
	s.Start(t)
	c := newCompany(t, s)
	cases := roomCases()
	for _, m := range cases {
		t.Run(m.name, func(t *testing.T) {
			c.talk(t)
			from := c.by[m.by]
			from.MustSend(t, m.send)
			for _, pattern := range m.want {
				from.Want(t, "the answer", pattern)
			}
			for r := range roles {
				c.by[r].WantIdle(t, "nothing else came")
			}
			c.talk(t)
		})
	}
	t.Logf("bad input to rooms: %d cases; %d messages of others", len(cases), c.said)
	s.Stop(t)
}

// A company is people in a room, of whom some misbehave.
type company struct {
	by           [roles]*wire.Conn
	juliet, anne *wire.Conn // who talk all the while
	said         int
}

func newCompany(t *testing.T, s *process.Server) *company {
	t.Helper()
	c := &company{juliet: enter(t, s, "juliet", "balcony"), anne: enter(t, s, "nurse", "chamber")}
	c.by = [roles]*wire.Conn{outside: arrive(t, s, "sampson"), visitor: arrive(t, s, "tybalt"), speaker: arrive(t, s, "romeo"), admin: arrive(t, s, "nurse"), owner: arrive(t, s, "juliet")}
	c.juliet.MustSend(t, "<presence to='"+globe+"/Juliet'><x xmlns='"+nsRooms+"'/></presence>")
	c.juliet.Want(t, "the room is made", "<presence from='"+globe+"/Juliet'/>")
	c.juliet.Want(t, "and has no subject", "<message><subject/></message>")
	c.set(t, configuring(""))
	c.set(t, administering("<item affiliation='admin' jid='nurse@"+domain+"'/>"))
	c.come(t, c.anne, "Anne", c.juliet)
	c.come(t, c.by[admin], "Nurse", c.juliet, c.anne)
	c.come(t, c.by[visitor], "Tybalt", c.juliet, c.anne, c.by[admin])
	c.come(t, c.by[speaker], "Romeo", c.juliet, c.anne, c.by[admin], c.by[visitor])
	c.set(t, administering("<item nick='Tybalt' role='visitor'/>"))
	for _, who := range []*wire.Conn{c.juliet, c.anne, c.by[admin], c.by[visitor], c.by[speaker]} {
		who.Want(t, "his voice is gone", "<presence from='"+globe+"/Tybalt'/>")
	}
	return c
}

// arrive gives a connection that has sent no presence of its own.
func arrive(t *testing.T, s *process.Server, user string) *wire.Conn {
	t.Helper()
	to := person(s, user)
	to.Resource = "bad"
	c, err := wire.Login(to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// set has juliet ask for something that works.
func (c *company) set(t *testing.T, payload string) {
	t.Helper()
	c.juliet.MustSend(t, iq("set", globe, payload))
	c.juliet.Want(t, "it is done", "<iq type='result' id='x'/>")
}

// come lets somebody enter whom those who are there see.
func (c *company) come(t *testing.T, who *wire.Conn, nick string, there ...*wire.Conn) {
	t.Helper()
	who.MustSend(t, "<presence to='"+globe+"/"+nick+"'><x xmlns='"+nsRooms+"'><history maxstanzas='0'/></x></presence>")
	for range there {
		who.Want(t, "who is there", "<presence/>")
	}
	who.Want(t, "and himself", "<presence from='"+globe+"/"+nick+"'/>")
	who.Want(t, "and the subject", "<message><subject/></message>")
	for _, other := range there {
		other.Want(t, "who comes", "<presence from='"+globe+"/"+nick+"'/>")
	}
}

// talk has two people say something, which is the next that all in the room hear.
func (c *company) talk(t *testing.T) {
	t.Helper()
	for nick, from := range map[string]*wire.Conn{"Juliet": c.juliet, "Anne": c.anne} {
		c.said++
		id := fmt.Sprintf("talk-%d", c.said)
		from.MustSend(t, "<message to='"+globe+"' type='groupchat' id='"+id+"'><body>Anon</body></message>")
		for _, to := range []*wire.Conn{c.juliet, c.anne, c.by[visitor], c.by[speaker], c.by[admin]} {
			to.Want(t, "all hear it", "<message type='groupchat' from='"+globe+"/"+nick+"' id='"+id+"'/>")
		}
	}
}

func administering(items string) string { return inside("query", nsRooms+"#admin", items) }

// configuring is a form of settings.
func configuring(fields string) string {
	return inside("query", nsRooms+"#owner", "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>"+nsRooms+"#roomconfig</value></field>"+fields+"</x>")
}

// setting is one field of it.
func setting(name string, values ...string) string {
	f := "<field var='muc#roomconfig_" + name + "'>"
	for _, v := range values {
		f += "<value>" + v + "</value>"
	}
	return f + "</field>"
}

func roomCases() []misdeed {
	presence := func(nick, inside string) string {
		return "<presence id='x' to='" + globe + nick + "'>" + inside + "</presence>"
	}
	x := "<x xmlns='" + nsRooms + "'/>"
	noEntry := func(kind, condition string) []string { return stanzaError("presence", kind, condition) }
	message := func(typ, nick, inside string) string {
		return "<message id='x' type='" + typ + "' to='" + globe + nick + "'>" + inside + "</message>"
	}
	returned := func(kind, condition string) []string { return stanzaError("message", kind, condition) }
	long := strings.Repeat("x", 600)
	var list []misdeed
	add := func(name string, by role, send string, want []string) {
		list = append(list, misdeed{name, by, send, want})
	}
	for _, nick := range []struct{ name, nick, kind, condition string }{
		{"none", "", "modify", "jid-malformed"},
		{"too long", "/" + strings.Repeat("n", 65), "modify", "not-acceptable"},
		{"somebody's", "/Juliet", "cancel", "conflict"},
		{"somebody's in capitals", "/JULIET", "cancel", "conflict"},
		{"somebody's with a space", "/Juliet ", "cancel", "conflict"},
		{"somebody's in wide letters", "/Ｊｕｌｉｅｔ", "cancel", "conflict"},
		{"somebody's with a Cyrillic letter", "/Juliеt", "cancel", "conflict"},
		{"somebody's with a blank sign", "/Juliet⠀", "cancel", "conflict"},
		{"invisible", "/⠀⠀", "modify", "not-acceptable"},
	} {
		add("XEP-0045 #bizrules-jids "+nick.condition+": a nick, "+nick.name, outside, presence(nick.nick, x), noEntry(nick.kind, nick.condition))
		add("XEP-0045 #changenick "+nick.condition+": another nick, "+nick.name, speaker, presence(nick.nick, ""), noEntry(nick.kind, nick.condition))
	}
	add("RFC 7622 §3.4 jid-malformed: a nick of 10 KB", outside, presence("/"+strings.Repeat("n", 10_000), x), noEntry("modify", "jid-malformed"))
	add("XEP-0045 #enter-gc: presence of who is not there", outside, presence("/Sampson", ""), []string{"<presence type='unavailable' from='" + globe + "/Sampson'><x xmlns='" + nsRooms + "#user'><status code='110'/><status code='307'/><status code='333'/></x></presence>"})

	add("XEP-0045 #message not-acceptable: from outside", outside, message("groupchat", "", "<body>a</body>"), returned("modify", "not-acceptable"))
	add("XEP-0045 #message forbidden: without a voice", visitor, message("groupchat", "", "<body>a</body>"), returned("auth", "forbidden"))
	add("XEP-0045 #subject-mod forbidden: by a speaker", speaker, message("groupchat", "", "<subject>a</subject>"), returned("auth", "forbidden"))
	add("XEP-0045 #subject-mod not-acceptable: a subject without an end", admin, message("groupchat", "", "<subject>"+long+"</subject>"), returned("modify", "not-acceptable"))
	add("XEP-0045 #privatemessage bad-request: groupchat to one", speaker, message("groupchat", "/Juliet", "<body>a</body>"), returned("modify", "bad-request"))
	add("XEP-0045 #privatemessage item-not-found: to nobody", speaker, message("chat", "/Nobody", "<body>a</body>"), returned("cancel", "item-not-found"))
	add("XEP-0045 #privatemessage not-acceptable: from outside", outside, message("chat", "/Juliet", "<body>a</body>"), returned("modify", "not-acceptable"))

	invite := func(inside string) string { return message("normal", "", "<x xmlns='"+nsRooms+"#user'>"+inside+"</x>") }
	add("XEP-0045 #invite-mediated not-acceptable: from outside", outside, invite("<invite to='juliet@"+domain+"'/>"), returned("modify", "not-acceptable"))
	add("XEP-0045 #invite-mediated jid-malformed: nobody", speaker, invite("<invite/>"), returned("modify", "jid-malformed"))
	add("XEP-0045 #invite-mediated jid-malformed: no address", speaker, invite("<invite to='@@'/>"), returned("modify", "jid-malformed"))
	add("XEP-0045 #invite-mediated item-not-found: no account", speaker, invite("<invite to='rosaline@"+domain+"'/>"), returned("cancel", "item-not-found"))
	add("XEP-0045 #invite-mediated bad-request: another room", speaker, invite("<invite to='tomb@conference."+domain+"'/>"), returned("modify", "bad-request"))
	add("XEP-0045 #invite-mediated not-acceptable: a reason without an end", speaker, invite("<invite to='sampson@"+domain+"'><reason>"+long+"</reason></invite>"), returned("modify", "not-acceptable"))
	add("XEP-0045 #invite-mediated item-not-found: a decline of nothing", outside, invite("<decline to='rosaline@"+domain+"'/>"), returned("cancel", "item-not-found"))
	add("XEP-0045 #voiceapprove forbidden: by a visitor", visitor, message("normal", "", "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>"+nsRooms+"#request</value></field><field var='muc#role'><value>participant</value></field><field var='muc#roomnick'><value>Tybalt</value></field><field var='muc#request_allow'><value>true</value></field></x>"), returned("auth", "forbidden"))
	add("XEP-0045 #regapprove forbidden: by a speaker", speaker, message("normal", "", "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>"+nsRooms+"#register</value></field><field var='muc#register_allow'><value>1</value></field></x>"), returned("auth", "forbidden"))

	ask := func(name string, by role, typ, payload, kind, condition string) {
		add(name, by, iq(typ, globe, payload), refused(kind, condition))
	}
	for r, name := range map[role]string{outside: "from outside", visitor: "by a visitor", speaker: "by a speaker", admin: "by an admin"} {
		ask("XEP-0045 #roomconfig forbidden: reading settings "+name, r, "get", inside("query", nsRooms+"#owner", ""), "auth", "forbidden")
		ask("XEP-0045 #roomconfig forbidden: settings "+name, r, "set", configuring(setting("roomname", "Mine")+setting("whois", "anyone")), "auth", "forbidden")
		ask("XEP-0045 #destroyroom forbidden: "+name, r, "set", inside("query", nsRooms+"#owner", "<destroy/>"), "auth", "forbidden")
		ask("XEP-0045 #modifyowner forbidden: "+name, r, "set", administering("<item affiliation='owner' jid='sampson@"+domain+"'/>"), "auth", "forbidden")
		ask("XEP-0486 #owner-publish forbidden: "+name, r, "set", inside("vCard", "vcard-temp", ""), "auth", "forbidden")
		if r != admin {
			ask("XEP-0045 #kick forbidden: "+name, r, "set", administering("<item nick='Anne' role='none'/>"), "auth", "forbidden")
			ask("XEP-0045 #ban forbidden: "+name, r, "set", administering("<item jid='nurse@"+domain+"' affiliation='outcast'/>"), "auth", "forbidden")
			ask("XEP-0045 #modifyban forbidden: reading "+name, r, "get", administering("<item affiliation='outcast'/>"), "auth", "forbidden")
			ask("XEP-0317 #create forbidden: "+name, r, "set", "<command xmlns='http://jabber.org/protocol/commands' node='urn:xmpp:hats:commands:create'/>", "auth", "forbidden")
			ask("XEP-0425 #usecase-error forbidden: "+name, r, "set", "<moderate xmlns='urn:xmpp:message-moderate:1' id='1'><retract xmlns='urn:xmpp:message-retract:1'/></moderate>", "auth", "forbidden")
		}
	}
	ask("XEP-0045 #ban not-allowed: an owner by an admin", admin, "set", administering("<item jid='juliet@"+domain+"' affiliation='outcast'/>"), "cancel", "not-allowed")
	ask("XEP-0045 #kick not-allowed: an owner by an admin", admin, "set", administering("<item nick='Juliet' role='none'/>"), "cancel", "not-allowed")
	ask("XEP-0045 #revokeowner conflict: the last owner", owner, "set", administering("<item jid='juliet@"+domain+"' affiliation='none'/>"), "cancel", "conflict")

	for _, q := range []struct{ name, typ, items, kind, condition string }{
		{"nothing", "set", "", "modify", "bad-request"},
		{"an item without anything", "set", "<item/>", "modify", "bad-request"},
		{"role and affiliation", "set", "<item nick='Romeo' role='none' affiliation='none'/>", "modify", "bad-request"},
		{"roles and affiliations", "set", "<item nick='Romeo' role='none'/><item jid='romeo@" + domain + "' affiliation='none'/>", "modify", "bad-request"},
		{"an unknown role", "set", "<item nick='Romeo' role='king'/>", "modify", "bad-request"},
		{"an unknown affiliation", "set", "<item jid='romeo@" + domain + "' affiliation='king'/>", "modify", "bad-request"},
		{"a role of an address", "set", "<item jid='romeo@" + domain + "' role='none'/>", "modify", "bad-request"},
		{"a role of nobody", "set", "<item nick='Nobody' role='none'/>", "cancel", "item-not-found"},
		{"an affiliation of nobody", "set", "<item affiliation='member'/>", "modify", "bad-request"},
		{"a broken address", "set", "<item jid='@@' affiliation='member'/>", "modify", "jid-malformed"},
		{"a domain as a member", "set", "<item jid='montague.lit' affiliation='member'/>", "modify", "not-acceptable"},
		{"a reason without an end", "set", "<item nick='Romeo' role='none'><reason>" + long + "</reason></item>", "modify", "not-acceptable"},
		{"a nick without an end", "set", "<item jid='a@" + domain + "' affiliation='member' nick='" + long + "'/>", "modify", "not-acceptable"},
		{"one good, one bad", "set", "<item nick='Romeo' role='none'/><item nick='Nobody' role='none'/>", "cancel", "item-not-found"},
		{"too many", "set", strings.Repeat("<item jid='a@b' affiliation='member'/>", 1001), "modify", "policy-violation"},
		{"a list of nothing", "get", "<item/>", "modify", "bad-request"},
		{"an unknown list", "get", "<item affiliation='king'/>", "modify", "bad-request"},
		{"a list of those who are none", "get", "<item affiliation='none'/>", "modify", "bad-request"},
	} {
		ask("XEP-0045 #schemas-admin "+q.condition+": "+q.name, admin, q.typ, administering(q.items), q.kind, q.condition)
	}
	for _, f := range []struct{ name, fields, kind, condition string }{
		{"a flag that is none", setting("membersonly", "perhaps"), "modify", "bad-request"},
		{"two values", setting("roomname", "a", "b"), "modify", "bad-request"},
		{"a name without an end", setting("roomname", long), "modify", "not-acceptable"},
		{"an unknown word", setting("whois", "nobody"), "modify", "not-acceptable"},
		{"an unknown role", setting("presencebroadcast", "king"), "modify", "not-acceptable"},
		{"a number that is none", setting("maxusers", "many"), "modify", "bad-request"},
		{"a negative number", setting("maxusers", "-1"), "modify", "bad-request"},
		{"a number without an end", setting("maxusers", strings.Repeat("9", 500)), "modify", "bad-request"},
		{"a blank password", setting("passwordprotectedroom", "1"), "modify", "not-acceptable"},
		{"a broken address", setting("roomadmins", "@@"), "modify", "jid-malformed"},
		{"a domain as an admin", setting("roomadmins", domain), "modify", "not-acceptable"},
		{"nobody as an owner", setting("roomowners"), "cancel", "conflict"},
		{"one good, one bad", setting("roomname", "Globe") + setting("whois", "nobody"), "modify", "not-acceptable"},
	} {
		ask("XEP-0045 #roomconfig "+f.condition+": "+f.name, owner, "set", configuring(f.fields), f.kind, f.condition)
	}
	ask("XEP-0045 #roomconfig bad-request: no form", owner, "set", inside("query", nsRooms+"#owner", ""), "modify", "bad-request")
	ask("XEP-0045 #roomconfig bad-request: a form that asks", owner, "set", inside("query", nsRooms+"#owner", "<x xmlns='jabber:x:data' type='form'/>"), "modify", "bad-request")
	ask("XEP-0045 #roomconfig bad-request: another form", owner, "set", strings.Replace(configuring(setting("roomname", "a")), "#roomconfig<", "#register<", 1), "modify", "bad-request")
	ask("XEP-0045 #destroyroom jid-malformed: where to", owner, "set", inside("query", nsRooms+"#owner", "<destroy jid='@@'/>"), "modify", "jid-malformed")
	ask("XEP-0486 not-acceptable: a picture without an end", owner, "set", inside("vCard", "vcard-temp", "<PHOTO><BINVAL>"+strings.Repeat("A", 2000)+"</BINVAL></PHOTO>"), "modify", "not-acceptable")
	ask("XEP-0045 #register bad-request: no form", speaker, "set", inside("query", "jabber:iq:register", ""), "modify", "bad-request")
	ask("XEP-0425 item-not-found: no such message", admin, "set", "<moderate xmlns='urn:xmpp:message-moderate:1' id='1'><retract xmlns='urn:xmpp:message-retract:1'/></moderate>", "cancel", "item-not-found")
	ask("XEP-0425 bad-request: nothing is to be done", admin, "set", "<moderate xmlns='urn:xmpp:message-moderate:1' id='1'/>", "modify", "bad-request")
	ask("XEP-0050 item-not-found: an unknown command", admin, "set", "<command xmlns='http://jabber.org/protocol/commands' node='urn:x'/>", "cancel", "item-not-found")
	ask("XEP-0313 bad-request: a page without a number", speaker, "set", inside("query", "urn:xmpp:mam:2", inside("set", "http://jabber.org/protocol/rsm", "<max>many</max>")), "modify", "bad-request")
	ask("RFC 6120 §8.4 service-unavailable: an unknown namespace", speaker, "get", inside("query", "urn:x", nested(50)), "cancel", "service-unavailable")
	add("XEP-0045 #disco-occupant bad-request: from outside", outside, iq("get", globe+"/Juliet", inside("query", "http://jabber.org/protocol/disco#info", "")), refused("modify", "bad-request"))
	add("XEP-0045 #bizrules-iq item-not-found: nobody of this nick", speaker, iq("get", globe+"/Nobody", ping), refused("cancel", "item-not-found"))
	add("RFC 6120 §8.2.3: a forged answer", speaker, "<iq type='result' id='a.b.c' to='"+globe+"/Juliet'/>", nil)
	add("RFC 6120 §8.3.1: an error out of nothing", outside, message("error", "/Juliet", "<error type='cancel'><gone xmlns='"+nsStanzas+"'/></error>"), nil)
	return list
}

// Who floods a room with presence is stopped, and the others can talk.
func TestRoomFlood(t *testing.T) {
	s := process.New(t, domain, append([]string{`rooms.rate = 5`, `rooms.burst = 20`}, settings...)...)
	s.AddUsers(t, "romeo", "tybalt", "sampson", "juliet", "nurse")
	s.Start(t)
	c := newCompany(t, s)
	const n = 500
	began := time.Now()
	for i := range n {
		c.by[speaker].MustSend(t, fmt.Sprintf("<presence id='x' to='%s/Romeo'><status>%d</status></presence>", globe, i))
	}
	told, refusals := 0, 0
	for told+refusals < n {
		e, err := c.by[speaker].Next(wire.Patience)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(e.Raw, "policy-violation") {
			refusals++
		} else {
			told++
		}
	}
	most := 20 + int(5*time.Since(began).Seconds()) + 1
	if told > most || refusals == 0 {
		t.Errorf("%d of %d were told, %d at most", told, n, most)
	}
	for _, other := range []*wire.Conn{c.juliet, c.anne, c.by[admin], c.by[visitor]} {
		for range told {
			other.Want(t, "what was told", "<presence from='"+globe+"/Romeo'><status/></presence>")
		}
	}
	c.talk(t)
	s.Stop(t)
}

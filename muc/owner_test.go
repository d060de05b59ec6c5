package muc

import (
	"strings"
	"testing"
	"testing/synctest"

	"causeway/xmpp/form"
	"causeway/xmpp/stanza"
)

func configuration(fields string) string {
	return "<query xmlns='" + nsOwner + "'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>" + formSettings + "</value></field>" + fields + "</x></query>"
}

func field(name string, values ...string) string {
	f := "<field var='" + name + "'>"
	for _, v := range values {
		f += "<value>" + v + "</value>"
	}
	return f + "</field>"
}

// XEP-0045 #roomconfig: for owners only, also of what they see.
func TestConfigureWho(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t)
		juliet.affiliate("romeo@montague.lit", "admin")
		juliet.answered("", "", juliet.administer("<item nick='Nurse' role='visitor'/>"))
		before := w.snapshot()
		w.clear()
		paris := w.login("paris@capulet.lit/x")
		for who, c := range map[string]*client{"an admin": romeo, "a visitor": nurse, "a stranger": paris} {
			c.answered(who, "forbidden", c.ask("get", balcony, "<query xmlns='"+nsOwner+"'/>"))
			c.answered(who, "forbidden", c.ask("set", balcony, configuration(field(fieldName, "Mine"))))
			c.answered(who, "forbidden", c.ask("set", balcony, configuration(field(fieldOwners, "paris@capulet.lit"))))
			c.answered(who, "forbidden", c.ask("set", balcony, "<query xmlns='"+nsOwner+"'><destroy/></query>"))
		}
		juliet.wants("nobody sees it")
		if after := w.snapshot(); after != before {
			t.Errorf("is  %s\nwas %s", after, before)
		}
		prince := w.login("prince@capulet.lit/x")
		prince.answered("who administers the host owns all rooms", "", prince.ask("set", balcony, configuration(field(fieldName, "Ours"))))
		tomb := w.login("juliet@capulet.lit/tomb")
		tomb.answered("from outside", "", tomb.ask("get", balcony, "<query xmlns='"+nsOwner+"'/>"))
	})
}

// What can be wrong with a form: nothing of it counts then, and nobody sees anything.
func TestConfigureWrong(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for _, c := range []struct{ name, fields, want string }{
		{"a flag", field(fieldPersistent, "perhaps"), "bad-request"},
		{"two values", field(fieldName, "a", "b"), "bad-request"},
		{"a long name", field(fieldName, long), "not-acceptable"},
		{"a long description", field(fieldDescription, long), "not-acceptable"},
		{"a long password", field(fieldSecret, long), "not-acceptable"},
		{"whois", field(fieldWhois, "nobody"), "not-acceptable"},
		{"allowpm", field(fieldPrivate, "king"), "not-acceptable"},
		{"a role", field(fieldBroadcast, "moderator", "king"), "not-acceptable"},
		{"members", field(fieldMemberList, "king"), "not-acceptable"},
		{"a number", field(fieldMaxUsers, "many"), "bad-request"},
		{"less than none", field(fieldMaxUsers, "-1"), "bad-request"},
		{"a huge number", field(fieldMaxUsers, strings.Repeat("9", 100)), "bad-request"},
		{"history", field(fieldHistory, "1e3"), "bad-request"},
		{"#createroom-reserved: blank", field(fieldProtected, "1"), "not-acceptable"},
		{"#createroom-reserved: blank", field(fieldProtected, "1") + field(fieldSecret, ""), "not-acceptable"},
		{"admins", field(fieldAdmins, "@@"), "jid-malformed"},
		{"a domain", field(fieldAdmins, "montague.lit"), "not-acceptable"},
		{"no owner", field(fieldOwners), "conflict"},
		{"after a good one", field(fieldName, "Good") + field(fieldWhois, "nobody"), "not-acceptable"},
	} {
		scene(t, c.name, func(t *testing.T) {
			w, juliet, romeo, _ := stage(t)
			before := w.snapshot()
			juliet.answered("#roomconfig", c.want, juliet.ask("set", balcony, configuration(c.fields)))
			romeo.wants("nobody sees it")
			if after := w.snapshot(); after != before {
				t.Errorf("is  %s\nwas %s", after, before)
			}
		})
	}
	for _, c := range []struct{ name, payload, want string }{
		{"nothing", "<query xmlns='" + nsOwner + "'/>", "bad-request"},
		{"another type", "<query xmlns='" + nsOwner + "'><x xmlns='jabber:x:data' type='form'/></query>", "bad-request"},
		{"no type", "<query xmlns='" + nsOwner + "'><x xmlns='jabber:x:data'/></query>", "bad-request"},
		{"another form", "<query xmlns='" + nsOwner + "'><x xmlns='jabber:x:data' type='submit'>" + field("FORM_TYPE", formRegister) + field(fieldName, "x") + "</x></query>", "bad-request"},
		{"another element", "<config xmlns='" + nsOwner + "'/>", "feature-not-implemented"},
		{"#roomconfig: given up", "<query xmlns='" + nsOwner + "'><x xmlns='jabber:x:data' type='cancel'/></query>", ""},
		{"empty", "<query xmlns='" + nsOwner + "'><x xmlns='jabber:x:data' type='submit'/></query>", ""},
	} {
		scene(t, c.name, func(t *testing.T) {
			w, juliet, romeo, _ := stage(t)
			before := w.snapshot()
			juliet.answered("#roomconfig", c.want, juliet.ask("set", balcony, c.payload))
			romeo.wants("nobody sees it")
			if after := w.snapshot(); after != before {
				t.Errorf("is  %s\nwas %s", after, before)
			}
		})
	}
}

// Each field says what is set, and sets what it says: XEP-0045
// #registrar-formtype-owner. What comes back as it was given changes nothing.
func TestConfigureFields(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, _ := stage(t)
		read := func() *form.Form {
			got := juliet.ask("get", balcony, "<query xmlns='"+nsOwner+"'/>")
			st, err := stanza.Parse([]byte(got))
			if err != nil {
				t.Fatal(err)
			}
			c, _ := st.Payload()
			_, inside, err := stanza.Split(st.ChildBytes(c))
			if err != nil || len(inside) != 1 {
				t.Fatal(got)
			}
			f, err := form.Parse(inside[0].XML)
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		for name, values := range map[string][]string{
			fieldName: {"The Balcony"}, fieldDescription: {"of Juliet's"}, fieldLang: {"it"}, fieldPubSub: {"xmpp:pubsub.capulet.lit?;node=n"},
			fieldPersistent: {"1"}, fieldPublic: {"1"}, fieldModerated: {"1"}, fieldWhois: {"anyone"}, fieldPrivate: {"moderators"},
			fieldSubject: {"1"}, fieldInvites: {"0"}, fieldMemberList: {"participant", "moderator"}, fieldBroadcast: {"moderator"},
			fieldArchive: {"0"}, fieldMaxUsers: {"7"}, fieldHistory: {"3"}, fieldAdmins: {"nurse@capulet.lit"},
			fieldOwners: {"juliet@capulet.lit", "romeo@montague.lit"}, fieldSecret: {"pomegranate"},
		} {
			escaped := make([]string, len(values))
			for i, v := range values {
				escaped[i] = string(stanza.AppendText(nil, v))
			}
			juliet.answered(name, "", juliet.ask("set", balcony, configuration(field(name, escaped...))))
			if got := read().Values(name); strings.Join(got, " ") != strings.Join(values, " ") {
				t.Errorf("%s is %q, want %q", name, got, values)
			}
		}
		f := read()
		for _, name := range []string{fieldMembersOnly, fieldProtected} {
			if f.Field(name) == nil {
				t.Errorf("%s is not there", name)
			}
		}
		if f.Value(fieldProtected) != "1" {
			t.Error("a password protects")
		}
		before := w.snapshot()
		w.clear()
		f.Type = form.Submit
		juliet.answered("as it is", "", juliet.ask("set", balcony, "<query xmlns='"+nsOwner+"'>"+string(f.Append(nil))+"</query>"))
		romeo.wants("nothing has changed")
		if after := w.snapshot(); after != before {
			t.Errorf("is  %s\nwas %s", after, before)
		}
		juliet.answered("a password can go", "", juliet.ask("set", balcony, configuration(field(fieldProtected, "0"))))
		if f := read(); f.Value(fieldProtected) != "0" || f.Value(fieldSecret) != "" {
			t.Error("the password is there")
		}
	})
}

// XEP-0045 #roomconfig: who is not a member leaves a room that is for members now.
func TestMembersOnlyNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t)
		juliet.affiliate("nurse@capulet.lit", "member")
		w.clear()
		juliet.configure(balcony, "membersonly", "1")
		romeo.wants("#roomconfig", gone("Romeo", "<item affiliation='none' role='none'/>"+codes(110, 322)))
		nurse.wants("as well as any remaining occupants", gone("Romeo", codes(322)), "<message><x xmlns='"+nsUser+"'>"+codes(104)+"</x></message>")
		juliet.hears("the owner", "<iq type='result' id='config'/>", gone("Romeo", codes(322)))
		romeo.refused("#enter-members", "registration-required", join(balcony, "Romeo", ""))
		juliet.configure(balcony, "membersonly", "0")
		for _, c := range []string{"a", "b", "c"} {
			w.login(c+"@capulet.lit/x").enter(balcony, c)
		}
		w.clear()
		juliet.configure(balcony, "membersonly", "1")
		for _, c := range []string{"a", "b", "c"} {
			w.clients[c+"@capulet.lit/x"].wants("who leaves hears nothing of the others behind that", gone(c, codes(110, 322)))
		}
	})
}

// XEP-0045 #roomconfig-notify, and which change has which code.
func TestNotify(t *testing.T) {
	base := Settings{Name: "a", Archive: true}
	for _, c := range []struct {
		name   string
		change func(*Settings)
		want   string
	}{
		{"nothing", func(*Settings) {}, ""},
		{"name", func(s *Settings) { s.Name = "b" }, codes(104)},
		{"logging", func(s *Settings) { s.Archive = false }, codes(171)},
		{"whois", func(s *Settings) { s.Whois = ToAnyone }, codes(172)},
		{"both, and more", func(s *Settings) { s.Whois, s.Archive, s.Public = ToAnyone, false, true }, codes(104, 171, 172)},
	} {
		now := base
		c.change(&now)
		if got := codes(base.changes(&now)...); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// The lists of the form are whole: XEP-0045 #modifyadmin, #modifyowner.
func TestConfigureLists(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t)
		juliet.affiliate("romeo@montague.lit", "admin")
		juliet.affiliate("tybalt@capulet.lit", "outcast")
		w.clear()
		juliet.configure(balcony, "roomadmins", "nurse@capulet.lit,tybalt@capulet.lit")
		romeo.hears("lost", seen("Romeo", "<item affiliation='none' role='participant'/>"+codes(110)))
		nurse.hears("gained", seen("Nurse", "<item affiliation='admin' role='moderator'/>"+codes(110)))
		juliet.take()
		juliet.configure(balcony, "roomadmins", "", "roomowners", "juliet@capulet.lit,nurse@capulet.lit")
		juliet.hears("an empty value is no address", "<iq type='error' id='config'/>")
		juliet.answered("", "", juliet.ask("set", balcony, configuration(field(fieldAdmins)+field(fieldOwners, "juliet@capulet.lit", "nurse@capulet.lit"))))
		nurse.hears("gained", seen("Nurse", "<item affiliation='owner' role='moderator'/>"+codes(110)))
		w.inside(func(r *room) {
			if len(r.members) != 2 || r.owners() != 2 {
				t.Errorf("%v", r.members)
			}
		})
	})
}

// XEP-0045 #createroom-reserved: an owner may give up, and the room is gone.
func TestCreateCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		juliet := w.login("juliet@capulet.lit/chamber").enter(balcony, "Juliet")
		juliet.answered("not like this", "not-acceptable", juliet.ask("set", balcony, configuration(field(fieldProtected, "1"))))
		juliet.send("<iq type='set' id='c' to='" + balcony + "'><query xmlns='" + nsOwner + "'><x xmlns='jabber:x:data' type='cancel'/></query></iq>")
		juliet.hears("#createroom-reserved", "<iq type='result' id='c'/>")
		if len(w.rooms.rooms) != 0 || len(w.disk.rooms) != 0 || len(w.rooms.locked) != 0 {
			t.Error("something is left")
		}
	})
}

// XEP-0045 #destroyroom.
func TestDestroy(t *testing.T) {
	destroy := func(inside string) string { return "<query xmlns='" + nsOwner + "'>" + inside + "</query>" }
	synctest.Test(t, func(t *testing.T) {
		w, juliet, romeo, nurse := stage(t, "persistentroom", "1")
		garden := w.login("romeo@montague.lit/garden").enter(balcony, "Romeo")
		w.clear()
		juliet.answered("where to", "jid-malformed", juliet.ask("set", balcony, destroy("<destroy jid='@@'/>")))
		juliet.answered("too long", "not-acceptable", juliet.ask("set", balcony, destroy("<destroy><reason>"+strings.Repeat("x", 5000)+"</reason></destroy>")))
		nurse.wants("what fails is not seen")
		juliet.send("<iq type='set' id='begone' to='" + balcony + "'>" + destroy("<destroy jid='tomb@conference.capulet.lit'><password>p</password><reason>The lark</reason></destroy>") + "</iq>")
		want := "<item affiliation='none' role='none'/><destroy jid='tomb@conference.capulet.lit'><password>p</password><reason>The lark</reason></destroy>" + codes(110)
		for nick, list := range map[string][]*client{"Romeo": {romeo, garden}, "Nurse": {nurse}} {
			for _, c := range list {
				c.wants("one stanza for each", gone(nick, want))
			}
		}
		juliet.wants("then the owner", gone("Juliet", want), "<iq type='result' id='begone'/>")
		if len(w.disk.rooms) != 0 || len(w.rooms.rooms) != 0 {
			t.Error("it is still there")
		}
		romeo.refused("it is gone", "item-not-found", say(balcony, "hark"))
		juliet.answered("it is gone", "item-not-found", juliet.ask("get", balcony, "<query xmlns='"+nsOwner+"'/>"))
	})
	scene(t, "from outside, without a word", func(t *testing.T) {
		w, juliet, romeo, _ := stage(t)
		juliet.send(leave(balcony, "Juliet"))
		w.clear()
		juliet.answered("", "", juliet.ask("set", balcony, destroy("<destroy/>")))
		romeo.wants("MUST include a <destroy/>", gone("Romeo", "<destroy/>"))
	})
}

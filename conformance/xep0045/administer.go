package xep0045

import (
	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

// with gives the steps of a check that needs juliet in the room.
func with(settings []string, steps func(t *run.T, s *scene, j *run.Client)) func(*run.T) {
	return func(t *run.T) {
		s := open(t, settings...)
		steps(t, s, s.enters())
	}
}

// moderation is XEP-0045 #moderator.
func moderation() []run.Check {
	return []run.Check{
		{ID: "0045/kick/removed", Level: run.Must, Text: "who is kicked gets unavailable presence with the status 307", Needs: needs(), Run: with(nil, func(_ *run.T, s *scene, j *run.Client) {
			s.must("<item nick='juliet' role='none'/>")
			j.Want("<presence from='%s/juliet' type='unavailable'><x xmlns='%s'><item role='none'/><status code='307'/></x></presence>", s.room, nsUser)
		})},
		{ID: "0045/kick/told", Level: run.Must, Text: "so do the others", Needs: needs(), Run: with(nil, func(_ *run.T, s *scene, _ *run.Client) {
			s.must("<item nick='juliet' role='none'/>")
			s.owner.Want("<presence from='%s/juliet' type='unavailable'><x xmlns='%s'><status code='307'/></x></presence>", s.room, nsUser)
		})},
		{ID: "0045/kick/reason", Level: run.Should, Text: "the reason is told", Needs: needs(), Run: with(nil, func(_ *run.T, s *scene, j *run.Client) {
			s.must("<item nick='juliet' role='none'><reason>late</reason></item>")
			j.Want("<presence from='%s/juliet' type='unavailable'><x xmlns='%s'><item><reason>late</reason></item></x></presence>", s.room, nsUser)
		})},
		{ID: "0045/kick/not-moderator", Level: run.Must, Text: "a participant kicks nobody", Needs: needs(), Run: with(nil, func(_ *run.T, s *scene, j *run.Client) {
			j.Refused(s.admin(j, "<item nick='romeo' role='none'/>"), "forbidden", "not-allowed", "not-authorized")
		})},
		{ID: "0045/kick/owner", Level: run.Must, Text: "a moderator does not kick an owner: not-allowed", Needs: needs(), Run: with(nil, func(_ *run.T, s *scene, j *run.Client) {
			s.must("<item nick='juliet' role='moderator'/>")
			j.Refused(s.admin(j, "<item nick='romeo' role='none'/>"), "not-allowed", "forbidden")
		})},
		{ID: "0045/revokevoice/told", Level: run.Must, Text: "who loses voice is told, and so is everybody", Needs: needs(), Run: with([]string{"moderatedroom=1"}, func(_ *run.T, s *scene, j *run.Client) {
			s.must("<item nick='juliet' role='participant'/>")
			s.must("<item nick='juliet' role='visitor'/>")
			for _, c := range []*run.Client{j, s.owner} {
				c.Want("<presence from='%s/juliet' type='!'><x xmlns='%s'><item role='visitor'/></x></presence>", s.room, nsUser)
			}
		})},
		{ID: "0045/grantvoice/told", Level: run.Must, Text: "who gets it back is told, too", Needs: needs(), Run: with([]string{"moderatedroom=1"}, func(_ *run.T, s *scene, j *run.Client) {
			s.mute(j, "juliet")
			s.must("<item nick='juliet' role='participant'/>")
			j.Want("<presence from='%s/juliet'><x xmlns='%s'><item role='participant'/></x></presence>", s.room, nsUser)
		})},
		{ID: "0045/modifyvoice/list", Level: run.Must, Text: "a moderator gets the list of those with voice", Needs: needs(), Run: with(nil, func(t *run.T, s *scene, _ *run.Client) {
			e := s.owner.Get(s.room, "<query xmlns='%s'><item role='participant'/></query>", nsAdmin)
			t.True(run.Inside(e, oracle.Pattern("<item xmlns='"+nsAdmin+"' nick='juliet' role='participant'/>")), "came %.400s", e.Raw)
		})},
		{ID: "0045/requestvoice/asked", Level: run.Should, Text: "a visitor's wish for voice is shown to moderators", Needs: needs(), Run: with([]string{"moderatedroom=1"}, func(_ *run.T, s *scene, j *run.Client) {
			s.mute(j, "juliet")
			j.Send("<message to='%s'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#request</value></field><field var='muc#role'><value>participant</value></field></x></message>", s.room)
			s.owner.WantIn("<field xmlns='jabber:x:data' var='muc#request_allow'/>")
		})},
	}
}

// administration is XEP-0045 #admin.
func administration() []run.Check {
	return []run.Check{
		{ID: "0045/ban/removed", Level: run.Must, Text: "who is banned gets unavailable presence with the status 301", Needs: needs(), Run: with(nil, func(_ *run.T, s *scene, j *run.Client) {
			s.must("<item affiliation='outcast' jid='%s'/>", j.Bare)
			j.Want("<presence from='%s/juliet' type='unavailable'><x xmlns='%s'><item affiliation='outcast' role='none'/><status code='301'/></x></presence>", s.room, nsUser)
		})},
		{ID: "0045/ban/told", Level: run.Must, Text: "so do the others", Needs: needs(), Run: with(nil, func(_ *run.T, s *scene, j *run.Client) {
			s.must("<item affiliation='outcast' jid='%s'/>", j.Bare)
			s.owner.Want("<presence from='%s/juliet' type='unavailable'><x xmlns='%s'><status code='301'/></x></presence>", s.room, nsUser)
		})},
		{ID: "0045/ban/not-admin", Level: run.Must, Text: "a participant bans nobody", Needs: needs(), Run: with(nil, func(t *run.T, s *scene, j *run.Client) {
			j.Refused(s.admin(j, "<item affiliation='outcast' jid='%s'/>", t.Bare("nurse")), "forbidden", "not-allowed", "not-authorized")
		})},
		{ID: "0045/modifyban/list", Level: run.Must, Text: "the list of outcasts holds who is banned", Needs: needs(), Run: listed("outcast")},
		{ID: "0045/modifymember/list", Level: run.Must, Text: "the list of members holds who is a member", Needs: needs(), Run: listed("member")},
		{ID: "0045/modifyadmin/list", Level: run.Must, Text: "the list of admins holds who is one", Needs: needs(), Run: listed("admin")},
		{ID: "0045/modifyowner/list", Level: run.Must, Text: "the list of owners holds who is one", Needs: needs(), Run: listed("owner")},
		{ID: "0045/modifyban/forbidden", Level: run.Must, Text: "a participant does not get the list of outcasts", Needs: needs(), Run: with(nil, func(_ *run.T, s *scene, j *run.Client) {
			j.Refused(j.Ask("get", s.room, "<query xmlns='%s'><item affiliation='outcast'/></query>", nsAdmin), "forbidden", "not-allowed")
		})},
		{ID: "0045/grantmember/told", Level: run.Must, Text: "who becomes a member is shown as one to everybody", Needs: needs(), Run: with(nil, func(_ *run.T, s *scene, j *run.Client) {
			s.must("<item affiliation='member' jid='%s'/>", j.Bare)
			for _, c := range []*run.Client{j, s.owner} {
				c.Want("<presence from='%s/juliet' type='!'><x xmlns='%s'><item affiliation='member'/></x></presence>", s.room, nsUser)
			}
		})},
		{ID: "0045/revokemember/removed", Level: run.Must, Text: "in a members-only room who is no longer a member is removed with the status 321", Needs: needs(), Run: func(t *run.T) {
			s := open(t, "membersonly=1")
			s.must("<item affiliation='member' jid='%s'/>", t.Bare("juliet"))
			j := s.enters()
			s.must("<item affiliation='none' jid='%s'/>", j.Bare)
			j.Want("<presence from='%s/juliet' type='unavailable'><x xmlns='%s'><status code='321'/></x></presence>", s.room, nsUser)
		}},
		{ID: "0045/grantmod/told", Level: run.Must, Text: "who becomes a moderator is shown as one", Needs: needs(), Run: with(nil, func(_ *run.T, s *scene, j *run.Client) {
			s.must("<item nick='juliet' role='moderator'/>")
			j.Want("<presence from='%s/juliet' type='!'><x xmlns='%s'><item role='moderator'/></x></presence>", s.room, nsUser)
		})},
		{ID: "0045/revokemod/told", Level: run.Must, Text: "and no longer, when that is taken back", Needs: needs(), Run: with(nil, func(_ *run.T, s *scene, j *run.Client) {
			s.must("<item nick='juliet' role='moderator'/>")
			j.Want("<presence from='%s/juliet' type='!'><x xmlns='%s'><item role='moderator'/></x></presence>", s.room, nsUser)
			s.must("<item nick='juliet' role='participant'/>")
			j.Want("<presence from='%s/juliet' type='!'><x xmlns='%s'><item role='participant'/></x></presence>", s.room, nsUser)
		})},
	}
}

// listed gives the steps: somebody who gets an affiliation is in the list of those who have it.
func listed(affiliation string) func(*run.T) {
	return func(t *run.T) {
		s := open(t)
		s.must("<item affiliation='"+affiliation+"' jid='%s'/>", t.Bare("juliet"))
		e := s.owner.Get(s.room, "<query xmlns='%s'><item affiliation='%s'/></query>", nsAdmin, affiliation)
		t.True(run.Inside(e, oracle.Pattern("<item xmlns='"+nsAdmin+"' affiliation='%s' jid='%s'/>", affiliation, t.Bare("juliet"))), "came %.400s", e.Raw)
	}
}

// ownership is XEP-0045 #owner from #roomconfig on.
func ownership() []run.Check {
	return []run.Check{
		{ID: "0045/roomconfig/form", Level: run.Must, Text: "the owner gets the form of the room", Needs: needs(), Run: func(t *run.T) {
			s := open(t)
			e := s.owner.Get(s.room, "<query xmlns='%s'/>", nsOwner)
			t.True(run.Inside(e, oracle.Pattern("<x xmlns='jabber:x:data' type='form'><field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field></x>")), "came %.400s", e.Raw)
		}},
		{ID: "0045/roomconfig/forbidden", Level: run.Must, Text: "who is not the owner does not", Needs: needs(), Run: with(nil, func(_ *run.T, s *scene, j *run.Client) {
			j.Refused(j.Ask("get", s.room, "<query xmlns='%s'/>", nsOwner), "forbidden")
		})},
		{ID: "0045/roomconfig/cancelled", Level: run.Must, Text: "a form that is cancelled changes nothing", Needs: needs(), Run: func(t *run.T) {
			s := open(t, "roomname=Balcony")
			s.owner.Set(s.room, "<query xmlns='%s'><x xmlns='jabber:x:data' type='cancel'/></query>", nsOwner)
			e := s.owner.Get(s.room, info)
			t.True(run.Inside(e, oracle.Pattern("<identity xmlns='"+nsInfo+"' name='Balcony'/>")), "came %.400s", e.Raw)
		}},
		{ID: "0045/roomconfig-notify/told", Level: run.Must, Text: "a change of the configuration is told to occupants with a status", Needs: needs(), Run: with(nil, func(t *run.T, s *scene, j *run.Client) {
			s.configure("whois=anyone")
			e := j.Want("<message from='%s' type='groupchat'><x xmlns='%s'><status/></x></message>", s.room, nsUser)
			t.True(run.Inside(e, oracle.Pattern("<status xmlns='"+nsUser+"' code='172'/>")) || run.Inside(e, oracle.Pattern("<status xmlns='"+nsUser+"' code='104'/>")), "came %.300s", e.Raw)
		})},
		{ID: "0045/roomconfig/members-only", Level: run.Must, Text: "when a room becomes members-only who is no member is removed with the status 322", Needs: needs(), Run: with(nil, func(_ *run.T, s *scene, j *run.Client) {
			s.configure("membersonly=1")
			j.Want("<presence from='%s/juliet' type='unavailable'><x xmlns='%s'><status code='322'/></x></presence>", s.room, nsUser)
		})},
		{ID: "0045/revokeowner/last", Level: run.Must, Text: "the last owner cannot cease to be one: conflict", Needs: needs(), Run: func(t *run.T) {
			s := open(t)
			s.owner.Refused(s.admin(s.owner, "<item affiliation='none' jid='%s'/>", s.owner.Bare), "conflict", "not-allowed")
		}},
		{ID: "0045/grantadmin/told", Level: run.Must, Text: "who becomes an admin is shown as one", Needs: needs(), Run: with(nil, func(_ *run.T, s *scene, j *run.Client) {
			s.must("<item affiliation='admin' jid='%s'/>", j.Bare)
			j.Want("<presence from='%s/juliet' type='!'><x xmlns='%s'><item affiliation='admin' role='moderator'/></x></presence>", s.room, nsUser)
		})},
		{ID: "0045/grantowner/not-by-admin", Level: run.Must, Text: "an admin makes nobody an owner", Needs: needs(), Run: with(nil, func(t *run.T, s *scene, j *run.Client) {
			s.must("<item affiliation='admin' jid='%s'/>", j.Bare)
			j.Refused(s.admin(j, "<item affiliation='owner' jid='%s'/>", t.Bare("nurse")), "forbidden", "not-allowed")
		})},
		{ID: "0045/destroyroom/removed", Level: run.Must, Text: "when a room is destroyed everybody is told and removed", Needs: needs(), Run: with(nil, func(_ *run.T, s *scene, j *run.Client) {
			s.owner.Set(s.room, "<query xmlns='%s'><destroy><reason>over</reason></destroy></query>", nsOwner)
			j.Want("<presence from='%s/juliet' type='unavailable'><x xmlns='%s'><item role='none'/><destroy/></x></presence>", s.room, nsUser)
		})},
		{ID: "0045/destroyroom/forbidden", Level: run.Must, Text: "who is not the owner destroys no room", Needs: needs(), Run: with(nil, func(_ *run.T, s *scene, j *run.Client) {
			j.Refused(j.Ask("set", s.room, "<query xmlns='%s'><destroy/></query>", nsOwner), "forbidden")
		})},
		{ID: "0045/destroyroom/gone", Level: run.Must, Text: "a room that was destroyed is not there any more", Needs: needs(), Run: func(t *run.T) {
			s := open(t)
			s.owner.Set(s.room, "<query xmlns='%s'><destroy/></query>", nsOwner)
			s.owner.Want("<presence from='%s/romeo' type='unavailable'/>", s.room)
			s.owner.Refused(s.owner.Ask("get", s.room, info), "item-not-found", "gone", "service-unavailable")
		}},
	}
}

// creation is XEP-0045 #createroom, and persistence.
func creation() []run.Check {
	return []run.Check{
		{ID: "0045/createroom-general/status", Level: run.Must, Text: "who makes a room by entering is told so by the status 201 and is its owner", Needs: needs(), Run: func(t *run.T) {
			s := &scene{t: t, room: t.Room(), owner: t.Online("romeo")}
			s.ask(s.owner, "romeo", "")
			s.owner.Want("<presence from='%s/romeo' type='!'><x xmlns='%s'><item affiliation='owner' role='moderator'/><status code='110'/><status code='201'/></x></presence>", s.room, nsUser)
		}},
		{ID: "0045/createroom-instant/unlocked", Level: run.Must, Text: "an instant room is open to others", Needs: needs(), Run: func(t *run.T) {
			s := open(t)
			s.join(t.Online("juliet"), "juliet", "")
		}},
		{ID: "0045/createroom-reserved/persistent", Level: run.Must, Text: "a persistent room is there when everybody has left", Needs: needs(), Run: func(t *run.T) {
			s := open(t, "persistentroom=1", "roomname=Balcony")
			s.owner.Send("<presence to='%s/romeo' type='unavailable'/>", s.room)
			s.owner.Want("<presence from='%s/romeo' type='unavailable'/>", s.room)
			e := s.owner.Get(s.room, info)
			t.True(run.Inside(e, oracle.Pattern("<identity xmlns='"+nsInfo+"' name='Balcony'/>")), "came %.400s", e.Raw)
			s.owner.Set(s.room, "<query xmlns='%s'><destroy/></query>", nsOwner)
		}},
		{ID: "0045/createroom/temporary", Level: run.Must, Text: "a temporary room is not", Needs: needs(), Run: func(t *run.T) {
			s := open(t, "persistentroom=0")
			s.owner.Send("<presence to='%s/romeo' type='unavailable'/>", s.room)
			s.owner.Want("<presence from='%s/romeo' type='unavailable'/>", s.room)
			s.owner.Refused(s.owner.Ask("get", s.room, info), "item-not-found", "gone", "service-unavailable")
		}},
		{ID: "0045/register/question", Level: run.Must, Text: "the question how to register with a room is answered, if only with an error", Needs: needs(), Run: with(nil, func(t *run.T, s *scene, j *run.Client) {
			e := j.Ask("get", s.room, "<query xmlns='jabber:iq:register'/>")
			t.True(e.Find("jabber:iq:register", "query") != nil && e.Attr("type") == "result" || e.Condition() != "", "came %.300s", e.Raw)
		})},
		{ID: "0045/bizrules-iq/vcard", Level: run.Should, Text: "a request to an occupant is passed on to the account or refused, never left without an answer", Needs: needs(), Run: with(nil, func(t *run.T, s *scene, j *run.Client) {
			e := j.Ask("get", s.room+"/romeo", "<vCard xmlns='vcard-temp'/>")
			t.True(e.Attr("from") == s.room+"/romeo", "came %.300s", e.Raw)
		})},
	}
}

package xep0045

import (
	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

// discovery is XEP-0045 #disco-service to #disco-roomitems.
func discovery() []run.Check {
	return []run.Check{
		{ID: "0045/disco-service/items", Level: run.Must, Text: "the service for rooms is among the items of the domain", Needs: needs(), Run: run.Answers("get", "{domain}", "<query xmlns='"+nsItems+"'/>", "<item xmlns='"+nsItems+"' jid='{rooms}'/>")},
		{ID: "0045/disco-service-features/feature", Level: run.Must, Text: "it says that it is one", Needs: needs(), Run: run.Answers("get", "{rooms}", info, "<feature xmlns='"+nsInfo+"' var='"+nsMUC+"'/>")},
		{ID: "0045/disco-service-features/identity", Level: run.Must, Text: "it is of the category conference and the type text", Needs: needs(), Run: run.Answers("get", "{rooms}", info, "<identity xmlns='"+nsInfo+"' category='conference' type='text'/>")},
		{ID: "0045/disco-rooms/public", Level: run.Must, Text: "a public room is among its items", Needs: needs(), Run: func(t *run.T) {
			s := open(t, "publicroom=1")
			t.True(run.Inside(s.owner.Get(t.Offers.Rooms, "<query xmlns='%s'/>", nsItems), oracle.Pattern("<item xmlns='"+nsItems+"' jid='%s'/>", s.room)), "the room is not listed")
		}},
		{ID: "0045/disco-rooms/hidden", Level: run.Must, Text: "a hidden room is not, for strangers", Needs: needs(), Run: func(t *run.T) {
			s := open(t, "publicroom=0")
			shown := open2(t, s.owner)
			e := t.Login("juliet").Get(t.Offers.Rooms, "<query xmlns='%s'/>", nsItems)
			t.True(run.Inside(e, oracle.Pattern("<item xmlns='"+nsItems+"' jid='%s'/>", shown)), "the public room is not listed: %.300s", e.Raw)
			t.True(!run.Inside(e, oracle.Pattern("<item xmlns='"+nsItems+"' jid='%s'/>", s.room)), "the hidden room is listed")
		}},
		{ID: "0045/disco-roominfo/identity", Level: run.Must, Text: "a room tells that it is one", Needs: needs(), Run: func(t *run.T) {
			s := open(t)
			e := s.owner.Get(s.room, info)
			t.True(run.Inside(e, oracle.Pattern("<identity xmlns='"+nsInfo+"' category='conference' type='text'/>")) && run.Inside(e, oracle.Pattern("<feature xmlns='"+nsInfo+"' var='"+nsMUC+"'/>")), "came %.400s", e.Raw)
		}},
		{ID: "0045/disco-roominfo/configuration", Level: run.Should, Text: "a room tells how it is configured", Needs: needs(), Run: func(t *run.T) {
			s := open(t, "membersonly=1")
			e := s.owner.Get(s.room, info)
			t.True(run.Inside(e, oracle.Pattern("<feature xmlns='"+nsInfo+"' var='muc_membersonly'/>")), "came %.600s", e.Raw)
		}},
		{ID: "0045/disco-roominfo/name", Level: run.Should, Text: "the name of a room is that of its identity", Needs: needs(), Run: func(t *run.T) {
			s := open(t, "roomname=Balcony")
			e := s.owner.Get(s.room, info)
			t.True(run.Inside(e, oracle.Pattern("<identity xmlns='"+nsInfo+"' category='conference' name='Balcony'/>")), "came %.400s", e.Raw)
		}},
		{ID: "0045/disco-occupant/not-occupant", Level: run.Must, Text: "who is not in a room learns nothing of an occupant", Needs: needs(), Run: func(t *run.T) {
			s := open(t)
			j := t.Login("juliet")
			j.Refused(j.Ask("get", s.room+"/romeo", info), "bad-request", "not-acceptable", "forbidden", "item-not-found", "not-allowed")
		}},
	}
}

// open2 gives the address of a public room that somebody makes beside another.
func open2(t *run.T, c *run.Client) string {
	s := &scene{t: t, room: t.Room(), owner: c}
	s.join(c, "romeo", "")
	s.configure("publicroom=1")
	return s.room
}

// entering is XEP-0045 #enter-muc to #enter-nonanon.
func entering() []run.Check {
	return []run.Check{
		{ID: "0045/enter-pres/others-first", Level: run.Must, Text: "who enters gets the presence of everybody who is there, then the own one", Needs: needs(), Run: func(t *run.T) {
			s := open(t)
			j := t.Online("juliet")
			s.ask(j, "juliet", "")
			seen := false
			for {
				e := j.Want("<presence type='!'><x xmlns='" + nsUser + "'/></presence>")
				if e.Attr("from") == s.room+"/juliet" {
					t.True(seen, "the own presence came before that of the others")
					return
				}
				seen = true
			}
		}},
		{ID: "0045/enter-pres/self", Level: run.Must, Text: "the own presence has the status 110", Needs: needs(), Run: func(t *run.T) {
			s := open(t)
			s.join(t.Online("juliet"), "juliet", "")
		}},
		{ID: "0045/enter-pres/others-told", Level: run.Must, Text: "everybody who is there is told of who enters", Needs: needs(), Run: func(t *run.T) {
			s := open(t)
			s.ask(t.Online("juliet"), "juliet", "")
			s.owner.Want("<presence from='%s/juliet' to='%s' type='!'><x xmlns='%s'><item affiliation='none' role='participant'/></x></presence>", s.room, s.owner.Full, nsUser)
		}},
		{ID: "0045/enter-pres/affiliation", Level: run.Must, Text: "the presence says affiliation and role of each", Needs: needs(), Run: func(t *run.T) {
			s := open(t)
			j := t.Online("juliet")
			s.ask(j, "juliet", "")
			j.Want("<presence from='%s/romeo'><x xmlns='%s'><item affiliation='owner' role='moderator'/></x></presence>", s.room, nsUser)
		}},
		{ID: "0045/enter-pres/no-leak", Level: run.Must, Text: "in a semi-anonymous room participants do not see real addresses", Needs: needs(), Run: func(t *run.T) {
			s := open(t, "whois=moderators")
			j := t.Online("juliet")
			s.ask(j, "juliet", "")
			e := j.Want("<presence from='%s/romeo'><x xmlns='%s'><item/></x></presence>", s.room, nsUser)
			t.True(!e.Find(nsUser, "item").Has("jid"), "came %.400s", e.Raw)
		}},
		{ID: "0045/enter-semianon/moderators", Level: run.Must, Text: "moderators do", Needs: needs(), Run: func(t *run.T) {
			s := open(t, "whois=moderators")
			j := t.Online("juliet")
			s.ask(j, "juliet", "")
			s.owner.Want("<presence from='%s/juliet'><x xmlns='%s'><item jid='%s'/></x></presence>", s.room, nsUser, j.Full)
		}},
		{ID: "0045/enter-nonanon/warned", Level: run.Must, Text: "who enters a non-anonymous room is warned by the status 100", Needs: needs(), Run: func(t *run.T) {
			s := open(t, "whois=anyone")
			self := s.join(t.Online("juliet"), "juliet", "")
			t.True(run.Inside(self, oracle.Pattern("<status xmlns='"+nsUser+"' code='100'/>")), "came %.400s", self.Raw)
		}},
		{ID: "0045/enter-nonanon/addresses", Level: run.Must, Text: "there everybody sees real addresses", Needs: needs(), Run: func(t *run.T) {
			s := open(t, "whois=anyone")
			j := t.Online("juliet")
			s.ask(j, "juliet", "")
			j.Want("<presence from='%s/romeo'><x xmlns='%s'><item jid='%s'/></x></presence>", s.room, nsUser, s.owner.Full)
		}},
		{ID: "0045/enter-subject/sent", Level: run.Must, Text: "who enters gets the subject", Needs: needs(), Run: func(t *run.T) {
			s := open(t)
			s.owner.Send("<message to='%s' type='groupchat'><subject>Night</subject></message>", s.room)
			s.owner.Want("<message from='*' type='groupchat'><subject>Night</subject></message>")
			j := t.Online("juliet")
			s.ask(j, "juliet", "")
			j.Want("<message type='groupchat'><subject>Night</subject></message>")
		}},
		{ID: "0045/enter-subject/empty", Level: run.Must, Text: "and an empty one if there is none", Needs: needs(), Run: func(t *run.T) {
			s := open(t)
			j := t.Online("juliet")
			s.ask(j, "juliet", "")
			e := j.Want("<message from='%s' type='groupchat'><subject/></message>", s.room)
			t.True(e.Child(oracle.NSClient, "subject").Text == "" && e.Child(oracle.NSClient, "body") == nil, "came %.300s", e.Raw)
		}},
		{ID: "0045/bizrules-presence/payload", Level: run.Must, Text: "what somebody's presence holds is shown to the others", Needs: needs(), Run: func(t *run.T) {
			s := open(t)
			j := t.Online("juliet")
			j.Send("<presence to='%s/juliet'><show>away</show><x xmlns='urn:example:x'/><x xmlns='%s'/></presence>", s.room, nsMUC)
			s.owner.Want("<presence from='%s/juliet'><show>away</show><x xmlns='urn:example:x'/></presence>", s.room)
		}},
	}
}

// refusals is XEP-0045 #enter-nonick to #enter-locked.
func refusals() []run.Check {
	return []run.Check{
		{ID: "0045/enter-nonick/no-nick", Level: run.Must, Text: "who gives no nickname is refused with jid-malformed", Needs: needs(), Run: func(t *run.T) {
			s := open(t)
			j := t.Online("juliet")
			j.Send("<presence to='%s'><x xmlns='%s'/></presence>", s.room, nsMUC)
			e := j.Want("<presence type='error'/>")
			t.True(e.Condition() == "jid-malformed", "came %.300s", e.Raw)
		}},
		{ID: "0045/enter-pw/wrong", Level: run.Must, Text: "a wrong password is refused with not-authorized", Needs: needs(), Run: func(t *run.T) {
			s := open(t, "passwordprotectedroom=1", "roomsecret=cauldron")
			j := t.Online("juliet")
			s.ask(j, "juliet", "<password>kettle</password>")
			s.refusedAt(j, "juliet", "not-authorized")
		}},
		{ID: "0045/enter-pw/none", Level: run.Must, Text: "no password is, too", Needs: needs(), Run: func(t *run.T) {
			s := open(t, "passwordprotectedroom=1", "roomsecret=cauldron")
			j := t.Online("juliet")
			s.ask(j, "juliet", "")
			s.refusedAt(j, "juliet", "not-authorized")
		}},
		{ID: "0045/enter-pw/right", Level: run.Must, Text: "the right password lets in", Needs: needs(), Run: func(t *run.T) {
			s := open(t, "passwordprotectedroom=1", "roomsecret=cauldron")
			s.join(t.Online("juliet"), "juliet", "<password>cauldron</password>")
		}},
		{ID: "0045/enter-members/not-member", Level: run.Must, Text: "who is no member of a members-only room is refused with registration-required", Needs: needs(), Run: func(t *run.T) {
			s := open(t, "membersonly=1")
			j := t.Online("juliet")
			s.ask(j, "juliet", "")
			s.refusedAt(j, "juliet", "registration-required")
		}},
		{ID: "0045/enter-members/member", Level: run.Must, Text: "a member is let in", Needs: needs(), Run: func(t *run.T) {
			s := open(t, "membersonly=1")
			s.must("<item affiliation='member' jid='%s'/>", t.Bare("juliet"))
			s.join(t.Online("juliet"), "juliet", "")
		}},
		{ID: "0045/enter-banned/outcast", Level: run.Must, Text: "an outcast is refused with forbidden", Needs: needs(), Run: func(t *run.T) {
			s := open(t)
			s.must("<item affiliation='outcast' jid='%s'/>", t.Bare("juliet"))
			j := t.Online("juliet")
			s.ask(j, "juliet", "")
			s.refusedAt(j, "juliet", "forbidden")
		}},
		{ID: "0045/enter-conflict/taken", Level: run.Must, Text: "a nickname that somebody else has is refused with conflict", Needs: needs(), Run: func(t *run.T) {
			s := open(t)
			j := t.Online("juliet")
			s.ask(j, "romeo", "")
			s.refusedAt(j, "romeo", "conflict")
		}},
		{ID: "0045/enter-locked/locked", Level: run.Must, Text: "a room that its maker has not yet configured is refused to others with item-not-found", Needs: needs(), Run: func(t *run.T) {
			s := &scene{t: t, room: t.Room(), owner: t.Online("romeo")}
			self := s.join(s.owner, "romeo", "")
			t.Need(run.Inside(self, oracle.Pattern("<status xmlns='"+nsUser+"' code='201'/>")), "rooms that are locked at first")
			j := t.Online("juliet")
			s.ask(j, "juliet", "")
			e := j.Want("<presence from='%s/juliet'/>", s.room)
			t.True(e.Condition() == "item-not-found" || e.Attr("type") == "", "came %.300s", e.Raw)
		}},
		{ID: "0045/enter-maxusers/full", Level: run.Must, Text: "a room that is full is refused with service-unavailable or resource-constraint", Needs: needs(), Run: func(t *run.T) {
			s := open(t)
			form := s.owner.Get(s.room, "<query xmlns='%s'/>", nsOwner)
			t.Need(run.Inside(form, oracle.Pattern("<field xmlns='jabber:x:data' var='muc#roomconfig_maxusers'/>")), "muc#roomconfig_maxusers")
			var few string
			for _, o := range form.All("jabber:x:data", "field") {
				if o.Attr("var") == "muc#roomconfig_maxusers" {
					for _, v := range o.All("jabber:x:data", "option") {
						if few == "" {
							few = v.Children[0].Text
						}
					}
				}
			}
			if few == "" {
				few = "1"
			}
			t.Need(len(few) == 1 && few <= "5", "a room of five at most")
			s.configure("maxusers=" + few)
			for i := 1; i < int(few[0]-'0'); i++ {
				s.join(t.Online("nurse"), "nurse"+string(rune('0'+i)), "")
			}
			j := t.Online("juliet")
			s.ask(j, "juliet", "")
			s.refusedAt(j, "juliet", "service-unavailable", "resource-constraint")
		}},
		{ID: "0045/enter-nonanon/not-stored", Level: run.Must, Text: "a presence to a room without the wish to enter, of somebody who is not in it, makes nobody an occupant, or enters in the old way", Needs: needs(), Run: func(t *run.T) {
			s := open(t)
			j := t.Online("juliet")
			j.Send("<presence to='%s/juliet'/>", s.room)
			e := j.Want("<presence from='%s/juliet'/>", s.room)
			t.True(e.Attr("type") == "error" || e.Attr("type") == "unavailable" || e.Find(nsUser, "item") != nil, "came %.300s", e.Raw)
		}},
	}
}

// history is XEP-0045 #enter-history and #enter-managehistory.
func history() []run.Check {
	told := func(wish string, want int) func(*run.T) {
		return func(t *run.T) {
			s := open(t)
			for _, id := range []string{"h1", "h2", "h3"} {
				s.owner.Send("<message to='%s' id='%s' type='groupchat'><body>a</body></message>", s.room, id)
				s.owner.Want("<message id='%s' type='groupchat'/>", id)
			}
			j := t.Online("juliet")
			s.join(j, "juliet", wish)
			n := 0
			for _, e := range j.Kept() {
				if e.Is("message") && e.Attr("type") == "groupchat" && e.Child(oracle.NSClient, "body") != nil {
					n++
				}
			}
			t.True(n == want, "%d messages of %d", n, want)
		}
	}
	return []run.Check{
		{ID: "0045/enter-history/sent", Level: run.Must, Text: "who enters gets what was said before, ahead of the subject", Needs: needs(), Run: told("", 3)},
		{ID: "0045/enter-history/delay", Level: run.Must, Text: "it is marked as delayed, with the time, and comes from who has said it", Needs: needs(), Run: func(t *run.T) {
			s := open(t)
			s.owner.Send("<message to='%s' id='h1' type='groupchat'><body>a</body></message>", s.room)
			s.owner.Want("<message id='h1' type='groupchat'/>")
			j := t.Online("juliet")
			s.ask(j, "juliet", "")
			j.Want("<message from='%s/romeo' type='groupchat'><body>a</body><delay xmlns='urn:xmpp:delay' stamp='*'/></message>", s.room)
		}},
		{ID: "0045/enter-managehistory/maxstanzas", Level: run.Must, Text: "who wishes for no more than some messages gets no more", Needs: needs(), Run: told("<history maxstanzas='1'/>", 1)},
		{ID: "0045/enter-managehistory/none", Level: run.Must, Text: "who wishes for none gets none", Needs: needs(), Run: told("<history maxchars='0'/>", 0)},
		{ID: "0045/enter-managehistory/zero", Level: run.Must, Text: "also by the number of messages", Needs: needs(), Run: told("<history maxstanzas='0'/>", 0)},
		{ID: "0045/enter-managehistory/since", Level: run.Must, Text: "who wishes for what is newer than a time gets only that", Needs: needs(), Run: told("<history since='2090-01-01T00:00:00Z'/>", 0)},
	}
}

package xep0045

import (
	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

// talking is XEP-0045 #message, #privatemessage, #invite-mediated and #subject-mod.
func talking() []run.Check {
	pair := func(steps func(t *run.T, s *scene, j *run.Client)) func(*run.T) {
		return func(t *run.T) {
			s := open(t)
			steps(t, s, s.enters())
		}
	}
	return []run.Check{
		{ID: "0045/message/everybody", Level: run.Must, Text: "what an occupant says reaches everybody, also who has said it, from the occupant", Needs: needs(), Run: pair(func(_ *run.T, s *scene, j *run.Client) {
			j.Send("<message to='%s' id='m1' type='groupchat'><body>a</body></message>", s.room)
			for _, c := range []*run.Client{s.owner, j} {
				c.Want("<message from='%s/juliet' to='%s' type='groupchat'><body>a</body></message>", s.room, c.Full)
			}
		})},
		{ID: "0045/message/id", Level: run.Should, Text: "it comes back with the id it had", Needs: needs(), Run: pair(func(_ *run.T, s *scene, j *run.Client) {
			j.Send("<message to='%s' id='m1' type='groupchat'><body>a</body></message>", s.room)
			j.Want("<message from='%s/juliet' id='m1' type='groupchat'/>", s.room)
		})},
		{ID: "0045/message/payload", Level: run.Must, Text: "it arrives whole", Needs: needs(), Run: pair(func(_ *run.T, s *scene, j *run.Client) {
			j.Send("<message to='%s' type='groupchat'><body>a</body><x xmlns='urn:example:x'><y/></x></message>", s.room)
			s.owner.Want("<message from='%s/juliet'><body>a</body><x xmlns='urn:example:x'><y/></x></message>", s.room)
		})},
		{ID: "0045/order/same", Level: run.Must, Text: "everybody sees the same order", Needs: needs(), Run: pair(func(t *run.T, s *scene, j *run.Client) {
			for range 5 {
				j.Send("<message to='%s' type='groupchat'><body>juliet</body></message>", s.room)
				s.owner.Send("<message to='%s' type='groupchat'><body>romeo</body></message>", s.room)
			}
			for range 10 {
				a := s.owner.Want("<message type='groupchat'><body/></message>").Attr("from")
				b := j.Want("<message type='groupchat'><body/></message>").Attr("from")
				t.True(a == b, "one sees %s where the other sees %s", a, b)
			}
		})},
		{ID: "0045/message/not-occupant", Level: run.Should, Text: "who is not in the room is refused with not-acceptable", Needs: needs(), Run: func(t *run.T) {
			s := open(t)
			j := t.Online("juliet")
			j.Send("<message to='%s' id='m1' type='groupchat'><body>a</body></message>", s.room)
			e := j.Want("<message id='m1' type='error'/>")
			t.True(e.Condition() == "not-acceptable" || e.Condition() == "forbidden", "came %.300s", e.Raw)
		}},
		{ID: "0045/message/visitor", Level: run.Must, Text: "a visitor of a moderated room is refused with forbidden", Needs: needs(), Run: func(t *run.T) {
			s := open(t, "moderatedroom=1")
			j := s.enters()
			s.mute(j, "juliet")
			j.Send("<message to='%s' id='m1' type='groupchat'><body>a</body></message>", s.room)
			e := j.Want("<message id='m1' type='error'/>")
			t.True(e.Condition() == "forbidden", "came %.300s", e.Raw)
		}},
		{ID: "0045/privatemessage/arrives", Level: run.Must, Text: "a private message reaches the occupant, from the occupant who has sent it", Needs: needs(), Run: pair(func(_ *run.T, s *scene, j *run.Client) {
			j.Send("<message to='%s/romeo' id='p1' type='chat'><body>psst</body></message>", s.room)
			s.owner.Want("<message from='%s/juliet' to='%s' type='chat'><body>psst</body></message>", s.room, s.owner.Full)
		})},
		{ID: "0045/privatemessage/marked", Level: run.Should, Text: "the room marks it as one of an occupant", Needs: needs(), Run: pair(func(_ *run.T, s *scene, j *run.Client) {
			j.Send("<message to='%s/romeo' id='p1' type='chat'><body>psst</body></message>", s.room)
			s.owner.Want("<message from='%s/juliet'><body>psst</body><x xmlns='%s'/></message>", s.room, nsUser)
		})},
		{ID: "0045/privatemessage/groupchat", Level: run.Must, Text: "one of type groupchat is refused with bad-request", Needs: needs(), Run: pair(func(t *run.T, s *scene, j *run.Client) {
			j.Send("<message to='%s/romeo' id='p1' type='groupchat'><body>psst</body></message>", s.room)
			e := j.Want("<message id='p1' type='error'/>")
			t.True(e.Condition() == "bad-request", "came %.300s", e.Raw)
		})},
		{ID: "0045/privatemessage/nobody", Level: run.Must, Text: "one to nobody is refused with item-not-found", Needs: needs(), Run: pair(func(t *run.T, s *scene, j *run.Client) {
			j.Send("<message to='%s/tybalt' id='p1' type='chat'><body>psst</body></message>", s.room)
			e := j.Want("<message id='p1' type='error'/>")
			t.True(e.Condition() == "item-not-found" || e.Condition() == "recipient-unavailable", "came %.300s", e.Raw)
		})},
		{ID: "0045/privatemessage/not-occupant", Level: run.Must, Text: "one of somebody who is not in the room is refused with not-acceptable", Needs: needs(), Run: func(t *run.T) {
			s := open(t)
			j := t.Online("juliet")
			j.Send("<message to='%s/romeo' id='p1' type='chat'><body>psst</body></message>", s.room)
			e := j.Want("<message id='p1' type='error'/>")
			t.True(e.Condition() == "not-acceptable", "came %.300s", e.Raw)
		}},
		{ID: "0045/invite-mediated/sent", Level: run.Must, Text: "an invitation that an occupant gives the room reaches who is invited, from the room", Needs: needs(), Run: func(t *run.T) {
			s := open(t)
			j := t.Online("juliet")
			s.owner.Send("<message to='%s'><x xmlns='%s'><invite to='%s'><reason>come</reason></invite></x></message>", s.room, nsUser, j.Bare)
			e := j.Want("<message from='%s'><x xmlns='%s'><invite from='*'/></x></message>", s.room, nsUser)
			t.True(e.Find(nsUser, "reason") != nil, "the reason is missing: %.400s", e.Raw)
		}},
		{ID: "0045/invite-mediated/declined", Level: run.Must, Text: "a refusal of it reaches who has invited", Needs: needs(), Run: func(t *run.T) {
			s := open(t)
			j := t.Online("juliet")
			s.owner.Send("<message to='%s'><x xmlns='%s'><invite to='%s'/></x></message>", s.room, nsUser, j.Bare)
			j.Want("<message from='%s'><x xmlns='%s'><invite/></x></message>", s.room, nsUser)
			j.Send("<message to='%s'><x xmlns='%s'><decline to='%s'/></x></message>", s.room, nsUser, s.owner.Bare)
			e := s.owner.Want("<message from='%s'><x xmlns='%s'><decline from='*'/></x></message>", s.room, nsUser)
			from := e.Find(nsUser, "decline").Attr("from")
			t.True(from == j.Bare || from == j.Full, "from is %q", from)
		}},
		{ID: "0045/subject-mod/changed", Level: run.Must, Text: "a change of the subject is told to everybody", Needs: needs(), Run: pair(func(_ *run.T, s *scene, j *run.Client) {
			s.owner.Send("<message to='%s' type='groupchat'><subject>Night</subject></message>", s.room)
			j.Want("<message type='groupchat'><subject>Night</subject></message>")
		})},
		{ID: "0045/subject-mod/forbidden", Level: run.Must, Text: "who may not change it is refused with forbidden", Needs: needs(), Run: func(t *run.T) {
			s := open(t, "changesubject=0")
			j := s.enters()
			j.Send("<message to='%s' id='s1' type='groupchat'><subject>Day</subject></message>", s.room)
			e := j.Want("<message id='s1' type='error'/>")
			t.True(e.Condition() == "forbidden", "came %.300s", e.Raw)
		}},
		{ID: "0045/subject-mod/with-body", Level: run.Must, Text: "a message with a subject and a body changes no subject", Needs: needs(), Run: pair(func(t *run.T, s *scene, _ *run.Client) {
			s.owner.Send("<message to='%s' type='groupchat' id='b1'><subject>Night</subject><body>a</body></message>", s.room)
			s.owner.Want("<message id='b1' type='groupchat'><body>a</body></message>")
			n := t.Online("nurse")
			s.ask(n, "nurse", "<history maxstanzas='0'/>")
			e := n.Want("<message type='groupchat'><subject/></message>")
			t.True(e.Child(oracle.NSClient, "subject").Text == "", "the subject is changed: %.300s", e.Raw)
		})},
	}
}

// nicknames is XEP-0045 #changenick and #changepres.
func nicknames() []run.Check {
	pair := func(steps func(t *run.T, s *scene, j *run.Client)) func(*run.T) {
		return func(t *run.T) {
			s := open(t)
			steps(t, s, s.enters())
		}
	}
	return []run.Check{
		{ID: "0045/changenick/old-gone", Level: run.Must, Text: "a change of nickname is told by unavailable presence of the old one, with the new one and the status 303", Needs: needs(), Run: pair(func(_ *run.T, s *scene, j *run.Client) {
			j.Send("<presence to='%s/capulet'/>", s.room)
			s.owner.Want("<presence from='%s/juliet' type='unavailable'><x xmlns='%s'><item nick='capulet'/><status code='303'/></x></presence>", s.room, nsUser)
		})},
		{ID: "0045/changenick/new-there", Level: run.Must, Text: "and by available presence of the new one", Needs: needs(), Run: pair(func(_ *run.T, s *scene, j *run.Client) {
			j.Send("<presence to='%s/capulet'/>", s.room)
			s.owner.Want("<presence from='%s/capulet' type='!'><x xmlns='%s'><item role='participant'/></x></presence>", s.room, nsUser)
		})},
		{ID: "0045/changenick/self", Level: run.Must, Text: "who has changed it sees the status 110", Needs: needs(), Run: pair(func(_ *run.T, s *scene, j *run.Client) {
			j.Send("<presence to='%s/capulet'/>", s.room)
			j.Want("<presence from='%s/capulet' type='!'><x xmlns='%s'><status code='110'/></x></presence>", s.room, nsUser)
		})},
		{ID: "0045/changenick/conflict", Level: run.Must, Text: "a change to a nickname that is taken is refused with conflict", Needs: needs(), Run: pair(func(_ *run.T, s *scene, j *run.Client) {
			j.Send("<presence to='%s/romeo'/>", s.room)
			s.refusedAt(j, "romeo", "conflict")
		})},
		{ID: "0045/changepres/told", Level: run.Must, Text: "a change of presence in the room is told to everybody", Needs: needs(), Run: pair(func(_ *run.T, s *scene, j *run.Client) {
			j.Send("<presence to='%s/juliet'><show>xa</show></presence>", s.room)
			s.owner.Want("<presence from='%s/juliet'><show>xa</show></presence>", s.room)
		})},
		{ID: "0045/reservednick/question", Level: run.Must, Text: "the question for a reserved nickname is answered, if only with an error", Needs: needs(), Run: pair(func(t *run.T, s *scene, j *run.Client) {
			e := j.Ask("get", s.room, "<query xmlns='%s' node='x-roomuser-item'/>", nsInfo)
			t.True(e.Attr("type") == "result" && e.Find(nsInfo, "query") != nil || e.Condition() == "feature-not-implemented" || e.Condition() == "item-not-found" || e.Condition() == "service-unavailable", "came %.300s", e.Raw)
		})},
	}
}

// leaving is XEP-0045 #exit.
func leaving() []run.Check {
	pair := func(steps func(t *run.T, s *scene, j *run.Client)) func(*run.T) {
		return func(t *run.T) {
			s := open(t)
			steps(t, s, s.enters())
		}
	}
	return []run.Check{
		{ID: "0045/exit/self", Level: run.Must, Text: "who leaves gets the own unavailable presence with the status 110", Needs: needs(), Run: pair(func(_ *run.T, s *scene, j *run.Client) {
			j.Send("<presence to='%s/juliet' type='unavailable'/>", s.room)
			j.Want("<presence from='%s/juliet' type='unavailable'><x xmlns='%s'><status code='110'/></x></presence>", s.room, nsUser)
		})},
		{ID: "0045/exit/others", Level: run.Must, Text: "the others get it too, with the role none", Needs: needs(), Run: pair(func(_ *run.T, s *scene, j *run.Client) {
			j.Send("<presence to='%s/juliet' type='unavailable'/>", s.room)
			s.owner.Want("<presence from='%s/juliet' type='unavailable'><x xmlns='%s'><item role='none'/></x></presence>", s.room, nsUser)
		})},
		{ID: "0045/exit/status", Level: run.Must, Text: "with the status text of who has left", Needs: needs(), Run: pair(func(_ *run.T, s *scene, j *run.Client) {
			j.Send("<presence to='%s/juliet' type='unavailable'><status>adieu</status></presence>", s.room)
			s.owner.Want("<presence from='%s/juliet' type='unavailable'><status>adieu</status></presence>", s.room)
		})},
		{ID: "0045/exit/disconnected", Level: run.Must, Text: "whose connection breaks leaves the room", Needs: needs(), Run: pair(func(_ *run.T, s *scene, j *run.Client) {
			j.Leave()
			s.owner.Want("<presence from='%s/juliet' type='unavailable'/>", s.room)
		})},
		{ID: "0045/exit/unavailable", Level: run.Must, Text: "so does who becomes unavailable", Needs: needs(), Run: pair(func(_ *run.T, s *scene, j *run.Client) {
			j.Send("<presence type='unavailable'/>")
			s.owner.Want("<presence from='%s/juliet' type='unavailable'/>", s.room)
		})},
	}
}

// Package xep0425 checks the moderation of messages in rooms.
package xep0425

import (
	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

const (
	ns     = "urn:xmpp:message-moderate:1"
	nsSID  = "urn:xmpp:sid:0"
	nsMUC  = "http://jabber.org/protocol/muc"
	nsUser = "http://jabber.org/protocol/muc#user"
)

// offered has romeo moderate a room in which juliet has said something of that id.
func offered(steps func(t *run.T, r, j *run.Client, room, id string)) func(*run.T) {
	return func(t *run.T) {
		r, j, room := t.Online("romeo"), t.Online("juliet"), t.Room()
		for _, c := range []*run.Client{r, j} {
			c.Send("<presence to='%s/%s'><x xmlns='%s'/></presence>", room, c.Stream.Name, nsMUC)
			c.Want("<presence from='%s/%s' type='!'><x xmlns='%s'><status code='110'/></x></presence>", room, c.Stream.Name, nsUser)
			if c == r {
				c.Set(room, "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query>")
			}
		}
		e := r.Get(room, "<query xmlns='http://jabber.org/protocol/disco#info'/>")
		t.Need(run.Inside(e, oracle.Pattern("<feature xmlns='http://jabber.org/protocol/disco#info' var='"+ns+"'/>")), ns)
		j.Send("<message to='%s' type='groupchat'><body>a</body></message>", room)
		m := r.Want("<message from='%s/juliet' type='groupchat'><body/><stanza-id xmlns='%s' by='%s' id='*'/></message>", room, nsSID, room)
		for _, s := range m.All(nsSID, "stanza-id") {
			if s.Attr("by") == room {
				steps(t, r, j, room, s.Attr("id"))
				return
			}
		}
	}
}

func moderate(id, reason string) string {
	return "<moderate xmlns='" + ns + "' id='" + oracle.Escape(id) + "'><retract xmlns='urn:xmpp:message-retract:1'/>" + reason + "</moderate>"
}

// Checks gives the checks of XEP-0425.
func Checks() []run.Check {
	needs := []string{"muc"}
	return []run.Check{
		{ID: "0425/usecase-success/result", Level: run.Must, Text: "a moderator who retracts a message gets a result", Needs: needs, Run: offered(func(_ *run.T, r, _ *run.Client, room, id string) {
			r.Set(room, "%s", moderate(id, ""))
		})},
		{ID: "0425/usecase-success/told", Level: run.Must, Text: "everybody is told which message was retracted, by the room", Needs: needs, Run: offered(func(_ *run.T, r, j *run.Client, room, id string) {
			r.Set(room, "%s", moderate(id, ""))
			for _, c := range []*run.Client{r, j} {
				c.Want("<message from='%s' type='groupchat'><retract xmlns='urn:xmpp:message-retract:1' id='%s'><moderated xmlns='%s'/></retract></message>", room, oracle.Escape(id), ns)
			}
		})},
		{ID: "0425/usecase-success/reason", Level: run.Must, Text: "with the reason that was given", Needs: needs, Run: offered(func(_ *run.T, r, j *run.Client, room, id string) {
			r.Set(room, "%s", moderate(id, "<reason>late</reason>"))
			j.Want("<message from='%s' type='groupchat'><retract xmlns='urn:xmpp:message-retract:1'><reason>late</reason></retract></message>", room)
		})},
		{ID: "0425/usecase-error/participant", Level: run.Must, Text: "a participant is refused", Needs: needs, Run: offered(func(_ *run.T, r, j *run.Client, room, id string) {
			j.Refused(j.Ask("set", room, "%s", moderate(id, "")), "forbidden", "not-allowed")
		})},
		{ID: "0425/usecase-error/unknown", Level: run.Must, Text: "a message that the room does not know is refused with item-not-found", Needs: needs, Run: offered(func(t *run.T, r, _ *run.Client, room, _ string) {
			r.Refused(r.Ask("set", room, "%s", moderate(t.Word(), "")), "item-not-found")
		})},
	}
}

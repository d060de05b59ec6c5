// Package xep0410 checks whether an occupant of a room can find out that it still is one.
package xep0410

import (
	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

const (
	nsMUC  = "http://jabber.org/protocol/muc"
	nsUser = "http://jabber.org/protocol/muc#user"
	ping   = "<ping xmlns='urn:xmpp:ping'/>"
)

// Checks gives the checks of XEP-0410.
func Checks() []run.Check {
	needs := []string{"muc"}
	enter := func(t *run.T) (*run.Client, string) {
		c, room := t.Online("romeo"), t.Room()
		c.Send("<presence to='%s/romeo'><x xmlns='%s'/></presence>", room, nsMUC)
		c.Want("<presence from='%s/romeo' type='!'><x xmlns='%s'><status code='110'/></x></presence>", room, nsUser)
		c.Set(room, "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query>")
		return c, room
	}
	return []run.Check{
		{ID: "0410/performingselfping/not-joined", Level: run.Must, Text: "who is not in the room is told so by an error", Needs: needs, Run: func(t *run.T) {
			_, room := enter(t)
			j := t.Online("juliet")
			j.Refused(j.Ask("get", room+"/romeo", ping), "not-acceptable", "not-allowed", "bad-request")
		}},
		{ID: "0410/performingselfping/condition", Level: run.Should, Text: "the error is not-acceptable", Needs: needs, Run: func(t *run.T) {
			_, room := enter(t)
			j := t.Online("juliet")
			j.Refused(j.Ask("get", room+"/romeo", ping), "not-acceptable")
		}},
		{ID: "0410/performingselfping/joined", Level: run.Must, Text: "who is in the room gets no such error: the ping is answered or passed on to the own client", Needs: needs, Run: func(t *run.T) {
			c, room := enter(t)
			c.Send("<iq type='get' id='s1' to='%s/romeo'>%s</iq>", room, ping)
			for {
				e, err := c.Stream.Next(t.Patience)
				switch {
				case err != nil:
					t.Failf("%v", err)
				case e.Is("iq") && e.Attr("type") == "get":
					c.Send("<iq type='result' id='%s' to='%s'/>", e.Attr("id"), e.Attr("from"))
				case e.Is("iq") && e.Attr("id") == "s1":
					bad := e.Condition()
					t.True(bad == "" || bad == "service-unavailable" || bad == "feature-not-implemented" || bad == "item-not-found", "came %.300s", e.Raw)
					return
				}
			}
		}},
		{ID: "0410/serveroptimization/answered", Level: run.May, Text: "a room that advertises the optimisation answers by itself", Needs: needs, Run: func(t *run.T) {
			c, room := enter(t)
			e := c.Get(room, "<query xmlns='http://jabber.org/protocol/disco#info'/>")
			t.Need(run.Inside(e, oracle.Pattern("<feature xmlns='http://jabber.org/protocol/disco#info' var='http://jabber.org/protocol/muc#self-ping-optimization'/>")), "the optimisation")
			c.Get(room+"/romeo", ping)
		}},
	}
}

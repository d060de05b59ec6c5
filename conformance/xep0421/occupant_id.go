// Package xep0421 checks the ids of occupants of rooms.
package xep0421

import (
	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

const (
	ns     = "urn:xmpp:occupant-id:0"
	nsMUC  = "http://jabber.org/protocol/muc"
	nsUser = "http://jabber.org/protocol/muc#user"
)

// enter has somebody enter and gives the own presence, and makes the room if it is new.
func enter(c *run.Client, room, nick, payload string) *oracle.Element {
	c.Send("<presence to='%s/%s'><x xmlns='%s'/>%s</presence>", room, nick, nsMUC, payload)
	e := c.Want("<presence from='%s/%s' type='!'><x xmlns='%s'><status code='110'/></x></presence>", room, nick, nsUser)
	if run.Inside(e, oracle.Pattern("<status xmlns='"+nsUser+"' code='201'/>")) {
		c.Set(room, "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query>")
	}
	return e
}

// id wants exactly one id.
func id(t *run.T, e *oracle.Element) string {
	all := e.All(ns, "occupant-id")
	t.True(len(all) == 1 && all[0].Attr("id") != "", "%d ids: %.500s", len(all), e.Raw)
	return all[0].Attr("id")
}

// Checks gives the checks of XEP-0421.
func Checks() []run.Check {
	// A room advertises it, or the service for all its rooms (XEP-0421 #disco).
	offered := func(steps func(t *run.T, r, j *run.Client, room string)) func(*run.T) {
		return func(t *run.T) {
			r, room := t.Online("romeo"), t.Room()
			enter(r, room, "romeo", "")
			e := r.Get(room, "<query xmlns='http://jabber.org/protocol/disco#info'/>")
			t.Need(run.Inside(e, oracle.Pattern("<feature xmlns='http://jabber.org/protocol/disco#info' var='"+ns+"'/>")), "occupant ids")
			steps(t, r, t.Online("juliet"), room)
		}
	}
	needs := []string{"muc"}
	return []run.Check{
		{ID: "0421/enter/presence", Level: run.Must, Text: "every presence from a room has the id of its occupant", Needs: needs, Run: offered(func(t *run.T, r, j *run.Client, room string) {
			enter(j, room, "juliet", "")
			id(t, r.Want("<presence from='%s/juliet' type='!'/>", room))
		})},
		{ID: "0421/message/groupchat", Level: run.Must, Text: "so has every message", Needs: needs, Run: offered(func(t *run.T, r, j *run.Client, room string) {
			self := id(t, enter(j, room, "juliet", ""))
			j.Send("<message to='%s' type='groupchat'><body>a</body></message>", room)
			t.True(id(t, r.Want("<message from='%s/juliet' type='groupchat'><body/></message>", room)) == self, "it is another than in presence")
		})},
		{ID: "0421/rules/forged", Level: run.Must, Text: "an id that the sender has made up is replaced", Needs: needs, Run: offered(func(t *run.T, r, j *run.Client, room string) {
			enter(j, room, "juliet", "<occupant-id xmlns='"+ns+"' id='forged'/>")
			t.True(id(t, r.Want("<presence from='%s/juliet' type='!'/>", room)) != "forged", "the presence has the one that was made up")
			j.Send("<message to='%s' type='groupchat'><body>a</body><occupant-id xmlns='%s' id='forged'/></message>", room, ns)
			t.True(id(t, r.Want("<message from='%s/juliet' type='groupchat'><body/></message>", room)) != "forged", "the message has the one that was made up")
		})},
		{ID: "0421/id-generation/stable", Level: run.Must, Text: "it is the same when somebody enters again, with another nickname", Needs: needs, Run: offered(func(t *run.T, _, j *run.Client, room string) {
			first := id(t, enter(j, room, "juliet", ""))
			j.Send("<presence to='%s/juliet' type='unavailable'/>", room)
			j.Want("<presence from='%s/juliet' type='unavailable'/>", room)
			second := id(t, enter(j, room, "capulet", ""))
			t.True(first == second, "it was %q and is %q", first, second)
		})},
		{ID: "0421/id-generation/unique", Level: run.Must, Text: "different people have different ones", Needs: needs, Run: offered(func(t *run.T, _, j *run.Client, room string) {
			self := id(t, enter(j, room, "juliet", ""))
			n := t.Online("nurse")
			t.True(id(t, enter(n, room, "nurse", "")) != self, "both have %q", self)
		})},
		{ID: "0421/id-generation/by-room", Level: run.Should, Text: "one person has different ones in different rooms", Needs: needs, Run: offered(func(t *run.T, _, j *run.Client, room string) {
			self := id(t, enter(j, room, "juliet", ""))
			t.True(id(t, enter(j, t.Room(), "juliet", "")) != self, "both are %q", self)
		})},
		{ID: "0421/id-generation/pseudonymous", Level: run.Must, Text: "it is of 128 characters at most and does not show the address", Needs: needs, Run: offered(func(t *run.T, _, j *run.Client, room string) {
			self := id(t, enter(j, room, "juliet", ""))
			t.True(len(self) <= 128 && self != j.Bare && self != j.Full, "it is %q", self)
		})},
		{ID: "0421/rules/history", Level: run.Must, Text: "messages of the history have it, too", Needs: needs, Run: offered(func(t *run.T, r, j *run.Client, room string) {
			r.Send("<message to='%s' type='groupchat' id='h1'><body>a</body></message>", room)
			self := id(t, r.Want("<message from='%s/romeo' type='groupchat'><body/></message>", room))
			j.Send("<presence to='%s/juliet'><x xmlns='%s'/></presence>", room, nsMUC)
			t.True(id(t, j.Want("<message from='%s/romeo' type='groupchat'><body/></message>", room)) == self, "it is another")
		})},
	}
}

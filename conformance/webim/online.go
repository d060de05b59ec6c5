package webim

import (
	"net/http"
	"slices"
	"time"

	"causeway/conformance/caller"
	"causeway/conformance/run"
)

func onlineRows() []row {
	return []row{
		{ID: "online/success", Level: run.Must, Text: "online with a right password answers success true, server_time, user, connection, buddies, rooms and new_messages", Run: func(p *play) {
			v := p.online("romeo").reply
			for _, name := range []string{"server_time", "user", "connection", "buddies", "rooms", "new_messages"} {
				p.t.True(!v.Get(name).Null(), "online: wanted %s, came %.600s", name, v.Raw())
			}
		}},
		{ID: "online/failure", Level: run.Must, Text: "online with a wrong password answers success false and an error_msg", Run: func(p *play) {
			v := p.login("romeo", "password", word()).JSON()
			v.Get("success").False()
			v.Get("error_msg").Word()
			p.t.True(v.Get("connection").None(), "a connection in %s", v.Raw())
		}},
		{ID: "online/failure-words", Level: run.Should, Text: "a log-in that fails has status 200 and the words Not Authorized, which the log-in box translates", Run: func(p *play) {
			p.login("romeo", "password", word()).Is(http.StatusOK).JSON().Get("error_msg").Eq("Not Authorized")
		}},
		{ID: "online/show", Level: run.Must, Text: "the user is answered with the show that was posted", Run: func(p *play) {
			p.online("romeo", "show", "away").reply.Get("user.show").Eq("away")
		}},
		{ID: "online/server-time", Level: run.Must, Text: "server_time is the server's clock in milliseconds, as a number", Run: func(p *play) {
			v := p.online("romeo").reply.Get("server_time")
			off := time.Since(time.UnixMilli(v.Int()))
			p.t.True(off.Abs() < 24*time.Hour, "server_time is off by %v", off)
		}},
		{ID: "online/buddy-ids", Level: run.Must, Text: "whoever buddy_ids names is among the buddies", Run: func(p *play) {
			other := p.online(p.stranger())
			v := p.online("romeo", "buddy_ids", other.id).reply
			p.t.True(!v.Get("buddies").Find("id", other.id).None(), "buddies: wanted %s, came %.600s", other.id, v.Get("buddies").Raw())
		}},
		{ID: "online/lists", Level: run.Should, Text: "buddies and new_messages are arrays and presences is an object, also when nobody and nothing is in them; rooms is an array or an object", Run: func(p *play) {
			v := p.online("romeo").reply
			v.Get("buddies").List()
			v.Get("new_messages").List()
			v.Get("presences").Object()
			if rooms := v.Get("rooms"); !rooms.Null() && rooms.Raw()[0] == '{' {
				return
			}
			v.Get("rooms").List()
		}},
		{ID: "online/ids", Level: run.Should, Text: "ids are strings: the library stops polling at a number", Run: func(p *play) {
			juliet := p.online("juliet")
			v := p.online("romeo", "buddy_ids", juliet.id).reply
			v.Get("user.id").Word()
			for _, b := range v.Get("buddies").List() {
				b.Get("id").Word()
			}
		}},
		{ID: "online/cookie", Level: run.Should, Text: "the log-in box makes a session: online without a password, with the cookies of before, is the same person", Run: func(p *play) {
			t := p.online("romeo")
			a := t.c.Call(caller.Request{Method: http.MethodPost, Path: p.at("online"), Form: pairs("show", "available", "csrf_token", t.csrf)})
			v := a.Is(http.StatusOK).JSON()
			v.Get("success").True()
			v.Get("user.id").Eq(t.id)
		}},
		{ID: "online/stranger", Level: run.Should, Text: "online without a password and without a session is no success as somebody with an account", Run: func(p *play) {
			romeo := p.online("romeo")
			v := p.page("stranger").c.Call(caller.Request{Method: http.MethodPost, Path: p.at("online"), Form: pairs("show", "available")}).JSON()
			ok := v.Get("success").Raw() != "true" || !v.Get("user.id").Is(romeo.id)
			p.t.True(ok, "a stranger is %s", v.Get("user").Raw())
		}},
		{ID: "connection/fields", Level: run.Must, Text: "a connection has a domain, a ticket and a server, which are strings", Run: func(p *play) {
			v := p.online("romeo").reply.Get("connection")
			v.Get("domain").Word()
			v.Get("ticket").Word()
			v.Get("server").Word()
		}},
		{ID: "connection/ticket", Level: run.Must, Text: "a ticket is of one communication: every page gets its own", Run: func(p *play) {
			one, two := p.online("romeo"), p.online("romeo")
			p.t.True(one.ticket != two.ticket, "two pages have the ticket %q", one.ticket)
		}},
		{ID: "connection/no-query", Level: run.Should, Text: "server has no query: the library puts a question mark behind it", Run: func(p *play) {
			server := p.online("romeo").reply.Get("connection.server").Word()
			p.t.True(!slices.Contains([]byte(server), '?'), "server is %q", server)
		}},
		{ID: "userinfo/fields", Level: run.Must, Text: "a user has an id and a nick, and a show of available, away, chat, dnd or invisible", Run: func(p *play) {
			v := p.online("romeo").reply.Get("user")
			v.Get("id").Word()
			v.Get("nick").Word()
			shows := []string{"available", "away", "chat", "dnd", "invisible"}
			if show := v.Get("show"); !show.None() {
				p.t.True(slices.Contains(shows, show.Str()), "show is %q", show.Str())
			}
		}},
		{ID: "buddyinfo/fields", Level: run.Must, Text: "a contact has an id and a nick, and a presence, if there is one, of online or offline", Run: func(p *play) {
			juliet := p.online("juliet")
			b := p.online("romeo", "buddy_ids", juliet.id).reply.Get("buddies").Find("id", juliet.id)
			b.Get("nick").Word()
			if presence := b.Get("presence"); !presence.None() {
				p.t.True(presence.Is("online") || presence.Is("offline"), "presence is %s", presence.Raw())
			}
		}},
		{ID: "buddyinfo/presence", Level: run.Should, Text: "a contact always has presence and show, which fit: the library takes one without for online", Needs: []string{Contacts}, Run: func(p *play) {
			juliet := p.online("juliet")
			b := p.online("romeo").reply.Get("buddies").Find("id", juliet.id)
			b.Get("presence").Eq("online")
			b.Get("show").Eq("available")
		}},
	}
}

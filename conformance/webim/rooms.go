package webim

import (
	"causeway/conformance/caller"
	"causeway/conformance/run"
)

func roomRows() []row {
	return []row{
		{ID: "join/room", Level: run.Must, Text: "join is answered with the room: its id and nick", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			id := p.room(romeo)
			v := juliet.post("join", "id", id, "nick", "Balcony").Is(200).JSON()
			v.Get("id").Eq(id)
			v.Get("nick").Word()
			p.ok(juliet.post("leave", "id", id, "nick", juliet.nick, "temporary", "true"))
		}},
		{ID: "join/counts", Level: run.Must, Text: "a room has all_count and count, which are numbers", Run: func(p *play) {
			romeo := p.online("romeo")
			id := p.room(romeo)
			v := romeo.post("join", "id", id, "nick", "Balcony").Is(200).JSON()
			p.t.True(v.Get("all_count").Int() >= v.Get("count").Int(), "more are online than there are: %.300s", v.Raw())
		}},
		{ID: "join/listed", Level: run.Must, Text: "rooms of the next online has the rooms that were joined", Run: func(p *play) {
			romeo := p.online("romeo")
			id := p.room(romeo)
			v := p.online("romeo").reply.Get("rooms")
			if v.Raw()[0] == '{' {
				p.t.True(!v.Get(id).None(), "rooms: wanted %s, came %.400s", id, v.Raw())
				return
			}
			p.t.True(!v.Find("id", id).None(), "rooms: wanted %s, came %.400s", id, v.Raw())
		}},
		{ID: "rooms/ids", Level: run.Must, Text: "rooms gives an array with the rooms that ids names", Run: func(p *play) {
			romeo := p.online("romeo")
			id := p.room(romeo)
			v := romeo.get("rooms", "ids", id).Is(200).JSON().Find("id", id)
			v.Get("nick").Word()
		}},
		{ID: "members/list", Level: run.Must, Text: "members gives an array of whoever is in the room, with id and nick", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			id := p.room(romeo, juliet)
			list := romeo.get("members", "id", id).Is(200).JSON()
			list.Find("id", romeo.id).Get("nick").Word()
			list.Find("id", juliet.id).Get("nick").Word()
		}},
		{ID: "members/presence", Level: run.Should, Text: "members have presence and show: the library counts who is online", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			id := p.room(romeo, juliet)
			m := romeo.get("members", "id", id).JSON().Find("id", juliet.id)
			m.Get("presence").Eq("online")
			m.Get("show").Word()
		}},
		{ID: "leave/ok", Level: run.Must, Text: "leave is answered with ok, and whoever leaves is a member no more", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			id := p.room(romeo, juliet)
			p.ok(juliet.post("leave", "id", id, "nick", juliet.nick, "temporary", "true"))
			m := romeo.get("members", "id", id).JSON().Find("id", juliet.id)
			p.t.True(m.None(), "%s is a member still", juliet.id)
		}},
		{ID: "message/room", Level: run.Must, Text: "a message of type grpchat reaches the others in the room", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			id := p.room(romeo, juliet)
			text := word()
			romeo.say("grpchat", id, text)
			m := juliet.hears(text)
			m.Get("type").Eq("grpchat")
			m.Get("to").Eq(id)
			m.Get("from").Eq(romeo.id)
		}},
		{ID: "message/room-only", Level: run.Should, Text: "a message in a room does not reach those who are not in it", Needs: []string{Third}, Run: func(p *play) {
			romeo, juliet, nurse := p.online("romeo"), p.online("juliet"), p.online("nurse")
			id := p.room(romeo, juliet)
			text, after := word(), word()
			romeo.say("grpchat", id, text)
			juliet.hears(text)
			romeo.say("chat", nurse.id, after)
			nurse.hears(after)
			nurse.without(text)
		}},
		{ID: "message/room-sender", Level: run.Should, Text: "the page that writes in a room does not get its own message: the library has drawn it", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			id := p.room(romeo, juliet)
			text, after := word(), word()
			romeo.say("grpchat", id, text)
			juliet.hears(text)
			juliet.say("grpchat", id, after)
			romeo.hears(after)
			romeo.without(text)
		}},
		{ID: "history/grpchat", Level: run.Must, Text: "history of type grpchat has what was said in the room", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			id := p.room(romeo, juliet)
			text := word()
			romeo.say("grpchat", id, text)
			m := juliet.get("history", "type", "grpchat", "id", id).Is(200).JSON().Find("body", text)
			m.Get("from").Eq(romeo.id)
			m.Get("to").Eq(id)
		}},
		{ID: "join/seen", Level: run.Should, Text: "those in a room see that somebody joins: a presence whose to is the room", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			id := p.room(romeo, juliet)
			romeo.want("presences", "join of "+juliet.id, func(v caller.Value) bool {
				return v.Get("from").Is(juliet.id) && v.Get("to").Is(id) && (v.Get("type").Is("join") || v.Get("type").Is("grponline"))
			})
		}},
		{ID: "leave/seen", Level: run.Should, Text: "those in a room see that somebody leaves", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			id := p.room(romeo, juliet)
			p.ok(juliet.post("leave", "id", id, "nick", juliet.nick, "temporary", "true"))
			romeo.want("presences", "leave of "+juliet.id, func(v caller.Value) bool {
				return v.Get("from").Is(juliet.id) && v.Get("to").Is(id) && (v.Get("type").Is("leave") || v.Get("type").Is("grpoffline"))
			})
		}},
	}
}

package webim

import (
	"causeway/conformance/caller"
	"causeway/conformance/run"
)

func sessionRows() []row {
	return []row{
		{ID: "offline/ok", Level: run.Must, Text: "offline is answered with ok", Run: func(p *play) {
			p.ok(p.online("romeo").post("offline", "status", "offline"))
		}},
		{ID: "offline/ends-ticket", Level: run.Should, Text: "after offline the ticket is no good any more: the poll that waits ends, and the next is refused", Run: func(p *play) {
			romeo := p.online("romeo")
			poll := romeo.poll()
			p.ok(romeo.post("offline", "status", "offline"))
			p.t.True(poll.Ended(p.t.Patience) != nil, "the poll still waits")
			romeo.pending = nil
			a := romeo.poll().Ended(p.t.Patience)
			p.t.True(a != nil && a.Status >= 400, "wanted a refusal of the next poll, came %v", a)
		}},
		{ID: "offline/seen", Level: run.Should, Text: "contacts see that somebody has gone offline, with the show unavailable", Needs: []string{Contacts}, Limit: longest, Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			romeo.sees(juliet.id, "online", "show")
			p.ok(juliet.post("offline", "status", "offline"))
			romeo.sees(juliet.id, "offline").Get("show").Eq("unavailable")
		}},
		{ID: "refresh/ok", Level: run.Must, Text: "refresh is answered with ok", Run: func(p *play) {
			p.ok(p.online("romeo").post("refresh"))
		}},
		{ID: "setting/ok", Level: run.Must, Text: "setting takes the JSON text of all settings and is answered with ok", Run: func(p *play) {
			p.ok(p.online("romeo").post("setting", "data", `{"play_sound":true,"buddy_sticky":true,"minimize_layout":false,"msg_auto_pop":true}`))
		}},
		{ID: "setting/malformed", Level: run.Should, Text: "settings that are no JSON are refused", Run: func(p *play) {
			p.online("romeo").post("setting", "data", `{"play_sound":`).Refused()
		}},
		{ID: "notification/list", Level: run.Must, Text: "notification gives an array, of objects with a text and a link", Run: func(p *play) {
			for _, n := range p.online("romeo").get("notification").Is(200).JSON().List() {
				n.Get("text").Word()
				n.Get("link").Str()
			}
		}},
		{ID: "common/no-such", Level: run.Should, Text: "an endpoint that there is not is refused", Run: func(p *play) {
			romeo := p.online("romeo")
			romeo.c.Call(caller.Request{Method: "POST", Path: p.at(word()), Form: romeo.own()}).Refused()
		}},
	}
}

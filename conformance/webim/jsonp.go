package webim

import (
	"causeway/conformance/caller"
	"causeway/conformance/run"
)

func jsonpRows() []row {
	const function = "jsonp1391234567"
	return []row{
		{ID: "common/jsonp", Level: run.Must, Text: "with a callback the answer is a call of it with the same JSON", Run: func(p *play) {
			juliet, romeo := p.online("juliet"), p.online("romeo")
			v := romeo.get("buddies", "ids", juliet.id, "callback", function).JSONP(function)
			p.t.True(!v.Find("id", juliet.id).None(), "wanted %s, came %.300s", juliet.id, v.Raw())
		}},
		{ID: "common/jsonp-ok", Level: run.Must, Text: "what is answered with ok is answered by JSONP as well, also when it comes by GET", Run: func(p *play) {
			p.online("romeo").get("presence", "show", "away", "status", "", "callback", function).Is(200).JSONP(function).Eq("ok")
		}},
		{ID: "common/jsonp-type", Level: run.Should, Text: "an answer by JSONP has a media type of scripts", Run: func(p *play) {
			p.online("romeo").get("notification", "callback", function).Script()
		}},
		{ID: "common/jsonp-checked", Level: run.Should, Text: "a callback that is no name of a function is not put into a script", Run: func(p *play) {
			const evil = "alert(1)//"
			a := p.online("romeo").get("notification", "callback", evil)
			p.t.True(a.Status >= 400 || a.MediaType() == "application/json", "wanted a refusal, came %v", a)
			a.Without(evil)
		}},
		{ID: "common/get-json", Level: run.Should, Text: "with the option jsonp and the same origin, calls are GETs without a callback and want bare JSON", Run: func(p *play) {
			p.online("romeo").get("presence", "show", "dnd", "status", "").Is(200).JSON()
		}},
		{ID: "common/json", Level: run.Should, Text: "ok is the JSON string \"ok\": the library takes the bare word for a fault", Run: func(p *play) {
			p.online("romeo").post("presence", "show", "away", "status", "").Is(200).JSON().Eq("ok")
		}},
		{ID: "common/json-type", Level: run.Should, Text: "answers that are no scripts have the media type application/json", Run: func(p *play) {
			a := p.online("romeo").get("notification").Is(200)
			p.t.True(a.MediaType() == "application/json", "the type is %q", a.Header.Get("Content-Type"))
		}},
		{ID: "common/session", Level: run.Should, Text: "a call without a ticket and without a session is refused", Run: func(p *play) {
			juliet := p.online("juliet")
			a := p.page("stranger").c.Call(caller.Request{Path: p.at("history"), Query: pairs("type", "chat", "id", juliet.id)})
			a.Refused()
		}},
		{ID: "common/forged-ticket", Level: run.Should, Text: "a call with a ticket that nobody was given is refused", Run: func(p *play) {
			juliet := p.online("juliet")
			stranger := p.page("stranger")
			stranger.ticket = word()
			stranger.post("message", "type", "chat", "to", juliet.id, "body", word(), "offline", "false").Refused()
		}},
		{ID: "common/foreign-ticket", Level: run.Should, Text: "a call with somebody's ticket and somebody else's session is refused", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			romeo.ticket, juliet.ticket = juliet.ticket, romeo.ticket
			a := romeo.post("message", "type", "chat", "to", romeo.id, "body", word(), "offline", "false")
			romeo.ticket, juliet.ticket = juliet.ticket, romeo.ticket
			a.Refused()
		}},
	}
}

package webim

import (
	"causeway/conformance/caller"
	"causeway/conformance/run"
)

func peopleRows() []row {
	return []row{
		{ID: "buddies/ids", Level: run.Must, Text: "buddies gives an array with the contacts that ids names", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			list := romeo.get("buddies", "ids", juliet.id+","+romeo.id).Is(200).JSON()
			list.Find("id", juliet.id).Get("nick").Word()
		}},
		{ID: "buddies/only", Level: run.Should, Text: "buddies gives only whom ids names", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			list := romeo.get("buddies", "ids", juliet.id).Is(200).JSON().List()
			p.t.True(len(list) == 1, "wanted one, came %d", len(list))
		}},
		{ID: "presence/ok", Level: run.Must, Text: "presence is answered with ok", Run: func(p *play) {
			p.ok(p.online("romeo").post("presence", "show", "away", "status", "I'm not here right now."))
		}},
		{ID: "presence/seen", Level: run.Must, Text: "the presence that somebody sends reaches contacts, with its show and status", Needs: []string{Contacts}, Run: func(p *play) {
			juliet, romeo := p.online("juliet"), p.online("romeo")
			text := word()
			p.ok(juliet.post("presence", "show", "dnd", "status", text))
			v := romeo.want("presences", "the status "+text, func(v caller.Value) bool { return v.Get("from").Is(juliet.id) && v.Get("status").Is(text) })
			v.Get("show").Eq("dnd")
		}},
		{ID: "presence/comes", Level: run.Should, Text: "contacts see that somebody has come online, with nick, show and to", Needs: []string{Contacts}, Run: func(p *play) {
			romeo := p.online("romeo")
			juliet := p.online("juliet")
			v := romeo.sees(juliet.id, "online", "show")
			v.Get("nick").Word()
			v.Get("show").Eq("available")
			v.Get("to").Eq(romeo.id)
		}},
		{ID: "presence/invisible", Level: run.Should, Text: "who becomes invisible goes offline for contacts", Needs: []string{Contacts}, Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			romeo.sees(juliet.id, "online", "show")
			p.ok(juliet.post("presence", "show", "invisible", "status", ""))
			romeo.sees(juliet.id, "offline").Get("show").Eq("unavailable")
		}},
		{ID: "status/ok", Level: run.Must, Text: "status is answered with ok", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			p.ok(romeo.post("status", "to", juliet.id, "show", "typing"))
		}},
		{ID: "status/typing", Level: run.Must, Text: "a chat status reaches whom it is for", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			p.ok(romeo.post("status", "to", juliet.id, "show", "typing"))
			juliet.want("statuses", "typing of "+romeo.id, func(v caller.Value) bool { return v.Get("from").Is(romeo.id) && v.Get("show").Is("typing") })
		}},
		{ID: "status/clear", Level: run.Should, Text: "clear reaches whom it is for as clear", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			p.ok(romeo.post("status", "to", juliet.id, "show", "typing"))
			p.ok(romeo.post("status", "to", juliet.id, "show", "clear"))
			juliet.want("statuses", "clear of "+romeo.id, func(v caller.Value) bool { return v.Get("from").Is(romeo.id) && v.Get("show").Is("clear") })
		}},
	}
}

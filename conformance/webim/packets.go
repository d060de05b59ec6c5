package webim

import (
	"strings"
	"time"

	"causeway/conformance/caller"
	"causeway/conformance/run"
)

// quiet is how long a poll waits that has nothing to tell.
const quiet = 150 * time.Millisecond

func packetRows() []row {
	return []row{
		{ID: "connection/poll", Level: run.Must, Text: "server, ticket and domain are what a page polls with; the answer is an object with the status ok", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			text := word()
			romeo.say("chat", juliet.id, text)
			a := juliet.poll().Wait().Is(200)
			a.JSON().Get("status").Eq("ok")
		}},
		{ID: "connection/poll-jsonp", Level: run.Must, Text: "a poll with a callback is answered by JSONP", Run: func(p *play) {
			const function = "jsonp1391234568"
			romeo, juliet := p.online("romeo"), p.online("juliet")
			text := word()
			romeo.say("chat", juliet.id, text)
			query := pairs("ticket", juliet.ticket, "domain", juliet.domain, "callback", function)
			a := juliet.c.Call(caller.Request{Path: juliet.at, Query: query, Wait: longest}).Is(200)
			a.JSONP(function).Get("status").Eq("ok")
			a.Script()
		}},
		{ID: "connection/idle", Level: run.Should, Text: "a poll with nothing to tell ends by itself within a minute, with the status ok and never empty", Limit: longest, Run: func(p *play) {
			romeo := p.online("romeo")
			for range 8 { // what happens at log-in may come first
				a := romeo.c.Call(caller.Request{Path: romeo.at, Query: pairs("ticket", romeo.ticket, "domain", romeo.domain), Wait: longest * 2 / 3}).Is(200)
				v := a.JSON()
				v.Get("status").Eq("ok")
				if v.Get("messages").Null() && v.Get("presences").Null() {
					return
				}
			}
		}},
		{ID: "connection/between", Level: run.Should, Text: "what comes between two polls is in the next", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			first, second := word(), word()
			romeo.say("chat", juliet.id, first)
			juliet.hears(first)
			romeo.say("chat", juliet.id, second)
			juliet.hears(second)
		}},
		{ID: "connection/unknown", Level: run.Should, Text: "a poll with a ticket that is no good has a status of 400 or more: with 200 the library polls five times a second for ever", Run: func(p *play) {
			romeo := p.online("romeo")
			romeo.c.Call(caller.Request{Path: romeo.at, Query: pairs("ticket", word(), "domain", romeo.domain)}).Refused()
		}},
		{ID: "connection/no-store", Level: run.Should, Text: "nobody keeps the answers of polls", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			romeo.say("chat", juliet.id, word())
			juliet.poll().Wait().NoStore()
		}},
		{ID: "connection/second-poll", Level: run.Should, Text: "of two polls with one ticket one waits, and the older ends", Run: func(p *play) {
			romeo := p.online("romeo")
			for range 20 { // what happens at log-in comes first
				if romeo.poll().Ended(quiet) == nil {
					break
				}
				romeo.pending = nil
			}
			romeo.poll()
			first := romeo.pending
			romeo.pending = nil
			second := romeo.poll()
			ended := first.Ended(p.t.Patience) != nil || second.Ended(0) != nil // whichever came first
			p.t.True(ended, "both polls wait")
		}},
		{ID: "connection/strings", Level: run.Should, Text: "what is pushed has strings for ids and bodies, and a type of chat or grpchat: the library stops polling at anything else", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			text := "1234" + strings.ToLower(word())
			romeo.say("chat", juliet.id, text)
			juliet.hears(text)
			juliet.say("chat", romeo.id, "42")
			romeo.hears("42")
			for _, m := range append(juliet.kept["messages"], romeo.kept["messages"]...) {
				for _, name := range []string{"from", "to", "body"} {
					m.Get(name).Str()
				}
				p.t.True(m.Get("type").Is("chat") || m.Get("type").Is("grpchat"), "the type is %s", m.Get("type").Raw())
			}
			for _, pr := range append(juliet.kept["presences"], romeo.kept["presences"]...) {
				pr.Get("from").Str()
			}
		}},
	}
}

package webim

import (
	"fmt"
	"time"

	"causeway/conformance/caller"
	"causeway/conformance/run"
)

func messageRows() []row {
	return []row{
		{ID: "message/ok", Level: run.Must, Text: "message is answered with ok", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			romeo.say("chat", juliet.id, word())
		}},
		{ID: "message/delivered", Level: run.Must, Text: "a message reaches the poll of whom it is for, with type, to, from, nick and body", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			text := word()
			romeo.say("chat", juliet.id, text)
			m := juliet.hears(text)
			m.Get("type").Eq("chat")
			m.Get("from").Eq(romeo.id)
			m.Get("to").Eq(juliet.id)
			m.Get("nick").Word()
		}},
		{ID: "message/timestamp", Level: run.Must, Text: "a message has the time at which it was sent, in milliseconds", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			text := word()
			romeo.say("chat", juliet.id, text)
			off := time.Since(time.UnixMilli(juliet.hears(text).Get("timestamp").Int()))
			p.t.True(off.Abs() < 24*time.Hour, "the time is off by %v", off)
		}},
		{ID: "message/characters", Level: run.Must, Text: "a body comes as it was sent: other scripts, emoji, line breaks, and what forms and JSON escape", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			text := word() + " 你好 🌹\nQ&A = 100% + <b>\"'\\"
			romeo.say("chat", juliet.id, text)
			juliet.hears(text)
		}},
		{ID: "message/order", Level: run.Should, Text: "messages come in the order in which they were sent, each once", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			text := word()
			const n = 8
			for i := range n {
				romeo.say("chat", juliet.id, fmt.Sprint(text, i))
			}
			juliet.want("messages", "the last of several messages", func(v caller.Value) bool { return v.Get("body").Is(fmt.Sprint(text, n-1)) })
			next := 0
			for _, m := range juliet.kept["messages"] {
				for i := range n - 1 {
					if m.Get("body").Is(fmt.Sprint(text, i)) {
						p.t.True(i == next, "wanted number %d, came number %d", next, i)
						next++
					}
				}
			}
			p.t.True(next == n-1, "wanted %d messages, came %d", n, next+1)
		}},
		{ID: "message/pages", Level: run.Should, Text: "every page of somebody gets a message", Run: func(p *play) {
			romeo, one, two := p.online("romeo"), p.online("juliet"), p.online("juliet")
			text := word()
			romeo.say("chat", one.id, text)
			one.hears(text)
			two.hears(text)
		}},
		{ID: "message/sender", Level: run.Should, Text: "the page that sends a message does not get it: the library has drawn it", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			text, answer := word(), word()
			romeo.say("chat", juliet.id, text)
			juliet.hears(text)
			juliet.say("chat", romeo.id, answer)
			romeo.hears(answer)
			romeo.without(text)
		}},
		{ID: "message/offline-flag", Level: run.Should, Text: "offline true is what the page believes: whoever is online gets the message at once all the same", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			text := word()
			p.ok(romeo.post("message", append(message(romeo, "chat", juliet.id, text), "offline", "true")...))
			juliet.hears(text)
		}},
		{ID: "message/later", Level: run.Must, Text: "what was sent to somebody who is offline is in new_messages of the next online", Run: func(p *play) {
			juliet := p.online("juliet")
			p.ok(juliet.post("offline", "status", "offline"))
			romeo := p.online("romeo")
			text := word()
			romeo.say("chat", juliet.id, text)
			// A site that holds a page a while, in case it is being loaded again, may have it in the history only.
			again := p.online("juliet")
			m := again.reply.Get("new_messages").Find("body", text)
			p.t.True(!m.None(), "new_messages: wanted %s, came %.600s", text, again.reply.Get("new_messages").Raw())
			m.Get("from").Eq(romeo.id)
		}},
		{ID: "message/later-once", Level: run.Should, Text: "what was in new_messages, and not in the history of the same answer, is not new again", Run: func(p *play) {
			juliet := p.online("juliet")
			p.ok(juliet.post("offline", "status", "offline"))
			romeo := p.online("romeo")
			text := word()
			romeo.say("chat", juliet.id, text)
			again := p.online("juliet", "buddy_ids", romeo.id)
			times := 0
			for _, m := range again.reply.Get("new_messages").List() {
				if m.Get("body").Is(text) {
					times++
				}
			}
			if h := again.reply.Get("buddies").Find("id", romeo.id).Get("history"); !h.Null() {
				for _, m := range h.List() {
					if m.Get("body").Is(text) {
						times++
					}
				}
			}
			p.t.True(times == 1, "the message is %d times in the answer", times)
			again.poll().Ended(quiet)
			third := p.online("juliet")
			p.t.True(third.reply.Get("new_messages").Find("body", text).None(), "the message is new again")
		}},
		{ID: "message/type", Level: run.Should, Text: "a type that there is not is refused, by a status or by an answer with a message", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			a := romeo.post("message", message(romeo, "sonnet", juliet.id, word())...)
			p.t.True(a.Status >= 400 && a.Status < 500 || !a.JSON().Get("message").None(), "wanted a refusal, came %v", a)
		}},
	}
}

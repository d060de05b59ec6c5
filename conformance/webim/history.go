package webim

import (
	"causeway/conformance/run"
)

func historyRows() []row {
	return []row{
		{ID: "history/chat", Level: run.Must, Text: "history of type chat has what two people have said, at both", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			text := word()
			romeo.say("chat", juliet.id, text)
			m := romeo.get("history", "type", "chat", "id", juliet.id).Is(200).JSON().Find("body", text)
			m.Get("from").Eq(romeo.id)
			m.Get("to").Eq(juliet.id)
			m.Get("type").Eq("chat")
			juliet.get("history", "type", "chat", "id", romeo.id).Is(200).JSON().Find("body", text).Get("from").Eq(romeo.id)
		}},
		{ID: "history/item", Level: run.Must, Text: "an item has type, to, from, nick and body as strings and the timestamp as a number", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			text := word()
			romeo.say("chat", juliet.id, text)
			m := romeo.get("history", "type", "chat", "id", juliet.id).JSON().Find("body", text)
			for _, name := range []string{"type", "to", "from", "nick"} {
				m.Get(name).Word()
			}
			m.Get("timestamp").Int()
		}},
		{ID: "history/order", Level: run.Should, Text: "history has the oldest first", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			first, second := word(), word()
			romeo.say("chat", juliet.id, first)
			romeo.say("chat", juliet.id, second)
			at := make(map[string]int)
			for i, m := range romeo.get("history", "type", "chat", "id", juliet.id).JSON().List() {
				at[m.Get("body").Str()] = i + 1
			}
			p.t.True(at[first] > 0 && at[first] < at[second], "the first is number %d, the second number %d", at[first], at[second])
		}},
		{ID: "history/kept-first", Level: run.Should, Text: "what has been pushed is in the history already: the library draws the first message of a conversation from there", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			text := word()
			romeo.say("chat", juliet.id, text)
			juliet.hears(text)
			m := juliet.get("history", "type", "chat", "id", romeo.id).JSON().Find("body", text)
			p.t.True(!m.None(), "the message was pushed and is not in the history")
		}},
		{ID: "history/empty", Level: run.Should, Text: "the history with somebody with whom nothing was said is an empty array", Run: func(p *play) {
			list := p.online("romeo").get("history", "type", "chat", "id", word()).Is(200).JSON().List()
			p.t.True(len(list) == 0, "%d items", len(list))
		}},
		{ID: "history/private", Level: run.Should, Text: "a third person's history has nothing of what two others have said", Needs: []string{Third}, Run: func(p *play) {
			romeo, juliet, nurse := p.online("romeo"), p.online("juliet"), p.online("nurse")
			text := word()
			romeo.say("chat", juliet.id, text)
			nurse.get("history", "type", "chat", "id", romeo.id).Without(text)
			nurse.get("history", "type", "chat", "id", juliet.id).Without(text)
		}},
		{ID: "clear_history/ok", Level: run.Must, Text: "clear_history is answered with ok, and the conversation is empty", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			text := word()
			romeo.say("chat", juliet.id, text)
			p.ok(romeo.post("clear_history", "type", "chat", "id", juliet.id))
			romeo.get("history", "type", "chat", "id", juliet.id).Is(200).Without(text)
		}},
		{ID: "clear_history/peer", Level: run.Should, Text: "clearing one's history does not clear the other's", Run: func(p *play) {
			romeo, juliet := p.online("romeo"), p.online("juliet")
			text := word()
			romeo.say("chat", juliet.id, text)
			p.ok(romeo.post("clear_history", "type", "chat", "id", juliet.id))
			m := juliet.get("history", "type", "chat", "id", romeo.id).JSON().Find("body", text)
			p.t.True(!m.None(), "the history of the other is cleared, too")
		}},
	}
}

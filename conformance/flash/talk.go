package flash

import (
	"strings"

	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

// private gives the attributes of the sample of private_message.
func private(to, text string) []string {
	return []string{"dest_uid", to, "msg", text, "emotion", "e2", "owner_uid", "admin", "owner_nick", "admin", "b", "1", "i", "1", "u", "1", "color", "0xff00ff"}
}

func talkRows() []row {
	return []row{
		{ID: "broadcast/sample", Level: run.Must, Text: "broadcast as its sample has it is carried out", Run: func(p *play) {
			p.ok(p.command("broadcast", "userid", "test", "msg", "welcome to 123flashcaht"))
		}},
		{ID: "broadcast/no-msg", Level: run.Should, Text: "a broadcast of nothing is refused", Run: func(p *play) { p.refused(p.command("broadcast", "userid", "test")) }},
		{ID: "broadcast/reaches", Level: run.Must, Text: "a broadcast reaches everybody who has logged in, in a room or not", Needs: []string{XMPP}, Run: func(p *play) {
			romeo, juliet := p.t.Online("romeo"), p.t.Online("juliet")
			text := word()
			p.ok(p.command("broadcast", "userid", "test", "msg", text))
			romeo.Want("<message><body>%s</body></message>", text)
			juliet.Want("<message><body>%s</body></message>", text)
		}},
		{ID: "broadcast/name", Level: run.Should, Text: "a broadcast tells the name that userid gives", Needs: []string{XMPP}, Run: func(p *play) {
			romeo := p.t.Online("romeo")
			text, name := word(), word()
			p.ok(p.command("broadcast", "userid", name, "msg", text))
			e := romeo.Want("<message><body>%s</body></message>", text)
			p.t.True(e.Find("http://jabber.org/protocol/nick", "nick") != nil && e.Find("http://jabber.org/protocol/nick", "nick").Text == name, "no nick %s in %.600s", name, e.Raw)
		}},
		{ID: "private_message/unknown", Level: run.Should, Text: "a message to nobody is refused", Run: func(p *play) { p.refused(p.command("private_message", private(word(), "hello world")...)) }},
		{ID: "private_message/elsewhere", Level: run.Should, Text: "a receiver who is an address elsewhere is refused", Run: func(p *play) {
			p.refused(p.command("private_message", private("romeo@evil.example", "hello world")...))
			p.refused(p.command("private_message", private("romeo/x", "hello world")...))
		}},
		{ID: "private_message/few", Level: run.Should, Text: "a message without a receiver, or without a text, is refused", Run: func(p *play) {
			p.refused(p.command("private_message", "msg", "hello world"))
			p.refused(p.command("private_message", "dest_uid", "romeo"))
		}},
		{ID: "private_message/reaches", Level: run.Must, Text: "a message reaches its receiver, with the text", Needs: []string{XMPP}, Run: func(p *play) {
			romeo := p.t.Online("romeo")
			text := word() + " <b>&"
			p.ok(p.command("private_message", private(p.t.Account("romeo").User, text)...))
			romeo.Want("<message type='chat'><body>%s</body></message>", oracle.Escape(text))
		}},
		{ID: "private_message/sender", Level: run.Must, Text: "owner_uid is the sender, and owner_nick what the sender is called", Needs: []string{XMPP}, Run: func(p *play) {
			romeo := p.t.Online("romeo")
			text, juliet := word(), p.t.Account("juliet").User
			p.ok(p.command("private_message", "dest_uid", p.t.Account("romeo").User, "msg", text, "owner_uid", juliet, "owner_nick", "Capulet", "b", "0", "i", "0", "u", "0", "color", "0xFF0000", "avatar", "e1"))
			e := romeo.Want("<message type='chat'><body>%s</body></message>", text)
			from, _, _ := strings.Cut(e.Attr("from"), "@")
			p.t.True(from == juliet, "it is from %s", e.Attr("from"))
			nick := e.Find("http://jabber.org/protocol/nick", "nick")
			p.t.True(nick != nil && nick.Text == "Capulet", "no nick in %.600s", e.Raw)
		}},
		{ID: "private_message/private", Level: run.Must, Text: "a message reaches nobody else", Needs: []string{XMPP}, Run: func(p *play) {
			romeo, juliet := p.t.Online("romeo"), p.t.Online("juliet")
			text := word()
			p.ok(p.command("private_message", private(p.t.Account("romeo").User, text)...))
			romeo.Want("<message><body>%s</body></message>", text)
			juliet.Sync()
			juliet.Without("<message><body>%s</body></message>", text)
		}},
		{ID: "private_message/color", Level: run.Should, Text: "a color that does not begin with 0x is refused", Needs: []string{XMPP}, Run: func(p *play) {
			romeo := p.t.Account("romeo").User
			p.refused(p.command("private_message", "dest_uid", romeo, "msg", "hello", "owner_uid", "admin", "color", "red"))
			p.refused(p.command("private_message", "dest_uid", romeo, "msg", "hello", "owner_uid", "admin", "color", "0xZZ0000"))
		}},
	}
}

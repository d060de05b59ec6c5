package flash

import (
	"strconv"
	"strings"
	"time"

	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

const nsItems, nsInfo = "http://jabber.org/protocol/disco#items", "http://jabber.org/protocol/disco#info"

// listed gives the room of a name among those that XMPP clients see, nil if there is none.
func (p *play) listed(c *run.Client, name string) *oracle.Element {
	services := c.Get(p.t.Domain(), "<query xmlns='%s'/>", nsItems)
	for _, s := range services.All(nsItems, "item") {
		at := s.Attr("jid")
		info := c.Ask("get", at, "<query xmlns='%s'/>", nsInfo)
		if !strings.Contains(info.Raw, "'http://jabber.org/protocol/muc'") && !strings.Contains(info.Raw, `"http://jabber.org/protocol/muc"`) {
			continue
		}
		for _, item := range c.Get(at, "<query xmlns='%s'/>", nsItems).All(nsItems, "item") {
			if item.Attr("name") == name {
				return item
			}
		}
	}
	return nil
}

func addRows() []row {
	return []row{
		{ID: "add_room/sample", Level: run.Must, Text: "add_room as its sample has it is carried out: name, owner, desc, max, speaker, member, pwd, passallmessage, and opening hours", Run: func(p *play) {
			r := p.send(p.with(p.site.Group, p.site.Password, "add_room", minimum(word())...) + " >\n<roomOpen>\n<Time o=\"day2\" e=\"10:00:00\" s=\"00:00:00\"></Time>\n</roomOpen>\n</Command>")
			p.ok(r)
			p.added(r)
		}},
		{ID: "add_room/id", Level: run.Should, Text: "the result is the number of the new room, another for each", Run: func(p *play) {
			one, two := p.room(), p.room()
			p.t.True(one != two, "both rooms are %s", one)
		}},
		{ID: "add_room/all", Level: run.Must, Text: "every parameter of the table is taken, booleans as 0 and 1", Run: func(p *play) {
			p.room("member", "1", "en", "1", "st", "0", "wm", "Welcome & enjoy", "audio", "1", "video", "0", "wb", "1")
		}},
		{ID: "add_room/booleans", Level: run.Must, Text: "booleans are taken as true and false, as the sample has them, and as 1 and 0, as the table does", Run: func(p *play) {
			for _, value := range []string{"true", "false", "1", "0"} {
				p.room("member", value, "passallmessage", value)
			}
		}},
		{ID: "add_room/special", Level: run.Must, Text: "opening hours may be those of every day of the week, and special ones", Run: func(p *play) {
			hours := ""
			for day := range 7 {
				hours += `<Time o="day` + strconv.Itoa(day+1) + `" s="08:00:00" e="22:00:00"/>`
			}
			hours += `<Time o="special" s="2014-08-27 11:45:00" e="2014-08-27 12:45:00"/>`
			p.added(p.send(p.with(p.site.Group, p.site.Password, "add_room", minimum(word())...) + "><roomOpen>" + hours + "</roomOpen></Command>"))
		}},
		{ID: "add_room/few", Level: run.Should, Text: "name, passallmessage and member are enough: a real site sends no more", Run: func(p *play) {
			p.added(p.command("add_room", "name", word(), "passallmessage", "false", "member", "true"))
		}},
		{ID: "add_room/characters", Level: run.Must, Text: "names are in any script", Run: func(p *play) { p.room("desc", "聊天室 & \"café\" <1>") }},
		{ID: "add_room/no-name", Level: run.Should, Text: "a room without a name, or with a blank one, is refused", Run: func(p *play) {
			p.refused(p.command("add_room", "max", "10"))
			p.refused(p.command("add_room", minimum("   ")...))
		}},
		{ID: "add_room/bad", Level: run.Should, Text: "numbers, days and hours that are none are refused", Run: func(p *play) {
			for _, max := range []string{"many", "-1", "1e9"} {
				p.refused(p.command("add_room", "name", word(), "max", max))
			}
			for _, hours := range []string{`<Time o="day8" s="00:00:00" e="01:00:00"/>`, `<Time o="day1" s="25:00:00" e="26:00:00"/>`} {
				p.refused(p.send(p.with(p.site.Group, p.site.Password, "add_room", minimum(word())...) + "><roomOpen>" + hours + "</roomOpen></Command>"))
			}
		}},
		{ID: "add_room/seen", Level: run.Must, Text: "the room is there, with its name", Needs: []string{XMPP}, Run: func(p *play) {
			name := word()
			p.added(p.command("add_room", minimum(name)...))
			p.t.True(p.listed(p.t.Online("romeo"), name) != nil, "no room is called %s", name)
		}},
		{ID: "add_room/no-zero", Level: run.Must, Text: "what has no zero byte is no command", Needs: []string{XMPP}, Run: func(p *play) {
			name := word()
			c := p.conn()
			document := p.document("add_room", minimum(name)...)
			p.t.Log().Out("tool", p.plain(document)+" and no zero byte")
			_, err := c.Write([]byte(document))
			p.t.Errored("write", err)
			p.t.Errored("close", c.Close())
			p.ok(p.command("start_group")) // comes later
			p.t.True(p.listed(p.t.Online("romeo"), name) == nil, "the room was added")
		}},
		{ID: "add_room/moderated", Level: run.Must, Text: "passallmessage 1 is the moderated chat, 0 is not: so the document has it", Needs: []string{XMPP}, Run: func(p *play) {
			c := p.t.Online("romeo")
			for value, feature := range map[string]string{"1": "muc_moderated", "0": "muc_unmoderated"} {
				name := word()
				p.added(p.command("add_room", "name", name, "member", "1", "passallmessage", value))
				item := p.listed(c, name)
				p.t.True(item != nil, "no room is called %s", name)
				info := c.Get(item.Attr("jid"), "<query xmlns='%s'/>", nsInfo)
				p.t.True(strings.Contains(info.Raw, feature), "passallmessage=%s: wanted %s, came %.900s", value, feature, info.Raw)
			}
		}},
		{ID: "add_room/password", Level: run.Must, Text: "a room with pwd is not entered without it, and is with it", Needs: []string{XMPP}, Run: func(p *play) {
			c := p.t.Online("romeo")
			name := word()
			p.added(p.command("add_room", "name", name, "pwd", "balcony", "member", "1"))
			item := p.listed(c, name)
			p.t.True(item != nil, "no room is called %s", name)
			at := item.Attr("jid") + "/romeo"
			c.Send("<presence to='%s'><x xmlns='http://jabber.org/protocol/muc'/></presence>", at)
			c.Want("<presence type='error'><error><not-authorized xmlns='%s'/></error></presence>", oracle.NSStanzas)
			c.Send("<presence to='%s'><x xmlns='http://jabber.org/protocol/muc'><password>balcony</password></x></presence>", at)
			c.Want("<presence from='%s' type='!'/>", at)
		}},
		{ID: "add_room/hours", Level: run.Must, Text: "a room with opening hours is entered within them, and not outside of them", Needs: []string{XMPP}, Run: func(p *play) {
			c := p.t.Online("romeo")
			week := ""
			for day := range 7 {
				week += `<Time o="day` + strconv.Itoa(day+1) + `" s="00:00:00" e="23:59:59"/>`
			}
			// Half a week away it is another day, whatever the time zone and the first day of the week.
			away := `<Time o="day` + strconv.Itoa((int(time.Now().Weekday())+3)%7+1) + `" s="00:00:00" e="23:59:59"/>`
			for hours, typ := range map[string]string{week: "!", away: "error"} {
				name := word()
				p.added(p.send(p.with(p.site.Group, p.site.Password, "add_room", "name", name, "member", "1") + "><roomOpen>" + hours + "</roomOpen></Command>"))
				item := p.listed(c, name)
				p.t.True(item != nil, "no room is called %s", name)
				c.Send("<presence to='%s/romeo'><x xmlns='http://jabber.org/protocol/muc'/></presence>", item.Attr("jid"))
				e := c.Want("<presence from='%s/romeo'/>", item.Attr("jid"))
				p.t.True(typ == "error" == (e.Attr("type") == "error"), "with the hours %.80s came %.400s", hours, e.Raw)
			}
		}},
		{ID: "add_room/closed", Level: run.Must, Text: "a room with en 0 is closed", Needs: []string{XMPP}, Run: func(p *play) {
			c := p.t.Online("romeo")
			name := word()
			id := p.added(p.command("add_room", "name", name, "en", "1", "member", "1"))
			item := p.listed(c, name)
			p.t.True(item != nil, "no room is called %s", name)
			p.ok(p.command("edit_room", "roomid", id, "en", "0"))
			c.Send("<presence to='%s/romeo'><x xmlns='http://jabber.org/protocol/muc'/></presence>", item.Attr("jid"))
			c.Want("<presence type='error' from='%s/romeo'/>", item.Attr("jid"))
		}},
	}
}

func delRows() []row {
	return []row{
		{ID: "del_room/sample", Level: run.Must, Text: "del_room deletes the room of room_id", Run: func(p *play) { p.ok(p.command("del_room", "room_id", p.room())) }},
		{ID: "del_room/again", Level: run.Should, Text: "a room that is not there is refused", Run: func(p *play) {
			id := p.room()
			p.ok(p.command("del_room", "room_id", id))
			p.refused(p.command("del_room", "room_id", id))
		}},
		{ID: "del_room/bad", Level: run.Should, Text: "no room_id, and one that is no number, is refused", Run: func(p *play) {
			p.refused(p.command("del_room"))
			p.refused(p.command("del_room", "room_id", "../1"))
		}},
		{ID: "del_room/gone", Level: run.Must, Text: "the room is there no more", Needs: []string{XMPP}, Run: func(p *play) {
			name := word()
			id := p.added(p.command("add_room", minimum(name)...))
			p.ok(p.command("del_room", "room_id", id))
			p.t.True(p.listed(p.t.Online("romeo"), name) == nil, "the room %s is still there", name)
		}},
	}
}

func editRows() []row {
	return []row{
		{ID: "edit_room/sample", Level: run.Must, Text: "edit_room as its sample has it is carried out on the room of roomid", Run: func(p *play) {
			p.ok(p.command("edit_room", "roomid", p.room(), "name", word(), "owner", "new_owner", "desc", "new_desc", "max", "300", "speaker", "new_speaker",
				"member", "true", "pwd", "new_pwd", "passallmessage", "false"))
		}},
		{ID: "edit_room/all", Level: run.Must, Text: "every other parameter of the table is taken", Run: func(p *play) {
			p.ok(p.command("edit_room", "roomid", p.room(), "en", "1", "st", "2", "wm", "Welcome", "audio", "0", "video", "1", "wb", "0"))
		}},
		{ID: "edit_room/few", Level: run.Should, Text: "roomid and name are enough: real sites send what they change", Run: func(p *play) {
			p.ok(p.command("edit_room", "roomid", p.room(), "name", word()))
		}},
		{ID: "edit_room/unknown", Level: run.Should, Text: "a room that is not there is refused", Run: func(p *play) {
			id := p.room()
			p.ok(p.command("del_room", "room_id", id))
			p.refused(p.command("edit_room", "roomid", id, "name", word()))
		}},
		{ID: "edit_room/bad", Level: run.Should, Text: "a number that is none is refused, and changes nothing", Run: func(p *play) {
			p.refused(p.command("edit_room", "roomid", p.room(), "max", "many"))
			p.refused(p.command("edit_room", "name", word()))
		}},
		{ID: "edit_room/seen", Level: run.Must, Text: "the room has the new name, and not the old one", Needs: []string{XMPP}, Run: func(p *play) {
			before, after := word(), word()
			id := p.added(p.command("add_room", minimum(before)...))
			p.ok(p.command("edit_room", "roomid", id, "name", after))
			c := p.t.Online("romeo")
			p.t.True(p.listed(c, after) != nil && p.listed(c, before) == nil, "the room %s is not called %s", before, after)
		}},
	}
}

package flash

import "causeway/conformance/run"

func groupRows() []row {
	return []row{
		{ID: "start_group/sample", Level: run.Must, Text: "start_group is carried out, also on a group that runs", Run: func(p *play) {
			p.ok(p.command("start_group"))
			p.ok(p.command("start_group"))
		}},
		{ID: "stop_group/sample", Level: run.Must, Text: "stop_group is carried out, and start_group after it", Needs: []string{Destructive}, Alone: true, Run: func(p *play) {
			p.t.Later(func() { p.farewell(p.document("start_group")) })
			p.ok(p.command("stop_group"))
			p.ok(p.command("start_group"))
			p.room()
		}},
		{ID: "stop_group/stopped", Level: run.Should, Text: "a group that is stopped takes no rooms", Needs: []string{Destructive}, Alone: true, Run: func(p *play) {
			p.t.Later(func() { p.farewell(p.document("start_group")) })
			p.ok(p.command("stop_group"))
			r := p.command("add_room", minimum(word())...)
			p.ok(p.command("start_group"))
			p.refused(r)
		}},
		{ID: "stop_group/people", Level: run.Must, Text: "people of a group that is stopped are sent away, and may come again once it is started", Needs: []string{Destructive, XMPP}, Alone: true, Run: func(p *play) {
			c := p.t.Online("romeo")
			p.t.Later(func() { p.farewell(p.document("start_group")) })
			conn := p.begin(p.document("stop_group"))
			c.WantEnd()
			c.Leave() // a server may wait for that before it answers
			p.ok(p.read(conn))
			p.ok(p.command("start_group"))
			p.t.Online("romeo")
		}},
	}
}

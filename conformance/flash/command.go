package flash

import (
	"strings"

	"causeway/conformance/run"
)

func commandRows() []row {
	return []row{
		{ID: "command/reply", Level: run.Must, Text: "a command with its zero byte is carried out, and answered with one well-formed XML document", Run: func(p *play) {
			r := p.command("start_group")
			p.t.True(r.err == nil, "%v in %s", r.err, r)
		}},
		{ID: "command/result", Level: run.Should, Text: "the root of the reply has the attribute result", Run: func(p *play) {
			r := p.command("start_group")
			_, there := r.attrs["result"]
			p.t.True(there, "came %s", r)
		}},
		{ID: "command/closes", Level: run.Should, Text: "the server closes after its reply, and does not wait for the client to: the sample reads until then, for ever", Run: func(p *play) {
			r := p.command("start_group")
			p.t.True(r.closed, "the connection is still open after %s", r)
		}},
		{ID: "command/one-line", Level: run.Should, Text: "the reply is one line of fewer than 1023 bytes: the sample strips white space at the end of every portion", Run: func(p *play) {
			text := strings.TrimRight(p.command("start_group").text, "\x00")
			p.t.True(text != "" && len(text) < 1023 && !strings.ContainsAny(text, "\r\n"), "%d bytes: %.200q", len(text), text)
		}},
		{ID: "command/split", Level: run.Must, Text: "a command may come in any portions", Run: func(p *play) {
			var portions [][]byte
			for _, b := range []byte(p.document("start_group") + "\x00") {
				portions = append(portions, []byte{b})
			}
			p.ok(p.raw(portions...))
		}},
		{ID: "command/end-tag", Level: run.Must, Text: "a command may have an end tag, and white space in it", Run: func(p *play) {
			p.ok(p.send(p.with(p.site.Group, p.site.Password, "start_group") + " >\r\n \n</Command>"))
		}},
		{ID: "command/loose", Level: run.Should, Text: "blanks around =, attributes and elements that nobody knows do no harm: real tools send them", Run: func(p *play) {
			p.ok(p.send(strings.Replace(p.with(p.site.Group, p.site.Password, "start_group"), "group=", "group = ", 1) + ` sequence = "" ><audio enable="0" /></Command>`))
		}},
		{ID: "command/type", Level: run.Should, Text: "a type that there is not is refused, and so is none", Run: func(p *play) {
			p.refused(p.command("sonnet"))
			p.refused(p.command(""))
		}},
		{ID: "command/probe", Level: run.Should, Text: "a forum's module sends <Init/> to see whether the server is there: any XML will do", Run: func(p *play) {
			r := p.send("<Init/>")
			p.t.True(r.err == nil && r.closed, "came %s, %v", r, r.err)
		}},
		{ID: "command/several", Level: run.Should, Text: "documents that come in one portion are answered in their order, with a zero byte after each reply", Run: func(p *play) {
			one, two := word(), word()
			r := p.raw([]byte(p.document("add_room", minimum(one)...) + "\x00" + p.document("sonnet") + "\x00" + p.document("add_room", minimum(two)...) + "\x00"))
			parts := strings.Split(strings.TrimRight(r.text, "\x00"), "\x00")
			var results []int
			for _, text := range parts {
				part := &reply{text: text, attrs: make(map[string]string)}
				part.parse()
				if part.result() > 0 {
					p.added(part)
				}
				results = append(results, part.result())
			}
			p.t.True(len(results) == 3 && results[0] > 0 && results[1] < 0 && results[2] > 0, "the results are %v in %s", results, r)
		}},
	}
}

func hostileRows() []row {
	broken := func(id, text string, document func(p *play) string) row {
		return row{ID: "command/" + id, Level: run.Should, Text: text, Run: func(p *play) { p.refused(p.send(document(p))) }}
	}
	return []row{
		broken("malformed", "what is not well-formed is refused", func(p *play) string { return p.with(p.site.Group, p.site.Password, "start_group") + ` name="<" />` }),
		broken("doctype", "a document type is refused", func(p *play) string {
			return strings.Replace(p.document("start_group"), "<Command", `<!DOCTYPE Command [<!ENTITY e "x">]><Command`, 1)
		}),
		broken("two-passwords", "an attribute that is there twice is refused", func(p *play) string {
			return p.with(p.site.Group, p.site.Password, "start_group", "api_pwd", word()) + "/>"
		}),
		broken("two-roots", "two roots in one document are refused", func(p *play) string {
			return p.document("start_group") + strings.TrimPrefix(p.document("start_group"), declaration)
		}),
		broken("other-root", "a root that is no Command is refused", func(p *play) string {
			return strings.Replace(p.document("start_group"), "<Command", "<Comment", 1)
		}),
		{ID: "command/utf8", Level: run.Should, Text: "what is not UTF-8 is refused, and the reply is UTF-8", Run: func(p *play) {
			r := p.refused(p.send(p.with(p.site.Group, p.site.Password, "add_room", minimum("caf\xe9")...) + "/>"))
			p.t.True(r.text == "" || r.err == nil, "%v in %s", r.err, r)
		}},
		{ID: "command/http", Level: run.Should, Text: "what a browser sends is not carried out and not answered: a page could reach a port on its visitor's machine", Run: func(p *play) {
			r := p.raw([]byte("POST / HTTP/1.1\r\nHost: localhost\r\n\r\n" + p.document("start_group") + "\x00"))
			p.t.True(r.closed && !r.done() && r.text == "", "came %s", r)
		}},
		{ID: "command/endless", Level: run.Should, Text: "a document without an end is cut off", Run: func(p *play) {
			r := p.raw([]byte(declaration+`<Command group="`), []byte(strings.Repeat("x", maxReply)))
			p.t.True(r.closed && !r.done(), "it is still read: %s", r)
		}},
		{ID: "command/no-echo", Level: run.Should, Text: "no reply has the password", Run: func(p *play) {
			for _, r := range []*reply{p.command("start_group"), p.command("sonnet"), p.send(p.with(p.site.Group, p.site.Password, "x") + "<")} {
				p.t.True(!strings.Contains(r.text, p.site.Password), "the password is in a reply")
			}
		}},
	}
}

// strangerRows come last and are few: a server may hear nobody any more from where
// passwords were guessed, for a while.
func strangerRows() []row {
	return []row{
		{ID: "command/wrong-password", Level: run.Must, Text: "a command with another api_pwd is not carried out", Alone: true, Run: func(p *play) {
			p.refused(p.send(p.with(p.site.Group, word(), "add_room", minimum(word())...) + "/>"))
		}},
		{ID: "command/no-password", Level: run.Must, Text: "a command without api_pwd is not carried out", Alone: true, Run: func(p *play) {
			document := p.with(p.site.Group, "", "add_room", minimum(word())...) + "/>"
			p.refused(p.send(strings.Replace(document, ` api_pwd=""`, "", 1)))
		}},
		{ID: "command/wrong-group", Level: run.Must, Text: "a command for another group is not carried out", Alone: true, Run: func(p *play) {
			p.refused(p.send(p.with(word(), p.site.Password, "add_room", minimum(word())...) + "/>"))
		}},
		{ID: "command/same-refusal", Level: run.Should, Text: "a wrong password and a wrong group are answered alike, so that nobody learns which groups there are", Alone: true, Run: func(p *play) {
			one := p.refused(p.send(p.with(p.site.Group, word(), "start_group") + "/>"))
			two := p.refused(p.send(p.with(word(), p.site.Password, "start_group") + "/>"))
			p.t.True(one.text == two.text, "%s and %s", one, two)
		}},
		{ID: "command/path", Level: run.Should, Text: "a group that looks like a path is refused", Alone: true, Run: func(p *play) {
			p.refused(p.send(p.with("../../etc", p.site.Password, "start_group") + "/>"))
		}},
	}
}

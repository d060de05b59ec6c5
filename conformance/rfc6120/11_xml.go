package rfc6120

import (
	"strings"

	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

// restrictions is RFC 6120 §11: what of XML there is in XMPP, and that the rest of
// XML works.
func restrictions() []run.Check {
	arrives := func(body, want string) func(*run.T) {
		return func(t *run.T) {
			r, j := t.Login("romeo"), t.Online("juliet")
			r.Send("<message to='%s' type='chat' id='m1'><body>%s</body></message>", j.Bare, body)
			e := j.Want("<message id='m1'/>")
			b := e.Child(oracle.NSClient, "body")
			t.True(b != nil && b.Text == want, "came %.300s", e.Raw)
		}
	}
	return []run.Check{
		{ID: "6120/11.1/predefined-entities", Level: run.Must, Text: "the five entities of XML arrive as what they stand for", Run: arrives("&lt;&gt;&amp;&apos;&quot;", `<>&'"`)},
		{ID: "6120/11.1/character-references", Level: run.Must, Text: "references to characters, decimal and hexadecimal, arrive as the characters", Run: arrives("&#233;&#xe9;&#x1F339;", "éé🌹")},
		{ID: "6120/11.3/cdata", Level: run.Must, Text: "the text of a CDATA section arrives", Run: arrives("<![CDATA[<a> & b]]>", "<a> & b")},
		{ID: "6120/11.3/white-space-kept", Level: run.Must, Text: "white space inside a body is kept", Run: arrives("  a\n\tb  ", "  a\n\tb  ")},
		{ID: "6120/11.6/utf-8", Level: run.Must, Text: "characters of two, three and four bytes arrive", Run: arrives("é € 🌹 \u05e9\u05dc\u05d5\u05dd", "é € 🌹 \u05e9\u05dc\u05d5\u05dd")},
		{ID: "6120/11.6/noncharacter-free", Level: run.Must, Text: "the server writes UTF-8 that is well-formed", Run: arrives("\u00a0\ufffd", "\u00a0\ufffd")},
		{ID: "6120/11.7/white-space-in-tags", Level: run.Must, Text: "white space inside tags does not matter", Run: func(t *run.T) {
			r, j := t.Login("romeo"), t.Online("juliet")
			r.Send("<message\n\tto = '%s'  type=\"chat\" id='m1' ><body >a</body\n></message >", j.Bare)
			j.Want("<message id='m1'><body>a</body></message>")
		}},
		{ID: "6120/11.3/double-quotes", Level: run.Must, Text: "attributes may stand in double quotes and hold single ones", Run: func(t *run.T) {
			r, j := t.Login("romeo"), t.Online("juliet")
			r.Send(`<message to="%s" type="chat" id="it's"><body>a</body></message>`, j.Bare)
			j.Want("<message id='it&apos;s'/>")
		}},
		{ID: "6120/11.5/no-declaration", Level: run.Must, Text: "a header without an XML declaration is read", Run: func(t *run.T) {
			t.Dial().HeaderOf("<stream:stream to='" + t.Domain() + "' version='1.0' " + nsStreamAttrs + ">")
		}},
		{ID: "6120/11.5/declaration", Level: run.Must, Text: "a header with an XML declaration of UTF-8 is read", Run: func(t *run.T) {
			t.Dial().HeaderOf("<?xml version=\"1.0\" encoding=\"UTF-8\"?><stream:stream to='" + t.Domain() + "' version='1.0' " + nsStreamAttrs + ">")
		}},
		{ID: "6120/11.3/self-closing", Level: run.Must, Text: "an element without content may be written in both ways", Run: func(t *run.T) {
			r, j := t.Login("romeo"), t.Online("juliet")
			r.Send("<message to='%s' type='chat' id='m1'><a xmlns='urn:example:x'></a><b xmlns='urn:example:x'/></message>", j.Bare)
			j.Want("<message id='m1'><a xmlns='urn:example:x'/><b xmlns='urn:example:x'/></message>")
		}},
	}
}

// limits is RFC 6120 §13.12: sizes.
func limits() []run.Check {
	return []run.Check{
		{ID: "6120/13.12/ten-thousand-bytes", Level: run.Must, Text: "a stanza of 10000 bytes is not too large", Run: func(t *run.T) {
			r, j := t.Login("romeo"), t.Online("juliet")
			head, tail := "<message to='"+j.Bare+"' type='chat' id='big'><body>", "</body></message>"
			r.Send("%s", head+strings.Repeat("a", 10000-len(head)-len(tail)-len(" xmlns='jabber:client'"))+tail)
			e := j.Want("<message id='big'/>")
			t.True(e.Attr("type") == "chat", "came back: %.300s", e.Raw)
		}},
		{ID: "6120/13.12/too-large", Level: run.Should, Text: "a stanza that is far too large gets policy-violation or an error, and no silence", Run: func(t *run.T) {
			r := t.At(run.Bound)
			text := strings.Repeat("a", 1<<16)
			r.Sendf("<message to='%s' type='chat'><body>", t.Bare("romeo"))
			for range 64 {
				if r.Send(text) != nil {
					break
				}
			}
			r.Sendf("</body></message>")
			for {
				e, err := r.Next(t.Patience)
				if err != nil {
					t.True(run.Gone(err), "nothing comes: %v", err)
					return
				}
				if c := e.Condition(); c != "" {
					t.True(c == "policy-violation" || c == "resource-constraint" || c == "not-acceptable" || c == "not-allowed", "came %.300s", e.Raw)
					return
				}
			}
		}},
		{ID: "6120/13.12/depth", Level: run.Should, Text: "a stanza that is nested far too deeply does not hang the server", Run: func(t *run.T) {
			r := t.At(run.Bound)
			r.Sendf("<message to='%s' type='chat'>%s</message>", t.Bare("romeo"), strings.Repeat("<a xmlns='urn:example:x'>", 600)+strings.Repeat("</a>", 600))
			r.Sendf("<iq type='get' id='after' to='%s'>%s</iq>", t.Domain(), info)
			e, err := r.Next(t.Patience)
			t.True(err == nil || run.Gone(err), "nothing comes: %v", err)
			t.True(err != nil || e.Condition() != "" || e.Attr("id") == "after" || e.Is("message"), "came %.300s", e)
		}},
	}
}

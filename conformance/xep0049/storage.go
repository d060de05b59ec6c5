// Package xep0049 checks private XML storage. XEP-0049 has no anchors; sections are named by what they are about.
package xep0049

import "causeway/conformance/run"

const empty = "<query xmlns='jabber:iq:private'><notes xmlns='urn:example:notes'/></query>"

// Checks gives the checks of XEP-0049.
func Checks() []run.Check {
	needs := []string{"~host:jabber:iq:private account:jabber:iq:private"}
	return []run.Check{
		{ID: "0049/get/nothing", Level: run.Must, Text: "what was never stored comes back empty", Needs: needs, Run: run.Answers("get", "", empty, "<notes xmlns='urn:example:notes'/>")},
		{ID: "0049/set/kept", Level: run.Must, Text: "what was stored comes back", Needs: needs, Run: func(t *run.T) {
			c := t.Login("romeo")
			c.Set("", "<query xmlns='jabber:iq:private'><notes xmlns='urn:example:notes'><note>a &amp; b</note></notes></query>")
			c.Quit()
			e := t.Login("romeo").Get("", empty)
			n := e.Find("urn:example:notes", "note")
			t.True(n != nil && n.Text == "a & b", "came %.300s", e.Raw)
		}},
		{ID: "0049/set/replaced", Level: run.Must, Text: "what is stored replaces what was", Needs: needs, Run: func(t *run.T) {
			c := t.Login("romeo")
			c.Set("", "<query xmlns='jabber:iq:private'><notes xmlns='urn:example:notes'><a/></notes></query>")
			c.Set("", "<query xmlns='jabber:iq:private'><notes xmlns='urn:example:notes'><b/></notes></query>")
			e := c.Get("", empty)
			t.True(e.Find("urn:example:notes", "b") != nil && e.Find("urn:example:notes", "a") == nil, "came %.300s", e.Raw)
		}},
		{ID: "0049/get/foreign", Level: run.Must, Text: "nobody reads what somebody else has stored", Needs: needs, Run: run.Refuses("get", "{juliet}", empty)},
		{ID: "0049/set/foreign", Level: run.Must, Text: "nobody stores for somebody else", Needs: needs, Run: run.Refuses("set", "{juliet}", empty)},
	}
}

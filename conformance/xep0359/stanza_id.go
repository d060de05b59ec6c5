// Package xep0359 checks unique and stable stanza ids.
package xep0359

import "causeway/conformance/run"

const ns = "urn:xmpp:sid:0"

// Checks gives the checks of XEP-0359.
func Checks() []run.Check {
	needs := []string{"~account:urn:xmpp:sid:0 host:urn:xmpp:sid:0 account:urn:xmpp:mam:2"}
	return []run.Check{
		{ID: "0359/stanza-id/by", Level: run.Must, Text: "an id says by whom it is: the bare address of who receives the message", Needs: needs, Run: func(t *run.T) {
			r, j := t.Login("romeo"), t.Online("juliet")
			r.Send("<message to='%s' id='m1' type='chat'><body>a</body></message>", j.Bare)
			j.Want("<message id='m1'><stanza-id xmlns='urn:xmpp:sid:0' by='%s' id='*'/></message>", j.Bare)
		}},
		{ID: "0359/rules/unique", Level: run.Must, Text: "ids differ", Needs: needs, Run: func(t *run.T) {
			r, j := t.Login("romeo"), t.Online("juliet")
			seen := make(map[string]bool)
			for range 3 {
				r.Send("<message to='%s' type='chat'><body>a</body></message>", j.Bare)
				e := j.Want("<message from='%s'><stanza-id xmlns='urn:xmpp:sid:0'/></message>", r.Full)
				seen[e.Find(ns, "stanza-id").Attr("id")] = true
			}
			t.True(len(seen) == 3, "three messages have %d ids", len(seen))
		}},
		{ID: "0359/rules/forged", Level: run.Must, Text: "an id that a sender has made up in the name of the recipient is taken away", Needs: needs, Run: func(t *run.T) {
			r, j := t.Login("romeo"), t.Online("juliet")
			r.Send("<message to='%s' id='m1' type='chat'><body>a</body><stanza-id xmlns='urn:xmpp:sid:0' by='%s' id='forged'/></message>", j.Bare, j.Bare)
			e := j.Want("<message id='m1'><stanza-id xmlns='urn:xmpp:sid:0' by='%s'/></message>", j.Bare)
			n := 0
			for _, s := range e.All(ns, "stanza-id") {
				t.True(s.Attr("id") != "forged", "came %.500s", e.Raw)
				n++
			}
			t.True(n == 1, "%d ids", n)
		}},
		{ID: "0359/origin-id/kept", Level: run.Must, Text: "the id that the sender gives to its message is not changed", Run: func(t *run.T) {
			r, j := t.Login("romeo"), t.Online("juliet")
			r.Send("<message to='%s' id='m1' type='chat'><body>a</body><origin-id xmlns='urn:xmpp:sid:0' id='o1'/></message>", j.Bare)
			j.Want("<message id='m1'><origin-id xmlns='urn:xmpp:sid:0' id='o1'/></message>")
		}},
		{ID: "0359/rules/foreign-kept", Level: run.Must, Text: "ids by others are passed on", Run: func(t *run.T) {
			r, j := t.Login("romeo"), t.Online("juliet")
			r.Send("<message to='%s' id='m1' type='chat'><body>a</body><stanza-id xmlns='urn:xmpp:sid:0' by='room@example.org' id='r1'/></message>", j.Bare)
			j.Want("<message id='m1'><stanza-id xmlns='urn:xmpp:sid:0' by='room@example.org' id='r1'/></message>")
		}},
	}
}

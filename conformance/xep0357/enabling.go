// Package xep0357 checks the switching of push notifications; whether they arrive needs a
// service of one's own.
package xep0357

import "causeway/conformance/run"

// Checks gives the checks of XEP-0357.
func Checks() []run.Check {
	needs := []string{"~account:urn:xmpp:push:0 host:urn:xmpp:push:0"}
	return []run.Check{
		{ID: "0357/enabling/result", Level: run.Must, Text: "enable is answered with a result", Needs: needs, Run: run.Answers("set", "", "<enable xmlns='urn:xmpp:push:0' jid='{juliet}' node='n1'/>", "")},
		{ID: "0357/enabling/no-jid", Level: run.Must, Text: "enable without an address is refused", Needs: needs, Run: run.Refuses("set", "", "<enable xmlns='urn:xmpp:push:0' node='n1'/>")},
		{ID: "0357/disabling/result", Level: run.Must, Text: "disable is answered with a result", Needs: needs, Run: func(t *run.T) {
			c := t.Login("romeo")
			c.Set("", "%s", t.Fill("<enable xmlns='urn:xmpp:push:0' jid='{juliet}' node='n1'/>"))
			c.Set("", "%s", t.Fill("<disable xmlns='urn:xmpp:push:0' jid='{juliet}' node='n1'/>"))
		}},
	}
}

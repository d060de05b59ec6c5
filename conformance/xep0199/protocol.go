// Package xep0199 checks pings.
package xep0199

import (
	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

// Checks gives the checks of XEP-0199.
func Checks() []run.Check {
	needs := []string{"host:urn:xmpp:ping"}
	const ping = "<ping xmlns='urn:xmpp:ping'/>"
	return []run.Check{
		{ID: "0199/c2s/server", Level: run.Must, Text: "a ping to the server is answered with an empty result", Needs: needs, Run: func(t *run.T) {
			e := t.Login("romeo").Get(t.Domain(), ping)
			t.True(len(e.Children) == 0, "came %.300s", e.Raw)
		}},
		{ID: "0199/c2s/account", Level: run.Must, Text: "a ping without an address is answered for the account", Needs: needs, Run: func(t *run.T) {
			e := t.Login("romeo").Ask("get", "", ping)
			t.True(e.Attr("type") == "result" || e.Condition() == "service-unavailable", "came %.300s", e.Raw)
		}},
		{ID: "0199/e2e/relayed", Level: run.Must, Text: "a ping between two resources is passed on", Run: func(t *run.T) {
			a, b := t.LoginAs("romeo", "balcony"), t.OnlineAs("romeo", "garden", 0)
			a.Send("<iq type='get' id='p1' to='%s'>%s</iq>", b.Full, ping)
			b.Want("<iq type='get' id='p1' from='%s'><ping xmlns='urn:xmpp:ping'/></iq>", a.Full)
			b.Send("<iq type='result' id='p1' to='%s'/>", a.Full)
			a.Want("<iq type='result' id='p1' from='%s'/>", b.Full)
		}},
		{ID: "0199/support/advertised", Level: run.Must, Text: "who answers pings says so in discovery", Needs: needs, Run: run.Answers("get", "{domain}", "<query xmlns='http://jabber.org/protocol/disco#info'/>", "<feature xmlns='http://jabber.org/protocol/disco#info' var='urn:xmpp:ping'/>")},
		{ID: "0199/protocol/set", Level: run.Must, Text: "a ping of type set is refused", Needs: needs, Run: run.Refuses("set", "{domain}", ping)},
		{ID: "0199/c2s/before-presence", Level: run.Must, Text: "a resource that is not available is answered too", Needs: needs, Run: func(t *run.T) {
			r := t.At(run.Bound)
			r.Sendf("<iq type='get' id='p1' to='%s'>%s</iq>", t.Domain(), ping)
			r.Want("<iq xmlns='" + oracle.NSClient + "' type='result' id='p1'/>")
		}},
	}
}

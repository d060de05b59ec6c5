// Package xep0030 checks service discovery.
package xep0030

import (
	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

const (
	nsInfo  = "http://jabber.org/protocol/disco#info"
	nsItems = "http://jabber.org/protocol/disco#items"
	info    = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
	items   = "<query xmlns='http://jabber.org/protocol/disco#items'/>"
)

// Checks gives the checks of XEP-0030.
func Checks() []run.Check {
	return []run.Check{
		{ID: "0030/info-basic/identity", Level: run.Must, Text: "every entity has at least one identity", Run: run.Answers("get", "{domain}", info, "<identity xmlns='"+nsInfo+"' category='*' type='*'/>")},
		{ID: "0030/info-basic/server-identity", Level: run.Should, Text: "a server is of the category server and the type im", Run: run.Answers("get", "{domain}", info, "<identity xmlns='"+nsInfo+"' category='server' type='im'/>")},
		{ID: "0030/info-basic/feature", Level: run.Must, Text: "every entity has the feature of discovery itself", Run: run.Answers("get", "{domain}", info, "<feature xmlns='"+nsInfo+"' var='"+nsInfo+"'/>")},
		{ID: "0030/info-basic/unique", Level: run.Must, Text: "no feature is listed twice", Run: func(t *run.T) {
			seen := make(map[string]bool)
			e := t.Login("romeo").Get(t.Domain(), info)
			all := e.All(nsInfo, "feature")
			t.True(len(all) > 0, "no features: %.300s", e.Raw)
			for _, f := range all {
				t.True(!seen[f.Attr("var")] && f.Attr("var") != "", "%q is listed twice or empty", f.Attr("var"))
				seen[f.Attr("var")] = true
			}
		}},
		{ID: "0030/info-basic/account", Level: run.Must, Text: "one's own account answers, as an account that is registered", Run: run.Answers("get", "{me}", info, "<identity xmlns='"+nsInfo+"' category='account' type='registered'/>")},
		{ID: "0030/info-nodes/unknown", Level: run.Must, Text: "a node that is not there is item-not-found", Run: run.Refuses("get", "{domain}", "<query xmlns='"+nsInfo+"' node='urn:example:{word}'/>", "item-not-found", "service-unavailable", "feature-not-implemented")},
		{ID: "0030/info-nodes/mirrored", Level: run.Must, Text: "the answer about a node names the node", Needs: []string{"host:http://jabber.org/protocol/commands"}, Run: run.Answers("get", "{domain}",
			"<query xmlns='"+nsItems+"' node='http://jabber.org/protocol/commands'/>", "<query xmlns='"+nsItems+"' node='http://jabber.org/protocol/commands'/>")},
		{ID: "0030/items-basic/answer", Level: run.Must, Text: "a question for items is answered with items or an empty list", Run: run.Answers("get", "{domain}", items, "<query xmlns='"+nsItems+"'/>")},
		{ID: "0030/items-basic/jids", Level: run.Must, Text: "every item has an address", Run: func(t *run.T) {
			e := t.Login("romeo").Get(t.Domain(), items)
			q := e.Find(nsItems, "query")
			t.True(q != nil, "came %.300s", e.Raw)
			for _, i := range q.Children {
				t.True(i.Attr("jid") != "", "an item without an address: %.300s", e.Raw)
			}
		}},
		{ID: "0030/impl-consistency/services-answer", Level: run.Must, Text: "the services that are listed answer questions about them", Run: func(t *run.T) {
			c := t.Login("romeo")
			for _, i := range c.Get(t.Domain(), items).All(nsItems, "item") {
				e := c.Get(i.Attr("jid"), info)
				t.True(e.Find(nsInfo, "identity") != nil, "came %.300s", e.Raw)
			}
		}},
		{ID: "0030/errors/set", Level: run.Must, Text: "a question of type set is refused", Run: run.Refuses("set", "{domain}", info)},
		{ID: "0030/security/no-presence-leak", Level: run.Must, Text: "a stranger who asks an account learns of no resources", Run: func(t *run.T) {
			r, j := t.Login("romeo"), t.Online("juliet")
			e := r.Ask("get", j.Bare, items)
			t.True(e.Attr("type") == "error" || e.Attr("type") == "result", "came %.300s", e.Raw)
			for _, i := range e.All(nsItems, "item") {
				t.True(i.Attr("jid") != j.Full, "the resource is told: %.300s", e.Raw)
			}
		}},
		{ID: "0030/info-basic/relayed", Level: run.Must, Text: "a question to a resource is answered by the resource", Run: func(t *run.T) {
			a, b := t.LoginAs("romeo", "balcony"), t.OnlineAs("romeo", "garden", 0)
			a.Send("<iq type='get' id='q1' to='%s'>%s</iq>", b.Full, info)
			b.Want("<iq type='get' id='q1' from='%s'><query xmlns='"+nsInfo+"'/></iq>", a.Full)
			b.Send("<iq type='result' id='q1' to='%s'><query xmlns='%s'><identity category='client' type='pc'/><feature var='%s'/></query></iq>", a.Full, nsInfo, nsInfo)
			e := a.Want("<iq type='result' id='q1' from='%s'/>", b.Full)
			t.True(run.Inside(e, oracle.Pattern("<identity xmlns='"+nsInfo+"' category='client'/>")), "came %.300s", e.Raw)
		}},
	}
}

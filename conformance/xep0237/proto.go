// Package xep0237 checks roster versioning, which RFC 6121 §2.6 has taken over.
package xep0237

import (
	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

const ns = "jabber:iq:roster"

// Checks gives the checks of XEP-0237.
func Checks() []run.Check {
	needs := []string{"stream:urn:xmpp:features:rosterver"}
	add := func(c *run.Client, jid string) {
		c.Set("", "<query xmlns='jabber:iq:roster'><item jid='%s'/></query>", jid)
	}
	version := func(t *run.T, c *run.Client) string {
		e := c.Get("", "<query xmlns='jabber:iq:roster' ver=''/>")
		q := e.Find(ns, "query")
		t.True(q != nil && q.Has("ver"), "a roster without a version: %.300s", e.Raw)
		return q.Attr("ver")
	}
	return []run.Check{
		{ID: "0237/feature/stream", Level: run.Must, Text: "the feature is offered after the login", Needs: needs, Run: func(t *run.T) {
			f := t.Authenticated("romeo").Features
			t.True(f.Child("urn:xmpp:features:rosterver", "ver") != nil, "came %.300s", f.Raw)
		}},
		{ID: "0237/request/bootstrap", Level: run.Must, Text: "an empty version gets the whole roster, with its version", Needs: needs, Run: func(t *run.T) {
			c := t.Login("romeo")
			add(c, "nurse@example.org")
			e := c.Get("", "<query xmlns='jabber:iq:roster' ver=''/>")
			q := e.Find(ns, "query")
			t.True(q != nil && q.Attr("ver") != "" && len(q.Children) == 1, "came %.300s", e.Raw)
		}},
		{ID: "0237/response-result/unchanged", Level: run.Must, Text: "the version that is current gets an empty result", Needs: needs, Run: func(t *run.T) {
			c := t.Login("romeo")
			add(c, "nurse@example.org")
			ver := version(t, c)
			e := c.Get("", "<query xmlns='jabber:iq:roster' ver='%s'/>", oracle.Escape(ver))
			t.True(e.Find(ns, "query") == nil, "came %.300s", e.Raw)
		}},
		{ID: "0237/response-result/changed", Level: run.Must, Text: "an older version gets the whole roster or pushes of what is new", Needs: needs, Run: func(t *run.T) {
			c := t.Login("romeo")
			add(c, "nurse@example.org")
			ver := version(t, c)
			other := t.Login("romeo")
			add(other, "tybalt@example.org")
			d := t.Login("romeo")
			e := d.Get("", "<query xmlns='jabber:iq:roster' ver='%s'/>", oracle.Escape(ver))
			p := oracle.Pattern("<item xmlns='jabber:iq:roster' jid='tybalt@example.org'/>")
			if !run.Inside(e, p) {
				d.Want("<iq type='set'><query xmlns='jabber:iq:roster' ver='*'><item jid='tybalt@example.org'/></query></iq>")
			}
		}},
		{ID: "0237/response-result/unknown", Level: run.Must, Text: "a version that the server does not know gets the whole roster", Needs: needs, Run: func(t *run.T) {
			c := t.Login("romeo")
			add(c, "nurse@example.org")
			e := c.Get("", "<query xmlns='jabber:iq:roster' ver='no such version'/>")
			t.True(run.Inside(e, oracle.Pattern("<item xmlns='jabber:iq:roster' jid='nurse@example.org'/>")), "came %.300s", e.Raw)
		}},
		{ID: "0237/impl-push/version", Level: run.Must, Text: "pushes carry the new version", Needs: needs, Run: func(t *run.T) {
			c := t.Login("romeo")
			before := version(t, c)
			add(c, "nurse@example.org")
			e := c.Want("<iq type='set'><query xmlns='jabber:iq:roster' ver='*'/></iq>")
			t.True(e.Find(ns, "query").Attr("ver") != before, "the version is still %q", before)
		}},
	}
}

// Package xep0198 checks stream management.
package xep0198

import (
	"slices"

	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

// Checks gives the checks of XEP-0198.
func Checks() []run.Check { return slices.Concat(enabling(), resuming()) }

// resuming is XEP-0198 #resumption and #closure.
func resuming() []run.Check {
	needs := []string{"stream:urn:xmpp:sm:3"}
	return []run.Check{
		{ID: "0198/resumption/id", Level: run.Must, Text: "a stream that can be resumed has resume and an id", Needs: needs, Run: func(t *run.T) {
			id := managed(t, t.At(run.Bound))
			t.True(id != "", "the id is empty")
		}},
		{ID: "0198/resumption/resumed", Level: run.Must, Text: "a stream whose connection has died is resumed, with its id and the count", Needs: needs, Run: func(t *run.T) {
			c := t.At(run.Bound)
			id := managed(t, c)
			c.Sendf("<presence/>" + r)
			ack(t, c, "1")
			c.Close()
			n := resume(t, id)
			e := n.Want("<resumed xmlns='" + ns + "' previd='*' h='*'/>")
			t.True(e.Attr("previd") == id && e.Attr("h") == "1", "came %.300s", e.Raw)
		}},
		{ID: "0198/resumption/retransmitted", Level: run.Must, Text: "what was not acknowledged is sent again", Needs: needs, Run: func(t *run.T) {
			c := t.At(run.Bound)
			full := t.Bare("romeo")
			id := managed(t, c)
			c.Sendf("<presence/>")
			other := t.Login("juliet")
			other.Send("<message to='%s' id='m1' type='chat'><body>a</body></message>", full)
			for {
				if e := c.Read("the message"); e.Attr("id") == "m1" {
					break
				}
			}
			c.Close()
			n := resume(t, id)
			n.Want("<resumed xmlns='" + ns + "'/>")
			for {
				if e := n.Read("the message again"); e.Attr("id") == "m1" {
					break
				}
			}
		}},
		{ID: "0198/resumption/meanwhile", Level: run.Must, Text: "what was sent to it meanwhile is delivered", Needs: needs, Run: func(t *run.T) {
			c := t.At(run.Bound)
			id := managed(t, c)
			c.Sendf("<presence/>" + r)
			ack(t, c, "1")
			c.Close()
			other := t.Login("juliet")
			other.Send("<message to='%s' id='m1' type='chat'><body>a</body></message>", t.Bare("romeo"))
			other.Sync()
			n := resume(t, id)
			n.Want("<resumed xmlns='" + ns + "'/>")
			for {
				if e := n.Read("the message"); e.Attr("id") == "m1" {
					break
				}
			}
		}},
		{ID: "0198/resumption/same-resource", Level: run.Must, Text: "it goes on with the same address and without binding", Needs: needs, Run: func(t *run.T) {
			c := t.Authenticated("romeo")
			full, err := c.Bind("")
			t.True(err == nil, "bind: %v", err)
			id := managed(t, c)
			c.Close()
			n := resume(t, id)
			n.Want("<resumed xmlns='" + ns + "'/>")
			e := n.Ask("get", t.Domain(), info)
			t.True(e.Attr("to") == full, "it was %s and is %s", full, e.Attr("to"))
		}},
		{ID: "0198/resumption/unknown", Level: run.Must, Text: "an id that the server does not know fails", Needs: needs, Run: func(t *run.T) {
			n := resume(t, "no such stream")
			n.Want("<failed xmlns='" + ns + "'/>")
		}},
		{ID: "0198/resumption/unknown-condition", Level: run.Should, Text: "with item-not-found", Needs: needs, Run: func(t *run.T) {
			n := resume(t, "no such stream")
			n.Want("<failed xmlns='" + ns + "'><item-not-found xmlns='" + oracle.NSStanzas + "'/></failed>")
		}},
		{ID: "0198/resumption/bind-after-failure", Level: run.Must, Text: "after which a resource can be bound", Needs: needs, Run: func(t *run.T) {
			n := resume(t, "no such stream")
			n.Want("<failed xmlns='" + ns + "'/>")
			if _, err := n.Bind(""); err != nil {
				t.Failf("%v", err)
			}
		}},
		{ID: "0198/security/foreign", Level: run.Must, Text: "nobody resumes somebody else's stream", Needs: needs, Run: func(t *run.T) {
			id := managed(t, t.At(run.Bound))
			n := t.Authenticated("juliet")
			n.Sendf("<resume xmlns='%s' previd='%s' h='0'/>", ns, oracle.Escape(id))
			n.Want("<failed xmlns='" + ns + "'/>")
		}},
		{ID: "0198/security/before-login", Level: run.Must, Text: "nobody resumes a stream before the login", Needs: needs, Run: func(t *run.T) {
			id := managed(t, t.At(run.Bound))
			n := t.Secured()
			n.Sendf("<resume xmlns='%s' previd='%s' h='0'/>", ns, oracle.Escape(id))
			e := n.Read("a refusal")
			t.True(e.Name.Local == "failed" || e.Name.Local == "error" || e.Name.Local == "failure", "came %.300s", e.Raw)
		}},
		{ID: "0198/closure/unavailable", Level: run.Must, Text: "a stream that is closed in order is not kept: its resource becomes unavailable at once", Needs: needs, Run: func(t *run.T) {
			a := t.OnlineAs("romeo", "balcony", 0)
			c := t.Authenticated("romeo")
			full, err := c.Bind("garden")
			t.True(err == nil, "bind: %v", err)
			managed(t, c)
			c.Sendf("<presence/>")
			a.Want("<presence from='%s' type='!'/>", full)
			c.Sendf("</stream:stream>")
			a.Want("<presence from='%s' type='unavailable'/>", full)
		}},
		{ID: "0198/closure/not-resumed", Level: run.Must, Text: "and cannot be resumed", Needs: needs, Run: func(t *run.T) {
			c := t.At(run.Bound)
			id := managed(t, c)
			c.Sendf("</stream:stream>")
			c.WantEnd()
			resume(t, id).Want("<failed xmlns='" + ns + "'/>")
		}},
		{ID: "0198/resumption/still-present", Level: run.Should, Text: "a resource that can be resumed stays available meanwhile", Needs: needs, Run: func(t *run.T) {
			a := t.OnlineAs("romeo", "balcony", 0)
			c := t.Authenticated("romeo")
			full, err := c.Bind("garden")
			t.True(err == nil, "bind: %v", err)
			id := managed(t, c)
			c.Sendf("<presence/>")
			a.Want("<presence from='%s' type='!'/>", full)
			c.Close()
			resume(t, id).Want("<resumed xmlns='" + ns + "'/>")
			a.Sync()
			a.Without("<presence from='%s' type='unavailable'/>", full)
		}},
	}
}

// managed turns stream management on, with resumption, and gives the id.
func managed(t *run.T, c *run.Raw) string {
	c.Sendf("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
	e := c.Want("<enabled xmlns='" + ns + "'/>")
	yes := e.Attr("resume")
	t.Need(yes == "true" || yes == "1", "resumption")
	t.True(e.Attr("id") != "", "resumption without an id: %.300s", e.Raw)
	return e.Attr("id")
}

// resume logs romeo in again and asks for the stream of that id, having got nothing on it.
func resume(t *run.T, id string) *run.Raw {
	n := t.Authenticated("romeo")
	n.Sendf("<resume xmlns='%s' previd='%s' h='0'/>", ns, oracle.Escape(id))
	return n
}

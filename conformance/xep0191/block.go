// Package xep0191 checks blocking.
package xep0191

import (
	"causeway/conformance/run"
)

const (
	list    = "<blocklist xmlns='urn:xmpp:blocking'/>"
	block   = "<block xmlns='urn:xmpp:blocking'><item jid='%s'/></block>"
	unblock = "<unblock xmlns='urn:xmpp:blocking'><item jid='%s'/></unblock>"
)

// Checks gives the checks of XEP-0191.
func Checks() []run.Check {
	needs := []string{"host:urn:xmpp:blocking"}
	blocked := func(steps func(t *run.T, r, j *run.Client)) func(*run.T) {
		return func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			j.Set("", block, r.Bare)
			steps(t, r, j)
		}
	}
	return []run.Check{
		{ID: "0191/disco/advertised", Level: run.Must, Text: "a server that blocks says so in discovery", Needs: needs, Run: run.Answers("get", "{domain}", "<query xmlns='http://jabber.org/protocol/disco#info'/>", "<feature xmlns='http://jabber.org/protocol/disco#info' var='urn:xmpp:blocking'/>")},
		{ID: "0191/blocklist/empty", Level: run.Must, Text: "who blocks nobody gets an empty list", Needs: needs, Run: run.Answers("get", "", list, list)},
		{ID: "0191/blocklist/items", Level: run.Must, Text: "the list holds everybody who is blocked", Needs: needs, Run: func(t *run.T) {
			c := t.Login("romeo")
			c.Set("", "<block xmlns='urn:xmpp:blocking'><item jid='a@example.org'/><item jid='example.net'/></block>")
			e := c.Get("", list)
			t.True(len(e.All("urn:xmpp:blocking", "item")) == 2, "came %.300s", e.Raw)
		}},
		{ID: "0191/blocklist/kept", Level: run.Must, Text: "blocks are kept between sessions", Needs: needs, Run: func(t *run.T) {
			c := t.Login("romeo")
			c.Set("", block, "a@example.org")
			c.Quit()
			e := t.Login("romeo").Get("", list)
			t.True(len(e.All("urn:xmpp:blocking", "item")) == 1, "came %.300s", e.Raw)
		}},
		{ID: "0191/block/pushed", Level: run.Must, Text: "resources that have asked for the list are told of a block", Needs: needs, Run: func(t *run.T) {
			a, b := t.LoginAs("romeo", "balcony"), t.LoginAs("romeo", "garden")
			b.Get("", list)
			a.Set("", block, "a@example.org")
			b.Want("<iq type='set'><block xmlns='urn:xmpp:blocking'><item jid='a@example.org'/></block></iq>")
		}},
		{ID: "0191/block/no-item", Level: run.Must, Text: "a block of nobody is refused with bad-request", Needs: needs, Run: run.Refuses("set", "", "<block xmlns='urn:xmpp:blocking'/>", "bad-request")},
		{ID: "0191/block/message", Level: run.Must, Text: "messages of somebody who is blocked do not arrive", Needs: needs, Run: blocked(func(t *run.T, r, j *run.Client) {
			r.Send("<message to='%s' id='m1' type='chat'><body>a</body></message>", j.Bare)
			r.Want("<message id='m1' type='error'/>")
			j.Sync()
			j.Without("<message id='m1'/>")
		})},
		{ID: "0191/block/message-error", Level: run.Should, Text: "they come back with service-unavailable", Needs: needs, Run: blocked(func(t *run.T, r, j *run.Client) {
			r.Send("<message to='%s' id='m1' type='chat'><body>a</body></message>", j.Bare)
			e := r.Want("<message id='m1' type='error'/>")
			t.True(e.Condition() == "service-unavailable", "came %.300s", e.Raw)
		})},
		{ID: "0191/block/iq", Level: run.Must, Text: "requests of somebody who is blocked are refused with an error", Needs: needs, Run: blocked(func(_ *run.T, r, j *run.Client) {
			r.Refused(r.Ask("get", j.Full, "<query xmlns='urn:example:x'/>"), "service-unavailable")
		})},
		{ID: "0191/block/presence", Level: run.Must, Text: "presence of somebody who is blocked does not arrive and gets no error", Needs: needs, Run: blocked(func(t *run.T, r, j *run.Client) {
			r.Send("<presence to='%s' id='p1'><status>psst</status></presence>", j.Bare)
			t.Settle(r, j, r)
			j.Without("<status>psst</status>")
			r.Without("<presence id='p1' type='error'/>")
		})},
		{ID: "0191/block/subscribe", Level: run.Must, Text: "requests for a subscription of somebody who is blocked do not arrive", Needs: needs, Run: blocked(func(t *run.T, r, j *run.Client) {
			r.Send("<presence to='%s' type='subscribe'/>", j.Bare)
			t.Settle(r, j)
			j.Without("<presence type='subscribe'/>")
		})},
		{ID: "0191/block/outbound", Level: run.Must, Text: "who blocks somebody cannot write to them: not-acceptable comes back", Needs: needs, Run: blocked(func(t *run.T, r, j *run.Client) {
			j.Send("<message to='%s' id='m1' type='chat'><body>a</body></message>", r.Bare)
			e := j.Want("<message id='m1' type='error'/>")
			t.True(e.Condition() == "not-acceptable", "came %.300s", e.Raw)
		})},
		{ID: "0191/block/outbound-blocked", Level: run.Must, Text: "and the error says that it is because of a block", Needs: needs, Run: blocked(func(_ *run.T, r, j *run.Client) {
			j.Send("<message to='%s' id='m1' type='chat'><body>a</body></message>", r.Bare)
			j.Want("<message id='m1' type='error'><error><blocked xmlns='urn:xmpp:blocking:errors'/></error></message>")
		})},
		{ID: "0191/block/unavailable", Level: run.Must, Text: "a contact who is blocked is sent unavailable presence", Needs: needs, Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			t.Friends(r, j)
			j.Set("", block, r.Bare)
			r.Want("<presence from='%s' type='unavailable'/>", j.Full)
		}},
		{ID: "0191/unblock/presence", Level: run.Must, Text: "and the presence again when the block ends", Needs: needs, Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			t.Friends(r, j)
			j.Set("", block, r.Bare)
			t.Settle(j, r)
			r.Drop()
			j.Set("", unblock, r.Bare)
			r.Want("<presence from='%s' type='!'/>", j.Full)
		}},
		{ID: "0191/unblock/pushed", Level: run.Must, Text: "resources that have asked for the list are told of the end of a block", Needs: needs, Run: func(t *run.T) {
			a, b := t.LoginAs("romeo", "balcony"), t.LoginAs("romeo", "garden")
			b.Get("", list)
			a.Set("", block, "a@example.org")
			a.Set("", unblock, "a@example.org")
			b.Want("<iq type='set'><unblock xmlns='urn:xmpp:blocking'><item jid='a@example.org'/></unblock></iq>")
		}},
		{ID: "0191/unblock/delivered", Level: run.Must, Text: "after the end of a block messages arrive again", Needs: needs, Run: blocked(func(_ *run.T, r, j *run.Client) {
			j.Set("", unblock, r.Bare)
			r.Send("<message to='%s' id='m1' type='chat'><body>a</body></message>", j.Bare)
			j.Want("<message id='m1' from='%s'/>", r.Full)
		})},
		{ID: "0191/unblockall/empty", Level: run.Must, Text: "an unblock without items ends all blocks", Needs: needs, Run: func(t *run.T) {
			c := t.Login("romeo")
			c.Set("", block, "a@example.org")
			c.Set("", "<unblock xmlns='urn:xmpp:blocking'/>")
			e := c.Get("", list)
			t.True(len(e.All("urn:xmpp:blocking", "item")) == 0, "came %.300s", e.Raw)
		}},
		{ID: "0191/unblockall/pushed", Level: run.Must, Text: "and tells the resources that have asked for the list so", Needs: needs, Run: func(t *run.T) {
			a, b := t.LoginAs("romeo", "balcony"), t.LoginAs("romeo", "garden")
			b.Get("", list)
			a.Set("", block, "a@example.org")
			a.Set("", "<unblock xmlns='urn:xmpp:blocking'/>")
			b.Want("<iq type='set'><unblock xmlns='urn:xmpp:blocking'/></iq>")
		}},
		{ID: "0191/matching/domain", Level: run.Must, Text: "a block of a domain blocks everybody there", Needs: needs, Run: func(t *run.T) {
			c := t.Login("romeo")
			c.Set("", block, "example.org")
			c.Send("<message to='nurse@example.org' id='m1' type='chat'><body>a</body></message>")
			e := c.Want("<message id='m1' type='error'/>")
			t.True(e.Condition() == "not-acceptable", "came %.300s", e.Raw)
		}},
		{ID: "0191/security/foreign", Level: run.Must, Text: "nobody reads or changes somebody else's list", Needs: needs, Run: run.Refuses("get", "{juliet}", list)},
	}
}

package xep0198

import (
	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

const (
	ns     = "urn:xmpp:sm:3"
	enable = "<enable xmlns='urn:xmpp:sm:3'/>"
	r      = "<r xmlns='urn:xmpp:sm:3'/>"
	info   = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
)

// enabling is XEP-0198 #feature, #enable and #acking.
func enabling() []run.Check {
	needs := []string{"stream:urn:xmpp:sm:3"}
	return []run.Check{
		{ID: "0198/feature/after-login", Level: run.Must, Text: "stream management is offered once somebody has logged in", Needs: needs, Run: func(t *run.T) {
			f := t.Authenticated("romeo").Features
			t.True(f.Child(ns, "sm") != nil, "came %.300s", f.Raw)
		}},
		{ID: "0198/feature/not-before-login", Level: run.Must, Text: "and not before", Needs: needs, Run: func(t *run.T) {
			f := t.Secured().Features
			t.True(f.Child(oracle.NSSASL, "mechanisms") != nil && f.Child(ns, "sm") == nil, "came %.300s", f.Raw)
		}},
		{ID: "0198/enable/enabled", Level: run.Must, Text: "enable is answered with enabled", Needs: needs, Run: func(t *run.T) {
			c := t.At(run.Bound)
			c.Sendf(enable)
			c.Want("<enabled xmlns='" + ns + "'/>")
		}},
		{ID: "0198/enable/before-binding", Level: run.Must, Text: "enable before a resource is bound fails", Needs: needs, Run: func(t *run.T) {
			c := t.Authenticated("romeo")
			c.Sendf(enable)
			e := c.Read("a failure")
			t.True(e.Name.Local == "failed" || e.Name.Local == "error", "came %.300s", e.Raw)
		}},
		{ID: "0198/enable/twice", Level: run.Must, Text: "enable on a stream that is managed already fails", Needs: needs, Run: func(t *run.T) {
			c := t.At(run.Bound)
			c.Sendf(enable + enable)
			c.Want("<enabled xmlns='" + ns + "'/>")
			e := c.Read("a failure")
			t.True(e.Name.Local == "failed" || e.Name.Local == "error", "came %.300s", e.Raw)
		}},
		{ID: "0198/acking/zero", Level: run.Must, Text: "nothing sent since is acknowledged as zero", Needs: needs, Run: func(t *run.T) {
			c := t.At(run.Bound)
			c.Sendf(enable + r)
			c.Want("<enabled xmlns='" + ns + "'/>")
			ack(t, c, "0")
		}},
		{ID: "0198/acking/counts", Level: run.Must, Text: "every stanza is counted: message, presence and iq", Needs: needs, Run: func(t *run.T) {
			c := t.At(run.Bound)
			c.Sendf(enable)
			c.Want("<enabled xmlns='" + ns + "'/>")
			c.Sendf("<presence/><message to='%s' type='chat'><body>a</body></message><iq type='get' id='x' to='%s'>%s</iq>%s", t.Bare("juliet"), t.Domain(), info, r)
			ack(t, c, "3")
		}},
		{ID: "0198/acking/not-nonzas", Level: run.Must, Text: "what is no stanza is not counted", Needs: needs, Run: func(t *run.T) {
			c := t.At(run.Bound)
			c.Sendf(enable)
			c.Want("<enabled xmlns='" + ns + "'/>")
			c.Sendf(r + "<a xmlns='urn:xmpp:sm:3' h='0'/>" + r)
			ack(t, c, "0")
			ack(t, c, "0")
		}},
		{ID: "0198/acking/before-enable-not-counted", Level: run.Must, Text: "what came before enable is not counted", Needs: needs, Run: func(t *run.T) {
			c := t.At(run.Bound)
			c.Sendf("<presence/>" + enable + r)
			for {
				if e := c.Read("enabled"); e.Name.Local == "enabled" {
					break
				}
			}
			ack(t, c, "0")
		}},
		{ID: "0198/acking/too-high", Level: run.Should, Text: "an acknowledgement of more than was sent ends the stream", Needs: needs, Run: func(t *run.T) {
			c := t.At(run.Bound)
			c.Sendf(enable)
			c.Want("<enabled xmlns='" + ns + "'/>")
			c.Sendf("<a xmlns='urn:xmpp:sm:3' h='99'/>")
			c.WantError("undefined-condition", "policy-violation", "bad-format")
		}},
		{ID: "0198/errors/too-high-condition", Level: run.Should, Text: "and says handled-count-too-high", Needs: needs, Run: func(t *run.T) {
			c := t.At(run.Bound)
			c.Sendf(enable)
			c.Want("<enabled xmlns='" + ns + "'/>")
			c.Sendf("<a xmlns='urn:xmpp:sm:3' h='99'/>")
			e := c.WantError()
			t.True(e.Child(ns, "handled-count-too-high") != nil, "came %.300s", e.Raw)
		}},
	}
}

// ack reads up to an acknowledgement of that count.
func ack(t *run.T, c *run.Raw, h string) {
	for {
		e := c.Read("an acknowledgement")
		if e.Name.Space == ns && e.Name.Local == "a" {
			t.True(e.Attr("h") == h, "h is %q, not %s", e.Attr("h"), h)
			return
		}
	}
}

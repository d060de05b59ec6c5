package rfc6120

import (
	"fmt"
	"strings"

	"causeway/conformance/run"
)

// routing is RFC 6120 §10: order, and where stanzas go.
func routing() []run.Check {
	return []run.Check{
		{ID: "6120/10.1/order", Level: run.Must, Text: "stanzas from one sender to one recipient arrive in the order in which they were sent", Run: func(t *run.T) {
			r, j := t.Login("romeo"), t.Online("juliet")
			const number = 30
			var all strings.Builder
			for i := range number {
				fmt.Fprintf(&all, "<message to='%s' type='chat' id='n%d'><body>%d</body></message>", j.Full, i, i)
			}
			r.Send("%s", all.String())
			for i := range number {
				e := j.Want("<message from='%s'/>", r.Full)
				t.True(e.Attr("id") == fmt.Sprintf("n%d", i), "number %d is %s", i, e.Attr("id"))
			}
		}},
		{ID: "6120/10.1/order-of-answers", Level: run.Must, Text: "requests of one sender to one entity are dealt with in order", Run: func(t *run.T) {
			r := t.At(run.Bound)
			const number = 10
			var all strings.Builder
			for i := range number {
				fmt.Fprintf(&all, "<iq type='get' id='q%d' to='%s'>%s</iq>", i, t.Domain(), info)
			}
			r.Sendf("%s", all.String())
			for i := range number {
				r.Want("<iq id='q%d' type='result'/>", i)
			}
		}},
		{ID: "6120/10.3.3/iq-without-to", Level: run.Must, Text: "a request without an address is answered by the server on behalf of the account", Run: func(t *run.T) {
			c := t.Login("romeo")
			e := c.Get("", "<query xmlns='jabber:iq:roster'/>")
			from := e.Attr("from")
			t.True(from == "" || from == c.Bare, "from is %q", from)
		}},
		{ID: "6120/10.3.3/unknown-without-to", Level: run.Must, Text: "one that the server does not understand gets an error", Run: run.Refuses("get", "", "<query xmlns='urn:example:no-such-thing'/>", "service-unavailable", "feature-not-implemented")},
		{ID: "6120/10.3.1/message-without-to", Level: run.Must, Text: "a message without an address is one to one's own account", Run: func(t *run.T) {
			c := t.Online("romeo")
			c.Send("<message type='chat' id='me'><body>a</body></message>")
			c.Want("<message id='me' from='%s'/>", c.Full)
		}},
		{ID: "6120/10.3.2/presence-without-to", Level: run.Must, Text: "presence without an address is broadcast: one's other resources get it", Run: func(t *run.T) {
			a := t.OnlineAs("romeo", "balcony", 0)
			b := t.OnlineAs("romeo", "garden", 0)
			a.Want("<presence from='%s'/>", b.Full)
		}},
		{ID: "6120/10.4.3/remote-server", Level: run.Must, Text: "a message to a domain that cannot be reached comes back with an error", Run: func(t *run.T) {
			c := t.Login("romeo")
			c.Send("<message to='juliet@no-such-host.invalid' type='chat' id='far'><body>a</body></message>")
			e := c.Want("<message id='far' type='error'/>")
			t.True(strings.HasPrefix(e.Condition(), "remote-server") || e.Condition() == "service-unavailable" || e.Condition() == "not-allowed", "came %.300s", e.Raw)
		}},
		{ID: "6120/10.4.3/remote-server-iq", Level: run.Must, Text: "so does a request", Run: func(t *run.T) {
			c := t.Login("romeo")
			e := c.Ask("get", "no-such-host.invalid", info)
			t.True(strings.HasPrefix(e.Condition(), "remote-server") || e.Condition() == "service-unavailable" || e.Condition() == "not-allowed", "came %.300s", e.Raw)
		}},
		{ID: "6120/10.5.1/mere-domain", Level: run.Must, Text: "the server answers what is sent to the mere domain", Run: run.Answers("get", "{domain}", info, "<query xmlns='http://jabber.org/protocol/disco#info'/>")},
		{ID: "6120/10.5.2/domain-with-resource", Level: run.Must, Text: "a request to the domain with a resource is answered, if only with an error", Run: func(t *run.T) {
			e := t.Login("romeo").Ask("get", t.Domain()+"/echo", info)
			t.True(e.Attr("from") == t.Domain()+"/echo", "from is %q", e.Attr("from"))
		}},
		{ID: "6120/10.5.3.1/no-such-user-iq", Level: run.Must, Text: "a request to somebody who is not there is refused with service-unavailable", Run: run.Refuses("get", "{word}@{domain}", info, "service-unavailable")},
		{ID: "6120/10.5.3.1/no-such-user-message", Level: run.Should, Text: "a message to somebody who is not there is refused with service-unavailable", Run: func(t *run.T) {
			c := t.Login("romeo")
			c.Send("<message to='%s@%s' type='chat' id='lost'><body>a</body></message>", t.Word(), t.Domain())
			e := c.Want("<message id='lost' type='error'/>")
			t.True(e.Condition() == "service-unavailable", "came %.300s", e.Raw)
		}},
		{ID: "6120/10.5.4/full-address", Level: run.Must, Text: "what is sent to a full address arrives at that resource and no other", Run: func(t *run.T) {
			r := t.Login("romeo")
			a, b := t.OnlineAs("juliet", "balcony", 0), t.OnlineAs("juliet", "chamber", 0)
			r.Send("<message to='%s' type='chat' id='one'><body>a</body></message>", a.Full)
			a.Want("<message id='one' to='%s'/>", a.Full)
			t.Settle(r, b)
			for _, e := range b.Kept() {
				t.True(!e.Is("message") || e.Attr("id") != "one", "the other resource got %.300s", e.Raw)
			}
		}},
		{ID: "6120/10.5.4/iq-relayed", Level: run.Must, Text: "a request to a full address is passed on, and the answer comes back", Run: func(t *run.T) {
			r, j := t.Login("romeo"), t.Online("juliet")
			t.Friends(t.Online("romeo"), j)
			r.Send("<iq type='get' id='q1' to='%s'><query xmlns='urn:example:play'/></iq>", j.Full)
			j.Want("<iq type='get' id='q1' from='%s'><query xmlns='urn:example:play'/></iq>", r.Full)
			j.Send("<iq type='result' id='q1' to='%s'><query xmlns='urn:example:play'>yes</query></iq>", r.Full)
			r.Want("<iq type='result' id='q1' from='%s'><query xmlns='urn:example:play'>yes</query></iq>", j.Full)
		}},
	}
}

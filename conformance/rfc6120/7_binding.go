package rfc6120

import (
	"strings"

	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

const bind = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"

// binding is RFC 6120 §7.
func binding() []run.Check {
	return []run.Check{
		{ID: "6120/7.4/advertised", Level: run.Must, Text: "binding is offered once somebody has logged in", Run: func(t *run.T) {
			f := t.Authenticated("romeo").Features
			t.True(f.Child(oracle.NSBind, "bind") != nil, "came %.300s", f.Raw)
		}},
		{ID: "6120/7.4/not-before", Level: run.Must, Text: "binding is not offered before the login", Run: func(t *run.T) {
			f := t.Secured().Features
			t.True(f.Child(oracle.NSSASL, "mechanisms") != nil && f.Child(oracle.NSBind, "bind") == nil, "came %.300s", f.Raw)
		}},
		{ID: "6120/7.6.1/generated", Level: run.Must, Text: "without a wish the server makes up a resource and tells the full address", Run: func(t *run.T) {
			e := t.Authenticated("romeo").Ask("set", "", bind+"</bind>")
			j := e.Find(oracle.NSBind, "jid")
			t.True(e.Attr("type") == "result" && j != nil && strings.HasPrefix(j.Text, t.Bare("romeo")+"/") && len(j.Text) > len(t.Bare("romeo"))+1, "came %.300s", e.Raw)
		}},
		{ID: "6120/7.6.1/unique", Level: run.Must, Text: "made-up resources differ", Run: func(t *run.T) {
			a, b := t.Login("romeo"), t.Login("romeo")
			t.True(a.Full != b.Full, "both are %s", a.Full)
		}},
		{ID: "6120/7.6.1/unpredictable", Level: run.Should, Text: "a made-up resource cannot be guessed", Run: func(t *run.T) {
			_, r, _ := strings.Cut(t.Login("romeo").Full, "/")
			t.True(len(r) >= 8, "the resource is %q", r)
		}},
		{ID: "6120/7.7.1/wished", Level: run.Should, Text: "the resource that a client wishes is the one it gets", Run: func(t *run.T) {
			e := t.Authenticated("romeo").Ask("set", "", bind+"<resource>balcony</resource></bind>")
			j := e.Find(oracle.NSBind, "jid")
			t.True(j != nil && j.Text == t.Bare("romeo")+"/balcony", "came %.300s", e.Raw)
		}},
		{ID: "6120/7.7.1/result-id", Level: run.Must, Text: "the answer to a wish has its id and the type result", Run: func(t *run.T) {
			r := t.Authenticated("romeo")
			r.Sendf("<iq type='set' id='wish1'>%s<resource>balcony</resource></bind></iq>", bind)
			r.Want("<iq type='result' id='wish1'><bind xmlns='" + oracle.NSBind + "'><jid>*</jid></bind></iq>")
		}},
		{ID: "6120/7.7.2.1/bad-resource", Level: run.Must, Text: "a resource that cannot be part of an address is refused, or another one is given", Run: func(t *run.T) {
			e := t.Authenticated("romeo").Ask("set", "", bind+"<resource>"+strings.Repeat("a", 1100)+"</resource></bind>")
			j := e.Find(oracle.NSBind, "jid")
			t.True(e.Condition() == "bad-request" || e.Condition() == "jid-malformed" || e.Condition() == "not-acceptable" || j != nil && len(j.Text) < 1024, "came %.300s", e.Raw)
		}},
		{ID: "6120/7.7.2.2/conflict", Level: run.Must, Text: "two streams never have the same full address at once", Run: func(t *run.T) {
			old := t.LoginAs("romeo", "balcony")
			e := t.Authenticated("romeo").Ask("set", "", bind+"<resource>balcony</resource></bind>")
			j := e.Find(oracle.NSBind, "jid")
			if e.Condition() == "conflict" || j != nil && j.Text != old.Full {
				return
			}
			t.True(j != nil, "came %.300s", e.Raw)
			old.WantError("conflict")
		}},
		{ID: "6120/7.1/before-binding", Level: run.Must, Text: "no stanza of somebody who has bound no resource is served", Run: func(t *run.T) {
			r := t.Authenticated("romeo")
			r.Sendf("<iq type='get' id='x' to='%s'><query xmlns='jabber:iq:roster'/></iq>", t.Bare("romeo"))
			e := r.Read("a refusal")
			t.True(e.Condition() != "", "came %.300s", e.Raw)
		}},
		{ID: "6120/7.1/message-before-binding", Level: run.Must, Text: "nor is a message", Run: func(t *run.T) {
			j := t.Online("juliet")
			r := t.Authenticated("romeo")
			r.Sendf("<message to='%s' type='chat' id='early'><body>a</body></message>", j.Bare)
			if e, err := r.Next(t.Patience); err == nil {
				t.True(e.Condition() != "", "came %.300s", e.Raw)
			}
			j.Sync()
			j.Without("<message id='early'/>")
		}},
		{ID: "6120/7.5/twice", Level: run.Must, Text: "a second binding on a stream is refused", Run: func(t *run.T) {
			r := t.At(run.Bound)
			r.Sendf("<iq type='set' id='second'>%s</bind></iq>", bind)
			e := r.Read("a refusal")
			t.True(e.Condition() != "", "came %.300s", e.Raw)
		}},
		{ID: "6120/7.3.2/no-restart", Level: run.Must, Text: "the stream goes on after binding and is not restarted", Run: func(t *run.T) {
			r := t.At(run.Bound)
			t.True(r.Ask("get", t.Domain(), "<query xmlns='http://jabber.org/protocol/disco#info'/>").Attr("type") == "result", "no result after binding")
		}},
		{ID: "6120/7.6.1/several", Level: run.Must, Text: "several resources of one account are connected at once", Run: func(t *run.T) {
			a, b := t.LoginAs("romeo", "balcony"), t.LoginAs("romeo", "garden")
			a.Get(t.Domain(), "<query xmlns='http://jabber.org/protocol/disco#info'/>")
			b.Get(t.Domain(), "<query xmlns='http://jabber.org/protocol/disco#info'/>")
		}},
	}
}

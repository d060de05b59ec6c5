// Package xep0206 checks XMPP over HTTP binding.
package xep0206

import (
	"fmt"
	"math/rand/v2"

	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

const (
	ns   = "http://jabber.org/protocol/httpbind"
	info = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
)

// begin posts the first body and gives the reply.
func begin(t *run.T) *oracle.Element {
	r, err := t.Poster().Post(t.Context, fmt.Sprintf("<body xmlns='%s' rid='%d' to='%s' wait='2' hold='1' ver='1.6' xml:lang='en' xmlns:xmpp='urn:xmpp:xbosh' xmpp:version='1.0'/>", ns, rand.Int64N(1<<40), t.Domain()))
	if err != nil {
		t.Failf("%v", err)
	}
	t.True(r.Body != nil, "came %d %.300s", r.Status, r.Text)
	return r.Body
}

// Checks gives the checks of XEP-0206.
func Checks() []run.Check {
	needs := []string{"bosh"}
	return []run.Check{
		{ID: "0206/initiate/version", Level: run.Must, Text: "the first reply tells the version of XMPP", Needs: needs, Run: func(t *run.T) {
			b := begin(t)
			for _, a := range b.Attrs {
				if a.Name.Space == oracle.NSBOSH && a.Name.Local == "version" {
					t.True(a.Value == "1.0", "it is %q", a.Value)
					return
				}
			}
			t.Failf("came %.400s", b.Raw)
		}},
		{ID: "0206/initiate/features", Level: run.Must, Text: "the features come in the first replies", Needs: needs, Run: func(t *run.T) {
			r := t.Over("c", "bosh")
			if err := r.Open(t.Domain()); err != nil {
				t.Failf("%v", err)
			}
			t.True(len(r.Mechanisms()) > 0, "no mechanisms: %.300s", r.Features.Raw)
		}},
		{ID: "0206/initiate/no-starttls", Level: run.Must, Text: "STARTTLS is not among them", Needs: needs, Run: func(t *run.T) {
			r := t.Over("c", "bosh")
			if err := r.Open(t.Domain()); err != nil {
				t.Failf("%v", err)
			}
			t.True(r.Features.Child(oracle.NSTLS, "starttls") == nil && len(r.Mechanisms()) > 0, "came %.300s", r.Features.Raw)
		}},
		{ID: "0206/preconditions-sasl/login", Level: run.Must, Text: "somebody logs in, restarts the stream, and binds a resource", Needs: needs, Run: func(t *run.T) {
			a, r := t.Account("romeo"), t.Over("romeo", "bosh")
			if err := r.Open(t.Domain()); err != nil {
				t.Failf("open: %v", err)
			}
			if err := r.Authenticate(a.User, a.Password); err != nil {
				t.Failf("login: %v", err)
			}
			if err := r.Open(t.Domain()); err != nil {
				t.Failf("restart: %v", err)
			}
			t.True(r.Features.Child(oracle.NSBind, "bind") != nil, "came %.300s", r.Features.Raw)
			if _, err := r.Bind(""); err != nil {
				t.Failf("bind: %v", err)
			}
		}},
		{ID: "0206/create/iq", Level: run.Must, Text: "requests are answered", Needs: needs, Run: func(t *run.T) { t.LoginOver("romeo", "bosh").Get(t.Domain(), info) }},
		{ID: "0206/wrapper/namespace", Level: run.Must, Text: "stanzas in a body are in the namespace of clients", Needs: needs, Run: func(t *run.T) {
			e := t.LoginOver("romeo", "bosh").Get(t.Domain(), info)
			t.True(e.Is("iq"), "came %.300s", e.Raw)
		}},
		{ID: "0206/create/message-to-tcp", Level: run.Must, Text: "what was written over BOSH reaches somebody over TCP", Needs: needs, Run: func(t *run.T) {
			r, j := t.LoginOver("romeo", "bosh"), t.Online("juliet")
			r.Send("<message to='%s' id='m1' type='chat'><body>a</body></message>", j.Bare)
			j.Want("<message from='%s' id='m1' type='chat'><body>a</body></message>", r.Full)
		}},
		{ID: "0206/create/message-from-tcp", Level: run.Must, Text: "and the other way round", Needs: needs, Run: func(t *run.T) {
			r, j := t.LoginOver("romeo", "bosh"), t.Login("juliet")
			r.Send("<presence/>")
			r.Sync()
			j.Send("<message to='%s' id='m1' type='chat'><body>a</body><x xmlns='urn:example:x'/></message>", r.Bare)
			r.Want("<message from='%s' id='m1' type='chat'><body>a</body><x xmlns='urn:example:x'/></message>", j.Full)
		}},
		{ID: "0206/create/order", Level: run.Must, Text: "messages come in the order in which they were sent", Needs: needs, Run: func(t *run.T) {
			r, j := t.LoginOver("romeo", "bosh"), t.Login("juliet")
			r.Send("<presence/>")
			r.Sync()
			for i := range 10 {
				j.Send("<message to='%s' id='n%d' type='chat'><body>a</body></message>", r.Full, i)
			}
			for i := range 10 {
				e := r.Want("<message from='%s'/>", j.Full)
				t.True(e.Attr("id") == fmt.Sprintf("n%d", i), "number %d is %s", i, e.Attr("id"))
			}
		}},
		{ID: "0206/preconditions-sasl/failure", Level: run.Must, Text: "a wrong password is refused", Needs: needs, Run: func(t *run.T) {
			a, r := t.Account("romeo"), t.Over("romeo", "bosh")
			if err := r.Open(t.Domain()); err != nil {
				t.Failf("%v", err)
			}
			r.Sendf("%s", oracle.Auth("NO-SUCH-THING", a.User))
			e := r.Read("a failure")
			t.True(e.Find(oracle.NSSASL, "failure") != nil, "came %.300s", e.Raw)
		}},
	}
}

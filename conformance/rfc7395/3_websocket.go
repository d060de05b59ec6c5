// Package rfc7395 checks XMPP over WebSocket.
package rfc7395

import (
	"strings"

	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

const (
	ns   = "urn:ietf:params:xml:ns:xmpp-framing"
	info = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
)

// open gives the element that opens a stream.
func open(domain string) string {
	return "<open xmlns='" + ns + "' to='" + domain + "' version='1.0'/>"
}

// bound logs romeo in and gives the stream.
func bound(t *run.T) *run.Raw {
	a, r := t.Account("romeo"), t.Over("romeo", "websocket")
	if err := r.Open(t.Domain()); err != nil {
		t.Failf("open: %v", err)
	}
	if err := r.Authenticate(a.User, a.Password); err != nil {
		t.Failf("login: %v", err)
	}
	if err := r.Open(t.Domain()); err != nil {
		t.Failf("open again: %v", err)
	}
	if _, err := r.Bind(""); err != nil {
		t.Failf("bind: %v", err)
	}
	return r
}

// Checks gives the checks of RFC 7395.
func Checks() []run.Check {
	needs := []string{"websocket"}
	ends := func(text string, conditions ...string) func(*run.T) {
		return func(t *run.T) {
			r := bound(t)
			r.Sendf("%s", t.Fill(text))
			r.WantError(conditions...)
		}
	}
	broken := []string{"not-well-formed", "bad-format", "invalid-xml", "restricted-xml"}
	return []run.Check{
		{ID: "7395/3.1/subprotocol", Level: run.Must, Text: "the subprotocol xmpp is agreed on", Needs: needs, Run: func(t *run.T) {
			got, err := oracle.Subprotocol(t.Context, t.Target.WebSocket, t.Target.TLS(), t.Patience)
			t.True(err == nil && got == "xmpp", "the subprotocol is %q, %v", got, err)
		}},
		{ID: "7395/3.4/open", Level: run.Must, Text: "open is answered with open in the namespace of framing", Needs: needs, Run: func(t *run.T) {
			r := t.Over("c", "websocket")
			r.Sendf("%s", open(t.Domain()))
			r.Want("<open xmlns='" + ns + "'/>")
		}},
		{ID: "7395/3.4/attributes", Level: run.Must, Text: "it has what the header of a stream has: from, id, version", Needs: needs, Run: func(t *run.T) {
			r := t.Over("c", "websocket")
			r.Sendf("%s", open(t.Domain()))
			r.Want("<open xmlns='"+ns+"' from='%s' id='*' version='1.0'/>", t.Domain())
		}},
		{ID: "7395/3.4/lang", Level: run.Should, Text: "and a language", Needs: needs, Run: func(t *run.T) {
			r := t.Over("c", "websocket")
			r.Sendf("%s", open(t.Domain()))
			t.True(r.Want("<open xmlns='"+ns+"'/>").Lang() != "", "no xml:lang")
		}},
		{ID: "7395/3.3/features", Level: run.Must, Text: "features follow, in a message of their own, with their namespace declared", Needs: needs, Run: func(t *run.T) {
			r := t.Over("c", "websocket")
			r.Sendf("%s", open(t.Domain()))
			r.Want("<open xmlns='" + ns + "'/>")
			r.Want("<features xmlns='" + oracle.NSStream + "'/>")
		}},
		{ID: "7395/3.9/no-starttls", Level: run.Must, Text: "STARTTLS is not offered: the WebSocket has TLS below it", Needs: needs, Run: func(t *run.T) {
			r := t.Over("c", "websocket")
			if err := r.Open(t.Domain()); err != nil {
				t.Failf("%v", err)
			}
			t.True(r.Features.Child(oracle.NSTLS, "starttls") == nil && len(r.Mechanisms()) > 0, "came %.300s", r.Features.Raw)
		}},
		{ID: "7395/3.7/restart", Level: run.Must, Text: "after SASL a new open is answered with a new open", Needs: needs, Run: func(t *run.T) {
			a, r := t.Account("romeo"), t.Over("romeo", "websocket")
			if err := r.Open(t.Domain()); err != nil {
				t.Failf("%v", err)
			}
			first := r.Header.Attr("id")
			if err := r.Authenticate(a.User, a.Password); err != nil {
				t.Failf("%v", err)
			}
			r.Sendf("%s", open(t.Domain()))
			h := r.Want("<open xmlns='" + ns + "' id='*'/>")
			t.True(h.Attr("id") != first, "the id is still %q", first)
		}},
		{ID: "7395/3.3.3/stanza", Level: run.Must, Text: "every stanza is a message of its own, with its namespace declared", Needs: needs, Run: func(t *run.T) {
			r := bound(t)
			e := r.Ask("get", t.Domain(), info)
			t.True(e.Attr("type") == "result" && e.Is("iq"), "came %.300s", e.Raw)
		}},
		{ID: "7395/3.3.3/message-to-tcp", Level: run.Must, Text: "what was written over a WebSocket reaches somebody over TCP", Needs: needs, Run: func(t *run.T) {
			r, j := t.LoginOver("romeo", "websocket"), t.Online("juliet")
			r.Send("<message to='%s' id='m1' type='chat'><body>a</body></message>", j.Bare)
			j.Want("<message from='%s' id='m1' type='chat'><body>a</body></message>", r.Full)
		}},
		{ID: "7395/3.3.3/message-from-tcp", Level: run.Must, Text: "and the other way round", Needs: needs, Run: func(t *run.T) {
			r, j := t.LoginOver("romeo", "websocket"), t.Login("juliet")
			r.Send("<presence/>")
			r.Sync()
			j.Send("<message to='%s' id='m1' type='chat'><body>a</body><x xmlns='urn:example:x'/></message>", r.Bare)
			r.Want("<message from='%s' id='m1' type='chat'><body>a</body><x xmlns='urn:example:x'/></message>", j.Full)
		}},
		{ID: "7395/3.6/close", Level: run.Must, Text: "close is answered with close", Needs: needs, Run: func(t *run.T) {
			r := bound(t)
			r.Sendf("<close xmlns='%s'/>", ns)
			r.WantClosed()
		}},
		{ID: "7395/3.6/close-before-login", Level: run.Must, Text: "also before the login", Needs: needs, Run: func(t *run.T) {
			r := t.Over("c", "websocket")
			if err := r.Open(t.Domain()); err != nil {
				t.Failf("%v", err)
			}
			r.Sendf("<close xmlns='%s'/>", ns)
			r.WantClosed()
		}},
		{ID: "7395/3.6/unavailable", Level: run.Must, Text: "a stream that is closed makes its resource unavailable", Needs: needs, Run: func(t *run.T) {
			a, r := t.OnlineAs("romeo", "balcony", 0), t.LoginOver("romeo", "websocket")
			r.Send("<presence/>")
			a.Want("<presence from='%s' type='!'/>", r.Full)
			r.Send("<close xmlns='%s'/>", ns)
			a.Want("<presence from='%s' type='unavailable'/>", r.Full)
		}},
		{ID: "7395/3.6.1/broken", Level: run.Must, Text: "so does a WebSocket that ends without a word", Needs: needs, Run: func(t *run.T) {
			a, r := t.OnlineAs("romeo", "balcony", 0), t.LoginOver("romeo", "websocket")
			r.Send("<presence/>")
			a.Want("<presence from='%s' type='!'/>", r.Full)
			r.Leave()
			a.Want("<presence from='%s' type='unavailable'/>", r.Full)
		}},
		{ID: "7395/3.4/host-unknown", Level: run.Must, Text: "a domain that is not served ends with host-unknown", Needs: needs, Run: func(t *run.T) {
			r := t.Over("c", "websocket")
			r.Sendf("%s", open("no-such-host.example"))
			r.WantError("host-unknown", "improper-addressing")
		}},
		{ID: "7395/3.3/not-well-formed", Level: run.Must, Text: "a frame that is not well-formed ends the stream", Needs: needs, Run: ends("<message><body></message>", broken...)},
		{ID: "7395/3.3/partial", Level: run.Should, Text: "a frame that is only a part of an element ends the stream", Needs: needs, Run: ends("<message><body>", broken...)},
		{ID: "7395/3.3/two-elements", Level: run.Should, Text: "a frame of two elements ends the stream", Needs: needs, Run: ends("<presence xmlns='jabber:client'/><presence xmlns='jabber:client'/>", broken...)},
		{ID: "7395/3.2/binary", Level: run.Should, Text: "a binary message is not taken for a stanza", Needs: needs, Run: func(t *run.T) {
			r := bound(t)
			if err := r.SendBinary([]byte("<iq xmlns='jabber:client' type='get' id='bin' to='" + t.Domain() + "'>" + info + "</iq>")); err != nil {
				return
			}
			r.Sendf("<iq xmlns='jabber:client' type='get' id='text' to='%s'>%s</iq>", t.Domain(), info)
			for {
				e, err := r.Next(t.Patience)
				if err != nil || e.Attr("id") == "text" {
					t.True(err == nil || run.Gone(err), "silence")
					return
				}
				t.True(e.Attr("id") != "bin", "it is answered: %.200s", e.Raw)
			}
		}},
		{ID: "7395/3.5/stream-error", Level: run.Must, Text: "a stream error is an element of its own in the namespace of streams", Needs: needs, Run: func(t *run.T) {
			r := bound(t)
			r.Sendf("<message><body></message>")
			for {
				e := r.Read("a stream error")
				if e.Name.Local == "error" {
					t.True(e.Name.Space == oracle.NSStream && strings.Contains(e.Raw, oracle.NSStream), "came %.300s", e.Raw)
					return
				}
			}
		}},
		{ID: "7395/4/stream-management", Level: run.Must, Text: "stream management works as over TCP", Needs: append(needs, "stream:urn:xmpp:sm:3"), Run: func(t *run.T) {
			r := bound(t)
			r.Sendf("<enable xmlns='urn:xmpp:sm:3'/>")
			r.Want("<enabled xmlns='urn:xmpp:sm:3'/>")
			r.Sendf("<r xmlns='urn:xmpp:sm:3'/>")
			for {
				if e := r.Read("an acknowledgement"); e.Name.Local == "a" {
					t.True(e.Attr("h") == "0", "h is %q", e.Attr("h"))
					return
				}
			}
		}},
	}
}

package badinput

import "strings"

const (
	ping  = "<ping xmlns='urn:xmpp:ping'/>"
	soft  = "<body>Soft!</body>"
	self  = "romeo@" + domain + "/orchard"
	party = "juliet@" + domain
)

// stanzaCases are stanzas that cannot be routed (RFC 6120 §8.3.3, RFC 6121 §8).
func stanzaCases() []bad {
	list := []bad{
		{name: "RFC 6120 §8.2.3 bad-request: an iq without an id", send: "<iq type='get'>" + ping + "</iq>", want: []string{"<iq type='error'><error type='modify'><bad-request xmlns='" + nsStanzas + "'/></error></iq>"}},
		{name: "RFC 6120 §8.2.3 bad-request: an iq without a type", send: "<iq id='x'>" + ping + "</iq>", want: refused("modify", "bad-request")},
		{name: "RFC 6120 §8.2.3 bad-request: an iq of an unknown type", send: iq("beg", "", ping), want: refused("modify", "bad-request")},
		{name: "RFC 6120 §8.2.3 bad-request: a request with two payloads", send: iq("get", "", ping+ping), want: refused("modify", "bad-request")},
		{name: "RFC 6120 §8.2.3 bad-request: a request without a payload", send: iq("set", "", ""), want: refused("modify", "bad-request")},
		{name: "RFC 6120 §8.2.3 bad-request: the same to somebody else", send: iq("get", party+"/balcony", ""), want: refused("modify", "bad-request")},
		{name: "RFC 6120 §8.3.3.19 service-unavailable: a payload that nobody knows, to the server", send: iq("get", domain, "<prologue xmlns='urn:x'/>"), want: refused("cancel", "service-unavailable")},
		{name: "RFC 6121 §8.5.1 service-unavailable: the same to an account", send: iq("get", party, "<prologue xmlns='urn:x'/>"), want: refused("cancel", "service-unavailable")},
		{name: "RFC 6121 §8.5.3.2.3 service-unavailable: a request to a resource that is not there", send: iq("get", party+"/tomb", ping), want: refused("cancel", "service-unavailable")},
		{name: "RFC 6121 §8.5.1 service-unavailable: a request to nobody", send: iq("get", "rosaline@"+domain, ping), want: refused("cancel", "service-unavailable")},
		{name: "RFC 6120 §8.2.3: the answer to nothing is not answered", send: iq("result", "", "") + iq("error", party+"/balcony-2", "")},
		{name: "RFC 6120 §8.3.3.8 jid-malformed: an iq", send: iq("get", "@"+domain, ping), want: refused("modify", "jid-malformed")},
		{name: "RFC 6120 §8.3.3.8 jid-malformed: an iq, and no payload", send: iq("get", "a b@"+domain, ""), want: refused("modify", "jid-malformed")},
		{name: "RFC 6120 §8.3.3.8 jid-malformed: a message", send: "<message id='x' to='juliet@" + domain + "/'>" + soft + "</message>", want: stanzaError("message", "modify", "jid-malformed")},
		{name: "RFC 6120 §8.3.3.8 jid-malformed: a presence", send: "<presence id='x' to='a@b@c'/>", want: stanzaError("presence", "modify", "jid-malformed")},
		{name: "RFC 7622 §3.3 jid-malformed: a local part of 1024 bytes", send: "<message id='x' to='" + strings.Repeat("j", 1024) + "@" + domain + "'>" + soft + "</message>", want: stanzaError("message", "modify", "jid-malformed")},
		{name: "RFC 7622 §3.3.1 jid-malformed: a local part with <", send: "<message id='x' to='&lt;@" + domain + "'>" + soft + "</message>", want: stanzaError("message", "modify", "jid-malformed")},
		{name: "RFC 6120 §8.3.1: an error with a bad address is not answered", send: "<message type='error' id='x' to='@@'>" + soft + "</message>"},
		{name: "RFC 6120 §8.3.1: an error to nobody is not answered", send: "<message type='error' id='x' to='rosaline@" + domain + "'>" + soft + "</message><presence type='error' id='x' to='rosaline@" + domain + "'/>"},
		{name: "RFC 6121 §8.5.1 service-unavailable: a message to nobody", send: "<message id='x' to='rosaline@" + domain + "'>" + soft + "</message>", want: stanzaError("message", "cancel", "service-unavailable")},
		{name: "RFC 6121 §8.5.2.1.1 service-unavailable: a groupchat to one person", send: "<message id='x' type='groupchat' to='" + party + "'>" + soft + "</message>", want: stanzaError("message", "cancel", "service-unavailable")},
		{name: "RFC 6120 §10.4 remote-server-not-found: a message", send: "<message id='x' to='benvolio@montague.lit'>" + soft + "</message>", want: stanzaError("message", "cancel", "remote-server-not-found")},
		{name: "RFC 6120 §10.4 remote-server-not-found: a request", send: iq("get", "montague.lit", ping), want: refused("cancel", "remote-server-not-found")},
		{name: "RFC 6121 §4.7.1 bad-request: presence of an unknown type", send: "<presence id='x' type='asleep'/>", want: stanzaError("presence", "modify", "bad-request")},
		{name: "RFC 6121 §4.7.2.3 bad-request: a priority that is no number", send: "<presence id='x'><priority>high</priority></presence>", want: stanzaError("presence", "modify", "bad-request")},
		{name: "RFC 6121 §4.7.2.3 bad-request: a priority of 500", send: "<presence id='x'><priority>500</priority></presence>", want: stanzaError("presence", "modify", "bad-request")},
		{name: "RFC 6121 §4.7.2.3 bad-request: two priorities", send: "<presence id='x'><priority>1</priority><priority>2</priority></presence>", want: stanzaError("presence", "modify", "bad-request")},
		{name: "RFC 6121 §3.1.1 bad-request: a subscription to nobody in particular", send: "<presence id='x' type='subscribe'/>", want: stanzaError("presence", "modify", "bad-request")},
		{name: "RFC 6121 §4.3: a probe by a client is none", send: "<presence id='x' type='probe' to='rosaline@" + domain + "'/>"},
		{name: "RFC 6121 §5.2.2: a message of an unknown type is a normal one", send: "<message id='x' type='shout' to='" + self + "'>" + soft + "</message>", want: []string{"<message id='x' from='" + self + "'>" + soft + "</message>"}},
		{name: "RFC 6121 §8.5.2: a message without anything", send: "<message/>"},
	}
	for _, forged := range []struct{ name, from string }{
		{"of another person", party + "/balcony"},
		{"of another resource of one's own", "romeo@" + domain + "/street"},
		{"of the server", domain},
		{"of another host", "romeo@montague.lit/orchard"},
		{"that is no address", "@@"},
		{"that is empty", ""},
	} {
		list = append(list, bad{
			name: "RFC 6120 §4.9.3.9 invalid-from: an address " + forged.name,
			send: "<message id='x' to='" + party + "' from='" + forged.from + "'>" + soft + "</message>", want: streamError("invalid-from"), ends: true,
		})
	}
	for i := range list {
		list[i].at = bound
	}
	return list
}

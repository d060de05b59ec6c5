package badinput

import (
	"strings"

	"causeway/conformance/wire"
)

func bind(resource string) string {
	return "<bind xmlns='" + wire.NSBind + "'><resource>" + resource + "</resource></bind>"
}

// bindCases are about what comes between the login and the resource (RFC 6120 §7).
func bindCases() []bad {
	return []bad{
		{name: "RFC 6120 §7.7.2.1 bad-request: a resource of 1024 bytes", at: known, send: iq("set", "", bind(strings.Repeat("r", 1024))), want: refused("modify", "bad-request")},
		{name: "RFC 6120 §7.7.2.1 bad-request: a resource of control characters", at: known, send: iq("set", "", bind("a&#x9;b")), want: refused("modify", "bad-request")},
		{name: "RFC 6120 §7.7.2.1 bad-request: a resource of characters not assigned", at: known, send: iq("set", "", bind("&#xFFFF0;")), want: refused("modify", "bad-request")},
		{name: "RFC 6120 §8.2.3 bad-request: binding is a set", at: known, send: iq("get", "", bind("orchard")), want: refused("modify", "bad-request")},
		{name: "RFC 6120 §8.2.3 bad-request: no id", at: known, send: "<iq type='set'>" + bind("orchard") + "</iq>", want: []string{"<iq type='error'><error type='modify'><bad-request xmlns='" + nsStanzas + "'/></error></iq>"}},
		{name: "RFC 6120 §8.2.3 bad-request: two payloads", at: known, send: iq("set", "", bind("a")+bind("b")), want: refused("modify", "bad-request")},
		{name: "RFC 6120 §7.1 not-authorized: a message before the resource", at: known, send: "<message to='juliet@" + domain + "'><body>Soft!</body></message>", want: streamError("not-authorized"), ends: true},
		{name: "RFC 6120 §7.1 not-authorized: presence before the resource", at: known, send: "<presence/>", want: streamError("not-authorized"), ends: true},
		{name: "RFC 6120 §7.1 not-authorized: another request before the resource", at: known, send: iq("get", "", "<query xmlns='jabber:iq:roster'/>"), want: streamError("not-authorized"), ends: true},
		{name: "RFC 6120 §7.1 not-authorized: bind of another namespace", at: known, send: iq("set", "", "<bind xmlns='urn:x'/>"), want: streamError("not-authorized"), ends: true},
		{name: "RFC 6120 §7.6 not-allowed: a second resource", at: bound, send: iq("set", "", bind("street")), want: refused("cancel", "not-allowed")},
		{
			name: "RFC 6120 §4.7.2 host-unknown: another host after the login", at: secured, send: auth("PLAIN", "\x00romeo\x00pencil") + wire.Header("montague.lit"),
			want: append([]string{"<success xmlns='" + wire.NSSASL + "'/>", "<stream:stream id='*'>"}, streamError("host-unknown")...), ends: true,
		},
	}
}

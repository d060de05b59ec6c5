package badinput

import (
	"encoding/base64"
	"strings"

	"causeway/conformance/wire"
)

func auth(mechanism, message string) string {
	return "<auth xmlns='" + wire.NSSASL + "' mechanism='" + mechanism + "'>" + base64.StdEncoding.EncodeToString([]byte(message)) + "</auth>"
}

func response(message string) string {
	return "<response xmlns='" + wire.NSSASL + "'>" + base64.StdEncoding.EncodeToString([]byte(message)) + "</response>"
}

// saslCases are logins that fail (RFC 6120 §6.5). After each the client may try
// again, and then succeeds.
func saslCases() []bad {
	const (
		abort   = "<abort xmlns='" + wire.NSSASL + "'/>"
		first   = "n,,n=tybalt,r=fyko+d2lbbFgONRv9qkxdawL"
		element = "<auth xmlns='" + wire.NSSASL + "' mechanism='PLAIN'>"
	)
	challenged := func(condition string) []string {
		return append([]string{"<challenge xmlns='" + wire.NSSASL + "'>*</challenge>"}, loginError(condition)...)
	}
	list := []bad{
		{name: "RFC 6120 §6.5.7 invalid-mechanism: unknown", send: auth("FLYING-NIGHTINGALE", "x"), want: loginError("invalid-mechanism")},
		{name: "RFC 6120 §6.5.7 invalid-mechanism: not offered", send: auth("EXTERNAL", "="), want: loginError("invalid-mechanism")},
		{name: "RFC 6120 §6.5.7 invalid-mechanism: anonymous where nobody is", send: auth("ANONYMOUS", "x"), want: loginError("invalid-mechanism")},
		{name: "RFC 6120 §6.5.7 invalid-mechanism: in small letters", send: auth("plain", "\x00romeo\x00pencil"), want: loginError("invalid-mechanism")},
		{name: "RFC 6120 §6.5.7 invalid-mechanism: none named", send: "<auth xmlns='" + wire.NSSASL + "'/>", want: loginError("invalid-mechanism")},
		{name: "RFC 6120 §6.5.5 incorrect-encoding: no base64", send: element + "!!!</auth>", want: loginError("incorrect-encoding")},
		{name: "RFC 6120 §6.5.5 incorrect-encoding: base64 without its padding", send: element + "AHJvbWVvAHBlbmNpbA</auth>", want: loginError("incorrect-encoding")},
		{name: "RFC 6120 §6.5.5 incorrect-encoding: base64 in lines", send: element + "AHJvbWVv\nAHBlbmNpbA==</auth>", want: loginError("incorrect-encoding")},
		{name: "RFC 6120 §6.5.5 incorrect-encoding: = inside", send: element + "AHJ=bWVvAHBlbmNpbA==</auth>", want: loginError("incorrect-encoding")},
		{name: "RFC 6120 §6.5.5 incorrect-encoding: in a response", send: auth("SCRAM-SHA-1", first) + "<response xmlns='" + wire.NSSASL + "'>%</response>", want: challenged("incorrect-encoding")},
		{name: "RFC 6120 §6.5.1 aborted", send: auth("SCRAM-SHA-256", first) + abort, want: challenged("aborted")},
		{name: "RFC 6120 §6.5.8 malformed-request: a response to nothing", send: response("x"), want: loginError("malformed-request")},
		{name: "RFC 6120 §6.5.8 malformed-request: the exchange begun twice", send: auth("SCRAM-SHA-1", first) + auth("PLAIN", "\x00romeo\x00pencil"), want: challenged("malformed-request")},
		{name: "RFC 6120 §6.5.10 not-authorized: a wrong password", send: auth("PLAIN", "\x00tybalt\x00rapier"), want: loginError("not-authorized")},
		{name: "RFC 6120 §6.5.10 not-authorized: nobody of that name", send: auth("PLAIN", "\x00rosaline\x00rapier"), want: loginError("not-authorized")},
		{name: "RFC 6120 §6.5.10 not-authorized: a password with characters that none has", send: auth("PLAIN", "\x00tybalt\x00\x07"), want: loginError("not-authorized")},
		{name: "RFC 6120 §6.5.6 invalid-authzid: as somebody else", send: auth("PLAIN", "juliet@"+domain+"\x00romeo\x00pencil"), want: loginError("invalid-authzid")},
		{name: "RFC 6120 §6.5.6 invalid-authzid: no address", send: auth("PLAIN", "@@\x00romeo\x00pencil"), want: loginError("invalid-authzid")},
		{name: "RFC 4616 §2 malformed-request: one NUL", send: auth("PLAIN", "romeo\x00pencil"), want: loginError("malformed-request")},
		{name: "RFC 4616 §2 malformed-request: three NULs", send: auth("PLAIN", "\x00romeo\x00pencil\x00"), want: loginError("malformed-request")},
		{name: "RFC 4616 §2 malformed-request: no name", send: auth("PLAIN", "\x00\x00pencil"), want: loginError("malformed-request")},
		{name: "RFC 4616 §2 malformed-request: no password", send: auth("PLAIN", "\x00romeo\x00"), want: loginError("malformed-request")},
		{name: "RFC 4616 §2 malformed-request: not UTF-8", send: auth("PLAIN", "\x00rom\xffeo\x00pencil"), want: loginError("malformed-request")},
		{name: "RFC 5802 §7 malformed-request: no SCRAM at all", send: auth("SCRAM-SHA-1", "Hello!"), want: loginError("malformed-request")},
		{name: "RFC 5802 §5.1 malformed-request: no nonce", send: auth("SCRAM-SHA-1", "n,,n=tybalt"), want: loginError("malformed-request")},
		{name: "RFC 5802 §5.1 malformed-request: a bad escape in the name", send: auth("SCRAM-SHA-1", "n,,n=ty=balt,r=abc"), want: loginError("malformed-request")},
		{name: "RFC 5802 §5.1 malformed-request: a mandatory extension", send: auth("SCRAM-SHA-1", "n,,m=x,n=tybalt,r=abc"), want: loginError("malformed-request")},
		{name: "RFC 5802 §6 not-authorized: channel binding stripped", send: auth("SCRAM-SHA-1", "y,,n=tybalt,r=abc"), want: loginError("not-authorized")},
		{name: "RFC 5802 §6 malformed-request: -PLUS without a binding", send: auth("SCRAM-SHA-1-PLUS", first), want: loginError("malformed-request")},
		{name: "RFC 5802 §7 malformed-request: the nonce of another exchange", send: auth("SCRAM-SHA-1", first) + response("c=biws,r=another,p="+strings.Repeat("A", 27)+"="), want: challenged("malformed-request")},
		{name: "RFC 5802 §7 malformed-request: no proof", send: auth("SCRAM-SHA-1", first) + response("c=biws,r=another"), want: challenged("malformed-request")},
		{
			name: "RFC 6120 §4.9.3.12 not-authorized: a message in the middle of the login", ends: true,
			send: auth("SCRAM-SHA-1", first) + "<message/>", want: append([]string{"<challenge xmlns='" + wire.NSSASL + "'/>"}, streamError("not-authorized")...),
		},
		{
			name: "RFC 6120 §4.9.3.14 policy-violation: an endless name", ends: true,
			send: auth("PLAIN", "\x00"+strings.Repeat("r", 30_000)+"\x00pencil"), want: streamError("policy-violation"),
		},
		{
			name: "RFC 6120 §6.4.5 policy-violation: too many tries", ends: true,
			send: strings.Repeat(auth("PLAIN", "\x00sampson\x00quarrel"), 5), want: append(repeat(loginError("not-authorized"), 5), streamError("policy-violation")...),
		},
		{
			name: "RFC 6120 §4.9.3.12 not-authorized: an iq before the login", ends: true,
			send: iq("get", "", "<query xmlns='jabber:iq:roster'/>"), want: streamError("not-authorized"),
		},
	}
	for i := range list {
		list[i].at = secured
	}
	return append(list,
		bad{name: "RFC 6120 §6.4.6 policy-violation: the login once more", at: known, send: auth("PLAIN", "\x00juliet\x00pencil"), want: streamError("policy-violation"), ends: true},
		bad{name: "RFC 6120 §4.9.3.24 unsupported-stanza-type: the login once more, with a resource", at: bound, send: auth("PLAIN", "\x00juliet\x00pencil"), want: streamError("unsupported-stanza-type"), ends: true})
}

func repeat(patterns []string, n int) []string {
	var list []string
	for range n {
		list = append(list, patterns...)
	}
	return list
}

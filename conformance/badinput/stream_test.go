package badinput

import (
	"strings"

	"causeway/conformance/wire"
)

const (
	toUs   = " to='" + domain + "'"
	client = " xmlns='jabber:client'"
	prefix = " xmlns:stream='http://etherx.jabber.org/streams'"
	v1     = " version='1.0'"
)

// streamCases are about the opening tag and what comes in its place (RFC 6120 §4.7, §4.8).
func streamCases() []bad {
	list := []bad{
		{name: "RFC 6120 §4.9.3.10 invalid-namespace: stream namespace", send: "<stream:stream" + toUs + client + " xmlns:stream='urn:x'" + v1 + ">", want: streamError("invalid-namespace")},
		{name: "RFC 6120 §4.9.3.10 invalid-namespace: content namespace", send: "<stream:stream" + toUs + " xmlns='urn:x'" + prefix + v1 + ">", want: streamError("invalid-namespace")},
		{name: "RFC 6120 §4.8.3 invalid-namespace: that of servers", send: "<stream:stream" + toUs + " xmlns='jabber:server'" + prefix + v1 + ">", want: streamError("invalid-namespace")},
		{name: "RFC 6120 §4.9.3.10 invalid-namespace: no content namespace", send: "<stream:stream" + toUs + prefix + v1 + ">", want: streamError("invalid-namespace")},
		{name: "RFC 6120 §4.9.3.2 bad-namespace-prefix: none on the stream", send: "<stream xmlns='http://etherx.jabber.org/streams'" + toUs + v1 + ">", want: streamError("bad-namespace-prefix")},
		{name: "RFC 6120 §4.9.3.2 bad-namespace-prefix: not declared", send: "<stream:stream" + toUs + client + v1 + ">", want: streamError("bad-namespace-prefix")},
		{name: "RFC 6120 §4.9.3.1 bad-format: another root", send: "<stream:features" + toUs + client + prefix + v1 + ">", want: streamError("bad-format")},
		{name: "RFC 6120 §4.9.3.1 bad-format: an empty stream", send: "<stream:stream" + toUs + client + prefix + v1 + "/>", want: streamError("bad-format")},
		{name: "RFC 6120 §4.7.2 host-unknown: no to", send: "<stream:stream" + client + prefix + v1 + ">", want: streamError("host-unknown")},
		{name: "RFC 6120 §4.9.3.6 host-unknown: somebody else's host", send: wire.Header("montague.lit"), want: streamError("host-unknown")},
		{name: "RFC 6120 §4.9.3.6 host-unknown: no address", send: wire.Header("@@"), want: streamError("host-unknown")},
		{name: "RFC 6120 §4.9.3.6 host-unknown: a person", send: wire.Header("juliet@" + domain), want: streamError("host-unknown")},
		{name: "RFC 6120 §4.9.3.25 unsupported-version: none", send: "<stream:stream" + toUs + client + prefix + ">", want: streamError("unsupported-version")},
		{name: "RFC 6120 §4.9.3.25 unsupported-version: 0.9", send: "<stream:stream" + toUs + client + prefix + " version='0.9'>", want: streamError("unsupported-version")},
		{name: "RFC 6120 §4.9.3.25 unsupported-version: no number", send: "<stream:stream" + toUs + client + prefix + " version='one'>", want: streamError("unsupported-version")},
		{name: "RFC 6120 §4.9.3.18 restricted-xml: DTD before the stream", send: "<?xml version='1.0'?><!DOCTYPE stream>" + wire.Header(domain), want: streamError("restricted-xml")},
		{name: "RFC 6120 §4.9.3.18 restricted-xml: entities in a DTD", send: "<!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'>]>" + wire.Header(domain), want: streamError("restricted-xml")},
		{name: "RFC 6120 §4.9.3.18 restricted-xml: comment before the stream", send: "<!-- soft! -->" + wire.Header(domain), want: streamError("restricted-xml")},
		{name: "RFC 6120 §4.9.3.18 restricted-xml: processing instruction before the stream", send: "<?xml-stylesheet href='x'?>" + wire.Header(domain), want: streamError("restricted-xml")},
		{name: "RFC 6120 §4.9.3.22 unsupported-encoding: declared", send: "<?xml version='1.0' encoding='ISO-8859-1'?>", want: streamError("unsupported-encoding")},
		{name: "RFC 6120 §11.6 unsupported-encoding: UTF-16, big-endian", send: utf16(wire.Header(domain), true), want: streamError("unsupported-encoding")},
		{name: "RFC 6120 §11.6 unsupported-encoding: UTF-16, little-endian", send: utf16(wire.Header(domain), false), want: streamError("unsupported-encoding")},
		{name: "RFC 6120 §4.9.3.13 not-well-formed: an XML declaration without an end", send: "<?xml version='1.0'" + strings.Repeat(" ", 400), want: streamError("not-well-formed")},
		{name: "RFC 6120 §4.9.3.13 not-well-formed: HTTP", send: "GET / HTTP/1.1\r\nHost: " + domain + "\r\n\r\n", want: streamError("not-well-formed")},
		{name: "RFC 6120 §4.9.3.13 not-well-formed: TLS where it is not due", send: "\x16\x03\x01\x00\xf4\x01\x00\x00\xf0\x03\x03", want: streamError("not-well-formed")},
		{name: "RFC 6120 §4.9.3.13 not-well-formed: an end before the beginning", send: "</stream:stream>", want: streamError("not-well-formed")},
		{name: "RFC 6120 §4.9.3.13 not-well-formed: an attribute twice", send: "<stream:stream" + toUs + toUs + client + prefix + v1 + ">", want: streamError("not-well-formed")},
		{name: "RFC 6120 §4.9.3.13 not-well-formed: xml bound to another namespace", send: "<stream:stream" + toUs + client + prefix + v1 + " xmlns:xml='urn:x'>", want: streamError("not-well-formed")},
		{name: "RFC 6120 §4.9.3.14 policy-violation: an endless opening tag", send: "<stream:stream" + client + " to='" + strings.Repeat("a", 40_000), want: streamError("policy-violation")},
		{name: "RFC 6120 §4.9.3.14 policy-violation: white space without an end", send: "<?xml version='1.0'?>" + strings.Repeat("\n", 40_000), want: streamError("policy-violation")},
		{name: "RFC 6120 §4.9.3.14 policy-violation: 100 attributes", send: "<stream:stream" + toUs + client + prefix + v1 + attributes(100) + ">", want: streamError("policy-violation")},
	}
	for i := range list {
		list[i].ends = true
	}
	return append(list,
		bad{name: "RFC 6120 §4.4: closed at once", at: clear, send: "</stream:stream>", ends: true},
		bad{name: "RFC 6120 §4.4: closed, and then a second root", at: bound, send: "</stream:stream>" + wire.Header(domain) + "<presence/>", ends: true},
		// Not bad, only unusual.
		bad{name: "RFC 6120 §4.8.5: another prefix is allowed", send: "<s:stream" + toUs + client + " xmlns:s='http://etherx.jabber.org/streams'" + v1 + ">"},
		bad{name: "RFC 6120 §4.7.5: a higher version is answered with ours", send: "<stream:stream" + toUs + client + prefix + " version='11.0'>"},
		bad{name: "RFC 6120 §4.7.1: somebody else in from proves nothing", send: "<stream:stream from='juliet@" + domain + "'" + toUs + client + prefix + v1 + ">"},
	)
}

// utf16 is ASCII text in UTF-16 with a byte order mark.
func utf16(text string, bigEndian bool) string {
	if bigEndian {
		return "\xfe\xff\x00" + strings.Join(strings.Split(text, ""), "\x00")
	}
	return "\xff\xfe" + strings.Join(strings.Split(text, ""), "\x00") + "\x00"
}

// attributes gives n different ones.
func attributes(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(" a" + strings.Repeat("b", i) + "='x'")
	}
	return b.String()
}

package badinput

import (
	"strings"

	"causeway/conformance/wire"
)

// xmlCases are faults of XML that are the same wherever they stand: each is sent
// before the login, in the clear, and by somebody who is logged in.
func xmlCases() []bad {
	var list []bad
	for _, f := range []struct{ name, condition, send string }{
		{"RFC 6120 §4.9.3.13 not-well-formed: tags that do not match", "not-well-formed", "<message><body>x</subject></message>"},
		{"RFC 6120 §4.9.3.13 not-well-formed: the end of nothing", "not-well-formed", "</message>"},
		{"RFC 6120 §4.9.3.13 not-well-formed: the end of another stream", "not-well-formed", "</stream:streams>"},
		{"RFC 6120 §4.9.3.13 not-well-formed: a value without quotes", "not-well-formed", "<message id=x/>"},
		{"RFC 6120 §4.9.3.13 not-well-formed: an attribute without a value", "not-well-formed", "<message id/>"},
		{"RFC 6120 §4.9.3.13 not-well-formed: < in a value", "not-well-formed", "<message id='<'/>"},
		{"RFC 6120 §4.9.3.13 not-well-formed: no space between attributes", "not-well-formed", "<message id='x'type='chat'/>"},
		{"RFC 6120 §4.9.3.13 not-well-formed: an attribute twice", "not-well-formed", "<message id='x' id='y'/>"},
		{"RFC 6120 §4.9.3.13 not-well-formed: an attribute twice by its expanded name", "not-well-formed", "<message xmlns:a='urn:x' xmlns:b='urn:x' a:n='1' b:n='2'/>"},
		{"RFC 6120 §4.9.3.13 not-well-formed: a name that begins with a digit", "not-well-formed", "<1message/>"},
		{"RFC 6120 §4.9.3.13 not-well-formed: a name with two colons", "not-well-formed", "<a:b:c xmlns:a='urn:x'/>"},
		{"RFC 6120 §4.9.3.13 not-well-formed: space before a name", "not-well-formed", "< message/>"},
		{"RFC 6120 §4.9.3.13 not-well-formed: space inside />", "not-well-formed", "<message / >"},
		{"RFC 6120 §4.9.3.13 not-well-formed: a bare &", "not-well-formed", "<message><body>Capulets & Montagues</body></message>"},
		{"RFC 6120 §4.9.3.13 not-well-formed: ]]> in text", "not-well-formed", "<message><body>]]></body></message>"},
		{"RFC 6120 §4.9.3.13 not-well-formed: a control character", "not-well-formed", "<message><body>\x01</body></message>"},
		{"RFC 6120 §4.9.3.13 not-well-formed: NUL", "not-well-formed", "<message><body>\x00</body></message>"},
		{"RFC 6120 §4.9.3.13 not-well-formed: U+FFFE", "not-well-formed", "<message><body>\xef\xbf\xbe</body></message>"},
		{"RFC 6120 §4.9.3.13 not-well-formed: a reference to NUL", "not-well-formed", "<message><body>&#0;</body></message>"},
		{"RFC 6120 §4.9.3.13 not-well-formed: a reference to a surrogate", "not-well-formed", "<message><body>&#xD800;</body></message>"},
		{"RFC 6120 §4.9.3.13 not-well-formed: a reference beyond Unicode", "not-well-formed", "<message><body>&#x110000;</body></message>"},
		{"RFC 6120 §4.9.3.13 not-well-formed: a reference without an end", "not-well-formed", "<message><body>&#x41</body></message>"},
		{"RFC 6120 §4.9.3.13 not-well-formed: an element with an undeclared prefix", "not-well-formed", "<x:message/>"},
		{"RFC 6120 §4.9.3.13 not-well-formed: an attribute with an undeclared prefix", "not-well-formed", "<message x:id='y'/>"},
		{"RFC 6120 §4.9.3.13 not-well-formed: a prefix out of scope", "not-well-formed", "<message><a xmlns:p='urn:x'/><p:b/></message>"},
		{"RFC 6120 §4.9.3.13 not-well-formed: xml bound to another namespace", "not-well-formed", "<message xmlns:xml='urn:x'/>"},
		{"RFC 6120 §4.9.3.13 not-well-formed: another prefix for that of xml", "not-well-formed", "<message xmlns:p='http://www.w3.org/XML/1998/namespace'/>"},
		{"RFC 6120 §4.9.3.13 not-well-formed: xmlns declared", "not-well-formed", "<message xmlns:xmlns='urn:x'/>"},
		{"RFC 6120 §4.9.3.13 not-well-formed: a prefix that is declared away", "not-well-formed", "<message xmlns:p=''/>"},
		{"RFC 6120 §4.9.3.13 not-well-formed: <![CDATA[ between stanzas", "not-well-formed", "<![CDATA[x]]>"},
		{"RFC 6120 §4.9.3.18 restricted-xml: a comment", "restricted-xml", "<message><!-- soft! --></message>"},
		{"RFC 6120 §4.9.3.18 restricted-xml: a comment between stanzas", "restricted-xml", "<!-- soft! --><message/>"},
		{"RFC 6120 §4.9.3.18 restricted-xml: a processing instruction", "restricted-xml", "<message><?php exit ?></message>"},
		{"RFC 6120 §4.9.3.18 restricted-xml: a processing instruction between stanzas", "restricted-xml", "<?php exit ?><message/>"},
		{"RFC 6120 §4.9.3.18 restricted-xml: a DTD", "restricted-xml", "<!DOCTYPE message SYSTEM 'http://" + domain + "/x.dtd'><message/>"},
		{"RFC 6120 §4.9.3.18 restricted-xml: an entity", "restricted-xml", "<message><body>&nbsp;</body></message>"},
		{"RFC 6120 §4.9.3.18 restricted-xml: an entity in a value", "restricted-xml", "<message id='&x;'/>"},
		{"RFC 6120 §4.9.3.22 unsupported-encoding: a byte out of place", "unsupported-encoding", "<message><body>\x80</body></message>"},
		{"RFC 6120 §4.9.3.22 unsupported-encoding: Latin-1", "unsupported-encoding", "<message><body>Dr\xf6hnt</body></message>"},
		{"RFC 6120 §4.9.3.22 unsupported-encoding: longer than needed", "unsupported-encoding", "<message><body>\xc0\xaf</body></message>"},
		{"RFC 6120 §4.9.3.22 unsupported-encoding: a surrogate", "unsupported-encoding", "<message><body>\xed\xa0\x80</body></message>"},
		{"RFC 6120 §4.9.3.22 unsupported-encoding: beyond Unicode", "unsupported-encoding", "<message><body>\xf4\x90\x80\x80</body></message>"},
		{"RFC 6120 §4.9.3.22 unsupported-encoding: a character without its end", "unsupported-encoding", "<message><body>\xe2\x82</body></message>"},
		{"RFC 6120 §4.9.3.22 unsupported-encoding: in a value", "unsupported-encoding", "<message id='\xff'/>"},
		{"RFC 6120 §4.9.3.1 bad-format: text between stanzas", "bad-format", "Art thou not Romeo?"},
		{"RFC 6120 §4.9.3.14 policy-violation: 100 elements deep", "policy-violation", "<message>" + nested(100) + "</message>"},
		{"RFC 6120 §4.9.3.14 policy-violation: deep without an end", "policy-violation", strings.Repeat("<a xmlns='urn:x'>", 500)},
		{"RFC 6120 §4.9.3.14 policy-violation: 100 attributes", "policy-violation", "<message" + attributes(100) + "/>"},
		{"RFC 6120 §4.9.3.14 policy-violation: 300 children", "policy-violation", "<message>" + strings.Repeat("<a xmlns='urn:x'/>", 300) + "</message>"},
		{"RFC 6120 §4.9.3.14 policy-violation: 300 prefixes", "policy-violation", "<message>" + prefixes(10, 30) + "</message>"},
		{"RFC 6120 §4.9.3.14 policy-violation: a name without an end", "policy-violation", "<" + strings.Repeat("a", 400_000)},
		{"RFC 6120 §4.9.3.14 policy-violation: a text without an end", "policy-violation", "<message><body>" + strings.Repeat("a", 400_000)},
		{"RFC 6120 §4.9.3.14 policy-violation: a value without an end", "policy-violation", "<message id='" + strings.Repeat("a", 400_000)},
		{"RFC 6120 §4.9.3.24 unsupported-stanza-type: an element that nobody knows", "unsupported-stanza-type", "<prologue xmlns='urn:x'/>"},
		{"RFC 6120 §4.9.3.24 unsupported-stanza-type: a name that nobody knows", "unsupported-stanza-type", "<prologue/>"},
		{"RFC 6120 §4.9.3.24 unsupported-stanza-type: an element of streams", "unsupported-stanza-type", "<stream:prologue/>"},
		{"RFC 6120 §4.9.3.10 invalid-namespace: a stanza of servers", "invalid-namespace", "<message xmlns='jabber:server'/>"},
	} {
		list = append(list,
			bad{name: f.name + ", before the login", at: clear, send: f.send, want: streamError(f.condition), ends: true},
			bad{name: f.name + ", after the login", at: bound, send: f.send, want: streamError(f.condition), ends: true})
	}
	return append(list,
		bad{
			name: "RFC 6120 §4.9.3.14 policy-violation: 20 kB before the login", at: clear, ends: true, want: streamError("policy-violation"),
			send: "<starttls xmlns='" + wire.NSTLS + "'>" + strings.Repeat("x", 20_000) + "</starttls>",
		},
		// Not bad, only unusual.
		bad{name: "RFC 6120 §11.7: white space between stanzas", at: bound, send: " \n\t\r\n"},
		bad{
			name: "XML 1.0 §2.7: CDATA, references, any quotes", at: bound, want: []string{"<message id='x'><body>&lt;&amp;&gt; A</body></message>"},
			send: "<message to=\"romeo@" + domain + "/orchard\"\n id = 'x' ><body><![CDATA[<&>]]>&#32;&#x41;</body ></message >",
		},
		bad{
			name: "Namespaces in XML 1.0 §4: stanzas with a prefix", at: bound, want: []string{"<message id='x'><body>soft</body></message>"},
			send: "<c:message xmlns:c='jabber:client' to='romeo@" + domain + "/orchard' id='x'><c:body>soft</c:body></c:message>",
		},
	)
}

// prefixes declares so many prefixes in each of so many elements, one in the other.
func prefixes(deep, each int) string {
	var open strings.Builder
	for d := range deep {
		open.WriteString("<a xmlns='urn:x'")
		for i := range each {
			open.WriteString(" xmlns:p" + strings.Repeat("x", d) + "-" + strings.Repeat("y", i) + "='urn:x'")
		}
		open.WriteString(">")
	}
	return open.String() + strings.Repeat("</a>", deep)
}

package badinput

import "causeway/conformance/wire"

// managementCases are misuses of stream management that need no second
// connection (XEP-0198 #errors); the others are in conformance/resume.
func managementCases() []bad {
	const (
		ns     = " xmlns='" + wire.NSManagement + "'"
		failed = "<failed" + ns + "><unexpected-request xmlns='" + nsStanzas + "'/></failed>"
	)
	return []bad{
		{name: "XEP-0198 #enable unexpected-request: before the login", at: clear, send: "<enable" + ns + "/>", want: []string{failed}},
		{name: "XEP-0198 #enable unexpected-request: before the resource", at: known, send: "<enable" + ns + " resume='true'/>", want: []string{failed}},
		{name: "XEP-0198 #resumption unexpected-request: before the login", at: secured, send: "<resume" + ns + " h='0' previd='x'/>", want: []string{failed}},
		{name: "XEP-0198 #resumption unexpected-request: with a resource", at: bound, send: "<resume" + ns + " h='0' previd='x'/>", want: []string{failed}},
		{name: "XEP-0198 #acking: a request without stream management", at: bound, send: "<r" + ns + "/>"},
		{name: "RFC 6120 §4.9.3.24 unsupported-stanza-type: an element that the XEP does not know", at: managed, send: "<q" + ns + "/>", want: streamError("unsupported-stanza-type"), ends: true},
		{name: "XEP-0198 #acking bad-format: no count", at: managed, send: "<a" + ns + "/>", want: streamError("bad-format"), ends: true},
		{name: "XEP-0198 #acking bad-format: a count that is no number", at: managed, send: "<a" + ns + " h='-1'/>", want: streamError("bad-format"), ends: true},
		{name: "XEP-0198 #acking bad-format: a count beyond 32 bits", at: managed, send: "<a" + ns + " h='4294967296'/>", want: streamError("bad-format"), ends: true},
		{
			name: "XEP-0198 #errors undefined-condition: a count too high", at: managed, send: "<a" + ns + " h='4294967295'/>", ends: true,
			want: []string{"<stream:error><undefined-condition xmlns='" + nsStreams + "'/><handled-count-too-high" + ns + " h='4294967295' send-count='0'/></stream:error>"},
		},
		{name: "XEP-0198 #enable: twice", at: managed, send: "<enable" + ns + "/>", want: append([]string{failed}, streamError("policy-violation")...), ends: true},
	}
}

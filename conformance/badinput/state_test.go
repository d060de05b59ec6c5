package badinput

// stateCases are misuses of client state indication (XEP-0352).
func stateCases() []bad {
	const ns = " xmlns='urn:xmpp:csi:0'"
	return []bad{
		{name: "XEP-0352 #discovery unsupported-stanza-type: before the login", at: secured, send: "<inactive" + ns + "/>", want: streamError("unsupported-stanza-type"), ends: true},
		{name: "XEP-0352 #discovery: offered, and said before there is a resource", at: known, send: "<inactive" + ns + "/><active" + ns + "/>"},
		{name: "RFC 6120 §4.9.3.24 unsupported-stanza-type: an element that the XEP does not know, before there is a resource", at: known, send: "<csi" + ns + "/>", want: streamError("unsupported-stanza-type"), ends: true},
		{name: "RFC 6120 §4.9.3.24 unsupported-stanza-type: an element that the XEP does not know", at: bound, send: "<idle" + ns + "/>", want: streamError("unsupported-stanza-type"), ends: true},
		{name: "RFC 6120 §4.9.3.24 unsupported-stanza-type: another namespace", at: bound, send: "<inactive xmlns='urn:xmpp:csi:1'/>", want: streamError("unsupported-stanza-type"), ends: true},
		{name: "XEP-0352 #indication: the same again and again, with things inside", at: bound, send: "<active" + ns + "/><inactive" + ns + "><a xmlns='b'>c</a></inactive><inactive" + ns + " b='c'/><active" + ns + "/><active" + ns + "/>"},
	}
}

package badinput

import "strings"

// profileCases are capabilities, avatars and bookmarks that make no sense. Most of
// them are nobody's fault but the client's own: it gets what it asked for, and nothing
// is made of the rest.
func profileCases() []bad {
	const (
		nsCaps = "http://jabber.org/protocol/caps"
		done   = "<iq type='result' id='x'/>"
		echo   = "<presence from='romeo@" + domain + "/orchard'/>"
	)
	long := strings.Repeat("v", 5000)
	caps := func(attributes string) string {
		return "<presence><c xmlns='" + nsCaps + "' " + attributes + "/></presence>"
	}
	photo := func(content string) string {
		return iq("set", "", inside("vCard", "vcard-temp", "<PHOTO>"+content+"</PHOTO>"))
	}
	rooms := func(content string) string {
		return inside("query", "jabber:iq:private", inside("storage", "storage:bookmarks", content))
	}
	list := []bad{
		{name: "XEP-0115 #protocol: no version", send: caps("hash='sha-1' node='urn:verona'"), want: []string{echo}},
		{name: "XEP-0115 #protocol: no node", send: caps("hash='sha-1' ver='x'"), want: []string{echo}},
		{name: "XEP-0115 #protocol: a version without an end", send: caps("hash='sha-1' node='urn:verona' ver='" + long + "'"), want: []string{echo}},
		{name: "XEP-0115 #protocol: a hash without an end", send: caps("hash='" + long + "' node='urn:verona' ver='x'"), want: []string{echo}},
		{
			name: "XEP-0115 #discover: a hash that is none, and no answer", send: caps("hash='sha-1' node='urn:verona' ver='%00&amp;&lt;'"),
			want: []string{echo, "<iq type='get' from='romeo@" + domain + "'><query xmlns='http://jabber.org/protocol/disco#info' node='urn:verona#%00&amp;&lt;'/></iq>"},
		},
		{name: "XEP-0153 #bizrules-xml: a photo that is no base64", send: photo("<TYPE>image/png</TYPE><BINVAL>&#x1F339;</BINVAL>"), want: []string{done}},
		{name: "XEP-0153 #bizrules-xml: a photo of nothing", send: photo("<TYPE/><BINVAL/>"), want: []string{done}},
		{name: "XEP-0084 #proto-info: a photo of no type", send: photo("<TYPE>rose</TYPE><BINVAL>AAAA</BINVAL>"), want: []string{done}},
		{name: "XEP-0054 policy-violation: a photo too large", send: photo("<TYPE>image/png</TYPE><BINVAL>" + strings.Repeat("A", 4000) + "</BINVAL>"), want: refused("modify", "policy-violation")},
		{name: "XEP-0048 #format: a room without an address", send: iq("set", "", rooms("<conference name='nowhere'/><conference jid='@@'/>")), want: []string{done}},
		{name: "XEP-0048 #format: what is no bookmark, too large", send: iq("set", "", rooms("<url url='"+long+"'/>")), want: refused("modify", "policy-violation")},
		{name: "XEP-0049 forbidden: somebody else's bookmarks", send: iq("get", party, rooms("")), want: refused("auth", "forbidden")},
		{name: "XEP-0049 forbidden: setting somebody else's bookmarks", send: iq("set", party, rooms("<conference jid='a@b'/>")), want: refused("auth", "forbidden")},
	}
	for i := range list {
		list[i].at = bound
	}
	return list
}

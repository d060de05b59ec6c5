package badinput

import (
	"fmt"
	"strings"
)

// archiveCases are queries that an archive cannot answer, and archives that are
// somebody else's.
func archiveCases() []bad {
	const ns = "urn:xmpp:mam:2"
	query := func(content string) string { return iq("set", "", inside("query", ns, content)) }
	set := func(content string) string { return inside("set", "http://jabber.org/protocol/rsm", content) }
	field := func(name, value string) string {
		return "<field var='" + name + "'><value>" + value + "</value></field>"
	}
	form := func(fields string) string {
		return "<x xmlns='jabber:x:data' type='submit'>" + field("FORM_TYPE", ns) + fields + "</x>"
	}
	prefs := func(def, content string) string {
		return iq("set", "", "<prefs xmlns='"+ns+"' default='"+def+"'>"+content+"</prefs>")
	}
	var many, ids strings.Builder
	for i := range 300 {
		fmt.Fprintf(&ids, "<value>%d</value>", i+1)
	}
	for i := range 1001 {
		fmt.Fprintf(&many, "<jid>u%d@x</jid>", i)
	}
	list := []bad{
		{name: "XEP-0059 bad-request: max is no number", send: query(set("<max>many</max>")), want: refused("modify", "bad-request")},
		{name: "XEP-0059 bad-request: max is empty", send: query(set("<max/>")), want: refused("modify", "bad-request")},
		{name: "XEP-0059 bad-request: max is negative", send: query(set("<max>-1</max>")), want: refused("modify", "bad-request")},
		{name: "XEP-0059 bad-request: max has no end", send: query(set("<max>" + strings.Repeat("9", 5000) + "</max>")), want: refused("modify", "bad-request")},
		{name: "XEP-0059 bad-request: max twice", send: query(set("<max>1</max><max>1</max>")), want: refused("modify", "bad-request")},
		{name: "XEP-0059 bad-request: two sets", send: query(set("") + set("")), want: refused("modify", "bad-request")},
		{name: "XEP-0059 #jump feature-not-implemented: a page by number", send: query(set("<index>3</index>")), want: refused("cancel", "feature-not-implemented")},
		{name: "XEP-0313 #query-paging-request item-not-found: after", send: query(set("<after>1</after>")), want: refused("cancel", "item-not-found")},
		{name: "XEP-0313 #query-paging-request item-not-found: before", send: query(set("<before>&#x1F339;</before>")), want: refused("cancel", "item-not-found")},
		{name: "XEP-0313 #query-limit-id item-not-found: after-id", send: query(form(field("after-id", "00000000000000000001"))), want: refused("cancel", "item-not-found")},
		{name: "XEP-0313 #query-limit-id item-not-found: an id without an end", send: query(form(field("before-id", strings.Repeat("9", 5000)))), want: refused("cancel", "item-not-found")},
		{name: "XEP-0313 #query-limit-id item-not-found: many ids", send: query(form("<field var='ids'>" + ids.String() + "</field>")), want: refused("cancel", "item-not-found")},
		{name: "XEP-0313 #query-form feature-not-implemented: an unknown field", send: query(form(field("{urn:x}text", "a"))), want: refused("cancel", "feature-not-implemented")},
		{name: "XEP-0313 #filter bad-request: a form of another kind", send: query("<x xmlns='jabber:x:data' type='submit'>" + field("FORM_TYPE", "urn:x") + "</x>"), want: refused("modify", "bad-request")},
		{name: "XEP-0313 #filter bad-request: two forms", send: query(form("") + form("")), want: refused("modify", "bad-request")},
		{name: "XEP-0313 #filter-time bad-request: no time", send: query(form(field("start", "2010-13-07T00:00:00Z"))), want: refused("modify", "bad-request")},
		{name: "XEP-0313 #filter-time bad-request: two times", send: query(form("<field var='end'><value>2010-06-07T00:00:00Z</value><value>2010-06-07T00:00:00Z</value></field>")), want: refused("modify", "bad-request")},
		{name: "XEP-0313 #filter-jid jid-malformed: no address", send: query(form(field("with", "@@"))), want: refused("modify", "jid-malformed")},
		{name: "XEP-0313 #business-storeret-pubsub-archives feature-not-implemented: a node", send: iq("set", "", "<query xmlns='"+ns+"' node='urn:x'/>"), want: refused("cancel", "feature-not-implemented")},
		{name: "XEP-0313 #archive-metadata feature-not-implemented: metadata is not set", send: iq("set", "", inside("metadata", ns, "")), want: refused("cancel", "feature-not-implemented")},
		{name: "RFC 6120 §8.3.3.3: nothing that is known", send: iq("set", "", inside("purge", ns, "")), want: refused("cancel", "feature-not-implemented")},
		{name: "XEP-0313 #security-privacy forbidden: somebody else's archive", send: iq("set", party, inside("query", ns, "")), want: refused("auth", "forbidden")},
		{name: "XEP-0313 #security-privacy forbidden: its ends", send: iq("get", party, inside("metadata", ns, "")), want: refused("auth", "forbidden")},
		{name: "XEP-0313 #security-privacy forbidden: what somebody else keeps", send: iq("set", party, "<prefs xmlns='"+ns+"' default='never'/>"), want: refused("auth", "forbidden")},
		{name: "RFC 6121 §8.5.1 service-unavailable: the archive of nobody", send: iq("set", "rosaline@"+domain, inside("query", ns, "")), want: refused("cancel", "service-unavailable")},
		{name: "RFC 6120 §8.4 service-unavailable: a host has none", send: iq("set", domain, inside("query", ns, "")), want: refused("cancel", "service-unavailable")},
		{name: "XEP-0441 #config-default bad-request: a rule that is none", send: prefs("sometimes", ""), want: refused("modify", "bad-request")},
		{name: "XEP-0441 jid-malformed: no address", send: prefs("always", "<never><jid>@@</jid></never>"), want: refused("modify", "jid-malformed")},
		{name: "XEP-0441 bad-request: a list twice", send: prefs("always", "<never/><never/>"), want: refused("modify", "bad-request")},
		{name: "XEP-0441 policy-violation: too many addresses", send: prefs("always", "<always>"+many.String()+"</always>"), want: refused("modify", "policy-violation")},
	}
	for i := range list {
		list[i].at = bound
	}
	return list
}

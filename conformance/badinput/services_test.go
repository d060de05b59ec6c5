package badinput

import "strings"

// inside makes payloads: an element of a namespace with something in it.
func inside(local, ns, content string) string {
	return "<" + local + " xmlns='" + ns + "'>" + content + "</" + local + ">"
}

// serviceCases are payloads that a service cannot take.
func serviceCases() []bad {
	const (
		nsBlocking = "urn:xmpp:blocking"
		nsCommand  = "http://jabber.org/protocol/commands"
		nsInfo     = "http://jabber.org/protocol/disco#info"
		nsItems    = "http://jabber.org/protocol/disco#items"
	)
	roster := func(content string) string { return inside("query", "jabber:iq:roster", content) }
	private := func(content string) string { return inside("query", "jabber:iq:private", content) }
	register := func(content string) string { return inside("query", "jabber:iq:register", content) }
	vcard := func(content string) string { return inside("vCard", "vcard-temp", content) }
	block := func(content string) string { return inside("block", nsBlocking, content) }
	list := []bad{
		{name: "RFC 6121 §2.1.3 bad-request: a roster get with an item", send: iq("get", "", roster("<item jid='"+party+"'/>")), want: refused("modify", "bad-request")},
		{name: "RFC 6121 §2.3.3 bad-request: a roster set of two items", send: iq("set", "", roster("<item jid='"+party+"'/><item jid='nurse@"+domain+"'/>")), want: refused("modify", "bad-request")},
		{name: "RFC 6121 §2.3.3 bad-request: a roster set of none", send: iq("set", "", roster("")), want: refused("modify", "bad-request")},
		{name: "RFC 6121 §2.1.2.3 bad-request: an item without a jid", send: iq("set", "", roster("<item name='Juliet'/>")), want: refused("modify", "bad-request")},
		{name: "RFC 6120 §8.3.3.8 jid-malformed: an item with a bad jid", send: iq("set", "", roster("<item jid='@@'/>")), want: refused("modify", "jid-malformed")},
		{name: "RFC 6121 §2.3.3 not-acceptable: a group without a name", send: iq("set", "", roster("<item jid='"+party+"'><group/></item>")), want: refused("modify", "not-acceptable")},
		{name: "RFC 6121 §2.3.3 bad-request: one group twice", send: iq("set", "", roster("<item jid='"+party+"'><group>a</group><group>a</group></item>")), want: refused("modify", "bad-request")},
		{name: "RFC 6121 §2.3.3 not-acceptable: a name without an end", send: iq("set", "", roster("<item jid='"+party+"' name='"+strings.Repeat("j", 50_000)+"'/>")), want: refused("modify", "not-acceptable")},
		{name: "RFC 6121 §2.5.3 item-not-found: removing who is not there", send: iq("set", "", roster("<item jid='rosaline@"+domain+"' subscription='remove'/>")), want: refused("cancel", "item-not-found")},
		{name: "RFC 6121 §2.3.3 forbidden: somebody else's roster", send: iq("set", party, roster("<item jid='"+self+"'/>")), want: refused("auth", "forbidden")},
		{name: "RFC 6121 §2.1.3 forbidden: reading somebody else's roster", send: iq("get", party, roster("")), want: refused("auth", "forbidden")},
		{name: "XEP-0049 not-acceptable: nothing to store", send: iq("set", "", private("")), want: refused("modify", "not-acceptable")},
		{name: "XEP-0049 not-acceptable: no namespace of its own", send: iq("set", "", private("<storage/>")), want: refused("modify", "not-acceptable")},
		{name: "XEP-0049 bad-request: nothing asked for", send: iq("get", "", private("")), want: refused("modify", "bad-request")},
		{name: "XEP-0049 bad-request: two namespaces asked for", send: iq("get", "", private("<a xmlns='urn:a'/><b xmlns='urn:b'/>")), want: refused("modify", "bad-request")},
		{name: "XEP-0049 forbidden: somebody else's", send: iq("get", party, private("<a xmlns='urn:a'/>")), want: refused("auth", "forbidden")},
		{name: "XEP-0049 policy-violation: too much", send: iq("set", "", private("<a xmlns='urn:a'>"+strings.Repeat("a", 3000)+"</a>")), want: refused("modify", "policy-violation")},
		{name: "XEP-0054 forbidden: somebody else's vCard", send: iq("set", party, vcard("<FN>Romeo</FN>")), want: refused("auth", "forbidden")},
		{name: "XEP-0054 service-unavailable: the vCard of nobody", send: iq("get", "rosaline@"+domain, vcard("")), want: refused("cancel", "service-unavailable")},
		{name: "XEP-0054 policy-violation: a vCard too large", send: iq("set", "", vcard("<FN>"+strings.Repeat("o", 3000)+"</FN>")), want: refused("modify", "policy-violation")},
		{name: "XEP-0191 bad-request: nobody to block", send: iq("set", "", block("")), want: refused("modify", "bad-request")},
		{name: "XEP-0191 #schema-blocking bad-request: an item without a jid", send: iq("set", "", block("<item/>")), want: refused("modify", "bad-request")},
		{name: "RFC 6120 §8.3.3.8 jid-malformed: blocking no address", send: iq("set", "", block("<item jid='@@'/>")), want: refused("modify", "jid-malformed")},
		{name: "XEP-0191 not-allowed: for somebody else", send: iq("set", party, block("<item jid='"+self+"'/>")), want: []string{"<iq type='error' id='x'><error type='cancel'/></iq>"}},
		{name: "XEP-0030 #errors item-not-found: an unknown node", send: iq("get", domain, "<query xmlns='"+nsInfo+"' node='urn:x'/>"), want: refused("cancel", "item-not-found")},
		{name: "XEP-0030 #errors item-not-found: items of an unknown node", send: iq("get", domain, "<query xmlns='"+nsItems+"' node='urn:x'/>"), want: refused("cancel", "item-not-found")},
		{name: "XEP-0030 service-unavailable: somebody without a subscription asks", send: iq("get", party, inside("query", nsInfo, "")), want: refused("cancel", "service-unavailable")},
		{name: "RFC 6120 §8.3.3.3: disco is not set", send: iq("set", domain, inside("query", nsInfo, "")), want: []string{"<iq type='error' id='x'><error/></iq>"}},
		{name: "RFC 6120 §8.3.3.3: ping is not set", send: iq("set", domain, ping), want: []string{"<iq type='error' id='x'><error/></iq>"}},
		{name: "RFC 6120 §8.3.3.3: version is not set", send: iq("set", domain, inside("query", "jabber:iq:version", "")), want: []string{"<iq type='error' id='x'><error/></iq>"}},
		{name: "RFC 6120 §8.3.3.3: time is not set", send: iq("set", domain, inside("time", "urn:xmpp:time", "")), want: []string{"<iq type='error' id='x'><error/></iq>"}},
		{name: "XEP-0012 forbidden: the last activity of a stranger", send: iq("get", party, inside("query", "jabber:iq:last", "")), want: refused("auth", "forbidden")},
		{name: "XEP-0077 #usecases-changepw bad-request: no password", send: iq("set", "", register("<username>romeo</username>")), want: refused("modify", "bad-request")},
		{name: "XEP-0077 #usecases-changepw not-allowed: somebody else's password", send: iq("set", domain, register("<username>juliet</username><password>x</password>")), want: refused("cancel", "not-allowed")},
		{name: "XEP-0077 #usecases-cancel bad-request: removal and more", send: iq("set", "", register("<remove/><username>romeo</username>")), want: refused("modify", "bad-request")},
		{name: "XEP-0050 #desc-errors item-not-found: a command that nobody has", send: iq("set", domain, "<command xmlns='"+nsCommand+"' node='urn:x' action='execute'/>"), want: refused("cancel", "item-not-found")},
		{name: "XEP-0050 #desc-errors forbidden: a command for administrators", send: iq("set", domain, "<command xmlns='"+nsCommand+"' node='http://jabber.org/protocol/admin#delete-user' action='execute'/>"), want: refused("cancel", "forbidden")},
		{name: "XEP-0050 bad-request: no command", send: iq("set", domain, inside("commands", nsCommand, "")), want: refused("modify", "bad-request")},
	}
	for i := range list {
		list[i].at = bound
	}
	return list
}

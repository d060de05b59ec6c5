package badinput

import "strings"

// eventCases are requests to personal eventing that cannot be met. The account that
// sends them has no node, and that of the party none either.
func eventCases() []bad {
	const (
		nsPubSub = "http://jabber.org/protocol/pubsub"
		nsOwner  = nsPubSub + "#owner"
		nsForm   = "jabber:x:data"
		payload  = "<a xmlns='urn:a'/>"
	)
	pubsub := func(content string) string { return inside("pubsub", nsPubSub, content) }
	owner := func(content string) string { return inside("pubsub", nsOwner, content) }
	publish := func(item, options string) string {
		return pubsub("<publish node='urn:a'>" + item + "</publish>" + options)
	}
	options := func(form string) string {
		return publish("<item>"+payload+"</item>", "<publish-options>"+form+"</publish-options>")
	}
	form := func(typ, formType, fields string) string {
		return "<x xmlns='" + nsForm + "' type='" + typ + "'><field var='FORM_TYPE'><value>" + formType + "</value></field>" + fields + "</x>"
	}
	refusedWith := func(typ, condition, specific string) []string {
		return []string{"<iq type='error' id='x'><error type='" + typ + "'><" + condition + " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>" +
			"<" + specific + " xmlns='" + nsPubSub + "#errors'/></error></iq>"}
	}
	long := strings.Repeat("n", 5000)
	list := []bad{
		{name: "XEP-0060 bad-request: nothing is asked", send: iq("set", "", pubsub("")), want: refused("modify", "bad-request")},
		{name: "XEP-0060 feature-not-implemented: what nobody knows", send: iq("set", "", pubsub("<dance/>")), want: refused("cancel", "feature-not-implemented")},
		{name: "XEP-0060 feature-not-implemented: publishing is a set", send: iq("get", "", publish("<item>"+payload+"</item>", "")), want: refused("cancel", "feature-not-implemented")},
		{name: "XEP-0060 feature-not-implemented: the wrong namespace", send: iq("set", "", owner("<publish node='urn:a'/>")), want: refused("cancel", "feature-not-implemented")},
		{name: "XEP-0060 feature-not-implemented: the wrong namespace inside", send: iq("set", "", pubsub("<publish xmlns='urn:a' node='urn:a'/>")), want: refused("cancel", "feature-not-implemented")},
		{name: "XEP-0060 feature-not-implemented: the wrong element", send: iq("set", "", inside("pub", nsPubSub, "")), want: refused("cancel", "feature-not-implemented")},
		{name: "XEP-0060 #publisher-publish-request nodeid-required", send: iq("set", "", pubsub("<publish><item>"+payload+"</item></publish>")), want: refusedWith("modify", "bad-request", "nodeid-required")},
		{name: "XEP-0060 #publisher-publish-error-badrequest item-required", send: iq("set", "", publish("", "")), want: refusedWith("modify", "bad-request", "item-required")},
		{name: "XEP-0060 #publisher-publish-error-badrequest payload-required", send: iq("set", "", publish("<item/>", "")), want: refusedWith("modify", "bad-request", "payload-required")},
		{name: "XEP-0060 #publisher-publish-error-badpayload invalid-payload", send: iq("set", "", publish("<item>"+payload+payload+"</item>", "")), want: refusedWith("modify", "bad-request", "invalid-payload")},
		{name: "XEP-0060 #publisher-publish-request bad-request: two items", send: iq("set", "", publish("<item>"+payload+"</item><item>"+payload+"</item>", "")), want: refused("modify", "bad-request")},
		{name: "XEP-0060 #publisher-publish-request bad-request: no item at all", send: iq("set", "", publish("<thing/>", "")), want: refused("modify", "bad-request")},
		{
			name: "XEP-0060 #publisher-publish-error-bigpayload payload-too-big",
			send: iq("set", "", publish("<item><a xmlns='urn:a'>"+strings.Repeat("a", 5000)+"</a></item>", "")), want: refusedWith("modify", "not-acceptable", "payload-too-big"),
		},
		{name: "a node whose name has no end", send: iq("set", "", pubsub("<publish node='"+long+"'><item>"+payload+"</item></publish>")), want: refused("modify", "not-acceptable")},
		{name: "an item whose id has no end", send: iq("set", "", publish("<item id='"+long+"'>"+payload+"</item>", "")), want: refused("modify", "not-acceptable")},
		{name: "XEP-0060 #publisher-publish-options bad-request: no form", send: iq("set", "", options("<y xmlns='urn:a'/>")), want: refused("modify", "bad-request")},
		{name: "XEP-0060 #publisher-publish-options bad-request: a form of another type", send: iq("set", "", options(form("submit", "urn:a", ""))), want: refused("modify", "bad-request")},
		{name: "XEP-0060 #publisher-publish-options bad-request: a form that asks", send: iq("set", "", options(form("form", nsPubSub+"#publish-options", ""))), want: refused("modify", "bad-request")},
		{
			name: "XEP-0060 #publisher-publish-options precondition-not-met: an unknown field",
			send: iq("set", "", options(form("submit", nsPubSub+"#publish-options", "<field var='urn:a'/>"))), want: refusedWith("cancel", "conflict", "precondition-not-met"),
		},
		{
			name: "XEP-0060 #publisher-publish-options not-acceptable: a number that is none",
			send: iq("set", "", options(form("submit", nsPubSub+"#publish-options", "<field var='pubsub#max_items'><value>-1</value></field>"))), want: refused("modify", "not-acceptable"),
		},
		{
			name: "XEP-0060 #owner-create-default unsupported-access-model",
			send: iq("set", "", pubsub("<create node='urn:a'/><configure>"+form("submit", nsPubSub+"#node_config", "<field var='pubsub#access_model'><value>all</value></field>")+"</configure>")),
			want: refusedWith("modify", "not-acceptable", "unsupported-access-model"),
		},
		{name: "XEP-0060 #owner-create-and-configure bad-request: a node of its own", send: iq("set", "", pubsub("<create node='urn:a'/><configure node='urn:b'/>")), want: refused("modify", "bad-request")},
		{name: "XEP-0060 #owner-configure-error-nodeid nodeid-required", send: iq("get", "", owner("<configure/>")), want: refusedWith("modify", "bad-request", "nodeid-required")},
		{name: "XEP-0060 #owner-configure-error-node item-not-found", send: iq("get", "", owner("<configure node='urn:a'/>")), want: refused("cancel", "item-not-found")},
		{name: "XEP-0060 #publisher-delete-error-itemid item-required", send: iq("set", "", pubsub("<retract node='urn:a'/>")), want: refusedWith("modify", "bad-request", "item-required")},
		{name: "XEP-0060 #publisher-delete-error-node item-not-found", send: iq("set", "", pubsub("<retract node='urn:a'><item id='1'/></retract>")), want: refused("cancel", "item-not-found")},
		{name: "XEP-0060 #subscriber-subscribe-error-nomatch invalid-jid", send: iq("set", party, pubsub("<subscribe node='urn:a' jid='"+party+"'/>")), want: refusedWith("modify", "bad-request", "invalid-jid")},
		{name: "XEP-0060 #subscriber-subscribe-error-nomatch invalid-jid: none", send: iq("set", party, pubsub("<subscribe node='urn:a'/>")), want: refusedWith("modify", "bad-request", "invalid-jid")},
		{name: "XEP-0060 #subscriber-unsubscribe-error-forbidden", send: iq("set", party, pubsub("<unsubscribe node='urn:a' jid='"+party+"'/>")), want: refused("auth", "forbidden")},
		{name: "XEP-0060 #subscriber-retrieve-error-node item-not-found", send: iq("get", party, pubsub("<items node='urn:a'/>")), want: refused("cancel", "item-not-found")},
		{name: "XEP-0060 #publisher-publish-error-forbidden: somebody else's account", send: iq("set", party, publish("<item>"+payload+"</item>", "")), want: refused("auth", "forbidden")},
		{name: "XEP-0060 #owner-create-general forbidden: somebody else's account", send: iq("set", party, pubsub("<create node='urn:a'/>")), want: refused("auth", "forbidden")},
		{name: "XEP-0060 #owner-default forbidden: somebody else's account", send: iq("get", party, owner("<default/>")), want: refused("auth", "forbidden")},
		{name: "XEP-0060 #owner-affiliations-modify bad-request: no address", send: iq("set", "", owner("<affiliations node='urn:a'><affiliation affiliation='owner'/></affiliations>")), want: refused("modify", "bad-request")},
		{name: "XEP-0060 #owner-subscriptions-modify bad-request: no address", send: iq("set", "", owner("<subscriptions node='urn:a'><subscription jid='@'/></subscriptions>")), want: refused("modify", "bad-request")},
		{name: "RFC 6121 §8.5.1 service-unavailable: the node of nobody", send: iq("get", "rosaline@"+domain, pubsub("<items node='urn:a'/>")), want: refused("cancel", "service-unavailable")},
	}
	for i := range list {
		list[i].at = bound
	}
	return list
}

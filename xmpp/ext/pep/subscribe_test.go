package pep_test

import (
	"strings"
	"testing"

	"causeway/xmpp/ext/pep"
)

func subscription(verb, node, who string) string {
	return "<pubsub xmlns='" + pep.NS + "'><" + verb + " node='" + node + "' jid='" + who + "'/></pubsub>"
}

func state(node, who, s string) string {
	return "<subscription node='" + node + "' jid='" + who + "' subscription='" + s + "'/>"
}

func pubsub(inner string) string { return "<pubsub xmlns='" + pep.NS + "'>" + inner + "</pubsub>" }

func TestSubscribe(t *testing.T) {
	const bare = "tybalt@capulet.lit"
	v := play(t, pep.Limits{})
	v.wants[tybaltStreet] = nil
	v.asks("a node", balcony, set, publication(tune, "1", song("x"), "pubsub#access_model=open", "pubsub#notify_sub=1"), "")
	v.clients[balcony].got = nil
	v.asks("XEP-0060 #subscriber-subscribe-success", street, set+toJuliet, subscription("subscribe", tune, bare), pubsub(state(tune, bare, "subscribed")))
	last := strings.Replace(event("<items node='"+tune+"'><item id='1'>"+song("x")+"</item></items>"), "</message>",
		"<delay xmlns='urn:xmpp:delay' stamp='*'/></message>", 1)
	v.hears("XEP-0163 #notify-last: all new subscribers", street, last)
	v.hears("XEP-0060 #registrar-formtypes-config: notify_sub", balcony, event(state(tune, bare, "subscribed")))
	v.asks("XEP-0060 #subscriber-subscribe-multi", street, set+toJuliet, subscription("subscribe", tune, bare), pubsub(state(tune, bare, "subscribed")))
	v.clients[street].got = nil
	v.asks("XEP-0060 #entity-subscriptions", street, get+toJuliet, pubsub("<subscriptions/>"),
		pubsub("<subscriptions>"+state(tune, bare, "subscribed")+"</subscriptions>"))
	v.asks("publish", balcony, set, publication(tune, "2", song("y")), "")
	got := v.clients[street].got
	if len(got) != 1 || strings.Contains(got[0], "replyto") {
		t.Errorf("XEP-0163 #notify-addressing: MUST NOT include the address: %q", got)
	}
	v.hears("XEP-0163 #notify-num: one, to the subscribed address", street,
		"<message to='"+bare+"' type='headline'><event xmlns='"+pep.NS+"#event'><items node='"+tune+"'><item id='2'/></items></event></message>")
	v.wants[tybaltStreet] = []string{tune}
	v.asks("publish", balcony, set, publication(tune, "3", song("y")), "")
	v.hears("XEP-0163 #notify-num: one to each resource that wants it", street,
		"<message to='"+street+"' type='headline'><event xmlns='"+pep.NS+"#event'><items node='"+tune+"'><item id='3'/></items></event></message>")
	v.asks("XEP-0060 #subscriber-unsubscribe-success", street, set+toJuliet, subscription("unsubscribe", tune, bare), "")
	v.asks("publish", balcony, set, publication(tune, "4", song("y")), "")
	v.hears("no longer", street)
	v.asks("XEP-0060 #entity-subscriptions: none", street, get+toJuliet, pubsub("<subscriptions/>"), pubsub("<subscriptions/>"))
}

func TestSubscribeErrors(t *testing.T) {
	v := play(t, pep.Limits{People: 1})
	v.asks("a node", balcony, set, create(tune), "")
	v.asks("a closed one", balcony, set, create("closed", "pubsub#access_model=whitelist"), "")
	v.asks("a quiet one", balcony, set, create("quiet", "pubsub#subscribe=0"), "")
	v.asks("one is enough", kitchen, set+toJuliet, subscription("subscribe", tune, "nurse@capulet.lit"), pubsub("<subscription/>"))
	for _, tt := range []struct{ why, full, payload, want string }{
		{"XEP-0060 #subscriber-subscribe-error-nomatch", orchard, subscription("subscribe", tune, "nurse@capulet.lit"), wantError("modify", "bad-request", "invalid-jid")},
		{
			"XEP-0060 #subscriber-subscribe-error-presence", street, subscription("subscribe", tune, "tybalt@capulet.lit"),
			wantError("auth", "not-authorized", "presence-subscription-required"),
		},
		{"XEP-0060 #subscriber-subscribe-error-whitelist", orchard, subscription("subscribe", "closed", "romeo@montague.lit"), wantError("cancel", "not-allowed", "closed-node")},
		{
			"XEP-0060 #subscriber-subscribe-error-unsupported", orchard, subscription("subscribe", "quiet", "romeo@montague.lit"),
			wantError("cancel", "feature-not-implemented", "unsupported feature='subscribe'"),
		},
		{"XEP-0060 #subscriber-subscribe-error-node", orchard, subscription("subscribe", "x", "romeo@montague.lit"), wantError("cancel", "item-not-found", "")},
		{"XEP-0060 #subscriber-subscribe-error-toomany", orchard, subscription("subscribe", tune, "romeo@montague.lit"), wantError("wait", "policy-violation", "too-many-subscriptions")},
		{"XEP-0060 #subscriber-unsubscribe-error-nosub", orchard, subscription("unsubscribe", tune, "romeo@montague.lit"), wantError("cancel", "unexpected-request", "not-subscribed")},
		{"XEP-0060 #subscriber-unsubscribe-error-forbidden", orchard, subscription("unsubscribe", tune, "nurse@capulet.lit"), wantError("auth", "forbidden", "")},
		{"XEP-0060 #subscriber-unsubscribe-error-node", orchard, subscription("unsubscribe", "x", "romeo@montague.lit"), wantError("cancel", "item-not-found", "")},
	} {
		v.asks(tt.why, tt.full, set+toJuliet, tt.payload, tt.want)
	}
}

func TestAuthorize(t *testing.T) {
	const bare = "romeo@montague.lit"
	v := play(t, pep.Limits{})
	v.asks("a node", balcony, set, publication(tune, "1", song("x"), "pubsub#access_model=authorize"), "")
	v.asks("XEP-0060 #subscriber-subscribe-approval", orchard, set+toJuliet, subscription("subscribe", tune, bare), pubsub(state(tune, bare, "pending")))
	v.asks("XEP-0060 #subscriber-subscribe-error-pending", orchard, set+toJuliet, subscription("subscribe", tune, bare),
		wantError("auth", "not-authorized", "pending-subscription"))
	v.asks("XEP-0060 #subscriber-retrieve-error-notsubscribed: which includes pending", orchard, get+toJuliet, items(tune, ""),
		wantError("auth", "not-authorized", "not-subscribed"))
	v.asks("who waits", balcony, get, owner("<subscriptions node='"+tune+"'/>"),
		owner("<subscriptions node='"+tune+"'><subscription jid='"+bare+"' subscription='pending'/></subscriptions>"))
	change := func(s string) string {
		return owner("<subscriptions node='" + tune + "'><subscription jid='" + bare + "' subscription='" + s + "'/></subscriptions>")
	}
	v.asks("XEP-0060 #owner-subscriptions-retrieve-error-forbidden", orchard, set+toJuliet, change("subscribed"), wantError("auth", "forbidden", ""))
	v.asks("XEP-0060 #owner-subscriptions-multi", balcony, set, change("unconfigured"), wantError("modify", "not-acceptable", ""))
	v.clients[orchard].got = nil
	v.asks("XEP-0060 #owner-subscriptions-modify", balcony, set, change("subscribed"), "")
	v.hears("XEP-0060 #owner-subscriptions-notifysub", orchard, event(state(tune, bare, "subscribed")))
	v.asks("he may read", orchard, get+toJuliet, items(tune, ""), items(tune, "<item id='1'/>"))
	v.asks("publish", balcony, set, publication(tune, "2", song("y")), "")
	v.hears("and hears, once", orchard, event("<items node='"+tune+"'><item id='2'/></items>"))
	v.asks("XEP-0060 #owner-subscriptions-delete", balcony, set, change("none"), "")
	v.hears("XEP-0060 #owner-subscriptions-notifysub", orchard, event(state(tune, bare, "none")))
	v.asks("no more", orchard, get+toJuliet, items(tune, ""), wantError("auth", "not-authorized", "not-subscribed"))
}

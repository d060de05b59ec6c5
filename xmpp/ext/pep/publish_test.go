package pep_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"causeway/xmpp/ext/pep"
	"causeway/xmpp/form"
)

// play is Juliet with two devices, her friends and her cousin; all of them want tunes.
func play(t *testing.T, l pep.Limits) *verona {
	t.Helper()
	v := newVerona(t, l)
	v.login(balcony, tune)
	v.login(chamber)
	v.login(orchard, tune)
	v.login(kitchen)
	v.login(street, tune)
	v.silent("nothing is published")
	return v
}

func TestPublish(t *testing.T) {
	v := play(t, pep.Limits{})
	v.asks("XEP-0163 #publish: the node is made", balcony, "type='set'", publication(tune, "current", song("Introduction")), "")
	told := event("<items node='" + tune + "'><item id='current'>" + song("Introduction") + "</item></items>")
	named := strings.Replace(told, "</message>",
		"<addresses xmlns='http://jabber.org/protocol/address'><address type='replyto' jid='"+balcony+"'/></addresses></message>", 1)
	v.hears("XEP-0163 #notify: the owner's devices that want it", balcony, named)
	v.hears("XEP-0060 #filtered-notifications: not the others", chamber)
	v.hears("XEP-0163 #notify: contacts who share presence, #notify-addressing", orchard, named)
	v.hears("XEP-0060 #filtered-notifications: not the others", kitchen)
	v.hears("XEP-0060 #security-access: nobody else", street)

	v.asks("XEP-0060 #subscriber-retrieve-returnall", orchard, "type='get' to='juliet@capulet.lit'", items(tune, ""),
		items(tune, "<item id='current'>"+song("Introduction")+"</item>"))
	v.asks("XEP-0060 #subscriber-retrieve-error-presence", street, "type='get' to='juliet@capulet.lit'", items(tune, ""),
		wantError("auth", "not-authorized", "presence-subscription-required"))
	v.asks("XEP-0060 #publisher-publish-success: an id is made", balcony, "type='set'", publication(tune, "", song("Allegro")),
		"<pubsub xmlns='"+pep.NS+"'><publish node='"+tune+"'><item id='*'/></publish></pubsub>")
	v.hears("one item is kept, and the new one says so", orchard, event("<items node='"+tune+"'><item id='*'>"+song("Allegro")+"</item></items>"))
	v.asks("XEP-0384 #bundles: one item is kept", orchard, "type='get' to='juliet@capulet.lit'", items(tune, "<item id='current'/>"), items(tune, ""))
}

func TestPublishErrors(t *testing.T) {
	const set = "type='set'"
	ns := "<pubsub xmlns='" + pep.NS + "'>"
	tests := []struct{ why, full, head, payload, want string }{
		{
			"XEP-0060 #publisher-publish-error-forbidden: no node of theirs", orchard, set + " to='juliet@capulet.lit'",
			publication(tune, "1", song("x")), wantError("auth", "forbidden", ""),
		},
		{
			"XEP-0060 #publisher-publish-request: node", balcony, set, ns + "<publish><item/></publish></pubsub>",
			wantError("modify", "bad-request", "nodeid-required"),
		},
		{
			"XEP-0060 #publisher-publish-error-badrequest: no item", balcony, set, ns + "<publish node='x'/></pubsub>",
			wantError("modify", "bad-request", "item-required"),
		},
		{
			"XEP-0060 #publisher-publish-error-badrequest: no payload", balcony, set, ns + "<publish node='x'><item id='1'/></publish></pubsub>",
			wantError("modify", "bad-request", "payload-required"),
		},
		{
			"XEP-0060 #publisher-publish-error-badpayload: two", balcony, set, publication("x", "1", "<a xmlns='x'/><b xmlns='x'/>"),
			wantError("modify", "bad-request", "invalid-payload"),
		},
		{
			"XEP-0060 #publisher-publish-error-badpayload: namespace", balcony, set, publication("x", "1", "<a xmlns='x'/>", "pubsub#type=y"),
			wantError("modify", "bad-request", "invalid-payload"),
		},
		{
			"XEP-0060 #publisher-publish-error-badrequest: transient", balcony, set,
			publication("x", "1", "<a xmlns='x'/>", "pubsub#persist_items=0", "pubsub#deliver_payloads=false"),
			wantError("modify", "bad-request", "item-forbidden"),
		},
		{
			"XEP-0060 #publisher-publish-request: batches", balcony, set, ns + "<publish node='x'><item/><item/></publish></pubsub>",
			wantError("modify", "bad-request", ""),
		},
		{
			"XEP-0060 #publisher-publish-error-bigpayload", balcony, set, publication("x", "1", "<a xmlns='x'>"+strings.Repeat("a", 2000)+"</a>"),
			wantError("modify", "not-acceptable", "payload-too-big"),
		},
		{
			"XEP-0060 #publisher-publish-options: unknown field", balcony, set, publication("x", "1", "<a xmlns='x'/>", "pubsub#magic=1"),
			wantError("cancel", "conflict", "precondition-not-met"),
		},
		{
			"XEP-0060 #owner-create-default: unknown access model", balcony, set, publication("x", "1", "<a xmlns='x'/>", "pubsub#access_model=friends"),
			wantError("modify", "not-acceptable", "unsupported-access-model"),
		},
		{
			"XEP-0060 #publisher-publish-options: FORM_TYPE", balcony, set,
			ns + "<publish node='x'><item><a xmlns='x'/></item></publish><publish-options>" + submission("x", nil) + "</publish-options></pubsub>",
			wantError("modify", "bad-request", ""),
		},
		{
			"XEP-0004 #protocol-formtypes: a form that asks", balcony, set,
			ns + "<publish node='x'><item><a xmlns='x'/></item></publish><publish-options><x xmlns='jabber:x:data' type='form'/></publish-options></pubsub>",
			wantError("modify", "bad-request", ""),
		},
		{"RFC 6120 §8.3.3.3", balcony, set, ns + "<dance/></pubsub>", wantError("cancel", "feature-not-implemented", "")},
		{"nothing", balcony, set, ns + "</pubsub>", wantError("modify", "bad-request", "")},
		{"a long name", balcony, set, publication(strings.Repeat("n", 4000), "1", "<a xmlns='x'/>"), wantError("modify", "not-acceptable", "")},
		{"a long id", balcony, set, publication("x", strings.Repeat("n", 4000), "<a xmlns='x'/>"), wantError("modify", "not-acceptable", "")},
		{
			"XEP-0060 #subscriber-configure-support", balcony, "type='get'", ns + "<options node='x' jid='" + balcony + "'/></pubsub>",
			wantError("cancel", "feature-not-implemented", "unsupported feature='subscription-options'"),
		},
	}
	v := play(t, pep.Limits{ItemBytes: 1000})
	for _, tt := range tests {
		v.asks(tt.why, tt.full, tt.head, tt.payload, tt.want)
	}
	v.silent("nothing was published")
	if nodes, err := v.service.Nodes(t.Context(), juliet); err != nil || len(nodes) != 0 {
		t.Errorf("nodes were made: %v, %v", nodes, err)
	}
}

func TestPublishOptions(t *testing.T) {
	v := play(t, pep.Limits{Items: 10})
	private := []string{"pubsub#persist_items=true", "pubsub#access_model=whitelist", "pubsub#max_items=max", "pubsub#send_last_published_item=never"}
	v.asks("XEP-0223 #publish", balcony, "type='set'", publication(tune, "1", song("x"), private...), "")
	v.hears("XEP-0223: the own devices", balcony, event("<items node='"+tune+"'/>"))
	v.hears("XEP-0223: nobody else", orchard)
	v.asks("XEP-0060 #subscriber-retrieve-error-whitelist", orchard, "type='get' to='juliet@capulet.lit'", items(tune, ""),
		wantError("cancel", "not-allowed", "closed-node"))
	v.asks("XEP-0060 #publisher-publish-options: met", balcony, "type='set'", publication(tune, "2", song("y"), private...), "")
	v.asks("a number beyond the limit is max", balcony, "type='set'", publication(tune, "2", song("z"), "pubsub#max_items=9999"), "")
	v.asks("XEP-0060 #publisher-publish-options: not met", balcony, "type='set'", publication(tune, "3", song("y"), "pubsub#access_model=open"),
		wantError("cancel", "conflict", "precondition-not-met"))
	v.asks("XEP-0060 #publisher-publish-options: not met", balcony, "type='set'", publication(tune, "3", song("y"), "pubsub#max_items=3"),
		wantError("cancel", "conflict", "precondition-not-met"))
	v.asks("in the order of publication, changed ones last", balcony, "type='get'", items(tune, ""),
		items(tune, "<item id='1'>"+song("x")+"</item><item id='2'>"+song("z")+"</item>"))
}

// TestOMEMO: what clients publish so that strangers can write to them (XEP-0384
// #devices, #bundles).
func TestOMEMO(t *testing.T) {
	v := play(t, pep.Limits{})
	const devices, bundles = "eu.siacs.conversations.axolotl.devicelist", "urn:xmpp:omemo:2:bundles"
	v.asks("the devices", balcony, "type='set'", publication(devices, "current", "<list xmlns='x'/>", "pubsub#access_model=open"), "")
	for _, id := range []string{"1", "2"} {
		v.asks("the bundles", balcony, "type='set'", publication(bundles, id, "<bundle xmlns='x'/>", "pubsub#access_model=open", "pubsub#max_items=max"), "")
	}
	v.asks("XEP-0384 #devices: who does not see the presence", street, "type='get' to='juliet@capulet.lit'", items(devices, ""),
		items(devices, "<item id='current'/>"))
	v.asks("XEP-0384 #bundles: several items", street, "type='get' to='juliet@capulet.lit'", items(bundles, ""),
		items(bundles, "<item id='1'/><item id='2'/>"))
}

func TestNodeFull(t *testing.T) {
	v := play(t, pep.Limits{})
	for i := range 4 {
		v.asks("two are kept", balcony, "type='set'", publication(tune, fmt.Sprint(i), song("x"), "pubsub#max_items=2"), "")
	}
	item := func(id string) string { return event("<items node='" + tune + "'><item id='" + id + "'/></items>") }
	gone := func(id string) string { return event("<items node='" + tune + "'><retract id='" + id + "'/></items>") }
	v.hears("XEP-0060 #publisher-publish-success-nodefull: retract-oldest", orchard, item("0"), item("1"), item("2"), gone("0"), item("3"), gone("1"))

	const full = "urn:verona:full"
	reject := []string{"pubsub#max_items=1", "pubsub#publish_node_full=reject"}
	v.asks("the first", balcony, "type='set'", publication(full, "1", "<a xmlns='x'/>", reject...), "")
	v.asks("XEP-0060 #publisher-publish-error-nodefull", balcony, "type='set'", publication(full, "2", "<a xmlns='x'/>", reject...),
		wantError("cancel", "conflict", "node-full"))
	v.asks("XEP-0060 #publisher-publish-error: the same id is no new item", balcony, "type='set'", publication(full, "1", "<b xmlns='x'/>", reject...), "")
}

func TestLimits(t *testing.T) {
	v := play(t, pep.Limits{Nodes: 2, Bytes: 1000})
	big := "<a xmlns='x'>" + strings.Repeat("a", 600) + "</a>"
	v.asks("the first", balcony, "type='set'", publication("a", "1", big), "")
	v.asks("all bytes", balcony, "type='set'", publication("b", "1", big), wantError("modify", "policy-violation", ""))
	v.asks("in place of the other", balcony, "type='set'", publication("a", "2", big), "")
	v.asks("the second", balcony, "type='set'", publication("b", "1", "<a xmlns='x'/>"), "")
	v.asks("XEP-0060 #schemas-error: too many", balcony, "type='set'", publication("c", "1", "<a xmlns='x'/>"),
		wantError("modify", "policy-violation", "max-nodes-exceeded"))
	v.asks("one goes", balcony, "type='set'", owner("<delete node='a'/>"), "")
	v.asks("and another comes", balcony, "type='set'", publication("c", "1", big), "")
}

func TestOnChange(t *testing.T) {
	v := newVerona(t, pep.Limits{})
	var seen []string
	v.service.OnChange(func(ctx context.Context, c pep.Change) {
		seen = append(seen, fmt.Sprint(c.Owner, " ", c.Node, " ", len(c.Published), c.Retracted, c.Deleted, c.Purged))
		if c.Node == "a" && len(c.Published) > 0 {
			// XEP-0398 and its kin: a change makes another
			if err := v.service.Publish(ctx, c.Owner, "b", pep.Item{ID: "copy", Payload: c.Published[0].Payload}, nil); err != nil {
				t.Error(err)
			}
		}
	})
	v.login(balcony, "a", "b")
	v.asks("publish", balcony, "type='set'", publication("a", "1", "<a xmlns='x'/>"), "")
	v.hears("in order", balcony, event("<items node='a'><item id='1'/></items>"), event("<items node='b'><item id='copy'/></items>"))
	opts := form.New(form.Submit, pep.PublishOptions, form.Field{Var: "pubsub#max_items", Values: []string{"max"}})
	for _, id := range []string{"1", "2", "3"} {
		if err := v.service.Publish(t.Context(), juliet, "c", pep.Item{ID: id, Payload: []byte("<c xmlns='x'/>")}, opts); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.service.Retract(t.Context(), juliet, "c", "1"); err != nil {
		t.Fatal(err)
	}
	got, err := v.service.Items(t.Context(), juliet, "c", 1)
	if err != nil || len(got) != 1 || got[0].ID != "3" || got[0].Publisher != juliet || got[0].Published.IsZero() {
		t.Errorf("the newest: %+v, %v", got, err)
	}
	if got, err = v.service.Items(t.Context(), juliet, "c", 0); err != nil || len(got) != 2 || got[0].ID != "2" {
		t.Errorf("all: %+v, %v", got, err)
	}
	v.asks("purge", balcony, "type='set'", owner("<purge node='c'/>"), "")
	v.asks("delete", balcony, "type='set'", owner("<delete node='c'/>"), "")
	want := []string{
		"juliet@capulet.lit a 1 [] false false", "juliet@capulet.lit b 1 [] false false",
		"juliet@capulet.lit c 1 [] false false", "juliet@capulet.lit c 1 [] false false", "juliet@capulet.lit c 1 [] false false",
		"juliet@capulet.lit c 0 [1] false false", "juliet@capulet.lit c 0 [] false true", "juliet@capulet.lit c 0 [] true false",
	}
	if !slices.Equal(seen, want) {
		t.Errorf("seen:\n%s", strings.Join(seen, "\n"))
	}
}

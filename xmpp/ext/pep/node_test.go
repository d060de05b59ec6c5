package pep_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/ext/pep"
)

const nsConfig = pep.NS + "#node_config"

// configure is a request to configure a node, with "name=value" fields.
func configure(node string, fields ...string) string {
	return owner("<configure node='" + node + "'>" + submission(nsConfig, fields) + "</configure>")
}

// create is a request to create a node.
func create(node string, fields ...string) string {
	if node != "" {
		node = " node='" + node + "'"
	}
	c := ""
	if fields != nil {
		c = "<configure>" + submission(nsConfig, fields) + "</configure>"
	}
	return "<pubsub xmlns='" + pep.NS + "'><create" + node + "/>" + c + "</pubsub>"
}

func TestCreateAndConfigure(t *testing.T) {
	const set, get = "type='set'", "type='get'"
	v := play(t, pep.Limits{Items: 5})
	v.asks("XEP-0060 #owner-create-and-configure", balcony, set,
		create(tune, "pubsub#access_model=open", "pubsub#max_items=3", "pubsub#body_xslt=x", "pubsub#node_type=leaf"), "")
	v.asks("XEP-0060 #owner-create-general: it is there", balcony, set, create(tune), wantError("cancel", "conflict", ""))
	v.asks("XEP-0060 #owner-create-general: not theirs", orchard, set+" to='juliet@capulet.lit'", create("x"), wantError("auth", "forbidden", ""))
	v.asks("XEP-0060 #owner-create-general: an instant node", balcony, set, create(""),
		"<pubsub xmlns='"+pep.NS+"'><create node='*'/></pubsub>")
	v.asks("XEP-0060 #owner-create-and-configure: a node of its own", balcony, set,
		"<pubsub xmlns='"+pep.NS+"'><create node='y'/><configure node='y'/></pubsub>", wantError("modify", "bad-request", ""))
	v.asks("XEP-0060 #owner-configure-success", balcony, get, owner("<configure node='"+tune+"'/>"),
		owner("<configure node='"+tune+"'><x xmlns='jabber:x:data' type='form'><field var='FORM_TYPE' type='hidden'><value>"+nsConfig+"</value></field>"+
			"<field var='pubsub#access_model' type='list-single'><value>open</value></field>"+
			"<field var='pubsub#max_items'><value>3</value></field></x></configure>"))
	v.asks("XEP-0060 #owner-configure-submit: what is left out stays", balcony, set, configure(tune, "pubsub#max_items=max", "pubsub#title=Tunes"), "")
	v.asks("XEP-0060 #owner-configure-success", balcony, get, owner("<configure node='"+tune+"'/>"),
		owner("<configure node='"+tune+"'><x xmlns='jabber:x:data'><field var='pubsub#title'><value>Tunes</value></field>"+
			"<field var='pubsub#access_model'><value>open</value></field><field var='pubsub#max_items'><value>max</value></field></x></configure>"))
	v.asks("XEP-0163 #defaults, #support", balcony, get, owner("<default/>"),
		owner("<default><x xmlns='jabber:x:data'><field var='pubsub#access_model'><value>presence</value></field>"+
			"<field var='pubsub#persist_items'><value>1</value></field><field var='pubsub#max_items'><value>1</value></field>"+
			"<field var='pubsub#deliver_notifications'><value>1</value></field>"+
			"<field var='pubsub#send_last_published_item'><value>on_sub_and_presence</value></field></x></default>"))
	for _, tt := range []struct{ why, full, head, payload, want string }{
		{"XEP-0060 #owner-configure-error-forbidden", orchard, get + " to='juliet@capulet.lit'", owner("<configure node='" + tune + "'/>"), wantError("auth", "forbidden", "")},
		{"XEP-0060 #owner-configure-error-nodeid", balcony, get, owner("<configure/>"), wantError("modify", "bad-request", "nodeid-required")},
		{"XEP-0060 #owner-configure-error-node", balcony, get, owner("<configure node='x'/>"), wantError("cancel", "item-not-found", "")},
		{"XEP-0060 #owner-configure-process-failure", balcony, set, configure(tune, "pubsub#max_items=none"), wantError("modify", "not-acceptable", "")},
		{"XEP-0060 #owner-configure-process-failure", balcony, set, configure(tune, "pubsub#purge_offline=1"), wantError("modify", "not-acceptable", "")},
		{"XEP-0060 #owner-configure-process-failure", balcony, set, configure(tune, "pubsub#node_type=collection"), wantError("modify", "not-acceptable", "")},
		{"XEP-0060 #owner-configure-process-failure", balcony, set, configure(tune, "pubsub#subscribe=maybe"), wantError("modify", "not-acceptable", "")},
		{"the form is missing", balcony, set, owner("<configure node='" + tune + "'/>"), wantError("modify", "bad-request", "")},
		{"two forms", balcony, set, owner("<configure node='" + tune + "'>" + submission(nsConfig, nil) + submission(nsConfig, nil) + "</configure>"), wantError("modify", "bad-request", "")},
		{"XEP-0068: another form", balcony, set, owner("<configure node='" + tune + "'>" + submission("x", nil) + "</configure>"), wantError("modify", "bad-request", "")},
		{"XEP-0060 #owner-default-type-request", balcony, get, owner("<default type='collection'/>"), wantError("cancel", "feature-not-implemented", "unsupported feature='collections'")},
		{"XEP-0060 #owner-configure-submit: cancelled", balcony, set, owner("<configure node='" + tune + "'><x xmlns='jabber:x:data' type='cancel'/></configure>"), ""},
	} {
		v.asks(tt.why, tt.full, tt.head, tt.payload, tt.want)
	}
	v.silent("XEP-0060 #owner-configure-process-notify: not by default")
	v.asks("turn it on", balcony, set, configure(tune, "pubsub#notify_config=1"), "")
	v.hears("XEP-0060 #owner-configure-process-notify", orchard, event("<configuration node='"+tune+"'><x xmlns='jabber:x:data' type='result'/></configuration>"))
}

func TestConfigureItems(t *testing.T) {
	v := play(t, pep.Limits{})
	for _, id := range []string{"1", "2", "3"} {
		v.asks("publish", balcony, "type='set'", publication(tune, id, song("x"), "pubsub#max_items=max"), "")
	}
	v.asks("fewer are kept", balcony, "type='set'", configure(tune, "pubsub#max_items=1"), "")
	v.asks("the newest", balcony, "type='get'", items(tune, ""), items(tune, "<item id='3'/>"))
	v.asks("none is kept", balcony, "type='set'", configure(tune, "pubsub#persist_items=0"), "")
	v.asks("XEP-0060 #subscriber-retrieve-error-persistent", balcony, "type='get'", items(tune, ""),
		wantError("cancel", "feature-not-implemented", "unsupported feature='persistent-items'"))
	v.asks("XEP-0060 #owner-purge-error-nopersist", balcony, "type='set'", owner("<purge node='"+tune+"'/>"),
		wantError("cancel", "feature-not-implemented", "unsupported feature='persistent-items'"))
	v.clients[orchard].got = nil
	v.asks("a transient event", balcony, "type='set'", publication(tune, "4", song("y")), "")
	v.hears("XEP-0060 #events: with its payload", orchard, event("<items node='"+tune+"'><item id='4'>"+song("y")+"</item></items>"))
	v.asks("kept again", balcony, "type='set'", configure(tune, "pubsub#persist_items=1", "pubsub#deliver_payloads=0", "pubsub#itemreply=publisher"), "")
	v.asks("publish", balcony, "type='set'", publication(tune, "5", song("y")), "")
	v.hears("XEP-0060 #publisher-publish-success-withoutpayload, -publisher", orchard, event("<items node='"+tune+"'><item id='5' publisher='"+balcony+"'/></items>"))
	v.asks("XEP-0060 #publisher-publish-success-publisher", orchard, "type='get' to='juliet@capulet.lit'", items(tune, ""),
		items(tune, "<item id='5' publisher='"+balcony+"'>"+song("y")+"</item>"))
	v.asks("no events", balcony, "type='set'", configure(tune, "pubsub#deliver_notifications=0"), "")
	v.asks("publish", balcony, "type='set'", publication(tune, "6", song("y")), "")
	v.hears("none", orchard)
}

func TestExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := play(t, pep.Limits{})
		v.asks("publish", balcony, "type='set'", publication(tune, "1", song("x"), "pubsub#item_expire=60", "pubsub#max_items=max"), "")
		time.Sleep(30 * time.Second)
		v.asks("publish", balcony, "type='set'", publication(tune, "2", song("x")), "")
		v.asks("both", balcony, "type='get'", items(tune, ""), items(tune, "<item id='1'/><item id='2'/>"))
		time.Sleep(30 * time.Second)
		got := v.says(balcony, "type='get'", items(tune, ""))
		if strings.Contains(got, "id='1'>") || !strings.Contains(got, "id='2'>") {
			t.Errorf("after a minute: %s", got)
		}
		v.asks("it is gone", balcony, "type='set'", retraction(tune, "1"), wantError("cancel", "item-not-found", ""))
	})
}

func retraction(node, id string, attr ...string) string {
	return "<pubsub xmlns='" + pep.NS + "'><retract node='" + node + "'" + strings.Join(attr, "") + "><item id='" + id + "'/></retract></pubsub>"
}

func TestRetractPurgeDelete(t *testing.T) {
	const set = "type='set'"
	v := play(t, pep.Limits{})
	v.asks("a node", balcony, set, create(tune, "pubsub#max_items=max", "pubsub#notify_retract=0"), "")
	for _, id := range []string{"1", "2", "3", "4"} {
		v.asks("publish", balcony, set, publication(tune, id, song("x")), "")
	}
	v.clients[orchard].got = nil
	v.asks("XEP-0060 #publisher-delete-success", balcony, set, retraction(tune, "1"), "")
	v.hears("XEP-0060 #publisher-delete-success: the node says no", orchard)
	v.asks("XEP-0060 #publisher-delete-request", balcony, set, retraction(tune, "2", " notify='1'"), "")
	v.hears("XEP-0060 #publisher-delete-success-notify", orchard, event("<items node='"+tune+"'><retract id='2'/></items>"))
	for _, tt := range []struct{ why, full, head, payload, want string }{
		{"XEP-0060 #publisher-delete-error-forbidden", orchard, set + " to='juliet@capulet.lit'", retraction(tune, "3"), wantError("auth", "forbidden", "")},
		{"XEP-0060 #publisher-delete-error-node", balcony, set, retraction("x", "3"), wantError("cancel", "item-not-found", "")},
		{"XEP-0060 #publisher-delete-error-node", balcony, set, retraction(tune, "9"), wantError("cancel", "item-not-found", "")},
		{"XEP-0060 #publisher-delete-error-nodeid", balcony, set, retraction("", "3"), wantError("modify", "bad-request", "nodeid-required")},
		{"XEP-0060 #publisher-delete-error-itemid", balcony, set, retraction(tune, ""), wantError("modify", "bad-request", "item-required")},
		{"XEP-0060 #owner-purge-error-forbidden", orchard, set + " to='juliet@capulet.lit'", owner("<purge node='" + tune + "'/>"), wantError("auth", "forbidden", "")},
		{"XEP-0060 #owner-purge-error-node", balcony, set, owner("<purge node='x'/>"), wantError("cancel", "item-not-found", "")},
		{"XEP-0060 #owner-delete-error-forbidden", orchard, set + " to='juliet@capulet.lit'", owner("<delete node='" + tune + "'/>"), wantError("auth", "forbidden", "")},
		{"XEP-0060 #owner-delete-error-node", balcony, set, owner("<delete node='x'/>"), wantError("cancel", "item-not-found", "")},
	} {
		v.asks(tt.why, tt.full, tt.head, tt.payload, tt.want)
	}
	v.asks("tell of it", balcony, set, configure(tune, "pubsub#notify_retract=1"), "")
	v.asks("XEP-0060 #owner-purge-success", balcony, set, owner("<purge node='"+tune+"'/>"), "")
	v.hears("XEP-0060 #owner-purge-success: one event", orchard, event("<purge node='"+tune+"'/>"))
	v.asks("XEP-0060 #subscriber-retrieve-error-items", balcony, "type='get'", items(tune, ""), items(tune, ""))
	v.asks("XEP-0060 #owner-delete-success", balcony, set, owner("<delete node='"+tune+"'><redirect uri='xmpp:x@y?;node=z'/></delete>"), "")
	v.hears("XEP-0060 #owner-delete-success", orchard, event("<delete node='"+tune+"'><redirect uri='xmpp:x@y?;node=z'/></delete>"))
	v.asks("XEP-0060 #subscriber-retrieve-error-node", balcony, "type='get'", items(tune, ""), wantError("cancel", "item-not-found", ""))
}

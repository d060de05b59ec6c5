// Package xep0060 checks the parts of publish-subscribe that accounts offer as their
// own services (XEP-0163), beyond the defaults.
package xep0060

import (
	"fmt"

	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

const (
	ns      = "http://jabber.org/protocol/pubsub"
	nsOwner = "http://jabber.org/protocol/pubsub#owner"
	nsEvent = "http://jabber.org/protocol/pubsub#event"
	nsItems = "http://jabber.org/protocol/disco#items"
	nsForm  = "jabber:x:data"
)

func needs(features ...string) []string {
	list := []string{"account:pubsub/pep"}
	for _, f := range features {
		list = append(list, "account:"+ns+"#"+f)
	}
	return list
}

// publish has somebody publish an item at a node of the own account, with a form of
// options that may be empty.
func publish(c *run.Client, id, options string) *oracle.Element {
	if options != "" {
		options = "<publish-options><x xmlns='" + nsForm + "' type='submit'><field var='FORM_TYPE' type='hidden'><value>" + ns + "#publish-options</value></field>" + options + "</x></publish-options>"
	}
	return c.Ask("set", "", "<pubsub xmlns='%s'><publish node='%s'><item id='%s'><a xmlns='urn:example:a'>%s</a></item></publish>%s</pubsub>", ns, node, id, id, options)
}

func items(node, inner string) string {
	return fmt.Sprintf("<pubsub xmlns='%s'><items node='%s'>%s</items></pubsub>", ns, node, inner)
}

func field(name, value string) string {
	return "<field var='pubsub#" + name + "'><value>" + value + "</value></field>"
}

const node = "urn:example:node"

// Checks gives the checks of XEP-0060.
func Checks() []run.Check {
	return []run.Check{
		{ID: "0060/publisher-publish/made-up-id", Level: run.Should, Text: "an item without an id gets one, which the answer tells", Needs: needs(), Run: func(t *run.T) {
			c := t.Online("romeo")
			e := c.Set("", "<pubsub xmlns='%s'><publish node='%s'><item><a xmlns='urn:example:a'/></item></publish></pubsub>", ns, node)
			t.True(run.Inside(e, oracle.Pattern("<item xmlns='"+ns+"' id='*'/>")), "came %.300s", e.Raw)
		}},
		{ID: "0060/subscriber-retrieve-error-node/unknown", Level: run.Must, Text: "the items of a node that is not there are item-not-found", Needs: needs(), Run: run.Refuses("get", "", items("urn:example:{word}", ""), "item-not-found")},
		{ID: "0060/subscriber-retrieve-requestone/one", Level: run.Should, Text: "one item can be asked for by its id", Needs: needs("persistent-items"), Run: func(t *run.T) {
			c := t.Online("romeo")
			publish(c, "i1", field("max_items", "10"))
			publish(c, "i2", field("max_items", "10"))
			e := c.Get("", items(node, "<item id='i1'/>"))
			t.True(len(e.All(ns, "item")) == 1 && run.Inside(e, oracle.Pattern("<item xmlns='"+ns+"' id='i1'/>")), "came %.300s", e.Raw)
		}},
		{ID: "0060/publisher-publish-options/applied", Level: run.Must, Text: "options that come with the first item configure the node", Needs: needs("publish-options"), Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			e := publish(r, "i1", field("access_model", "open"))
			t.True(e.Attr("type") == "result", "came %.300s", e.Raw)
			t.True(run.Inside(j.Get(r.Bare, items(node, "")), oracle.Pattern("<item xmlns='"+ns+"' id='i1'/>")), "a stranger does not get it")
		}},
		{ID: "0060/publisher-publish-options/precondition", Level: run.Must, Text: "options that the node does not have refuse the item with conflict", Needs: needs("publish-options"), Run: func(t *run.T) {
			c := t.Online("romeo")
			publish(c, "i1", field("access_model", "open"))
			e := publish(c, "i2", field("access_model", "whitelist"))
			t.True(e.Condition() == "conflict", "came %.300s", e.Raw)
		}},
		{ID: "0060/publisher-publish-options/precondition-detail", Level: run.Must, Text: "and say that it is because of a precondition", Needs: needs("publish-options"), Run: func(t *run.T) {
			c := t.Online("romeo")
			publish(c, "i1", field("access_model", "open"))
			e := publish(c, "i2", field("access_model", "whitelist"))
			t.True(e.Find(ns+"#errors", "precondition-not-met") != nil, "came %.300s", e.Raw)
		}},
		{ID: "0060/publisher-delete/retracted", Level: run.Must, Text: "an item that is retracted is gone", Needs: needs(), Run: func(t *run.T) {
			c := t.Online("romeo")
			publish(c, "i1", "")
			c.Set("", "<pubsub xmlns='%s'><retract node='%s'><item id='i1'/></retract></pubsub>", ns, node)
			e := c.Ask("get", "", "%s", items(node, ""))
			t.True(len(e.All(ns, "item")) == 0, "came %.300s", e.Raw)
		}},
		{ID: "0060/publisher-delete-error-itemid/no-id", Level: run.Must, Text: "a retraction of no item is refused with bad-request", Needs: needs(), Run: func(t *run.T) {
			c := t.Online("romeo")
			publish(c, "i1", "")
			c.Refused(c.Ask("set", "", "<pubsub xmlns='%s'><retract node='%s'/></pubsub>", ns, node), "bad-request")
		}},
		{ID: "0060/owner-configure/form", Level: run.Must, Text: "the owner gets the form of a node", Needs: needs("config-node"), Run: func(t *run.T) {
			c := t.Online("romeo")
			publish(c, "i1", "")
			e := c.Get("", "<pubsub xmlns='%s'><configure node='%s'/></pubsub>", nsOwner, node)
			t.True(run.Inside(e, oracle.Pattern("<x xmlns='"+nsForm+"' type='form'><field var='FORM_TYPE'><value>"+ns+"#node_config</value></field></x>")), "came %.300s", e.Raw)
		}},
		{ID: "0060/owner-configure-process/changed", Level: run.Must, Text: "a form that is submitted changes the node", Needs: needs("config-node"), Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			publish(r, "i1", "")
			r.Set("", "<pubsub xmlns='%s'><configure node='%s'><x xmlns='%s' type='submit'><field var='FORM_TYPE' type='hidden'><value>%s#node_config</value></field>%s</x></configure></pubsub>", nsOwner, node, nsForm, ns, field("access_model", "open"))
			t.True(run.Inside(j.Get(r.Bare, items(node, "")), oracle.Pattern("<item xmlns='"+ns+"' id='i1'/>")), "a stranger does not get it")
		}},
		{ID: "0060/owner-configure-error-forbidden/forbidden", Level: run.Must, Text: "who is not the owner is refused with forbidden", Needs: needs("config-node"), Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			publish(r, "i1", "")
			j.Refused(j.Ask("get", r.Bare, "<pubsub xmlns='%s'><configure node='%s'/></pubsub>", nsOwner, node), "forbidden", "not-allowed", "service-unavailable", "item-not-found")
		}},
		{ID: "0060/owner-create/made", Level: run.Must, Text: "a node can be made without an item", Needs: needs("create-nodes"), Run: func(t *run.T) {
			c := t.Online("romeo")
			c.Set("", "<pubsub xmlns='%s'><create node='%s'/></pubsub>", ns, node)
			e := c.Get("", items(node, ""))
			t.True(e.Find(ns, "items") != nil && len(e.All(ns, "item")) == 0, "came %.300s", e.Raw)
		}},
		{ID: "0060/owner-create/conflict", Level: run.Must, Text: "a node that is there already is refused with conflict", Needs: needs("create-nodes"), Run: func(t *run.T) {
			c := t.Online("romeo")
			c.Set("", "<pubsub xmlns='%s'><create node='%s'/></pubsub>", ns, node)
			c.Refused(c.Ask("set", "", "<pubsub xmlns='%s'><create node='%s'/></pubsub>", ns, node), "conflict")
		}},
		{ID: "0060/owner-delete/gone", Level: run.Must, Text: "a node that is deleted is gone", Needs: needs("delete-nodes"), Run: func(t *run.T) {
			c := t.Online("romeo")
			publish(c, "i1", "")
			c.Set("", "<pubsub xmlns='%s'><delete node='%s'/></pubsub>", nsOwner, node)
			c.Refused(c.Ask("get", "", "%s", items(node, "")), "item-not-found")
		}},
		{ID: "0060/owner-delete-error-forbidden/forbidden", Level: run.Must, Text: "nobody deletes somebody else's node", Needs: needs("delete-nodes"), Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			publish(r, "i1", "")
			j.Refused(j.Ask("set", r.Bare, "<pubsub xmlns='%s'><delete node='%s'/></pubsub>", nsOwner, node))
		}},
		{ID: "0060/owner-delete-error-node/unknown", Level: run.Must, Text: "the deletion of a node that is not there is item-not-found", Needs: needs("delete-nodes"), Run: run.Refuses("set", "", "<pubsub xmlns='"+nsOwner+"'><delete node='urn:example:{word}'/></pubsub>", "item-not-found")},
		{ID: "0060/owner-purge/empty", Level: run.Must, Text: "a node that is purged is empty", Needs: needs("purge-nodes"), Run: func(t *run.T) {
			c := t.Online("romeo")
			publish(c, "i1", "")
			c.Set("", "<pubsub xmlns='%s'><purge node='%s'/></pubsub>", nsOwner, node)
			e := c.Get("", items(node, ""))
			t.True(len(e.All(ns, "item")) == 0, "came %.300s", e.Raw)
		}},
		{ID: "0060/accessmodels/whitelist", Level: run.Must, Text: "a node with a whitelist is closed to contacts, too", Needs: needs("publish-options"), Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			t.Friends(r, j)
			publish(r, "i1", field("access_model", "whitelist"))
			j.Refused(j.Ask("get", r.Bare, "%s", items(node, "")))
		}},
		{ID: "0060/subscriber-subscribe/told", Level: run.Must, Text: "who subscribes to an open node is told of what is published", Needs: needs("publish-options", "subscribe"), Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			publish(r, "i0", field("access_model", "open"))
			j.Set(r.Bare, "<pubsub xmlns='%s'><subscribe node='%s' jid='%s'/></pubsub>", ns, node, j.Bare)
			publish(r, "i1", "")
			j.Want("<message from='%s'><event xmlns='%s'><items node='%s'><item id='i1'/></items></event></message>", r.Bare, nsEvent, node)
		}},
		{ID: "0060/subscriber-subscribe-error-nomatch/foreign", Level: run.Must, Text: "nobody subscribes somebody else: bad-request", Needs: needs("publish-options", "subscribe"), Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			publish(r, "i0", field("access_model", "open"))
			j.Refused(j.Ask("set", r.Bare, "<pubsub xmlns='%s'><subscribe node='%s' jid='%s'/></pubsub>", ns, node, t.Bare("nurse")), "bad-request", "not-authorized", "forbidden")
		}},
		{ID: "0060/subscriber-unsubscribe/silent", Level: run.Must, Text: "who unsubscribes is told no more", Needs: needs("publish-options", "subscribe"), Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			publish(r, "i0", field("access_model", "open"))
			j.Set(r.Bare, "<pubsub xmlns='%s'><subscribe node='%s' jid='%s'/></pubsub>", ns, node, j.Bare)
			j.Set(r.Bare, "<pubsub xmlns='%s'><unsubscribe node='%s' jid='%s'/></pubsub>", ns, node, j.Bare)
			t.Settle(j, r)
			j.Drop()
			publish(r, "i1", "")
			t.Settle(r, j)
			j.Without("<item xmlns='" + nsEvent + "' id='i1'/>")
		}},
		{ID: "0060/subscriber-unsubscribe-error-nosub/unexpected", Level: run.Must, Text: "who has not subscribed and unsubscribes is refused", Needs: needs("publish-options", "subscribe"), Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			publish(r, "i0", field("access_model", "open"))
			j.Refused(j.Ask("set", r.Bare, "<pubsub xmlns='%s'><unsubscribe node='%s' jid='%s'/></pubsub>", ns, node, j.Bare), "unexpected-request", "not-acceptable", "bad-request", "item-not-found")
		}},
		{ID: "0060/entity-nodes/listed", Level: run.Must, Text: "the nodes of the own account are its items in discovery", Needs: needs(), Run: func(t *run.T) {
			c := t.Online("romeo")
			publish(c, "i1", "")
			e := c.Get(c.Bare, "<query xmlns='%s'/>", nsItems)
			t.True(run.Inside(e, oracle.Pattern("<item xmlns='"+nsItems+"' node='"+node+"'/>")), "came %.300s", e.Raw)
		}},
		{ID: "0060/publisher-publish-error-badrequest/no-node", Level: run.Must, Text: "to publish at no node is refused", Needs: needs(), Run: run.Refuses("set", "", "<pubsub xmlns='"+ns+"'><publish><item id='a'><a xmlns='urn:example:a'/></item></publish></pubsub>")},
	}
}

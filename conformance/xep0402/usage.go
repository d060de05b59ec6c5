// Package xep0402 checks bookmarks in personal nodes.
package xep0402

import (
	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

const (
	ns       = "urn:xmpp:bookmarks:1"
	nsPubsub = "http://jabber.org/protocol/pubsub"
)

const options = "<publish-options><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/pubsub#publish-options</value></field>" +
	"<field var='pubsub#persist_items'><value>true</value></field><field var='pubsub#max_items'><value>max</value></field>" +
	"<field var='pubsub#send_last_published_item'><value>never</value></field><field var='pubsub#access_model'><value>whitelist</value></field></x></publish-options>"

func add(c *run.Client, room string) {
	c.Set("", "<pubsub xmlns='%s'><publish node='%s'><item id='%s'><conference xmlns='%s' name='Balcony' autojoin='true'><nick>romeo</nick></conference></item></publish>%s</pubsub>", nsPubsub, ns, room, ns, options)
}

// Checks gives the checks of XEP-0402.
func Checks() []run.Check {
	needs := []string{"account:pubsub/pep", "account:http://jabber.org/protocol/pubsub#publish-options"}
	return []run.Check{
		{ID: "0402/adding-a-bookmark/kept", Level: run.Must, Text: "each bookmark is an item, and many are kept", Needs: needs, Run: func(t *run.T) {
			c := t.Online("romeo")
			add(c, "balcony@rooms.example.org")
			add(c, "garden@rooms.example.org")
			e := c.Get("", "<pubsub xmlns='%s'><items node='%s'/></pubsub>", nsPubsub, ns)
			t.True(len(e.All(ns, "conference")) == 2, "came %.500s", e.Raw)
		}},
		{ID: "0402/removing-a-bookmark/gone", Level: run.Must, Text: "one that is retracted is gone", Needs: needs, Run: func(t *run.T) {
			c := t.Online("romeo")
			add(c, "balcony@rooms.example.org")
			add(c, "garden@rooms.example.org")
			c.Set("", "<pubsub xmlns='%s'><retract node='%s' notify='true'><item id='balcony@rooms.example.org'/></retract></pubsub>", nsPubsub, ns)
			e := c.Get("", "<pubsub xmlns='%s'><items node='%s'/></pubsub>", nsPubsub, ns)
			t.True(len(e.All(ns, "conference")) == 1, "came %.500s", e.Raw)
		}},
		{ID: "0402/compatibility/private-storage", Level: run.Must, Text: "a server with the conversion shows them to older clients in private storage", Needs: append(needs, "account:urn:xmpp:bookmarks:1#compat"), Run: func(t *run.T) {
			c := t.Online("romeo")
			add(c, "balcony@rooms.example.org")
			e := c.Get("", "<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'/></query>")
			t.True(run.Inside(e, oracle.Pattern("<conference xmlns='storage:bookmarks' jid='balcony@rooms.example.org' name='Balcony'/>")), "came %.500s", e.Raw)
		}},
	}
}

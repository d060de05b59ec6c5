// Package xep0163 checks personal eventing.
package xep0163

import (
	"crypto/sha1" // the hash of XEP-0115
	"encoding/base64"

	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

const (
	ns      = "http://jabber.org/protocol/pubsub"
	nsEvent = "http://jabber.org/protocol/pubsub#event"
	nsInfo  = "http://jabber.org/protocol/disco#info"
	node    = "urn:example:tune"
	tune    = "<tune xmlns='urn:example:tune'><title>%s</title></tune>"
)

func needs() []string { return []string{"account:pubsub/pep"} }

// publish has somebody publish an item.
func publish(c *run.Client, id, title string) *oracle.Element {
	return c.Ask("set", "", "<pubsub xmlns='"+ns+"'><publish node='"+node+"'><item id='%s'>"+tune+"</item></publish></pubsub>", id, title)
}

// listens has somebody say by capabilities that the node is of interest (XEP-0163
// #notify-filterednotifications), and answer the question what the hash stands for.
func listens(t *run.T, c *run.Client) {
	const answer = "<query xmlns='" + nsInfo + "' node='%s'><identity category='client' type='pc' name='%s'/><feature var='" + nsInfo + "'/><feature var='" + node + "+notify'/></query>"
	// A name that nobody has heard of has a hash that nobody knows yet (XEP-0115 #ver-gen).
	name := t.Word()
	sum := sha1.Sum([]byte("client/pc//" + name + "<" + nsInfo + "<" + node + "+notify<"))
	ver := base64.StdEncoding.EncodeToString(sum[:])
	c.Send("<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:example:play' ver='%s'/></presence>", ver)
	q := c.Want("<iq type='get'><query xmlns='" + nsInfo + "'/></iq>")
	c.Send("<iq type='result' id='%s' to='%s'>"+answer+"</iq>", oracle.Escape(q.Attr("id")), q.Attr("from"), oracle.Escape(q.Find(nsInfo, "query").Attr("node")), name)
	c.Sync()
}

// Checks gives the checks of XEP-0163.
func Checks() []run.Check {
	return []run.Check{
		{ID: "0163/support-owner/identity", Level: run.Must, Text: "an account that is its own service for events says so in discovery", Needs: needs(), Run: run.Answers("get", "{me}", "<query xmlns='"+nsInfo+"'/>", "<identity xmlns='"+nsInfo+"' category='pubsub' type='pep'/>")},
		{ID: "0163/publish/result", Level: run.Must, Text: "to publish makes the node, without further ado", Needs: needs(), Run: func(t *run.T) {
			e := publish(t.Online("romeo"), "i1", "a")
			t.True(e.Attr("type") == "result", "came %.300s", e.Raw)
		}},
		{ID: "0163/publish/own-retrieval", Level: run.Must, Text: "what was published can be got by its owner", Needs: needs(), Run: func(t *run.T) {
			c := t.Online("romeo")
			publish(c, "i1", "a")
			e := c.Get("", "<pubsub xmlns='%s'><items node='%s'/></pubsub>", ns, node)
			t.True(run.Inside(e, oracle.Pattern("<item xmlns='"+ns+"'><tune xmlns='urn:example:tune'><title>a</title></tune></item>")), "came %.400s", e.Raw)
		}},
		{ID: "0163/defaults/contacts-retrieve", Level: run.Must, Text: "contacts with a subscription get it", Needs: needs(), Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			t.Friends(r, j)
			publish(r, "i1", "a")
			e := j.Get(r.Bare, "<pubsub xmlns='%s'><items node='%s'/></pubsub>", ns, node)
			t.True(run.Inside(e, oracle.Pattern("<tune xmlns='urn:example:tune'><title>a</title></tune>")), "came %.400s", e.Raw)
		}},
		{ID: "0163/defaults/strangers-do-not", Level: run.Must, Text: "strangers do not", Needs: needs(), Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			publish(r, "i1", "a")
			j.Refused(j.Ask("get", r.Bare, "<pubsub xmlns='%s'><items node='%s'/></pubsub>", ns, node))
		}},
		{ID: "0163/publish/foreign", Level: run.Must, Text: "nobody publishes at somebody else's account", Needs: needs(), Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			j.Refused(j.Ask("set", r.Bare, "<pubsub xmlns='"+ns+"'><publish node='"+node+"'><item id='i1'>"+tune+"</item></publish></pubsub>", "a"))
		}},
		{ID: "0163/notify-filterednotifications/contact", Level: run.Must, Text: "a contact whose capabilities say that the node is of interest is told of what is published", Needs: needs(), Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			t.Friends(r, j)
			listens(t, j)
			publish(r, "i1", "a")
			j.Want("<message from='%s'><event xmlns='%s'><items node='%s'><item id='i1'><tune xmlns='urn:example:tune'/></item></items></event></message>", r.Bare, nsEvent, node)
		}},
		{ID: "0163/notify-filterednotifications/not-interested", Level: run.Must, Text: "one whose capabilities do not say so is not", Needs: needs(), Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			t.Friends(r, j)
			e := publish(r, "i1", "a")
			t.True(e.Attr("type") == "result", "came %.300s", e.Raw)
			t.Settle(r, j)
			j.Without("<event xmlns='" + nsEvent + "'/>")
		}},
		{ID: "0163/notify-when/own-resources", Level: run.Must, Text: "one's own devices that are interested are told, too", Needs: needs(), Run: func(t *run.T) {
			a, b := t.OnlineAs("romeo", "balcony", 0), t.OnlineAs("romeo", "garden", 0)
			listens(t, b)
			publish(a, "i1", "a")
			b.Want("<message from='%s'><event xmlns='%s'><items node='%s'/></event></message>", a.Bare, nsEvent, node)
		}},
		{ID: "0163/notify-last/sent", Level: run.Must, Text: "who becomes interested gets the last item", Needs: needs(), Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			t.Friends(r, j)
			publish(r, "i1", "a")
			r.Sync()
			listens(t, j)
			j.Want("<message from='%s'><event xmlns='%s'><items node='%s'><item id='i1'/></items></event></message>", r.Bare, nsEvent, node)
		}},
		{ID: "0163/notify-addressing/addresses", Level: run.Must, Text: "an event is from the bare address of the account, and to who is told", Needs: needs(), Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			t.Friends(r, j)
			listens(t, j)
			publish(r, "i1", "a")
			e := j.Want("<message from='%s'><event xmlns='%s'/></message>", r.Bare, nsEvent)
			t.True(e.Attr("to") == j.Full || e.Attr("to") == j.Bare, "to is %q", e.Attr("to"))
		}},
		{ID: "0163/defaults/one-item", Level: run.Should, Text: "a node keeps one item unless it was told otherwise", Needs: needs(), Run: func(t *run.T) {
			c := t.Online("romeo")
			publish(c, "i1", "a")
			publish(c, "i2", "b")
			e := c.Get("", "<pubsub xmlns='%s'><items node='%s'/></pubsub>", ns, node)
			t.True(len(e.All(ns, "item")) == 1 && e.Find("urn:example:tune", "title").Text == "b", "came %.400s", e.Raw)
		}},
	}
}

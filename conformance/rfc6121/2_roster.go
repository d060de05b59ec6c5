package rfc6121

import (
	"strings"

	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

const (
	nsRoster = "jabber:iq:roster"
	get      = "<query xmlns='jabber:iq:roster'/>"
)

// set is the payload that changes one item.
func set(item string) string { return "<query xmlns='jabber:iq:roster'>" + item + "</query>" }

// rosterBasics is RFC 6121 §2.1 and §2.2.
func rosterBasics() []run.Check {
	return []run.Check{
		{ID: "6121/2.2/empty", Level: run.Must, Text: "a roster that holds nobody is a result without items", Run: func(t *run.T) {
			e := t.Login("romeo").Get("", get)
			t.True(len(e.All(nsRoster, "item")) == 0, "came %.300s", e.Raw)
		}},
		{ID: "6121/2.2/to-account", Level: run.Must, Text: "a roster can be asked for at the bare address of the account", Run: run.Answers("get", "{me}", get, "")},
		{ID: "6121/2.1.3/foreign", Level: run.Must, Text: "nobody gets somebody else's roster", Run: run.Refuses("get", "{juliet}", get, "forbidden", "service-unavailable", "not-allowed", "item-not-found", "not-authorized", "subscription-required")},
		{ID: "6121/2.1.5/foreign-set", Level: run.Must, Text: "nobody changes somebody else's roster", Run: run.Refuses("set", "{juliet}", set("<item jid='nurse@example.org'/>"), "forbidden", "service-unavailable", "not-allowed", "item-not-found", "not-authorized", "subscription-required")},
		{ID: "6121/2.3.1/add", Level: run.Must, Text: "an item that was set is in the roster, with name and groups", Run: func(t *run.T) {
			c := t.Login("romeo")
			c.Set("", "%s", set("<item jid='nurse@example.org' name='Nurse'><group>Servants</group><group>Capulets</group></item>"))
			wantItem(t, c, "<item xmlns='jabber:iq:roster' jid='nurse@example.org' name='Nurse'><group>Servants</group><group>Capulets</group></item>")
		}},
		{ID: "6121/2.1.2.5/none", Level: run.Must, Text: "an item that is new has the subscription none", Run: func(t *run.T) {
			c := t.Login("romeo")
			c.Set("", "%s", set("<item jid='nurse@example.org'/>"))
			wantItem(t, c, "<item xmlns='jabber:iq:roster' jid='nurse@example.org' subscription='none'/>")
		}},
		{ID: "6121/2.1.2.5/wish-ignored", Level: run.Must, Text: "a client cannot give itself a subscription by a roster set", Run: func(t *run.T) {
			c := t.Login("romeo")
			c.Ask("set", "", "%s", set("<item jid='nurse@example.org' subscription='both'/>"))
			for _, item := range c.Get("", get).All(nsRoster, "item") {
				t.True(item.Attr("subscription") != "both", "the subscription is both")
			}
		}},
		{ID: "6121/2.1.2.2/ask-ignored", Level: run.Must, Text: "a client cannot set ask", Run: func(t *run.T) {
			c := t.Login("romeo")
			c.Ask("set", "", "%s", set("<item jid='nurse@example.org' ask='subscribe'/>"))
			for _, item := range c.Get("", get).All(nsRoster, "item") {
				t.True(!item.Has("ask"), "ask is %q", item.Attr("ask"))
			}
		}},
		{ID: "6121/2.1.2.3/prepared", Level: run.Must, Text: "the address of an item is prepared: another spelling of it is the same item", Run: func(t *run.T) {
			c := t.Login("romeo")
			c.Set("", "%s", set("<item jid='nurse@example.org' name='a'/>"))
			c.Set("", "%s", set("<item jid='NURSE@Example.ORG' name='b'/>"))
			items := c.Get("", get).All(nsRoster, "item")
			t.True(len(items) == 1 && items[0].Attr("name") == "b", "%d items", len(items))
		}},
		{ID: "6121/2.1.2.4/special-name", Level: run.Must, Text: "a name with characters that XML escapes comes back as it was", Run: func(t *run.T) {
			c := t.Login("romeo")
			c.Set("", "%s", set("<item jid='nurse@example.org' name='&lt;&amp;&gt;&apos;&quot; é'/>"))
			wantItem(t, c, "<item xmlns='jabber:iq:roster' jid='nurse@example.org' name='&lt;&amp;&gt;&apos;&quot; é'/>")
		}},
		{ID: "6121/2.6.2/feature-stated", Level: run.Must, Text: "a server that versions rosters says so in the features after the login", Needs: []string{"stream:urn:xmpp:features:rosterver"}, Run: func(t *run.T) {
			f := t.Authenticated("romeo").Features
			t.True(f.Child("urn:xmpp:features:rosterver", "ver") != nil, "came %.300s", f.Raw)
		}},
	}
}

// wantItem wants an item in the roster.
func wantItem(t *run.T, c *run.Client, pattern string, args ...any) {
	p := oracle.Pattern(pattern, args...)
	e := c.Get("", get)
	t.True(run.Inside(e, p), "wanted %s, came %.600s", p.Raw, e.Raw)
}

// rosterChanges is RFC 6121 §2.1.6 and §2.3 to §2.5: pushes, updates and removal.
func rosterChanges() []run.Check {
	pushed := func(item, pattern string) func(*run.T) {
		return func(t *run.T) {
			a, b := t.LoginAs("romeo", "balcony"), t.LoginAs("romeo", "garden")
			a.Get("", get)
			b.Get("", get)
			a.Set("", "%s", set("<item jid='nurse@example.org' name='Nurse'/>"))
			b.WantIn("<item xmlns='jabber:iq:roster' jid='nurse@example.org' name='Nurse'/>")
			a.Set("", "%s", set(item))
			b.WantIn("%s", pattern)
		}
	}
	return []run.Check{
		{ID: "6121/2.1.6/push-all", Level: run.Must, Text: "every resource that has asked for the roster is told of a change", Run: func(t *run.T) {
			a, b := t.LoginAs("romeo", "balcony"), t.LoginAs("romeo", "garden")
			a.Get("", get)
			b.Get("", get)
			a.Set("", "%s", set("<item jid='nurse@example.org'/>"))
			a.Want("<iq type='set' id='*'><query xmlns='jabber:iq:roster'><item jid='nurse@example.org'/></query></iq>")
			b.Want("<iq type='set' id='*'><query xmlns='jabber:iq:roster'><item jid='nurse@example.org'/></query></iq>")
		}},
		{ID: "6121/2.1.6/not-interested", Level: run.Must, Text: "a resource that has not asked for the roster is not told", Run: func(t *run.T) {
			a, b := t.LoginAs("romeo", "balcony"), t.LoginAs("romeo", "garden")
			a.Get("", get)
			a.Set("", "%s", set("<item jid='nurse@example.org'/>"))
			a.WantIn("<item xmlns='jabber:iq:roster' jid='nurse@example.org'/>")
			t.Settle(a, b)
			b.Without("<query xmlns='jabber:iq:roster'/>")
		}},
		{ID: "6121/2.1.6/one-item", Level: run.Must, Text: "a push holds exactly one item", Run: func(t *run.T) {
			a := t.Login("romeo")
			a.Get("", get)
			a.Set("", "%s", set("<item jid='nurse@example.org'/>"))
			a.Set("", "%s", set("<item jid='tybalt@example.org'/>"))
			for range 2 {
				e := a.Want("<iq type='set'><query xmlns='jabber:iq:roster'/></iq>")
				t.True(len(e.All(nsRoster, "item")) == 1, "came %.300s", e.Raw)
			}
		}},
		{ID: "6121/2.1.6/push-from", Level: run.Must, Text: "a push comes from the account: without a sender, or from its bare address", Run: func(t *run.T) {
			a := t.Login("romeo")
			a.Get("", get)
			a.Set("", "%s", set("<item jid='nurse@example.org'/>"))
			from := a.Want("<iq type='set'><query xmlns='jabber:iq:roster'/></iq>").Attr("from")
			t.True(from == "" || from == a.Bare, "from is %q", from)
		}},
		{ID: "6121/2.4/name", Level: run.Must, Text: "a new name replaces the old one and is told", Run: pushed("<item jid='nurse@example.org' name='Angelica'/>", "<item xmlns='jabber:iq:roster' jid='nurse@example.org' name='Angelica'/>")},
		{ID: "6121/2.4/groups", Level: run.Must, Text: "groups replace the ones before and are told", Run: pushed("<item jid='nurse@example.org'><group>Servants</group></item>", "<item xmlns='jabber:iq:roster' jid='nurse@example.org'><group>Servants</group></item>")},
		{ID: "6121/2.5/removal", Level: run.Must, Text: "a removal is told with the subscription remove", Run: pushed("<item jid='nurse@example.org' subscription='remove'/>", "<item xmlns='jabber:iq:roster' jid='nurse@example.org' subscription='remove'/>")},
		{ID: "6121/2.5.2/gone", Level: run.Must, Text: "what was removed is no longer in the roster", Run: func(t *run.T) {
			c := t.Login("romeo")
			c.Set("", "%s", set("<item jid='nurse@example.org'/>"))
			c.Set("", "%s", set("<item jid='nurse@example.org' subscription='remove'/>"))
			e := c.Get("", get)
			t.True(len(e.All(nsRoster, "item")) == 0, "came %.300s", e.Raw)
		}},
		{ID: "6121/2.4.2/name-gone", Level: run.Must, Text: "an update without a name has none afterwards", Run: func(t *run.T) {
			c := t.Login("romeo")
			c.Set("", "%s", set("<item jid='nurse@example.org' name='Nurse'/>"))
			c.Set("", "%s", set("<item jid='nurse@example.org'/>"))
			for _, item := range c.Get("", get).All(nsRoster, "item") {
				t.True(item.Attr("name") == "" && item.Attr("jid") == "nurse@example.org", "the name is %q", item.Attr("name"))
			}
		}},
		{ID: "6121/2.2/kept", Level: run.Must, Text: "a roster is kept between sessions", Run: func(t *run.T) {
			c := t.Login("romeo")
			c.Set("", "%s", set("<item jid='nurse@example.org'/>"))
			c.Quit()
			wantItem(t, t.Login("romeo"), "<item xmlns='jabber:iq:roster' jid='nurse@example.org'/>")
		}},
		{ID: "6121/2.5.2/cancels", Level: run.Must, Text: "a removal ends the subscriptions in both directions: the contact hears unsubscribe and unsubscribed, or the unavailability", Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			t.Friends(r, j)
			r.Set("", "%s", set("<item jid='"+j.Bare+"' subscription='remove'/>"))
			j.Want("<presence from='%s' type='unsubscribe'/>", r.Bare)
			j.Want("<presence from='%s' type='unsubscribed'/>", r.Bare)
			wantItem(t, j, "<item xmlns='jabber:iq:roster' jid='%s' subscription='none'/>", r.Bare)
		}},
	}
}

// rosterErrors is RFC 6121 §2.3.3, §2.4.3 and §2.5.3.
func rosterErrors() []run.Check {
	refuses := func(item string, conditions ...string) func(*run.T) {
		return run.Refuses("set", "", set(item), conditions...)
	}
	return []run.Check{
		{ID: "6121/2.1.5/two-items", Level: run.Must, Text: "a set with two items is refused with bad-request", Run: refuses("<item jid='a@example.org'/><item jid='b@example.org'/>", "bad-request")},
		{ID: "6121/2.1.5/no-item", Level: run.Must, Text: "a set without an item is refused", Run: refuses("", "bad-request")},
		{ID: "6121/2.3.3/same-group-twice", Level: run.Must, Text: "a group given twice is refused with bad-request", Run: refuses("<item jid='a@example.org'><group>A</group><group>A</group></item>", "bad-request")},
		{ID: "6121/2.3.3/empty-group", Level: run.Must, Text: "an empty group is refused with not-acceptable", Run: refuses("<item jid='a@example.org'><group></group></item>", "not-acceptable", "bad-request")},
		{ID: "6121/2.1.2.3/no-jid", Level: run.Must, Text: "an item without an address is refused with bad-request", Run: refuses("<item name='a'/>", "bad-request")},
		{ID: "6121/2.1.2.3/malformed-jid", Level: run.Must, Text: "an item whose address is none is refused", Run: refuses("<item jid='@example.org'/>", "bad-request", "jid-malformed")},
		{ID: "6121/2.3.3/long-name", Level: run.May, Text: "a name that is too long is refused with not-acceptable, or kept whole", Run: func(t *run.T) {
			c, long := t.Login("romeo"), strings.Repeat("a", 5000)
			e := c.Ask("set", "", "%s", set("<item jid='a@example.org' name='"+long+"'/>"))
			if e.Attr("type") == "error" {
				t.True(e.Condition() == "not-acceptable" || e.Condition() == "resource-constraint" || e.Condition() == "policy-violation" || e.Condition() == "bad-request", "came %.300s", e.Raw)
				return
			}
			wantItem(t, c, "<item xmlns='jabber:iq:roster' name='%s'/>", long)
		}},
		{ID: "6121/2.5.3/item-not-found", Level: run.Must, Text: "the removal of what is not there is refused with item-not-found", Run: refuses("<item jid='a@example.org' subscription='remove'/>", "item-not-found")},
	}
}

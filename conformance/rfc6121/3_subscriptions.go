package rfc6121

import "causeway/conformance/run"

// subscriptions is RFC 6121 §3.1 and §3.4: asking, granting, and granting beforehand.
func subscriptions() []run.Check {
	return []run.Check{
		{ID: "6121/3.1.2/ask-pushed", Level: run.Must, Text: "a request for a subscription puts the contact into the roster, with ask", Run: func(t *run.T) {
			r := t.Online("romeo")
			r.Send("<presence to='%s' type='subscribe'/>", t.Bare("juliet"))
			r.WantIn("<item xmlns='jabber:iq:roster' jid='%s' subscription='none' ask='subscribe'/>", t.Bare("juliet"))
		}},
		{ID: "6121/3.1.2/bare-from", Level: run.Must, Text: "a request is sent on from the bare address", Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			r.Send("<presence to='%s' type='subscribe'/>", j.Bare)
			j.Want("<presence from='%s' type='subscribe'/>", r.Bare)
		}},
		{ID: "6121/3.1.2/full-to", Level: run.Should, Text: "a request to a full address is one to the bare address", Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			r.Send("<presence to='%s' type='subscribe'/>", j.Full)
			j.Want("<presence from='%s' to='%s' type='subscribe'/>", r.Bare, j.Bare)
		}},
		{ID: "6121/3.1.3/waits", Level: run.Must, Text: "a request waits for somebody who is not there", Run: func(t *run.T) {
			r := t.Online("romeo")
			r.Send("<presence to='%s' type='subscribe' id='s1'/>", t.Bare("juliet"))
			r.Sync()
			t.Arrive("juliet").Want("<presence from='%s' type='subscribe'/>", r.Bare)
		}},
		{ID: "6121/3.1.3/waits-until-answered", Level: run.Must, Text: "and comes again with each session until it is answered", Run: func(t *run.T) {
			r := t.Online("romeo")
			r.Send("<presence to='%s' type='subscribe'/>", t.Bare("juliet"))
			r.Sync()
			first := t.Arrive("juliet")
			first.Want("<presence from='%s' type='subscribe'/>", r.Bare)
			first.Quit()
			t.Arrive("juliet").Want("<presence from='%s' type='subscribe'/>", r.Bare)
		}},
		{ID: "6121/3.1.3/not-in-roster", Level: run.Must, Text: "a request alone puts nobody into the roster of who is asked", Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			r.Send("<presence to='%s' type='subscribe'/>", j.Bare)
			j.Want("<presence from='%s' type='subscribe'/>", r.Bare)
			e := j.Get("", get)
			t.True(len(e.All(nsRoster, "item")) == 0, "came %.300s", e.Raw)
		}},
		{ID: "6121/3.1.5/granted", Level: run.Must, Text: "a grant reaches who has asked, from the bare address", Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			grant(r, j)
			r.Want("<presence from='%s' type='subscribed'/>", j.Bare)
		}},
		{ID: "6121/3.1.5/granted-roster", Level: run.Must, Text: "after a grant the one has the subscription from, the other to", Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			grant(r, j)
			r.WantIn("<item xmlns='jabber:iq:roster' jid='%s' subscription='to' ask='!'/>", j.Bare)
			j.WantIn("<item xmlns='jabber:iq:roster' jid='%s' subscription='from'/>", r.Bare)
		}},
		{ID: "6121/3.1.5/presence-follows", Level: run.Must, Text: "after a grant the presence of every resource is sent", Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			grant(r, j)
			r.Want("<presence from='%s' type='!'/>", j.Full)
		}},
		{ID: "6121/3.1.6/both", Level: run.Must, Text: "grants in both directions make the subscription both", Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			t.Friends(r, j)
			wantItem(t, r, "<item xmlns='jabber:iq:roster' jid='%s' subscription='both'/>", j.Bare)
			wantItem(t, j, "<item xmlns='jabber:iq:roster' jid='%s' subscription='both'/>", r.Bare)
		}},
		{ID: "6121/3.1.6/unasked", Level: run.Must, Text: "a grant that nobody has asked for changes nothing with who gets it", Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			j.Send("<presence to='%s' type='subscribed'/>", r.Bare)
			t.Settle(j, r)
			for _, item := range r.Get("", get).All(nsRoster, "item") {
				t.True(item.Attr("subscription") != "to" && item.Attr("subscription") != "both", "the subscription is %s", item.Attr("subscription"))
			}
		}},
		{ID: "6121/3.4/pre-approval", Level: run.May, Text: "a grant given beforehand answers the request when it comes", Needs: []string{"stream:urn:xmpp:features:pre-approval"}, Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			j.Send("<presence to='%s' type='subscribed'/>", r.Bare)
			j.WantIn("<item xmlns='jabber:iq:roster' jid='%s' approved='true'/>", r.Bare)
			r.Send("<presence to='%s' type='subscribe'/>", j.Bare)
			r.Want("<presence from='%s' type='subscribed'/>", j.Bare)
		}},
	}
}

// grant has the first ask and the second grant.
func grant(r, j *run.Client) {
	r.Send("<presence to='%s' type='subscribe'/>", j.Bare)
	j.Want("<presence from='%s' type='subscribe'/>", r.Bare)
	j.Send("<presence to='%s' type='subscribed'/>", r.Bare)
}

// cancelling is RFC 6121 §3.2 and §3.3, and the refusal of §3.1.4.
func cancelling() []run.Check {
	friends := func(steps func(t *run.T, r, j *run.Client)) func(*run.T) {
		return func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			t.Friends(r, j)
			steps(t, r, j)
		}
	}
	return []run.Check{
		{ID: "6121/3.1.4/denied", Level: run.Must, Text: "a refusal reaches who has asked, and the roster no longer says ask", Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			r.Send("<presence to='%s' type='subscribe'/>", j.Bare)
			j.Want("<presence from='%s' type='subscribe'/>", r.Bare)
			j.Send("<presence to='%s' type='unsubscribed'/>", r.Bare)
			r.Want("<presence from='%s' type='unsubscribed'/>", j.Bare)
			wantItem(t, r, "<item xmlns='jabber:iq:roster' jid='%s' subscription='none' ask='!'/>", j.Bare)
		}},
		{ID: "6121/3.2.1/cancelled", Level: run.Must, Text: "a subscription that is taken back is told to who had it", Run: friends(func(t *run.T, r, j *run.Client) {
			j.Send("<presence to='%s' type='unsubscribed'/>", r.Bare)
			r.Want("<presence from='%s' type='unsubscribed'/>", j.Bare)
		})},
		{ID: "6121/3.2.1/roster", Level: run.Must, Text: "both rosters change when one is taken back", Run: friends(func(t *run.T, r, j *run.Client) {
			j.Send("<presence to='%s' type='unsubscribed'/>", r.Bare)
			r.WantIn("<item xmlns='jabber:iq:roster' jid='%s' subscription='from'/>", j.Bare)
			j.WantIn("<item xmlns='jabber:iq:roster' jid='%s' subscription='to'/>", r.Bare)
		})},
		{ID: "6121/3.2.2/unavailable", Level: run.Must, Text: "who loses a subscription is sent unavailable presence", Run: friends(func(t *run.T, r, j *run.Client) {
			j.Send("<presence to='%s' type='unsubscribed'/>", r.Bare)
			r.Want("<presence from='%s' type='unavailable'/>", j.Full)
		})},
		{ID: "6121/3.3.1/unsubscribe", Level: run.Must, Text: "who gives a subscription up has the contact told", Run: friends(func(t *run.T, r, j *run.Client) {
			r.Send("<presence to='%s' type='unsubscribe'/>", j.Bare)
			j.Want("<presence from='%s' type='unsubscribe'/>", r.Bare)
		})},
		{ID: "6121/3.3.2/roster", Level: run.Must, Text: "both rosters change when one is given up", Run: friends(func(t *run.T, r, j *run.Client) {
			r.Send("<presence to='%s' type='unsubscribe'/>", j.Bare)
			r.WantIn("<item xmlns='jabber:iq:roster' jid='%s' subscription='from'/>", j.Bare)
			j.WantIn("<item xmlns='jabber:iq:roster' jid='%s' subscription='to'/>", r.Bare)
		})},
		{ID: "6121/3.3.3/unavailable", Level: run.Must, Text: "who gives a subscription up is sent unavailable presence", Run: friends(func(t *run.T, r, j *run.Client) {
			r.Send("<presence to='%s' type='unsubscribe'/>", j.Bare)
			r.Want("<presence from='%s' type='unavailable'/>", j.Full)
		})},
	}
}

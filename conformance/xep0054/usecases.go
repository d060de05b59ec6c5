// Package xep0054 checks vcard-temp.
package xep0054

import "causeway/conformance/run"

// Checks gives the checks of XEP-0054.
func Checks() []run.Check {
	needs := []string{"~host:vcard-temp account:vcard-temp"}
	const ask = "<vCard xmlns='vcard-temp'/>"
	return []run.Check{
		{ID: "0054/usecases/empty", Level: run.Must, Text: "without a card the answer is an empty one or item-not-found", Needs: needs, Run: func(t *run.T) {
			e := t.Login("romeo").Ask("get", "", ask)
			t.True(e.Attr("type") == "result" || e.Condition() == "item-not-found", "came %.300s", e.Raw)
		}},
		{ID: "0054/usecases/set", Level: run.Must, Text: "a card that was set comes back", Needs: needs, Run: func(t *run.T) {
			c := t.Login("romeo")
			c.Set("", "<vCard xmlns='vcard-temp'><FN>Romeo Montague</FN><NICKNAME>romeo</NICKNAME></vCard>")
			e := c.Get("", ask)
			f := e.Find("vcard-temp", "FN")
			t.True(f != nil && f.Text == "Romeo Montague", "came %.300s", e.Raw)
		}},
		{ID: "0054/usecases/others", Level: run.Must, Text: "the card of somebody else can be read, at the bare address", Needs: needs, Run: func(t *run.T) {
			c := t.Login("juliet")
			c.Set("", "<vCard xmlns='vcard-temp'><FN>Juliet Capulet</FN></vCard>")
			e := t.Login("romeo").Get(c.Bare, ask)
			f := e.Find("vcard-temp", "FN")
			t.True(f != nil && f.Text == "Juliet Capulet" && e.Attr("from") == c.Bare, "came %.300s", e.Raw)
		}},
		{ID: "0054/usecases/foreign-set", Level: run.Must, Text: "nobody sets somebody else's card", Needs: needs, Run: run.Refuses("set", "{juliet}", "<vCard xmlns='vcard-temp'><FN>a</FN></vCard>", "forbidden", "not-allowed", "not-authorized", "service-unavailable", "item-not-found")},
		{ID: "0054/usecases/nobody", Level: run.Must, Text: "the card of nobody is service-unavailable or item-not-found", Needs: needs, Run: run.Refuses("get", "{word}@{domain}", ask, "service-unavailable", "item-not-found", "subscription-required")},
		{ID: "0054/usecases/replaced", Level: run.Must, Text: "a card is replaced as a whole", Needs: needs, Run: func(t *run.T) {
			c := t.Login("romeo")
			c.Set("", "<vCard xmlns='vcard-temp'><FN>a</FN><TITLE>b</TITLE></vCard>")
			c.Set("", "<vCard xmlns='vcard-temp'><FN>c</FN></vCard>")
			e := c.Get("", ask)
			t.True(e.Find("vcard-temp", "FN") != nil && e.Find("vcard-temp", "TITLE") == nil, "came %.300s", e.Raw)
		}},
		{ID: "0054/support/advertised", Level: run.Must, Text: "a server that knows cards says so in discovery", Needs: needs, Run: func(t *run.T) {
			c := t.Login("romeo")
			host := c.Get(t.Domain(), "<query xmlns='http://jabber.org/protocol/disco#info'/>")
			own := c.Get(c.Bare, "<query xmlns='http://jabber.org/protocol/disco#info'/>")
			for _, e := range append(host.All(nsInfo, "feature"), own.All(nsInfo, "feature")...) {
				if e.Attr("var") == "vcard-temp" {
					return
				}
			}
			t.Failf("came %.500s", host.Raw)
		}},
	}
}

const nsInfo = "http://jabber.org/protocol/disco#info"

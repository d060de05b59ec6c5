// Package xep0223 checks private data in personal nodes.
package xep0223

import (
	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

const ns = "http://jabber.org/protocol/pubsub"

const secret = "<pubsub xmlns='" + ns + "'><publish node='urn:example:secret'><item id='current'><a xmlns='urn:example:a'>b</a></item></publish>" +
	"<publish-options><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>" + ns + "#publish-options</value></field>" +
	"<field var='pubsub#persist_items'><value>true</value></field><field var='pubsub#access_model'><value>whitelist</value></field></x></publish-options></pubsub>"

// Checks gives the checks of XEP-0223.
func Checks() []run.Check {
	needs := []string{"account:pubsub/pep", "account:" + ns + "#publish-options"}
	ask := "<pubsub xmlns='" + ns + "'><items node='urn:example:secret'/></pubsub>"
	return []run.Check{
		{ID: "0223/store/kept", Level: run.Must, Text: "what was stored comes back in the next session", Needs: needs, Run: func(t *run.T) {
			c := t.Online("romeo")
			c.Set("", secret)
			c.Quit()
			e := t.Login("romeo").Get("", ask)
			t.True(run.Inside(e, oracle.Pattern("<item xmlns='"+ns+"' id='current'><a xmlns='urn:example:a'>b</a></item>")), "came %.300s", e.Raw)
		}},
		{ID: "0223/store/private", Level: run.Must, Text: "nobody else gets it", Needs: needs, Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			t.Friends(r, j)
			r.Set("", secret)
			j.Refused(j.Ask("get", r.Bare, ask))
		}},
		{ID: "0223/support/features", Level: run.Must, Text: "the account has the features of persistent items and of options that come with an item", Needs: needs, Run: run.Answers("get", "{me}", "<query xmlns='http://jabber.org/protocol/disco#info'/>",
			"<query xmlns='http://jabber.org/protocol/disco#info'><feature var='"+ns+"#persistent-items'/><feature var='"+ns+"#publish-options'/></query>")},
	}
}

// Package xep0352 checks client state indication.
package xep0352

import "causeway/conformance/run"

// Checks gives the checks of XEP-0352.
func Checks() []run.Check {
	needs := []string{"stream:urn:xmpp:csi:0"}
	return []run.Check{
		{ID: "0352/discovery/feature", Level: run.Must, Text: "the feature is offered after the login", Needs: needs, Run: func(t *run.T) {
			f := t.Authenticated("romeo").Features
			t.True(f.Child("urn:xmpp:csi:0", "csi") != nil, "came %.300s", f.Raw)
		}},
		{ID: "0352/indication/accepted", Level: run.Must, Text: "both indications are taken without a word", Needs: needs, Run: func(t *run.T) {
			c := t.Login("romeo")
			c.Send("<inactive xmlns='urn:xmpp:csi:0'/>")
			c.Send("<active xmlns='urn:xmpp:csi:0'/>")
			c.Get(t.Domain(), "<query xmlns='http://jabber.org/protocol/disco#info'/>")
			t.True(len(c.Kept()) == 0, "something came")
		}},
		{ID: "0352/rules/message", Level: run.Must, Text: "a message reaches a client that is inactive", Needs: needs, Run: func(t *run.T) {
			r, j := t.Login("romeo"), t.Online("juliet")
			j.Send("<inactive xmlns='urn:xmpp:csi:0'/>")
			j.Sync()
			r.Send("<message to='%s' id='m1' type='chat'><body>a</body></message>", j.Bare)
			j.Want("<message id='m1'/>")
		}},
		{ID: "0352/rules/nothing-lost", Level: run.Must, Text: "presence that was held back comes when the client is active again", Needs: needs, Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			t.Friends(r, j)
			j.Send("<inactive xmlns='urn:xmpp:csi:0'/>")
			j.Sync()
			r.Send("<presence><show>away</show></presence>")
			r.Sync()
			j.Send("<active xmlns='urn:xmpp:csi:0'/>")
			j.Want("<presence from='%s'><show>away</show></presence>", r.Full)
		}},
		{ID: "0352/in-order-processing/order", Level: run.Must, Text: "what was held back comes before what is newer, of the same sender", Needs: needs, Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			t.Friends(r, j)
			j.Send("<inactive xmlns='urn:xmpp:csi:0'/>")
			j.Sync()
			r.Send("<presence><show>away</show></presence>")
			r.Send("<message to='%s' id='m1' type='chat'><body>a</body></message>", j.Full)
			j.Want("<message id='m1'/>")
			j.Sync()
			for _, e := range j.Kept() {
				if e.Is("presence") && e.Attr("from") == r.Full {
					return
				}
			}
			t.Failf("the presence that was sent before the message has not come before it")
		}},
	}
}

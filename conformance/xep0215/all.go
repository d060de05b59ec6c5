// Package xep0215 checks the discovery of external services.
package xep0215

import "causeway/conformance/run"

// Checks gives the checks of XEP-0215.
func Checks() []run.Check {
	needs := []string{"host:urn:xmpp:extdisco:2"}
	return []run.Check{
		{ID: "0215/all/services", Level: run.Must, Text: "the question for services is answered with a list in which each has a host and a type", Needs: needs, Run: func(t *run.T) {
			e := t.Login("romeo").Get(t.Domain(), "<services xmlns='urn:xmpp:extdisco:2'/>")
			t.True(e.Find("urn:xmpp:extdisco:2", "services") != nil, "came %.300s", e.Raw)
			for _, s := range e.All("urn:xmpp:extdisco:2", "service") {
				t.True(s.Attr("host") != "" && s.Attr("type") != "", "came %.300s", e.Raw)
			}
		}},
		{ID: "0215/select/type", Level: run.Must, Text: "the question for one type is answered with that type", Needs: needs, Run: func(t *run.T) {
			e := t.Login("romeo").Get(t.Domain(), "<services xmlns='urn:xmpp:extdisco:2' type='stun'/>")
			t.True(e.Find("urn:xmpp:extdisco:2", "services") != nil, "came %.300s", e.Raw)
			for _, s := range e.All("urn:xmpp:extdisco:2", "service") {
				t.True(s.Attr("type") == "stun", "came %.300s", e.Raw)
			}
		}},
	}
}

// Package xep0092 checks software version.
package xep0092

import "causeway/conformance/run"

// Checks gives the checks of XEP-0092.
func Checks() []run.Check {
	needs := []string{"host:jabber:iq:version"}
	const ask = "<query xmlns='jabber:iq:version'/>"
	return []run.Check{
		{ID: "0092/protocol/name", Level: run.Must, Text: "the answer has the name of the software", Needs: needs, Run: run.Answers("get", "{domain}", ask, "<name xmlns='jabber:iq:version'>*</name>")},
		{ID: "0092/protocol/version", Level: run.Must, Text: "the answer has a version", Needs: needs, Run: run.Answers("get", "{domain}", ask, "<version xmlns='jabber:iq:version'>*</version>")},
		{ID: "0092/disco/advertised", Level: run.Must, Text: "who answers says so in discovery", Needs: needs, Run: run.Answers("get", "{domain}", "<query xmlns='http://jabber.org/protocol/disco#info'/>", "<feature xmlns='http://jabber.org/protocol/disco#info' var='jabber:iq:version'/>")},
		{ID: "0092/protocol/no-set", Level: run.Must, Text: "a set is refused", Needs: needs, Run: run.Refuses("set", "{domain}", "<query xmlns='jabber:iq:version'><name>a</name></query>")},
	}
}

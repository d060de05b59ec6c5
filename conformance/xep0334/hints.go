// Package xep0334 checks message processing hints.
package xep0334

import "causeway/conformance/run"

// Checks gives the checks of XEP-0334.
func Checks() []run.Check {
	archive := []string{"~account:urn:xmpp:mam:2 host:urn:xmpp:mam:2"}
	carbons := []string{"~host:urn:xmpp:carbons:2 account:urn:xmpp:carbons:2"}
	return []run.Check{
		{ID: "0334/no-store/offline", Level: run.Should, Text: "a message with no-store is not kept for somebody who is away", Run: func(t *run.T) {
			r := t.Login("romeo")
			r.Send("<message to='%s' id='m1' type='chat'><body>a</body><no-store xmlns='urn:xmpp:hints'/></message>", t.Bare("juliet"))
			r.Send("<message to='%s' id='m2' type='chat'><body>b</body></message>", t.Bare("juliet"))
			r.Sync()
			j := t.Arrive("juliet")
			j.Want("<message id='m2'/>")
			j.Sync()
			j.Without("<message id='m1'/>")
		}},
		{ID: "0334/no-store/archive", Level: run.Should, Text: "nor is it archived", Needs: archive, Run: archived("<no-store xmlns='urn:xmpp:hints'/>", "<body>a</body>", false)},
		{ID: "0334/no-permanent-store/archive", Level: run.Should, Text: "a message with no-permanent-store is not archived", Needs: archive, Run: archived("<no-permanent-store xmlns='urn:xmpp:hints'/>", "<body>a</body>", false)},
		{ID: "0334/store/archive", Level: run.Should, Text: "a message with store is archived, though it has no body", Needs: archive, Run: archived("<store xmlns='urn:xmpp:hints'/>", "<x xmlns='urn:example:x'/>", true)},
		{ID: "0334/no-copy/carbons", Level: run.Should, Text: "a message with no-copy gets no carbon copies", Needs: carbons, Run: func(t *run.T) {
			a, b := t.OnlineAs("juliet", "balcony", 0), t.OnlineAs("juliet", "chamber", 0)
			b.Set("", "<enable xmlns='urn:xmpp:carbons:2'/>")
			r := t.Login("romeo")
			r.Send("<message to='%s' id='m1' type='chat'><body>a</body><no-copy xmlns='urn:xmpp:hints'/></message>", a.Full)
			r.Send("<message to='%s' id='m2' type='chat'><body>b</body></message>", a.Full)
			b.WantIn("<message id='m2'/>")
			b.Without("<message id='m1'/>")
		}},
		{ID: "0334/rules/delivered", Level: run.Must, Text: "hints do not keep a message from somebody who is there", Run: func(t *run.T) {
			r, j := t.Login("romeo"), t.Online("juliet")
			r.Send("<message to='%s' id='m1' type='chat'><body>a</body><no-store xmlns='urn:xmpp:hints'/><no-copy xmlns='urn:xmpp:hints'/></message>", j.Bare)
			j.Want("<message id='m1'><no-store xmlns='urn:xmpp:hints'/></message>")
		}},
	}
}

// archived gives the steps: the message is in the archive of its sender, or is not.
func archived(hint, payload string, want bool) func(*run.T) {
	return func(t *run.T) {
		r, j := t.Online("romeo"), t.Online("juliet")
		r.Send("<message to='%s' id='m1' type='chat'>%s%s</message>", j.Bare, payload, hint)
		r.Send("<message to='%s' id='m2' type='chat'><body>b</body></message>", j.Bare)
		j.Want("<message id='m2'/>")
		r.Drop()
		r.Set("", "<query xmlns='urn:xmpp:mam:2' queryid='q'/>")
		r.WantIn("<message id='m2'/>")
		if want {
			r.WantIn("<message id='m1'/>")
			return
		}
		r.Without("<message id='m1'/>")
	}
}

package rfc6121

import (
	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

// messages is RFC 6121 §5.2: what messages hold.
func messages() []run.Check {
	passes := func(payload, attrs string) func(*run.T) {
		return func(t *run.T) {
			r, j := t.Login("romeo"), t.Online("juliet")
			r.Send("<message to='%s' id='m1'%s>%s</message>", j.Full, attrs, payload)
			j.Want("<message from='%s' id='m1'%s>%s</message>", r.Full, attrs, payload)
		}
	}
	return []run.Check{
		{ID: "6121/5.2.2/chat", Level: run.Must, Text: "a message of type chat arrives as such", Run: passes("<body>a</body>", " type='chat'")},
		{ID: "6121/5.2.2/normal", Level: run.Must, Text: "a message of type normal arrives as one, whether the type is written or not", Run: func(t *run.T) {
			r, j := t.Login("romeo"), t.Online("juliet")
			r.Send("<message to='%s' id='m1' type='normal'><body>a</body></message>", j.Full)
			typ := j.Want("<message from='%s' id='m1'/>", r.Full).Attr("type")
			t.True(typ == "" || typ == "normal", "the type is %q", typ)
		}},
		{ID: "6121/5.2.2/headline", Level: run.Must, Text: "a message of type headline arrives as such", Run: passes("<body>a</body>", " type='headline'")},
		{ID: "6121/5.2.2/no-type", Level: run.Must, Text: "a message without a type is normal", Run: func(t *run.T) {
			r, j := t.Login("romeo"), t.Online("juliet")
			r.Send("<message to='%s' id='m1'><body>a</body></message>", j.Full)
			typ := j.Want("<message id='m1'/>").Attr("type")
			t.True(typ == "" || typ == "normal", "the type is %q", typ)
		}},
		{ID: "6121/5.2.2/unknown-type", Level: run.Must, Text: "a message of a type that there is not is taken as normal, or refused", Run: func(t *run.T) {
			r, j := t.Login("romeo"), t.Online("juliet")
			r.Send("<message to='%s' id='m1' type='sonnet'><body>a</body></message>", j.Full)
			t.Settle(r, j)
			for _, e := range append(r.Kept(), j.Kept()...) {
				if e.Is("message") && e.Attr("id") == "m1" {
					return
				}
			}
			t.Failf("the message is lost without a word")
		}},
		{ID: "6121/5.2.3/bodies", Level: run.Must, Text: "bodies in several languages all arrive", Run: passes("<body xml:lang='en'>a</body><body xml:lang='it'>b</body>", " type='chat'")},
		{ID: "6121/5.2.4/subject", Level: run.Must, Text: "a subject arrives", Run: passes("<subject>s</subject><body>a</body>", " type='chat'")},
		{ID: "6121/5.2.5/thread", Level: run.Must, Text: "a thread arrives, with its parent", Run: passes("<thread parent='p'>t</thread><body>a</body>", " type='chat'")},
		{ID: "6121/5.2.6/extended", Level: run.Must, Text: "a message without a body arrives", Run: passes("<x xmlns='urn:example:x'>y</x>", " type='chat'")},
	}
}

// delivery is RFC 6121 §8.5: who gets what is sent to an account.
func delivery() []run.Check {
	return []run.Check{
		{ID: "6121/8.5.1/nobody-message", Level: run.Must, Text: "a message to no account comes back or is dropped, and reaches nobody", Run: func(t *run.T) {
			r := t.Login("romeo")
			r.Send("<message to='%s@%s' id='m1' type='chat'><body>a</body></message>", t.Word(), t.Domain())
			r.Sync()
			for _, e := range r.Kept() {
				t.True(e.Attr("type") == "error", "came %.300s", e.Raw)
			}
		}},
		{ID: "6121/8.5.1/nobody-iq", Level: run.Must, Text: "a request to no account is refused", Run: run.Refuses("get", "{word}@{domain}", get)},
		{ID: "6121/8.5.1/nobody-presence", Level: run.Must, Text: "presence to no account is dropped without a word", Run: func(t *run.T) {
			r := t.Online("romeo")
			r.Send("<presence to='%s@%s' id='p1'/>", t.Word(), t.Domain())
			r.Get("", get)
			for _, e := range r.Kept() {
				t.True(e.Attr("id") != "p1" || e.Attr("type") == "error", "came %.300s", e.Raw)
			}
		}},
		{ID: "6121/8.5.2.1.1/one-resource", Level: run.Must, Text: "a chat message to the bare address reaches the only available resource", Run: func(t *run.T) {
			r, j := t.Login("romeo"), t.Online("juliet")
			r.Send("<message to='%s' id='m1' type='chat'><body>a</body></message>", j.Bare)
			j.Want("<message from='%s' id='m1'/>", r.Full)
		}},
		{ID: "6121/8.5.2.1.1/several", Level: run.Must, Text: "with several it reaches the one of the highest priority at least", Run: func(t *run.T) {
			r := t.Login("romeo")
			t.OnlineAs("juliet", "balcony", 1)
			high := t.OnlineAs("juliet", "chamber", 5)
			r.Send("<message to='%s' id='m1' type='chat'><body>a</body></message>", high.Bare)
			high.Want("<message from='%s' id='m1'/>", r.Full)
		}},
		{ID: "6121/8.5.2.1.1/negative", Level: run.Must, Text: "a resource of negative priority does not get it", Run: func(t *run.T) {
			r := t.Login("romeo")
			low, high := t.OnlineAs("juliet", "balcony", -1), t.OnlineAs("juliet", "chamber", 0)
			r.Send("<message to='%s' id='m1' type='chat'><body>a</body></message>", high.Bare)
			high.Want("<message from='%s' id='m1'/>", r.Full)
			t.Settle(r, low)
			low.Without("<message from='%s' id='m1'/>", r.Full)
		}},
		{ID: "6121/8.5.2.1.1/headline-all", Level: run.Must, Text: "a headline reaches all resources that are not of negative priority", Run: func(t *run.T) {
			r := t.Login("romeo")
			a, b := t.OnlineAs("juliet", "balcony", 0), t.OnlineAs("juliet", "chamber", 5)
			r.Send("<message to='%s' id='m1' type='headline'><body>a</body></message>", a.Bare)
			a.Want("<message from='%s' id='m1'/>", r.Full)
			b.Want("<message from='%s' id='m1'/>", r.Full)
		}},
		{ID: "6121/8.5.2.1.1/groupchat", Level: run.Must, Text: "a groupchat message to an account is refused", Run: func(t *run.T) {
			r, j := t.Login("romeo"), t.Online("juliet")
			r.Send("<message to='%s' id='m1' type='groupchat'><body>a</body></message>", j.Bare)
			r.Want("<message id='m1' type='error'/>")
		}},
		{ID: "6121/8.5.2.1.1/error-dropped", Level: run.Must, Text: "an error to the bare address is dropped", Run: func(t *run.T) {
			r, j := t.Login("romeo"), t.Online("juliet")
			r.Send("<message to='%s' id='m1' type='error'><error type='cancel'><gone xmlns='%s'/></error></message>", j.Bare, oracle.NSStanzas)
			t.Settle(r, j)
			j.Without("<message id='m1'/>")
		}},
		{ID: "6121/8.5.2.1.3/iq-answered", Level: run.Must, Text: "a request to the bare address is answered by the server and reaches no resource", Run: func(t *run.T) {
			r, j := t.Login("romeo"), t.Online("juliet")
			r.Refused(r.Ask("get", j.Bare, "<query xmlns='urn:example:no-such-thing'/>"))
			j.Sync()
			j.Without("<query xmlns='urn:example:no-such-thing'/>")
		}},
		{ID: "6121/8.5.2.2.1/offline-chat", Level: run.Should, Text: "a chat message for somebody who is away is kept and delivered later", Run: away("<message to='%s' id='m1' type='chat'><body>a</body></message>")},
		{ID: "6121/8.5.2.2.1/offline-normal", Level: run.Should, Text: "so is a normal message", Run: away("<message to='%s' id='m1'><body>a</body></message>")},
		{ID: "6121/8.5.2.2.1/offline-headline", Level: run.Must, Text: "a headline for somebody who is away is not kept", Run: func(t *run.T) {
			r := t.Login("romeo")
			r.Send("<message to='%s' id='m1' type='headline'><body>a</body></message>", t.Bare("juliet"))
			r.Sync()
			j := t.Arrive("juliet")
			j.Sync()
			j.Without("<message id='m1'/>")
		}},
		{ID: "6121/8.5.2.2.1/offline-groupchat", Level: run.Must, Text: "a groupchat message for somebody who is away is refused", Run: func(t *run.T) {
			r := t.Login("romeo")
			r.Send("<message to='%s' id='m1' type='groupchat'><body>a</body></message>", t.Bare("juliet"))
			r.Want("<message id='m1' type='error'/>")
		}},
		{ID: "6121/8.5.2.2.1/only-negative", Level: run.Should, Text: "a message for an account with resources of negative priority only is kept", Run: func(t *run.T) {
			r := t.Login("romeo")
			j := t.OnlineAs("juliet", "balcony", -1)
			r.Send("<message to='%s' id='m1' type='chat'><body>a</body></message>", j.Bare)
			t.Settle(r, j)
			j.Without("<message id='m1'/>")
			t.ArriveAs("juliet", "chamber").Want("<message from='%s' id='m1'/>", r.Full)
		}},
		{ID: "6121/8.5.3.1/full", Level: run.Must, Text: "a message to a full address reaches that resource, whatever its priority", Run: func(t *run.T) {
			r, j := t.Login("romeo"), t.OnlineAs("juliet", "balcony", -5)
			r.Send("<message to='%s' id='m1' type='chat'><body>a</body></message>", j.Full)
			j.Want("<message from='%s' id='m1' to='%s'/>", r.Full, j.Full)
		}},
		{ID: "6121/8.5.3.2.1/chat-gone", Level: run.Must, Text: "a chat message to a resource that is gone is treated as one to the bare address", Run: func(t *run.T) {
			r, j := t.Login("romeo"), t.Online("juliet")
			r.Send("<message to='%s/gone' id='m1' type='chat'><body>a</body></message>", j.Bare)
			j.Want("<message from='%s' id='m1'/>", r.Full)
		}},
		{ID: "6121/8.5.3.2.1/headline-gone", Level: run.Must, Text: "a headline to a resource that is gone is dropped", Run: func(t *run.T) {
			r, j := t.Login("romeo"), t.Online("juliet")
			r.Send("<message to='%s/gone' id='m1' type='headline'><body>a</body></message>", j.Bare)
			t.Settle(r, j)
			j.Without("<message from='%s' id='m1'/>", r.Full)
		}},
		{ID: "6121/8.5.3.2.3/iq-gone", Level: run.Must, Text: "a request to a resource that is gone is refused with service-unavailable", Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			t.Friends(r, j)
			r.Refused(r.Ask("get", j.Bare+"/gone", "<query xmlns='urn:example:x'/>"), "service-unavailable")
		}},
		{ID: "6121/8.5.3.2.2/presence-gone", Level: run.Must, Text: "presence to a resource that is gone is dropped", Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			r.Send("<presence to='%s/gone'><status>psst</status></presence>", j.Bare)
			t.Settle(r, j)
			j.Without("<status>psst</status>")
		}},
	}
}

// away gives the steps: what was sent while nobody was there comes later, once.
func away(message string) func(*run.T) {
	return func(t *run.T) {
		r := t.Login("romeo")
		r.Send(message, t.Bare("juliet"))
		r.Sync()
		j := t.Arrive("juliet")
		j.Want("<message from='%s' id='m1'><body>a</body></message>", r.Full)
		j.Sync()
		j.Without("<message id='m1'/>")
	}
}

// Package xep0280 checks carbon copies.
package xep0280

import "causeway/conformance/run"

const (
	enable  = "<enable xmlns='urn:xmpp:carbons:2'/>"
	disable = "<disable xmlns='urn:xmpp:carbons:2'/>"
	sent    = "<sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' id='m1'/></forwarded></sent>"
	arrived = "<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' id='m1'/></forwarded></received>"
)

// Checks gives the checks of XEP-0280.
func Checks() []run.Check {
	needs := []string{"~host:urn:xmpp:carbons:2 account:urn:xmpp:carbons:2"}
	// two has juliet with two devices, of which the second wants copies, and romeo.
	two := func(steps func(t *run.T, r, a, b *run.Client)) func(*run.T) {
		return func(t *run.T) {
			a, b := t.OnlineAs("juliet", "balcony", 0), t.OnlineAs("juliet", "chamber", 0)
			b.Set("", enable)
			steps(t, t.Online("romeo"), a, b)
		}
	}
	message := "<message to='%s' id='m1' type='chat'><body>a</body></message>"
	none := func(payload, attrs string) func(*run.T) {
		return two(func(t *run.T, r, a, b *run.Client) {
			r.Send("<message to='%s' id='m1'%s>%s</message>", a.Full, attrs, payload)
			t.Settle(r, b)
			b.Without("<message id='m1'/>")
			r.Send("<message to='%s' id='m2' type='chat'><body>b</body></message>", a.Full)
			b.WantIn("<message id='m2'/>")
		})
	}
	return []run.Check{
		{ID: "0280/enabling/result", Level: run.Must, Text: "enable is answered with a result", Needs: needs, Run: run.Answers("set", "", enable, "")},
		{ID: "0280/disabling/result", Level: run.Must, Text: "disable is answered with a result", Needs: needs, Run: func(t *run.T) {
			c := t.Login("romeo")
			c.Set("", enable)
			c.Set("", disable)
		}},
		{ID: "0280/enabling/twice", Level: run.Must, Text: "both may come again and again", Needs: needs, Run: func(t *run.T) {
			c := t.Login("romeo")
			for _, payload := range []string{enable, enable, disable, disable, enable} {
				c.Set("", "%s", payload)
			}
		}},
		{ID: "0280/inbound/received", Level: run.Must, Text: "a message to one device is copied to the other, forwarded inside received", Needs: needs, Run: two(func(_ *run.T, r, a, b *run.Client) {
			r.Send(message, a.Full)
			a.Want("<message id='m1' from='%s'/>", r.Full)
			b.WantIn(arrived)
		})},
		{ID: "0280/inbound/addresses", Level: run.Must, Text: "the copy is from the bare address and to the full one of the device", Needs: needs, Run: two(func(_ *run.T, r, a, b *run.Client) {
			r.Send(message, a.Full)
			b.Want("<message from='%s' to='%s'>%s</message>", b.Bare, b.Full, arrived)
		})},
		{ID: "0280/inbound/type", Level: run.Should, Text: "the copy has the type of the message", Needs: needs, Run: two(func(_ *run.T, r, a, b *run.Client) {
			r.Send(message, a.Full)
			b.Want("<message type='chat'>%s</message>", arrived)
		})},
		{ID: "0280/inbound/original", Level: run.Must, Text: "the message inside is whole, with its sender and recipient", Needs: needs, Run: two(func(_ *run.T, r, a, b *run.Client) {
			r.Send("<message to='%s' id='m1' type='chat'><body>a</body><x xmlns='urn:example:x'>y</x></message>", a.Full)
			b.WantIn("<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='%s' to='%s' type='chat'><body>a</body><x xmlns='urn:example:x'>y</x></message></forwarded>", r.Full, a.Full)
		})},
		{ID: "0280/inbound/not-the-recipient", Level: run.Must, Text: "a device that gets the message itself gets no copy", Needs: needs, Run: two(func(t *run.T, r, _, b *run.Client) {
			r.Send(message, b.Full)
			b.Want("<message id='m1' from='%s'/>", r.Full)
			t.Settle(r, b)
			b.Without("<received xmlns='urn:xmpp:carbons:2'/>")
		})},
		{ID: "0280/disabling/none", Level: run.Must, Text: "a device that has disabled copies gets none", Needs: needs, Run: two(func(t *run.T, r, a, b *run.Client) {
			b.Set("", disable)
			r.Send(message, a.Full)
			a.Want("<message id='m1'/>")
			b.Sync()
			b.Without("<received xmlns='urn:xmpp:carbons:2'/>")
			b.Set("", enable)
			r.Send("<message to='%s' id='m2' type='chat'><body>b</body></message>", a.Full)
			b.WantIn("<message id='m2'/>")
		})},
		{ID: "0280/outbound/sent", Level: run.Must, Text: "what one device sends is copied to the other, forwarded inside sent", Needs: needs, Run: two(func(_ *run.T, r, a, b *run.Client) {
			a.Send(message, r.Full)
			b.WantIn(sent)
		})},
		{ID: "0280/outbound/addresses", Level: run.Must, Text: "that copy is from the bare address and to the full one, too", Needs: needs, Run: two(func(_ *run.T, r, a, b *run.Client) {
			a.Send(message, r.Full)
			b.Want("<message from='%s' to='%s'>%s</message>", b.Bare, b.Full, sent)
		})},
		{ID: "0280/outbound/not-the-sender", Level: run.Must, Text: "the device that has sent a message gets no copy of it", Needs: needs, Run: two(func(t *run.T, r, a, b *run.Client) {
			b.Send(message, r.Full)
			r.Want("<message id='m1' from='%s'/>", b.Full)
			b.Sync()
			b.Without("<sent xmlns='urn:xmpp:carbons:2'/>")
			a.Send("<message to='%s' id='m2' type='chat'><body>b</body></message>", r.Full)
			b.WantIn("<message id='m2'/>")
		})},
		{ID: "0280/avoiding/private", Level: run.Must, Text: "a message that is marked private is not copied to the recipient's devices", Needs: needs, Run: none("<body>a</body><private xmlns='urn:xmpp:carbons:2'/><no-copy xmlns='urn:xmpp:hints'/>", " type='chat'")},
		{ID: "0280/avoiding/private-sent", Level: run.Must, Text: "nor to the sender's", Needs: needs, Run: two(func(t *run.T, r, a, b *run.Client) {
			a.Send("<message to='%s' id='m1' type='chat'><body>a</body><private xmlns='urn:xmpp:carbons:2'/><no-copy xmlns='urn:xmpp:hints'/></message>", r.Full)
			a.Send("<message to='%s' id='m2' type='chat'><body>b</body></message>", r.Full)
			b.WantIn("<message id='m2'/>")
			b.Without("<message id='m1'/>")
		})},
		{ID: "0280/recommended-rules/headline", Level: run.Should, Text: "a headline is not copied", Needs: needs, Run: none("<body>a</body>", " type='headline'")},
		{ID: "0280/recommended-rules/normal-with-body", Level: run.Should, Text: "a normal message with a body is copied", Needs: needs, Run: two(func(_ *run.T, r, a, b *run.Client) {
			r.Send("<message to='%s' id='m1'><body>a</body></message>", a.Full)
			b.WantIn(arrived)
		})},
		{ID: "0280/recommended-rules/chat-state", Level: run.Should, Text: "a chat state without a body is copied", Needs: needs, Run: two(func(_ *run.T, r, a, b *run.Client) {
			r.Send("<message to='%s' id='m1' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>", a.Full)
			b.WantIn(arrived)
		})},
		{ID: "0280/recommended-rules/receipt", Level: run.Should, Text: "a receipt is copied", Needs: needs, Run: two(func(_ *run.T, r, a, b *run.Client) {
			r.Send("<message to='%s' id='m1' type='chat'><received xmlns='urn:xmpp:receipts' id='m0'/></message>", a.Full)
			b.WantIn(arrived)
		})},
		{ID: "0280/disco/advertised", Level: run.Must, Text: "who copies says so in discovery of the domain", Needs: []string{"host:urn:xmpp:carbons:2"}, Run: run.Answers("get", "{domain}", "<query xmlns='http://jabber.org/protocol/disco#info'/>", "<feature xmlns='http://jabber.org/protocol/disco#info' var='urn:xmpp:carbons:2'/>")},
	}
}

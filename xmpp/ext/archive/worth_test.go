package archive

import "testing"

// TestWorth holds the rules of worth.go, by the anchors that they come from.
func TestWorth(t *testing.T) {
	const (
		body      = "<body>a</body>"
		composing = "<composing xmlns='http://jabber.org/protocol/chatstates'/>"
		room      = "<x xmlns='http://jabber.org/protocol/muc#user'>"
	)
	hint := func(name string) string { return "<" + name + " xmlns='urn:xmpp:hints'/>" }
	for _, c := range []struct {
		name, typ, payload string
		want               bool
	}{
		{"XEP-0313 #business-storeret-user-archives: chat with a body", "chat", body, true},
		{"XEP-0313 #business-storeret-user-archives: normal with a body", "normal", body, true},
		{"XEP-0313 #business-storeret-user-archives: headline", "headline", body, false},
		{"XEP-0313 #business-storeret-user-archives: groupchat", "groupchat", body, false},
		{"XEP-0334 #rules: an error, whatever it quotes", "error", body + hint("store"), false},
		{"nothing", "chat", "", false},
		{"a thread alone", "chat", "<thread>t</thread>", false},
		{"a subject is read too", "normal", "<subject>a</subject>", true},
		{"a body of another namespace", "chat", "<body xmlns='urn:x'>a</body>", false},
		{"XEP-0313 #archives: a chat state alone", "chat", composing, false},
		{"XEP-0085: a chat state with a body", "chat", body + composing, true},
		{"XEP-0334 #no-store", "chat", body + hint("no-store"), false},
		{"XEP-0334 #no-permanent-store", "chat", hint("no-permanent-store") + body, false},
		{"XEP-0334 #no-copy is about copies", "chat", body + hint("no-copy"), true},
		{"XEP-0334 #store-worthy", "chat", "<a xmlns='urn:x'/>" + hint("store"), true},
		{"both hints: what must not be kept is not", "chat", hint("store") + body + hint("no-store"), false},
		{"XEP-0280: private is about copies", "chat", body + "<private xmlns='urn:xmpp:carbons:2'/>", true},
		{"XEP-0184: a receipt", "chat", "<received xmlns='urn:xmpp:receipts' id='1'/>", true},
		{"XEP-0184: a request without a message", "chat", "<request xmlns='urn:xmpp:receipts'/>", false},
		{"XEP-0333: displayed", "chat", "<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>", true},
		{"XEP-0333: markable without a message", "chat", "<markable xmlns='urn:xmpp:chat-markers:0'/>", false},
		{"XEP-0308: a correction", "chat", body + "<replace xmlns='urn:xmpp:message-correct:0' id='1'/>", true},
		{"XEP-0444: a reaction", "chat", "<reactions xmlns='urn:xmpp:reactions:0' id='1'><reaction>!</reaction></reactions>", true},
		{"XEP-0424 #rules: a retraction", "chat", "<retract xmlns='urn:xmpp:message-retract:1' id='1'/>", true},
		{"XEP-0424: what looks like a tombstone", "chat", "<retracted xmlns='urn:xmpp:message-retract:1' id='1'/>", false},
		{"XEP-0428: a fallback marks a body", "chat", "<fallback xmlns='urn:xmpp:fallback:0' for='urn:x'/>", false},
		{"XEP-0380: encrypted", "chat", "<encryption xmlns='urn:xmpp:eme:0' namespace='urn:x'/>", true},
		{"XEP-0384: encrypted", "chat", "<encrypted xmlns='eu.siacs.conversations.axolotl'/>", true},
		{"XEP-0353: a call", "chat", "<propose xmlns='urn:xmpp:jingle-message:0' id='1'/>", true},
		{"XEP-0249: an invitation", "normal", "<x xmlns='jabber:x:conference' jid='r@verona.lit'/>", true},
		{"XEP-0045 #invite-mediated", "normal", room + "<invite from='a@b'/></x>", true},
		{"XEP-0045 #invite-mediated: declined", "normal", room + "<decline from='a@b'/></x>", true},
		{"XEP-0045 #privatemessage", "chat", body + room + "</x>", true},
		{"XEP-0045 #privatemessage: a chat state", "chat", composing + room + "</x>", false},
		{"XEP-0060 #publisher-publish-success: an event", "normal", "<event xmlns='http://jabber.org/protocol/pubsub#event'/>", false},
		{"XEP-0280 #inbound: what looks like a copy", "chat", "<received xmlns='urn:xmpp:carbons:2'/>", false},
		{"XEP-0313 #results: what looks like a result", "chat", "<result xmlns='urn:xmpp:mam:2' id='1'/>", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := worth(parse(t, "<message type='"+c.typ+"'>"+c.payload+"</message>")); got != c.want {
				t.Errorf("%s: %v", c.payload, got)
			}
		})
	}
}

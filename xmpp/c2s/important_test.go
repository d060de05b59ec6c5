package c2s

import (
	"strings"
	"testing"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// copied gives a copy of a message that another device of romeo sent.
func copied(inner string) string {
	return "<message from='romeo@capulet.lit' to='romeo@capulet.lit/orchard' type='chat'><sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>" +
		inner + "</forwarded></sent></message>"
}

func TestCanWait(t *testing.T) {
	const (
		head    = "<message from='juliet@capulet.lit/balcony' to='romeo@capulet.lit/orchard' type='chat'>"
		news    = "<message from='juliet@capulet.lit' to='romeo@capulet.lit/orchard' type='headline'>"
		typing  = "<composing xmlns='http://jabber.org/protocol/chatstates'/>"
		read    = "<displayed xmlns='urn:xmpp:chat-markers:0' id='m'/>"
		tail    = "</message>"
		kept    = "<stanza-id xmlns='urn:xmpp:sid:0' by='romeo@capulet.lit' id='7'/>"
		inside  = "<message xmlns='jabber:client' from='romeo@capulet.lit/home' to='juliet@capulet.lit' type='chat'>"
		private = "<event xmlns='http://jabber.org/protocol/pubsub#event'>"
	)
	for _, tt := range []struct {
		name, xml, extra string
		want             string // "now", "waits", or the detail of its topic after "merges "
	}{
		{"available", "<presence from='juliet@capulet.lit/balcony'><show>away</show></presence>", "", "merges "},
		{"unavailable", "<presence from='juliet@capulet.lit/balcony' type='unavailable'/>", "", "merges "},
		{"an occupant who leaves", "<presence from='room@rooms.capulet.lit/nurse' type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'><status code='307'/></x></presence>", "", "merges "},
		{"oneself, put out of a room", "<presence from='room@rooms.capulet.lit/romeo' type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'><status code='307'/><status code='110'/></x></presence>", "", "now"},
		{"oneself, in a room", "<presence from='room@rooms.capulet.lit/romeo'><x xmlns='http://jabber.org/protocol/muc#user'><status code='110'/></x></presence>", "", "merges "},
		{"a request to subscribe", "<presence from='juliet@capulet.lit' type='subscribe'/>", "", "now"},
		{"its answer", "<presence from='juliet@capulet.lit' type='subscribed'/>", "", "now"},
		{"an error", "<presence from='juliet@capulet.lit' type='error'/>", "", "now"},
		{"a request", "<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>", "", "now"},
		{"a result", "<iq type='result' id='1'/>", "", "now"},
		{"words", head + "<body>a</body>" + tail, "", "now"},
		{"words with a chat state", head + "<body>a</body>" + typing + tail, "", "now"},
		{"words of a room", strings.Replace(head, "chat", "groupchat", 1) + "<body>a</body>" + tail, "", "now"},
		{"a subject", strings.Replace(head, "chat", "groupchat", 1) + "<subject/>" + tail, "", "now"},
		{"encrypted", head + "<encrypted xmlns='urn:xmpp:omemo:2'/><store xmlns='urn:xmpp:hints'/>" + tail, "", "now"},
		{"nothing that is known", head + "<a xmlns='b'/>" + tail, "", "now"},
		{"a chat state beside it", head + typing + "<a xmlns='b'/>" + tail, "", "now"},
		{"nothing at all", head + tail, "", "now"},
		{"an error for a chat state", strings.Replace(head, "chat", "error", 1) + typing + tail, "", "now"},
		{"a chat state", head + typing + tail, "", "merges "},
		{"with what stands beside it", head + typing + "<thread>t1</thread><no-store xmlns='urn:xmpp:hints'/><origin-id xmlns='urn:xmpp:sid:0' id='o'/>" + tail, "", "merges t1"},
		{"of an occupant", strings.Replace(head, "chat", "groupchat", 1) + typing + "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='o'/>" + tail, "", "merges "},
		{"a marker that is in the archive", head + read + tail, kept, "waits"},
		{"one with a chat state", head + typing + read + tail, kept, "waits"},
		{"one that is not in the archive", head + read + tail, "", "now"},
		{"a receipt that is in the archive", head + "<received xmlns='urn:xmpp:receipts' id='m'/>" + tail, kept, "waits"},
		{"what asks for one", head + "<request xmlns='urn:xmpp:receipts'/>" + tail, kept, "now"},
		{"an event", news + private + "<items node='urn:xmpp:bookmarks:1'><item id='room@rooms.capulet.lit'/></items></event>" + tail, "", "merges urn:xmpp:bookmarks:1\nroom@rooms.capulet.lit"},
		{"with who published it", news + private + "<items node='n'><item id='i'/></items></event><addresses xmlns='http://jabber.org/protocol/address'/>" + tail, "", "merges n\ni"},
		{"an item that is taken back", news + private + "<items node='n'><retract id='i'/></items></event>" + tail, "", "merges n\ni"},
		{"what there is one of", news + private + "<items node='http://jabber.org/protocol/mood'><item id='i'/></items></event>" + tail, "", "merges http://jabber.org/protocol/mood"},
		{"two items", news + private + "<items node='n'><item id='i'/><item id='j'/></items></event>" + tail, "", "waits"},
		{"a node that is deleted", news + private + "<delete node='n'/></event>" + tail, "", "waits"},
		{"an event with words", news + private + "<items node='n'><item id='i'/></items></event><body>a</body>" + tail, "", "now"},
		{"an event and a receipt", news + "<received xmlns='urn:xmpp:receipts' id='m'/>" + private + "</event>" + tail, kept, "now"},
		{"an event that is no headline", head + private + "<items node='n'><item id='i'/></items></event>" + tail, "", "now"},
		{"a copy of words", copied(inside + "<body>a</body>" + tail), "", "now"},
		{"a copy of a chat state", copied(inside + typing + "<thread>t1</thread>" + tail), "", "merges juliet@capulet.lit t1"},
		{"a copy of a marker", copied(inside + read + tail), "", "waits"},
		{"a copy of nothing", copied(""), "", "now"},
		{"a copy with a note beside it", copied("<delay xmlns='urn:xmpp:delay'/>" + inside + typing + tail), "", "now"},
		{"a copy of a copy", copied(strings.Replace(copied(inside+typing+tail), "<message", "<message xmlns='jabber:client'", 1)), "", "now"},
		{"what says that it is a copy", strings.Replace(copied(inside+typing+tail), "from='romeo@", "from='juliet@", 1), "", "now"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newClient(&Server{}, jid.MustParse("romeo@capulet.lit/orchard"))
			st := parse(t, tt.xml)
			st.Extra = []byte(tt.extra)
			about, ok := c.canWait(st)
			got := "merges " + about.detail
			switch {
			case !ok:
				got = "now"
			case about == topic{}:
				got = "waits"
			}
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
			st.Told = func(bool) {}
			if _, ok := c.canWait(st); ok {
				t.Error("it waits although somebody waits to hear of it")
			}
		})
	}
}

// FuzzCanWait: whatever comes, it is judged, and what has words does not wait.
func FuzzCanWait(f *testing.F) {
	f.Add("<message from='a@b/c' type='headline'><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='n'><item id='i'/></items></event></message>")
	f.Add(copied("<message xmlns='jabber:client' type='chat'><active xmlns='http://jabber.org/protocol/chatstates'/></message>"))
	f.Add("<p:message xmlns:p='jabber:client'><p:body/><p:thread/></p:message>")
	c := newClient(&Server{}, jid.MustParse("romeo@capulet.lit/orchard"))
	f.Fuzz(func(t *testing.T, xml string) {
		st, err := stanza.Parse([]byte(xml))
		if err != nil {
			return
		}
		if _, ok := c.canWait(st); ok && st.Has(stanza.NSClient, "body") && st.Kind == stanza.Message {
			t.Errorf("%s can wait", xml)
		}
	})
}

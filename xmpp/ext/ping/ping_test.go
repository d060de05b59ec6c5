package ping

import (
	"testing"

	"causeway/xmpp/xmpptest"
)

func TestPing(t *testing.T) {
	tests := []struct{ name, iq, want string }{
		{
			"XEP-0199 #c2s: a host",
			"<iq type='get' id='1' from='juliet@capulet.lit/balcony' to='capulet.lit'><ping xmlns='urn:xmpp:ping'/></iq>",
			"<iq from='capulet.lit' to='juliet@capulet.lit/balcony' type='result' id='1'/>",
		},
		{
			"XEP-0199 #c2s: one's own account",
			"<iq type='get' id='2' from='juliet@capulet.lit/balcony' to='juliet@capulet.lit'><ping xmlns='urn:xmpp:ping'/></iq>",
			"<iq from='juliet@capulet.lit' to='juliet@capulet.lit/balcony' type='result' id='2'/>",
		},
		{
			"XEP-0199 #security: somebody else's account",
			"<iq type='get' id='3' from='romeo@montague.lit/orchard' to='juliet@capulet.lit'><ping xmlns='urn:xmpp:ping'/></iq>",
			"<iq from='juliet@capulet.lit' to='romeo@montague.lit/orchard' type='error' id='3'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
		},
		{
			"RFC 6120 §8.3.3.3: an unknown element",
			"<iq type='get' id='4' from='juliet@capulet.lit/balcony' to='capulet.lit'><pong xmlns='urn:xmpp:ping'/></iq>",
			"<iq from='capulet.lit' to='juliet@capulet.lit/balcony' type='error' id='4'><error type='cancel'><feature-not-implemented xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
		},
		{
			"RFC 6120 §8.3.3.3: a set",
			"<iq type='set' id='5' from='juliet@capulet.lit/balcony' to='capulet.lit'><ping xmlns='urn:xmpp:ping'/></iq>",
			"<iq from='capulet.lit' to='juliet@capulet.lit/balcony' type='error' id='5'><error type='cancel'><feature-not-implemented xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := xmpptest.Answer(t, New(), tt.iq); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

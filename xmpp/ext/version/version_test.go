package version

import (
	"testing"

	"causeway/xmpp/xmpptest"
)

func TestVersion(t *testing.T) {
	const get = "<iq type='get' id='1' from='juliet@capulet.lit/balcony' to='capulet.lit'><query xmlns='jabber:iq:version'/></iq>"
	const head = "<iq from='capulet.lit' to='juliet@capulet.lit/balcony' "
	tests := []struct {
		name     string
		s        *Service
		iq, want string
	}{
		{
			"XEP-0092 #examples", New("Verona <3", "1.0", "Plan & 9"), get,
			head + "type='result' id='1'><query xmlns='jabber:iq:version'><name>Verona &lt;3</name><version>1.0</version><os>Plan &amp; 9</os></query></iq>",
		},
		{
			"XEP-0092 #security: the operating system is hidden", New("Verona", "1.0", ""), get,
			head + "type='result' id='1'><query xmlns='jabber:iq:version'><name>Verona</name><version>1.0</version></query></iq>",
		},
		{
			"RFC 6120 §8.3.3.3: a set", New("Verona", "1.0", ""),
			"<iq type='set' id='2' from='juliet@capulet.lit/balcony' to='capulet.lit'><query xmlns='jabber:iq:version'/></iq>",
			head + "type='error' id='2'><error type='cancel'><feature-not-implemented xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := xmpptest.Answer(t, tt.s, tt.iq); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

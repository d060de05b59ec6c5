package entitytime

import (
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/xmpptest"
)

func TestTime(t *testing.T) {
	const head = "<iq from='capulet.lit' to='juliet@capulet.lit/balcony' "
	const get = "<iq type='get' id='1' from='juliet@capulet.lit/balcony' to='capulet.lit'><time xmlns='urn:xmpp:time'/></iq>"
	tests := []struct {
		name     string
		zone     *time.Location
		iq, want string
	}{
		{
			"XEP-0202 #protocol: UTC is a numeric offset too", time.UTC, get,
			head + "type='result' id='1'><time xmlns='urn:xmpp:time'><tzo>+00:00</tzo><utc>2000-01-01T00:00:00Z</utc></time></iq>",
		},
		{
			"XEP-0202 #examples: west of Greenwich", time.FixedZone("", -6*3600), get,
			head + "type='result' id='1'><time xmlns='urn:xmpp:time'><tzo>-06:00</tzo><utc>2000-01-01T00:00:00Z</utc></time></iq>",
		},
		{
			"RFC 6120 §8.3.3.3: a set", time.UTC,
			"<iq type='set' id='2' from='juliet@capulet.lit/balcony' to='capulet.lit'><time xmlns='urn:xmpp:time'/></iq>",
			head + "type='error' id='2'><error type='cancel'><feature-not-implemented xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// The clock of a bubble starts at midnight of the year 2000.
			synctest.Test(t, func(t *testing.T) {
				if got := xmpptest.Answer(t, New(tt.zone), tt.iq); got != tt.want {
					t.Errorf("got  %s\nwant %s", got, tt.want)
				}
			})
		})
	}
}

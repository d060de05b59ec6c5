package version

import (
	"errors"
	"testing"

	"causeway/xmpp/stanza"
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
			if got := answer(t, tt.s, tt.iq); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// answer hands a request to the service and gives its answer as bytes.
func answer(t *testing.T, s *Service, raw string) string {
	t.Helper()
	iq, err := stanza.Parse([]byte(raw))
	if err != nil {
		t.Fatalf("bad request in the test: %v", err)
	}
	payload, err := s.HandleIQ(t.Context(), iq)
	var told *stanza.Error
	switch {
	case errors.As(err, &told):
		told.Text = "" // for people, not for tests
		return string(iq.ErrorReply(told).AppendTo(nil))
	case err != nil:
		return "fault: " + err.Error()
	default:
		return string(iq.Result(payload).AppendTo(nil))
	}
}

package router

import (
	"context"
	"slices"
	"testing"

	"causeway/xmpp/stanza"
)

// greeter answers with the domain that was asked.
type greeter struct{}

func (greeter) HandleIQ(_ context.Context, iq *stanza.Stanza) ([]byte, error) {
	if iq.Type == stanza.Set {
		return nil, stanza.Forbidden.Err("")
	}
	return []byte("<hello xmlns='urn:verona:hello'>" + iq.To.String() + "</hello>"), nil
}

// A service with two domains of its own is asked and answers like a host.
func TestDesk(t *testing.T) {
	s := newStage(t)
	romeo, exit := s.login("romeo@montague.lit/orchard")
	desk := NewDesk(s.Router)
	desk.HandleIQ("urn:verona:hello", greeter{}, "urn:verona:hello", "urn:verona:hello#warm")
	s.SetGate("plays.montague.lit", desk)
	s.SetGate("plays.capulet.lit", desk)
	if got := desk.Features(); !slices.Equal(got, []string{"urn:verona:hello", "urn:verona:hello#warm"}) {
		t.Errorf("features: %v", got)
	}
	refused := func(from, kind, condition string) string {
		return "<iq from='" + from + "' to='romeo@montague.lit/orchard' type='error' id='1'><error type='" + kind + "'><" +
			condition + " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
	}
	for _, tt := range []struct{ name, send, want string }{
		{
			"a request",
			"<iq type='get' id='1' to='plays.montague.lit'><hello xmlns='urn:verona:hello'/></iq>",
			"<iq from='plays.montague.lit' to='romeo@montague.lit/orchard' type='result' id='1'><hello xmlns='urn:verona:hello'>plays.montague.lit</hello></iq>",
		},
		{
			"the other domain",
			"<iq type='get' id='1' to='plays.capulet.lit'><hello xmlns='urn:verona:hello'/></iq>",
			"<iq from='plays.capulet.lit' to='romeo@montague.lit/orchard' type='result' id='1'><hello xmlns='urn:verona:hello'>plays.capulet.lit</hello></iq>",
		},
		{
			"a refusal",
			"<iq type='set' id='1' to='plays.montague.lit'><hello xmlns='urn:verona:hello'/></iq>",
			refused("plays.montague.lit", "auth", "forbidden"),
		},
		{
			"RFC 6120 §8.4: an unknown namespace",
			"<iq type='get' id='1' to='plays.montague.lit'><bye xmlns='urn:verona:bye'/></iq>",
			refused("plays.montague.lit", "cancel", "service-unavailable"),
		},
		{
			"nobody lives there",
			"<iq type='get' id='1' to='tybalt@plays.montague.lit'><hello xmlns='urn:verona:hello'/></iq>",
			refused("tybalt@plays.montague.lit", "cancel", "service-unavailable"),
		},
		{
			"a message", "<message id='1' to='plays.montague.lit'><body>hello</body></message>",
			"<message from='plays.montague.lit' to='romeo@montague.lit/orchard' type='error' id='1'><error type='cancel'>" +
				"<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>",
		},
		{"RFC 6120 §8.2.3: a response", "<iq type='result' id='1' to='plays.montague.lit'/>", ""},
		{"RFC 6120 §8.3.1: an error", "<message type='error' id='1' to='plays.montague.lit'/>", ""},
		{"RFC 6120 §10.5.1: presence", "<presence to='plays.montague.lit'/>", ""},
		{"RFC 6120 §10.5.1: a subscription", "<presence type='subscribe' to='plays.montague.lit'/>", ""},
	} {
		s.send(romeo, tt.send)
		got := exit.take()
		if tt.want == "" && len(got) > 0 || tt.want != "" && (len(got) != 1 || got[0] != tt.want) {
			t.Errorf("%s: got %q\nwant %s", tt.name, got, tt.want)
		}
	}
}

package vcard

import (
	"context"
	"strings"
	"testing"

	"causeway/xmpp/xmpptest"

	"causeway/xmpp/jid"
)

// memory is a Store; a card that was put in by hand has no hash yet.
type memory struct {
	cards  map[jid.JID][]byte
	photos map[jid.JID]string
}

func newMemory() *memory {
	return &memory{cards: make(map[jid.JID][]byte), photos: make(map[jid.JID]string)}
}

func (m *memory) Card(_ context.Context, owner jid.JID) ([]byte, error) { return m.cards[owner], nil }

func (m *memory) Photo(_ context.Context, owner jid.JID) (string, bool, error) {
	hash, known := m.photos[owner]
	return hash, known, nil
}

func (m *memory) Change(_ context.Context, owner jid.JID, f func([]byte) (Card, error)) error {
	card, err := f(m.cards[owner])
	if err == nil {
		m.cards[owner], m.photos[owner] = card.XML, card.Photo
	}
	return err
}

func TestCard(t *testing.T) {
	const (
		own     = "<iq type='get' id='1' from='juliet@capulet.lit/balcony'><vCard xmlns='vcard-temp'/></iq>"
		foreign = "<iq type='get' id='2' from='romeo@montague.lit/orchard' to='juliet@capulet.lit'><vCard xmlns='vcard-temp'/></iq>"
		set     = "<iq type='set' id='3' from='juliet@capulet.lit/balcony'><vCard xmlns='vcard-temp'><FN>Juliet</FN></vCard></iq>"
	)
	// One play: each line is answered in the order they stand.
	play := []struct{ name, iq, want string }{
		{
			"XEP-0054 #usecases: no own card", own,
			"<iq to='juliet@capulet.lit/balcony' type='error' id='1'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
		},
		{
			"XEP-0054 #usecases: no card of somebody else", foreign,
			"<iq from='juliet@capulet.lit' to='romeo@montague.lit/orchard' type='error' id='2'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
		},
		{"XEP-0054 #usecases: update", set, "<iq to='juliet@capulet.lit/balcony' type='result' id='3'/>"},
		{
			"XEP-0054 #usecases: own card", own,
			"<iq to='juliet@capulet.lit/balcony' type='result' id='1'><vCard xmlns='vcard-temp'><FN>Juliet</FN></vCard></iq>",
		},
		{
			"XEP-0054 #usecases: card of somebody else", foreign,
			"<iq from='juliet@capulet.lit' to='romeo@montague.lit/orchard' type='result' id='2'><vCard xmlns='vcard-temp'><FN>Juliet</FN></vCard></iq>",
		},
		{
			"XEP-0054 #usecases: set somebody else's card",
			"<iq type='set' id='4' from='romeo@montague.lit/orchard' to='juliet@capulet.lit'><vCard xmlns='vcard-temp'><FN>R</FN></vCard></iq>",
			"<iq from='juliet@capulet.lit' to='romeo@montague.lit/orchard' type='error' id='4'><error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
		},
		{
			"XEP-0054 #impl: the wrong capitals",
			"<iq type='get' id='5' from='juliet@capulet.lit/balcony'><VCARD xmlns='vcard-temp'/></iq>",
			"<iq to='juliet@capulet.lit/balcony' type='error' id='5'><error type='cancel'><feature-not-implemented xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
		},
		{
			"RFC 6120 §8.3.3.12: too large",
			"<iq type='set' id='6' from='juliet@capulet.lit/balcony'><vCard xmlns='vcard-temp'><FN>" + strings.Repeat("J", 1000) + "</FN></vCard></iq>",
			"<iq to='juliet@capulet.lit/balcony' type='error' id='6'><error type='modify'><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
		},
	}
	s := New(newMemory(), 1000)
	for _, line := range play {
		if got := xmpptest.Answer(t, s, line.iq); got != line.want {
			t.Errorf("%s:\ngot  %s\nwant %s", line.name, got, line.want)
		}
	}
}

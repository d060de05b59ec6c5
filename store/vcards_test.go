package store_test

import (
	"errors"
	"testing"

	"causeway/xmpp/ext/vcard"
)

func TestPhotoHash(t *testing.T) {
	h := newHouse(t)
	look := func(card, hash string, known bool) {
		t.Helper()
		xml, err := h.VCards().Card(t.Context(), juliet)
		got, ok, errPhoto := h.VCards().Photo(t.Context(), juliet)
		if err != nil || errPhoto != nil || string(xml) != card || got != hash || ok != known {
			t.Errorf("got %q, %q, %v (%v, %v); want %q, %q, %v", xml, got, ok, err, errPhoto, card, hash, known)
		}
	}
	change := func(card vcard.Card, fault error) error {
		return h.VCards().Change(t.Context(), juliet, func([]byte) (vcard.Card, error) { return card, fault })
	}
	look("", "", false)
	must(t, change(vcard.Card{XML: []byte("<vCard/>"), Photo: "abc"}, nil))
	h.restart()
	look("<vCard/>", "abc", true)
	must(t, change(vcard.Card{XML: []byte("<vCard/>")}, nil))
	look("<vCard/>", "", true)
	errOwn := errors.New("own error")
	if err := change(vcard.Card{}, errOwn); !errors.Is(err, errOwn) {
		t.Errorf("error of the closure: %v", err)
	}
	look("<vCard/>", "", true)
	// A card from elsewhere, of whose photo nobody knows.
	must(t, h.VCards().SetCard(t.Context(), juliet, []byte("<vCard><FN/></vCard>")))
	look("<vCard><FN/></vCard>", "", false)
	must(t, change(vcard.Card{}, nil))
	look("", "", false)
}

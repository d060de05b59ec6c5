package vcard

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
	"causeway/xmpp/xmpptest"
)

const pngType = "image/png"

// png begins as such an image does. Nobody looks further.
var png = []byte("\x89PNG\r\n\x1a\n of a rose")

func hexHash(image []byte) string {
	sum := sha1.Sum(image)
	return hex.EncodeToString(sum[:])
}

func photo(mediaType string, binval string) string {
	return "<PHOTO><TYPE>" + mediaType + "</TYPE><BINVAL>" + binval + "</BINVAL></PHOTO>"
}

func TestReadPhoto(t *testing.T) {
	b64 := base64.StdEncoding.EncodeToString(png)
	card := func(inside string) string { return "<vCard xmlns='vcard-temp'><FN>Juliet</FN>" + inside + "</vCard>" }
	tests := []struct {
		name, card, typ string
		image           []byte
	}{
		{"XEP-0153 #publish", card(photo(pngType, b64)), pngType, png},
		{"XEP-0153 #bizrules-image: white space is ignored", card(photo(" "+pngType+"\n", "\r\n\t"+b64[:7]+" \n"+b64[7:]+"\n")), pngType, png},
		{"XEP-0153 #bizrules-xml: the type is not required", card("<PHOTO><BINVAL>" + b64 + "</BINVAL></PHOTO>"), "", png},
		{"XEP-0153 #bizrules-xml: an address instead of an image", card("<PHOTO><EXTVAL>http://verona.lit/</EXTVAL></PHOTO>"), "", nil},
		{"the first that can be read", card("<PHOTO><TYPE>a</TYPE><BINVAL/></PHOTO>" + photo(pngType, b64)), pngType, png},
		{"no base64", card(photo(pngType, "Base64-encoded-avatar-file-here!")), "", nil},
		{"cut off", card(photo(pngType, b64[:9])), "", nil},
		{"another namespace", card("<PHOTO xmlns='x'><BINVAL>" + b64 + "</BINVAL></PHOTO>"), "", nil},
		{"no card", "", "", nil},
		{"no photo", card(""), "", nil},
		{"a prefix", "<v:vCard xmlns:v='vcard-temp'><v:PHOTO><v:TYPE>" + pngType + "</v:TYPE><v:BINVAL>" + b64 + "</v:BINVAL></v:PHOTO></v:vCard>", pngType, png},
	}
	for _, test := range tests {
		typ, image := readPhoto([]byte(test.card))
		if typ != test.typ || !bytes.Equal(image, test.image) {
			t.Errorf("%s: %q, %q", test.name, typ, image)
		}
	}
}

func TestWithPhoto(t *testing.T) {
	b64 := base64.StdEncoding.EncodeToString(png)
	written := "<PHOTO xmlns='vcard-temp'><TYPE>image/png</TYPE><BINVAL>" + b64 + "</BINVAL></PHOTO>"
	tests := []struct{ name, card, with, without string }{
		{"no card", "", "<vCard xmlns='vcard-temp'>" + written + "</vCard>", ""},
		{"an empty one", "<vCard xmlns='vcard-temp' a='/>' />", "<vCard xmlns='vcard-temp' a='/>' >" + written + "</vCard>", "<vCard xmlns='vcard-temp' a='/>' />"},
		{"a prefix", "<v:vCard xmlns:v='vcard-temp'/>", "<v:vCard xmlns:v='vcard-temp'>" + written + "</v:vCard>", "<v:vCard xmlns:v='vcard-temp'/>"},
		{
			"all photos are replaced, and nothing else",
			"<vCard xmlns='vcard-temp'>\n<PHOTO/><FN>J</FN> <PHOTO><BINVAL>x</BINVAL></PHOTO><NOTE><![CDATA[</]]></NOTE></vCard >",
			"<vCard xmlns='vcard-temp'>\n<FN>J</FN> <NOTE><![CDATA[</]]></NOTE>" + written + "</vCard >",
			"<vCard xmlns='vcard-temp'>\n<FN>J</FN> <NOTE><![CDATA[</]]></NOTE></vCard >",
		},
	}
	for _, test := range tests {
		var card []byte
		if test.card != "" {
			card = []byte(test.card)
		}
		got, err := withPhoto(card, pngType, png)
		if err != nil || string(got) != test.with {
			t.Errorf("%s: %v\ngot  %s\nwant %s", test.name, err, got, test.with)
		}
		if typ, image := readPhoto(got); typ != pngType || !bytes.Equal(image, png) {
			t.Errorf("%s: reads back as %q %q", test.name, typ, image)
		}
		if card == nil {
			continue
		}
		if got, err = withPhoto(card, "", nil); err != nil || string(got) != test.without {
			t.Errorf("%s: without: %v\ngot  %s\nwant %s", test.name, err, got, test.without)
		}
	}
}

func TestPhotos(t *testing.T) {
	store := newMemory()
	s := New(store, 1000)
	told := 0
	s.OnPhoto(func(context.Context, jid.JID, string) { told++ })
	juliet, err := jid.Parse("juliet@capulet.lit")
	if err != nil {
		t.Fatal(err)
	}
	set := func(inside string) {
		t.Helper()
		got := xmpptest.Answer(t, s, "<iq type='set' id='1' from='juliet@capulet.lit/balcony'><vCard xmlns='vcard-temp'>"+inside+"</vCard></iq>")
		if got != "<iq to='juliet@capulet.lit/balcony' type='result' id='1'/>" {
			t.Errorf("set: %s", got)
		}
	}
	check := func(why string, image []byte, tellings int) {
		t.Helper()
		hash, err := s.PhotoHash(t.Context(), juliet)
		_, got, errPhoto := s.Photo(t.Context(), juliet)
		want := ""
		if image != nil {
			want = hexHash(image)
		}
		if err != nil || errPhoto != nil || hash != want || !bytes.Equal(got, image) || told != tellings {
			t.Errorf("%s: %q, %q, told %d times (%v, %v)", why, hash, got, told, err, errPhoto)
		}
		told = 0
	}
	check("no card", nil, 0)
	set("<FN>Juliet</FN>")
	check("no photo", nil, 0)
	set(photo(pngType, base64.StdEncoding.EncodeToString(png)))
	check("a photo", png, 1)
	set("<FN>Juliet</FN>" + photo("image/gif", base64.StdEncoding.EncodeToString(png)))
	check("the same one", png, 0)
	set(photo(pngType, "no base64 at all"))
	check("one that cannot be read breaks nothing", nil, 1)

	if err := s.SetPhoto(t.Context(), juliet, pngType, png); err != nil {
		t.Error(err)
	}
	check("one of the server's", png, 0)
	var refused *stanza.Error
	if err := s.SetPhoto(t.Context(), juliet, pngType, make([]byte, 1000)); !errors.As(err, &refused) || refused.Condition != stanza.PolicyViolation {
		t.Errorf("a photo too large: %v", err)
	}
	check("it is not taken", png, 0)
	if err := s.SetPhoto(t.Context(), juliet, "", nil); err != nil || strings.Contains(string(store.cards[juliet]), "PHOTO") {
		t.Errorf("taken out: %v, %s", err, store.cards[juliet])
	}
	check("taken out", nil, 0)

	// A card from before hashes were kept.
	store.cards[juliet] = []byte("<vCard xmlns='vcard-temp'>" + photo(pngType, base64.StdEncoding.EncodeToString(png)) + "</vCard>")
	delete(store.photos, juliet)
	check("an old card", png, 0)
	if store.photos[juliet] != hexHash(png) {
		t.Error("an old card is looked into every time")
	}
}

// FuzzWithPhoto: a card that can be read stays one, with the photo that was put in.
func FuzzWithPhoto(f *testing.F) {
	f.Add("<vCard xmlns='vcard-temp'><FN>J</FN><PHOTO/></vCard>")
	f.Add("<v:vCard xmlns:v='vcard-temp' xmlns='x'><v:PHOTO><v:BINVAL>AA==</v:BINVAL></v:PHOTO><y/></v:vCard>")
	f.Fuzz(func(t *testing.T, card string) {
		readPhoto([]byte(card))
		outer, _, err := stanza.Split([]byte(card))
		if err != nil || !outer.Is(NS, "vCard") {
			return
		}
		got, err := withPhoto([]byte(card), pngType, png)
		if err != nil {
			t.Fatal(err)
		}
		if typ, image := readPhoto(got); typ != pngType || !bytes.Equal(image, png) {
			t.Errorf("%q became %q", card, got)
		}
	})
}

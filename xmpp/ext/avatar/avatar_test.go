package avatar

import (
	"bytes"
	"strings"
	"testing"

	"causeway/xmpp/stanza"
)

func TestPublished(t *testing.T) {
	w := newWorld(t)
	w.shows(open, "image/png", rose)
	if !bytes.Equal(w.image, rose) || w.typ != "image/png" || w.writes != 1 {
		t.Errorf("XEP-0398 #pep2vcard: %q %q, %d writes", w.typ, w.image, w.writes)
	}
	w.shows(open, "image/gif", moon)
	if !bytes.Equal(w.image, moon) || w.writes != 2 {
		t.Errorf("another one: %q, %d writes", w.image, w.writes)
	}
	w.publishes(open, NodeMetadata, "x", noMetadata)
	if w.image != nil || w.writes != 3 {
		t.Errorf("XEP-0084 #pub-disable: %q, %d writes", w.image, w.writes)
	}
}

func TestNotConverted(t *testing.T) {
	hash := hashOf(rose)
	const metadata = "<metadata xmlns='urn:xmpp:avatar:metadata'>"
	tests := []struct {
		name string
		do   func(w *world)
	}{
		{"XEP-0398 #security: not for everybody", func(w *world) { w.shows("presence", "image/png", rose) }},
		{"XEP-0398 #security: taken back by one whose avatar was not for everybody", func(w *world) { w.publishes("presence", NodeMetadata, "x", noMetadata) }},
		{"XEP-0398 #pep2vcard: the hash is another", func(w *world) {
			w.publishes(open, NodeData, hash, "<data xmlns='urn:xmpp:avatar:data'>AAAA</data>")
			w.publishes(open, NodeMetadata, hash, metadata+"<info bytes='3' id='"+hash+"' type='image/png'/></metadata>")
		}},
		{"no data", func(w *world) {
			w.publishes(open, NodeMetadata, hash, metadata+"<info bytes='3' id='"+hash+"' type='image/png'/></metadata>")
		}},
		{"no base64", func(w *world) {
			w.publishes(open, NodeData, hash, "<data xmlns='urn:xmpp:avatar:data'>a rose</data>")
			w.publishes(open, NodeMetadata, hash, metadata+"<info bytes='3' id='"+hash+"' type='image/png'/></metadata>")
		}},
		{"too large", func(w *world) { w.shows(open, "image/png", make([]byte, MaxImage+1)) }},
	}
	for _, test := range tests {
		w := newWorld(t)
		w.typ, w.image = "image/gif", moon
		test.do(w)
		if !bytes.Equal(w.image, moon) || w.writes != 0 {
			t.Errorf("%s: %d writes, %q", test.name, w.writes, w.image)
		}
	}
}

func TestSeveralInfos(t *testing.T) {
	w := newWorld(t)
	w.shows(open, "image/png", rose)
	w.image, w.writes = nil, 0
	w.publishes(open, NodeMetadata, hashOf(rose), "<metadata xmlns='urn:xmpp:avatar:metadata'>"+
		"<info bytes='1' id='357a8123a30844a3aa99861b6349264ba67a5694' type='image/gif' url='http://avatars.verona.lit/happy.gif'/>"+
		"<info bytes='1' id='"+strings.ToUpper(hashOf(rose))+"' type='image/png'/><pointer/></metadata>")
	if !bytes.Equal(w.image, rose) {
		t.Errorf("XEP-0398 #pep2vcard: not the one without an address: %q", w.image)
	}
}

func TestCard(t *testing.T) {
	w := newWorld(t)
	w.setsCard("image/gif", moon)
	data, metadata := w.nodes[NodeData], w.nodes[NodeMetadata]
	if len(data) != 1 || data[0].ID != hashOf(moon) || !bytes.Equal(readData(data[0].Payload), moon) {
		t.Errorf("XEP-0398 #vcard2pep: data %s", data)
	}
	want := "<metadata xmlns='urn:xmpp:avatar:metadata'><info bytes='18' id='" + hashOf(moon) + "' type='image/gif'/></metadata>"
	if len(metadata) != 1 || metadata[0].ID != hashOf(moon) || string(metadata[0].Payload) != want {
		t.Errorf("XEP-0398 #vcard2pep: metadata %s", metadata)
	}
	if w.writes != 2 || w.access[NodeData] != open || w.access[NodeMetadata] != open {
		t.Errorf("%d writes, access %v", w.writes, w.access)
	}
	w.setsCard("", rose)
	if in, _ := readMetadata(w.nodes[NodeMetadata][0].Payload); in != (info{hashOf(rose), "image/png"}) || w.writes != 4 {
		t.Errorf("a card that does not tell the type: %+v, %d writes", in, w.writes)
	}
	w.setsCard("", []byte("whatever"))
	if in, _ := readMetadata(w.nodes[NodeMetadata][0].Payload); in.id != hashOf(rose) {
		t.Errorf("what is no image is published: %+v", in)
	}
	w.setsCard("image/png", make([]byte, MaxImage+1))
	w.setsCard("image/png", rose)
	if w.writes != 4 {
		t.Errorf("published again: %d writes", w.writes)
	}
	w.setsCard("", nil)
	if got := string(w.nodes[NodeMetadata][0].Payload); got != noMetadata || w.writes != 5 {
		t.Errorf("a photo that is taken out: %s, %d writes", got, w.writes)
	}
}

func TestCardBesidePrivateNodes(t *testing.T) {
	w := newWorld(t)
	w.shows("presence", "image/png", rose)
	w.setsCard("image/gif", moon)
	if in, _ := readMetadata(w.nodes[NodeMetadata][0].Payload); in.id != hashOf(moon) || w.access[NodeData] != "presence" {
		t.Errorf("a node that is there stays as it is configured: %+v, %v", in, w.access)
	}
	w.shows("presence", "image/png", rose)
	w.setsCard("", nil)
	if in, _ := readMetadata(w.nodes[NodeMetadata][0].Payload); in.id != hashOf(rose) {
		t.Error("an avatar that was never in the card goes with the photo")
	}
}

func TestRefused(t *testing.T) {
	w := newWorld(t)
	w.refuse = stanza.PolicyViolation.Err("no room")
	w.setsCard("image/gif", moon) // breaks nothing
	w.refuse = nil
	w.setsCard("image/png", rose)
	if in, _ := readMetadata(w.nodes[NodeMetadata][0].Payload); in.id != hashOf(rose) {
		t.Error("nothing is converted after a failure")
	}
	if len(w.service.desk.notes) != 0 {
		t.Errorf("left on the desk: %v", w.service.desk.notes)
	}
}

// FuzzPublished: whatever a client publishes, nothing breaks.
func FuzzPublished(f *testing.F) {
	f.Add("<metadata xmlns='urn:xmpp:avatar:metadata'><info bytes='1' id='a' type='image/png'/></metadata>", "<data xmlns='urn:xmpp:avatar:data'>AAAA</data>", "image/png")
	f.Add("<a/>", "", "video/")
	f.Fuzz(func(t *testing.T, metadata, data, mediaType string) {
		if in, ok := readMetadata([]byte(metadata)); ok && in.id == "" {
			t.Error("an image without an id")
		}
		image := readData([]byte(data))
		if typ := typeOf(mediaType, image); typ != "" {
			if _, ok := readMetadata(appendMetadata(nil, info{"a", typ}, 1)); !ok {
				t.Errorf("metadata of %q cannot be read", typ)
			}
		}
		if image != nil && !bytes.Equal(readData(appendData(nil, image)), image) {
			t.Errorf("%q reads back as another", image)
		}
	})
}

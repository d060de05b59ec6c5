package daemon

import (
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"causeway/store"
	"causeway/xmpp/ext/avatar"
	"causeway/xmpp/ext/bookmarks"
	"causeway/xmpp/ext/private"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

var juliet = jid.MustParse("juliet@capulet.lit")

// quietHouse is a house without edges in which juliet has an account.
func quietHouse(t *testing.T) *house {
	t.Helper()
	cfg := Default()
	cfg.Data, cfg.Hosts = t.TempDir(), []string{"capulet.lit"}
	cfg.Accounts.Iterations = 4096
	h, err := build(t.Context(), cfg, plan{memory: true}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.store.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := h.accounts.Create(t.Context(), juliet, "pencil"); err != nil {
		t.Fatal(err)
	}
	return h
}

// asks is a request of juliet's to her own account; the answer is the first child.
func (h *house) asks(t *testing.T, typ stanza.Type, payload string) string {
	answer, err := h.router.Ask(t.Context(), stanza.New(stanza.IQ, typ, "1", juliet, juliet, []byte(payload)))
	if err != nil {
		t.Error(err)
		return ""
	}
	c, ok := answer.Payload()
	if answer.Type != stanza.Result {
		t.Errorf("%s\nis answered with %s", payload, answer.AppendTo(nil))
	}
	if !ok {
		return ""
	}
	return string(answer.ChildBytes(c))
}

const (
	askList   = "<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'/></query>"
	nsPubsub  = "http://jabber.org/protocol/pubsub"
	storageOf = "<storage xmlns='storage:bookmarks'>"
)

// Clients old and new change bookmarks at the same time. In the end all see the same.
func TestBookmarksAtOnce(t *testing.T) {
	h := quietHouse(t)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() { // ends with its requests
			for n := range 10 {
				address := fmt.Sprintf("room%d-%d@conference.capulet.lit", i, n)
				switch i % 4 {
				case 0: // an old client that adds to what it sees
					list := h.asks(t, stanza.Get, askList)
					list = strings.Replace(list, "</storage>", "<conference jid='"+address+"'/></storage>", 1)
					list = strings.Replace(list, storageOf[:len(storageOf)-1]+"/>", storageOf+"<conference jid='"+address+"'/></storage>", 1)
					h.asks(t, stanza.Set, list)
				case 1: // a new one that adds and removes
					h.publishes(t, bookmarks.Node, address, "<conference xmlns='urn:xmpp:bookmarks:1' name='n'/>")
					if n%2 == 1 {
						retract := "<pubsub xmlns='" + nsPubsub + "'><retract node='urn:xmpp:bookmarks:1'><item id='" + address + "'/></retract></pubsub>"
						// An error says that an old client was faster.
						if _, err := h.router.Ask(t.Context(), stanza.New(stanza.IQ, stanza.Set, "1", juliet, juliet, []byte(retract))); err != nil {
							t.Error(err)
						}
					}
				default:
					h.publishes(t, bookmarks.Node, address, "<conference xmlns='urn:xmpp:bookmarks:1'/>")
				}
			}
		})
	}
	all.Wait()
	var rooms []string
	items, err := h.events.Items(t.Context(), juliet, bookmarks.Node, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range items {
		rooms = append(rooms, item.ID)
	}
	old, err := h.events.Items(t.Context(), juliet, bookmarks.NodeOld, 0)
	if err != nil || len(old) != 1 {
		t.Fatalf("the old node: %v, %v", old, err)
	}
	for name, list := range map[string]string{"private storage": h.asks(t, stanza.Get, askList), "the old node": string(old[0].Payload)} {
		if got := addressesIn(list); !slices.Equal(got, rooms) {
			t.Errorf("%s has %d rooms, there are %d:\n%s\n%s", name, len(got), len(rooms), got, rooms)
		}
	}
}

func addressesIn(list string) (found []string) {
	for _, part := range strings.Split(list, "jid='")[1:] {
		address, _, _ := strings.Cut(part, "'")
		found = append(found, address)
	}
	return found
}

func (h *house) publishes(t *testing.T, node, id, payload string) {
	h.asks(t, stanza.Set, "<pubsub xmlns='"+nsPubsub+"'><publish node='"+node+"'><item id='"+id+"'>"+payload+"</item></publish>"+
		"<publish-options><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>"+nsPubsub+"#publish-options</value></field>"+
		"</x></publish-options></pubsub>")
}

// Cards and avatars are set at the same time. In the end there is one picture.
func TestAvatarsAtOnce(t *testing.T) {
	h := quietHouse(t)
	for _, node := range []string{avatar.NodeData, avatar.NodeMetadata} {
		h.asks(t, stanza.Set, "<pubsub xmlns='"+nsPubsub+"'><create node='"+node+"'/><configure><x xmlns='jabber:x:data' type='submit'>"+
			"<field var='pubsub#access_model'><value>open</value></field><field var='pubsub#max_items'><value>20</value></field></x></configure></pubsub>")
	}
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() { // ends with its requests
			for n := range 8 {
				image := fmt.Appendf(nil, "\x89PNG\r\n\x1a\n%d-%d", i, n)
				sum := sha1.Sum(image)
				id, data := hex.EncodeToString(sum[:]), base64.StdEncoding.EncodeToString(image)
				if i%2 == 0 {
					h.asks(t, stanza.Set, "<vCard xmlns='vcard-temp'><PHOTO><TYPE>image/png</TYPE><BINVAL>"+data+"</BINVAL></PHOTO></vCard>")
					continue
				}
				h.publishes(t, avatar.NodeData, id, "<data xmlns='urn:xmpp:avatar:data'>"+data+"</data>")
				h.publishes(t, avatar.NodeMetadata, id, "<metadata xmlns='urn:xmpp:avatar:metadata'><info bytes='9' id='"+id+"' type='image/png'/></metadata>")
			}
		})
	}
	all.Wait()
	items, err := h.events.Items(t.Context(), juliet, avatar.NodeMetadata, 1)
	if err != nil || len(items) != 1 {
		t.Fatalf("metadata: %v, %v", items, err)
	}
	hash, err := h.vcards.PhotoHash(t.Context(), juliet)
	if err != nil || hash != items[0].ID {
		t.Errorf("the card has %s, published is %s (%v)", hash, items[0].ID, err)
	}
}

// Bookmarks that private storage has from before are found where new clients look.
func TestOldBookmarksAreFound(t *testing.T) {
	h := quietHouse(t)
	before := storageOf + "<conference jid='nave@conference.capulet.lit' name='Nave'/><url url='http://verona.lit/'/></storage>"
	if err := putOld(t.Context(), h.store, before); err != nil {
		t.Fatal(err)
	}
	got := h.asks(t, stanza.Get, "<pubsub xmlns='"+nsPubsub+"'><items node='urn:xmpp:bookmarks:1'/></pubsub>")
	if !strings.Contains(got, "<item id='nave@conference.capulet.lit'><conference xmlns='urn:xmpp:bookmarks:1' name='Nave'>") {
		t.Errorf("XEP-0402 #compatibility: the items are %s", got)
	}
	kept, err := h.store.Private().Element(t.Context(), juliet, bookmarksName())
	if err != nil || string(kept) != storageOf+"<url xmlns='storage:bookmarks' url='http://verona.lit/'/></storage>" {
		t.Errorf("private storage keeps %s, %v", kept, err)
	}
}

// putOld stores bookmarks as earlier versions did.
func putOld(ctx context.Context, s *store.Store, xml string) error {
	return s.Private().Put(ctx, juliet, []private.Element{{Name: bookmarksName(), XML: []byte(xml)}}, private.Quota{Elements: 10, Bytes: 1 << 20})
}

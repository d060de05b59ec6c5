package pep_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"causeway/xmpp/ext/pep"
	"causeway/xmpp/stanza"
)

// TestOrder: events come in the order in which the items are kept, whoever publishes.
func TestOrder(t *testing.T) {
	v := newVerona(t, pep.Limits{})
	v.login(orchard, tune)
	if err := v.service.Create(t.Context(), juliet, pep.Node{Name: tune, Config: func() pep.Config {
		c := pep.DefaultConfig()
		c.MaxItems = 0
		return c
	}()}); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			item := pep.Item{ID: fmt.Sprint("n", i), Payload: []byte(song("x"))}
			if err := v.service.Publish(t.Context(), juliet, tune, item, nil); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	kept, err := v.service.Items(t.Context(), juliet, tune, 0)
	if err != nil || len(kept) != 50 || len(v.clients[orchard].got) != 50 {
		t.Fatalf("%d kept, %d heard, %v", len(kept), len(v.clients[orchard].got), err)
	}
	for i, got := range v.clients[orchard].got {
		if !strings.Contains(got, "<item id='"+kept[i].ID+"'>") {
			t.Fatalf("event %d is %s, want %s", i, got, kept[i].ID)
		}
	}
}

// TestPayloadIsCopied: an item that waits to be told by somebody else does not lie in
// the buffer of the stream that it came by, which belongs to others by then.
func TestPayloadIsCopied(t *testing.T) {
	v := newVerona(t, pep.Limits{})
	v.login(balcony, tune)
	again := false
	v.service.OnChange(func(ctx context.Context, _ pep.Change) {
		if again {
			return
		}
		again = true // the first is being told: the second waits until this returns
		raw := []byte("<iq type='set' id='2'><pubsub xmlns='" + pep.NS + "'><publish xmlns='" + pep.NS + "' node='" + tune + "'>" +
			"<item xmlns='" + pep.NS + "' id='2'>" + song("second") + "</item></publish></pubsub></iq>")
		st, err := stanza.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.clients[balcony].session.Route(ctx, st); err != nil {
			t.Fatal(err)
		}
		for i := range raw {
			raw[i] = '#'
		}
	})
	v.asks("the first", balcony, set, publication(tune, "1", song("first")), "")
	if got := v.clients[balcony].got; len(got) < 2 || !strings.Contains(got[1], song("second")) {
		t.Errorf("heard %s", strings.Join(got, "\n"))
	}
}

// TestObserverPanics: a fault of an observer is one failed request; what comes next is
// told all the same.
func TestObserverPanics(t *testing.T) {
	v := newVerona(t, pep.Limits{})
	v.service.OnChange(func(_ context.Context, c pep.Change) {
		if c.Published[0].ID == "1" {
			panic("a fault")
		}
	})
	v.login(balcony, tune)
	v.asks("it fails", balcony, set, publication(tune, "1", song("x")), wantError("cancel", "internal-server-error", ""))
	v.asks("it does not", balcony, set, publication(tune, "2", song("x")), "")
	v.hears("both are told", balcony, event("<items node='"+tune+"'><item id='1'/></items>"), event("<items node='"+tune+"'><item id='2'/></items>"))
}

// TestRemovedAccount: nothing is remembered of an account whose records are gone.
func TestRemovedAccount(t *testing.T) {
	v := newVerona(t, pep.Limits{})
	v.login(balcony)
	v.asks("publish", balcony, set, publication(tune, "1", song("x")), "")
	if err := v.disk.Forget(t.Context(), juliet); err != nil {
		t.Fatal(err)
	}
	if err := v.service.Remove(t.Context(), juliet); err != nil {
		t.Fatal(err)
	}
	v.asks("nothing is left", balcony, get, items(tune, ""), wantError("cancel", "item-not-found", ""))
}

// FuzzRequest: whatever is asked, there is an answer, and what is published comes back.
func FuzzRequest(f *testing.F) {
	f.Add(pep.NS, "<publish node='a'><item id='1'><a xmlns='b'/></item></publish>")
	f.Add(pep.NS, "<items node='a' max_items='1'/><set xmlns='http://jabber.org/protocol/rsm'><max>1</max></set>")
	f.Add(pep.NS, "<retract node='a'><item id='1'/></retract>")
	f.Add(pep.NS, "<subscribe node='a' jid='juliet@capulet.lit'/>")
	f.Add(pep.NS, "<create/><configure>"+submission(nsConfig, []string{"pubsub#max_items=3"})+"</configure>")
	f.Add(pep.NSOwner, "<configure node='a'>"+submission(nsConfig, []string{"pubsub#access_model=open"})+"</configure>")
	f.Add(pep.NSOwner, "<affiliations node='a'><affiliation jid='a@b' affiliation='member'/></affiliations>")
	f.Add(pep.NSOwner, "<purge node='a'/>")
	f.Fuzz(func(t *testing.T, ns, inner string) {
		v := newVerona(t, pep.Limits{Items: 5, Nodes: 5})
		v.login(balcony, "a")
		for _, head := range []string{"type='set'", "type='get'"} {
			raw := "<iq " + head + " id='1'><pubsub xmlns='" + ns + "'>" + inner + "</pubsub></iq>"
			if _, err := stanza.Parse([]byte(raw)); err != nil {
				return
			}
			v.says(balcony, head, "<pubsub xmlns='"+ns+"'>"+inner+"</pubsub>")
		}
	})
}

package pep_test

import (
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/ext/pep"
	"causeway/xmpp/jid"
)

var tybaltStreet = jid.MustParse(street)

func TestLastItem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVerona(t, pep.Limits{})
		v.login(balcony)
		v.asks("a tune", balcony, set, publication(tune, "1", song("x")), "")
		v.asks("a mood", balcony, set, publication("mood", "1", "<mood xmlns='x'/>"), "")
		v.asks("for some", balcony, set, publication("secret", "1", "<a xmlns='x'/>", "pubsub#access_model=whitelist"), "")
		v.asks("never", balcony, set, publication("never", "1", "<a xmlns='x'/>", "pubsub#send_last_published_item=never"), "")
		stamp := time.Now().UTC().Format(time.RFC3339)
		time.Sleep(time.Hour)
		last := func(node string) string {
			return strings.Replace(event("<items node='"+node+"'><item id='1'/></items>"), "</message>",
				"<delay xmlns='urn:xmpp:delay' stamp='"+stamp+"'/></message>", 1)
		}
		v.login(chamber, tune, "secret", "never")
		v.hears("XEP-0163 #notify-last: the account owner itself", chamber, last(tune), last("secret"))
		v.login(orchard, tune, "secret")
		v.hears("XEP-0163 #notify-last: a subscriber, who may read it", orchard, last(tune))
		v.login(street, tune)
		v.hears("XEP-0060 #security-access", street)

		romeoOrchard := jid.MustParse(orchard)
		v.service.Known(t.Context(), romeoOrchard)
		v.hears("XEP-0163 #notify-when: subsequent presence", orchard)
		v.wants[romeoOrchard] = []string{tune, "mood"}
		v.service.Known(t.Context(), romeoOrchard)
		v.hears("what it wants newly", orchard, last("mood"))
		v.service.Gone(romeoOrchard)
		v.service.Known(t.Context(), romeoOrchard)
		v.hears("XEP-0163 #notify-when: after it was away", orchard, last(tune), last("mood"))

		v.clients[orchard].session.SetUnavailable("")
		v.service.Gone(romeoOrchard)
		v.service.Known(t.Context(), romeoOrchard)
		v.hears("it is not there", orchard)
	})
}

func TestLastItemForNewSubscribers(t *testing.T) {
	v := newVerona(t, pep.Limits{})
	v.login(balcony)
	v.asks("a tune", balcony, set, publication(tune, "1", song("x")), "")
	v.login(street, tune)
	v.silent("nothing for a stranger")
	v.roster[juliet][tybaltStreet.Bare()] = ""
	v.service.Subscribed(t.Context(), juliet, tybaltStreet.Bare())
	v.hears("XEP-0163 #notify-last: all new subscribers", street, event("<items node='"+tune+"'><item id='1'/></items>"))
	v.service.Known(t.Context(), tybaltStreet)
	v.hears("once", street)
}

// A client that has had an event of a node newer than its login does not get it again.
func TestLastItemAfterEvent(t *testing.T) {
	v := newVerona(t, pep.Limits{PageBytes: 2000})
	v.login(balcony)
	v.login(orchard, tune)
	v.asks("a tune", balcony, set, publication(tune, "1", song("x")), "")
	v.hears("the event", orchard, event("<items node='"+tune+"'/>"))
	v.wants[jid.MustParse(orchard)] = []string{tune, "big", "small"}
	v.asks("another", balcony, set, publication("small", "1", "<a xmlns='x'/>"), "")
	v.clients[orchard].got = nil
	v.asks("and a large one", balcony, set, publication("big", "1", "<a xmlns='x'>"+strings.Repeat("a", 4000)+"</a>"), "")
	v.clients[orchard].got = nil
	v.service.Known(t.Context(), jid.MustParse(orchard))
	v.hears("all was told", orchard)
	v.login("romeo@montague.lit/wall", tune, "big", "small")
	got := v.clients["romeo@montague.lit/wall"].got
	if len(got) != 2 {
		t.Errorf("what is too much at once is left out: %d came", len(got))
	}
}

// A client with many contacts is sent no more at once than it may be: the rest follows
// when it has taken that, each item once.
func TestLastItemsOfMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVerona(t, pep.Limits{PageBytes: 6000})
		const people = 40
		for i := range people {
			owner := jid.MustParse("guest" + strconv.Itoa(i) + "@capulet.lit")
			v.roster[owner] = map[jid.JID]string{romeo: ""}
			for _, node := range []string{tune, "mood"} {
				if err := v.service.Publish(t.Context(), owner, node, pep.Item{ID: "1", Payload: []byte("<a xmlns='x'/>")}, nil); err != nil {
					t.Fatal(err)
				}
			}
		}
		v.login(orchard, tune)
		c, full := v.clients[orchard], jid.MustParse(orchard)
		if n := len(c.got); n == 0 || n > 12 {
			t.Fatalf("%d items came at once", n)
		}
		v.wants[full] = []string{tune, "mood"}
		v.service.Known(t.Context(), full) // while the others are on their way
		for len(c.told) > 0 {
			told := c.told[0]
			c.told = c.told[1:]
			told(true)
			synctest.Wait()
		}
		seen := make(map[string]int)
		for _, got := range c.got {
			owner, _, _ := strings.Cut(strings.TrimPrefix(got, "<message from='"), "'")
			seen[owner]++
		}
		if len(seen) != people || len(c.got) != 2*people {
			t.Errorf("%d items of %d people came", len(c.got), len(seen))
		}

		// Who goes away meanwhile gets no more.
		c.got = nil
		v.service.Gone(full)
		v.service.Known(t.Context(), full)
		n := len(c.got)
		c.session.SetUnavailable("")
		v.service.Gone(full)
		c.told[0](false)
		synctest.Wait()
		if len(c.got) != n {
			t.Errorf("%d more came", len(c.got)-n)
		}
	})
}

func TestDiscover(t *testing.T) {
	v := play(t, pep.Limits{})
	v.asks("a tune", balcony, set, publication(tune, "1", song("x"), "pubsub#title=Tunes"), "")
	v.asks("a secret", balcony, set, publication("secret", "1", "<a xmlns='x'/>", "pubsub#access_model=whitelist"), "")
	for _, tt := range []struct {
		asker string
		want  string
	}{{balcony, tune + " secret"}, {orchard, tune}, {street, ""}} {
		nodes, err := v.service.Visible(t.Context(), juliet, jid.MustParse(tt.asker))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, n := range nodes {
			names = append(names, n.Name)
		}
		if got := strings.Join(names, " "); got != tt.want {
			t.Errorf("XEP-0163 #support-contact: %s sees %q, want %q", tt.asker, got, tt.want)
		}
	}
	f, ok, err := v.service.MetaData(t.Context(), juliet, jid.MustParse(orchard), tune)
	if err != nil || !ok || f.Value("pubsub#title") != "Tunes" || f.Value("pubsub#creator") != "juliet@capulet.lit" || f.Value("pubsub#access_model") != "presence" {
		t.Errorf("XEP-0060 #entity-metadata: %+v, %v, %v", f, ok, err)
	}
	if _, ok, _ := v.service.MetaData(t.Context(), juliet, jid.MustParse(orchard), "secret"); ok {
		t.Error("a hidden node has meta-data")
	}
	if ids, ok, err := v.service.IDs(t.Context(), juliet, jid.MustParse(orchard), tune); err != nil || !ok || len(ids) != 1 {
		t.Errorf("XEP-0060 #entity-discoveritems: %v, %v, %v", ids, ok, err)
	}
	if _, ok, _ := v.service.IDs(t.Context(), juliet, jid.MustParse(street), tune); ok {
		t.Error("a stranger sees ids")
	}
}

package roster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

const rosterSet = "<iq type='set' id='1'><query xmlns='jabber:iq:roster'>%s</query></iq>"

// condition gives the error condition of the only answer, "" for a result.
func (w *world) condition(short, xml string) string {
	w.t.Helper()
	w.clear()
	w.send(short, xml)
	for _, got := range w.clients[short].take() {
		st, err := stanza.Parse([]byte(got))
		if err != nil {
			w.t.Fatal(err)
		}
		if e, ok := st.AsError(); ok {
			return string(e.Condition)
		}
	}
	return ""
}

func TestSetErrors(t *testing.T) {
	long := strings.Repeat("é", 11)
	for _, tt := range []struct{ name, items, want string }{
		{"RFC 6121 §2.1.5: no item", "", "bad-request"},
		{"RFC 6121 §2.3.3: more than one item", "<item jid='a@b.lit'/><item jid='c@b.lit'/>", "bad-request"},
		{"RFC 6121 §2.1.2.3: no jid", "<item name='x'/>", "bad-request"},
		{"RFC 6121 §2.1.2.3: a jid that is none", "<item jid='@b.lit'/>", "jid-malformed"},
		{"RFC 6121 §2.3.3: a group twice", "<item jid='a@b.lit'><group>x</group><group>x</group></item>", "bad-request"},
		{"RFC 6121 §2.3.3: an empty group", "<item jid='a@b.lit'><group/></item>", "not-acceptable"},
		{"RFC 6121 §2.3.3: a long name", "<item jid='a@b.lit' name='" + long + "'/>", "not-acceptable"},
		{"RFC 6121 §2.3.3: a long group", "<item jid='a@b.lit'><group>" + long + "</group></item>", "not-acceptable"},
		{"too many groups", "<item jid='a@b.lit'><group>1</group><group>2</group><group>3</group></item>", "not-acceptable"},
		{"RFC 6121 §2.3.3: the own bare JID", "<item jid='Juliet@capulet.lit'/>", "not-allowed"},
		{"RFC 6121 §3: a full JID", "<item jid='a@b.lit/c'/>", "bad-request"},
		{"RFC 6121 §2.5.3: removing nobody", "<item jid='a@b.lit' subscription='remove'/>", "item-not-found"},
		{"a name of ten characters", "<item jid='a@b.lit' name='" + long[2:] + "'><group>x</group><group>X</group></item>", ""},
		{"RFC 6121 §2.1.2.3: a domain is a contact too", "<item jid='icq.verona.example'/>", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, Limits{Name: 10, Groups: 2})
			w.bind("juliet/balcony")
			if got := w.condition("juliet/balcony", fmt.Sprintf(rosterSet, tt.items)); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestOtherPayloads(t *testing.T) {
	w := newWorld(t, Limits{})
	w.bind("juliet/balcony")
	if got := w.condition("juliet/balcony", "<iq type='get' id='1'><items xmlns='jabber:iq:roster'/></iq>"); got != "bad-request" {
		t.Errorf("an unknown payload: %q", got)
	}
}

func TestLimits(t *testing.T) {
	w := newWorld(t, Limits{Items: 2, Requests: 2, RequestBytes: 100})
	w.login("juliet/balcony")
	add := func(jid string) string {
		return w.condition("juliet/balcony", fmt.Sprintf(rosterSet, "<item jid='"+jid+"'/>"))
	}
	if a, b, c := add("a@b.lit"), add("b@b.lit"), add("c@b.lit"); a+b != "" || c != "resource-constraint" {
		t.Errorf("items: %q %q %q", a, b, c)
	}
	if got := add("a@b.lit"); got != "" {
		t.Errorf("updating an item of a full roster: %q", got)
	}
	if got := w.condition("juliet/balcony", "<presence type='subscribe' to='d@b.lit'/>"); got != "resource-constraint" {
		t.Errorf("subscribing with a full roster: %q", got)
	}
	w.clear()
	for _, local := range []string{"x", "y", "z", "x"} {
		w.send("remote", "<presence type='subscribe' from='"+local+"@verona.example' to='juliet@capulet.lit'/>")
	}
	if got := w.clients["juliet/balcony"].take(); len(got) != 2 {
		t.Errorf("requests: %q", got)
	}
	if got := w.clients["remote"].take(); len(got) != 1 || !strings.Contains(got[0], "to='z@verona.example' type='error'") {
		t.Errorf("the one too many: %q", got)
	}
}

// A large request is delivered whole, but only its head is kept (RFC 6121 §3.1.3).
func TestLargeRequest(t *testing.T) {
	w := newWorld(t, Limits{RequestBytes: 200})
	w.login("juliet/balcony")
	w.send("remote", "<presence type='subscribe' from='paris@verona.example' to='juliet@capulet.lit'><status>"+strings.Repeat("x", 200)+"</status></presence>")
	if got := w.clients["juliet/balcony"].take(); len(got) != 1 || len(got[0]) < 200 {
		t.Errorf("now: %q", got)
	}
	w.bind("juliet/chamber")
	w.send("juliet/chamber", "<presence/>")
	got := w.clients["juliet/chamber"].take()
	if last := got[len(got)-1]; last != "<presence from='paris@verona.example' to='juliet@capulet.lit' type='subscribe'/>" {
		t.Errorf("at the next login: %q", got)
	}
}

// TestVersions brings a client up to date with pushes: each item once, in the
// order of the changes, with the version each made (RFC 6121 §2.6.3).
func TestVersions(t *testing.T) {
	w := newWorld(t, Limits{})
	w.bind("juliet/balcony")
	for _, item := range []string{
		"jid='a@b.lit'", "jid='b@b.lit'", "jid='c@b.lit'", "jid='a@b.lit' name='A'", "jid='b@b.lit' subscription='remove'",
	} {
		w.send("juliet/balcony", fmt.Sprintf(rosterSet, "<item "+item+"/>"))
	}
	get := func(ver string) string {
		w.clear()
		w.send("juliet/balcony", "<iq type='get' id='g'><query xmlns='jabber:iq:roster' ver='"+ver+"'/></iq>")
		return strings.Join(w.clients["juliet/balcony"].take(), "\n")
	}
	push := func(ver, item string) string {
		return "<iq to='juliet@capulet.lit/balcony' type='set' id='push'><query xmlns='jabber:iq:roster' ver='" + ver + "'><item " + item + "/></query></iq>"
	}
	result := "<iq from='juliet@capulet.lit' to='juliet@capulet.lit/balcony' type='result' id='g'/>"
	all := "<iq from='juliet@capulet.lit' to='juliet@capulet.lit/balcony' type='result' id='g'><query xmlns='jabber:iq:roster' ver='5'>" +
		"<item jid='a@b.lit' name='A' subscription='none'/><item jid='c@b.lit' subscription='none'/></query></iq>"
	want := map[string]string{
		"5": result,
		"3": result + "\n" + push("4", "jid='a@b.lit' name='A' subscription='none'") + "\n" + push("5", "jid='b@b.lit' subscription='remove'"),
		"0": result + "\n" + push("3", "jid='c@b.lit' subscription='none'") + "\n" + push("4", "jid='a@b.lit' name='A' subscription='none'") + "\n" +
			push("5", "jid='b@b.lit' subscription='remove'"),
		"": all, "6": all, "-1": all, "x": all,
	}
	for ver, xml := range want {
		if got := get(ver); got != xml {
			t.Errorf("since %q:\n%s\nwant\n%s", ver, got, xml)
		}
	}
}

// Beyond a number of changes the whole roster is sent (RFC 6121 §2.6.3).
func TestManyChanges(t *testing.T) {
	w := newWorld(t, Limits{})
	w.bind("juliet/balcony")
	for i := range maxInterim + 1 {
		w.put(full("juliet"), Item{JID: jid.MustParse(fmt.Sprintf("c%d@b.lit", i)), Listed: true})
	}
	w.clear()
	w.send("juliet/balcony", "<iq type='get' id='g'><query xmlns='jabber:iq:roster' ver='0'/></iq>")
	if got := w.clients["juliet/balcony"].take(); len(got) != 1 || strings.Count(got[0], "<item ") != maxInterim+1 {
		t.Errorf("%d stanzas", len(got))
	}
}

// What the disk does not take is not acknowledged, not pushed and not routed.
func TestStoreFails(t *testing.T) {
	w := newWorld(t, Limits{})
	w.login("juliet/balcony")
	w.login("romeo/orchard")
	w.store.fail = errors.New("disk full")
	for _, xml := range []string{
		fmt.Sprintf(rosterSet, "<item jid='romeo@montague.lit'/>"),
		"<presence type='subscribe' to='romeo@montague.lit' id='1'/>",
		"<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>",
	} {
		if got := w.condition("juliet/balcony", xml); got != "internal-server-error" {
			t.Errorf("%s: %q", xml, got)
		}
		if got := w.leftover(); got != "" {
			t.Errorf("%s: others got%s", xml, got)
		}
	}
	// Presence of the dead still ends.
	w.close("juliet/balcony")
	if err := w.roster.Forget(context.Background(), full("juliet")); err == nil {
		t.Error("forgotten without a disk")
	}
	w.store.fail = nil
	if got := w.condition("romeo/orchard", fmt.Sprintf(rosterSet, "<item jid='juliet@capulet.lit'/>")); got != "" {
		t.Errorf("afterwards: %q", got)
	}
}

// TestPushOrder changes one roster from many goroutines: its pushes come in the
// order of their versions, each version once (RFC 6121 §2.6.3).
func TestPushOrder(t *testing.T) {
	w := newWorld(t, Limits{})
	w.bind("juliet/balcony")
	w.send("juliet/balcony", "<iq type='get' id='g'><query xmlns='jabber:iq:roster'/></iq>")
	w.clear()
	var wg sync.WaitGroup
	const writers, writes = 8, 25
	for i := range writers {
		wg.Go(func() {
			for n := range writes {
				item := &Item{JID: jid.MustParse(fmt.Sprintf("c%d@b.lit", i)), Name: fmt.Sprint(n), Listed: true}
				_, err := w.roster.change(t.Context(), full("juliet"), item.JID, func(*Item, *contacts) (*Item, error) { return item, nil }, nil)
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	got := w.clients["juliet/balcony"].take()
	if len(got) != writers*writes {
		t.Fatalf("%d pushes", len(got))
	}
	for i, xml := range got {
		if !strings.Contains(xml, fmt.Sprintf(" ver='%d'>", i+1)) {
			t.Fatalf("push %d: %s", i+1, xml)
		}
	}
	w.checkCache([]jid.JID{full("juliet")})
	if len(w.roster.turns.held) != 0 {
		t.Error("turns are left")
	}
}

// Two people here who ask and approve each other at the same moment: nothing
// locks up, and the cache says what the store says.
func TestBothSidesAtOnce(t *testing.T) {
	for range 20 {
		w := newWorld(t, Limits{})
		w.login("romeo/orchard")
		w.login("juliet/balcony")
		var wg sync.WaitGroup
		for i, me := range []string{"romeo/orchard", "juliet/balcony"} {
			other := full([]string{"juliet", "romeo"}[i])
			wg.Go(func() {
				for _, typ := range []stanza.Type{stanza.Subscribe, stanza.Subscribed, stanza.Unsubscribe, stanza.Subscribe, stanza.Subscribed} {
					w.sendTo(me, typ, other)
					w.send(me, "<presence/>")
				}
			})
		}
		wg.Wait()
		w.checkCache([]jid.JID{full("romeo"), full("juliet")})
	}
}

func TestWatchers(t *testing.T) {
	w := newWorld(t, Limits{})
	w.befriend("juliet", "romeo")
	w.login("juliet/balcony")
	w.send("juliet/balcony", "<presence to='room@verona.example/Juliet'/>")
	w.send("juliet/balcony", "<presence to='romeo@montague.lit/orchard'/>")
	got, err := w.roster.Watchers(t.Context(), full("juliet"))
	if want := "[romeo@montague.lit room@verona.example/Juliet]"; err != nil || fmt.Sprint(got) != want {
		t.Errorf("%v %v, want %s", got, err, want)
	}
	if ok, err := w.roster.Subscribed(t.Context(), full("juliet"), full("romeo")); !ok || err != nil {
		t.Error("romeo is not subscribed", err)
	}
	if ok, err := w.roster.Subscribed(t.Context(), full("juliet"), full("nurse")); ok || err != nil {
		t.Error("nurse is subscribed", err)
	}
}

// TestTooLarge: a roster has to fit what may wait for a client, and a presence is
// not a way to fill other people's queues.
func TestTooLarge(t *testing.T) {
	w := newWorld(t, Limits{Bytes: 1000, Presence: 200})
	w.login("juliet/balcony")
	item := func(contact string, name int) string {
		return fmt.Sprintf(rosterSet, "<item jid='"+contact+"' name='"+strings.Repeat("x", name)+"'/>")
	}
	for _, tt := range []struct{ xml, want string }{
		{item("a@b.lit", 500), ""},
		{item("c@b.lit", 500), "resource-constraint"},
		{item("c@b.lit", 10), ""},
		{item("a@b.lit", 700), ""},
		{item("a@b.lit", 900), "resource-constraint"},
		{item("a@b.lit", 10), ""},
		{"<presence><status>" + strings.Repeat("x", 200) + "</status></presence>", "policy-violation"},
		{"<presence><status>here</status></presence>", ""},
	} {
		if got := w.condition("juliet/balcony", tt.xml); got != tt.want {
			t.Errorf("%.60s…: %q, want %q", tt.xml, got, tt.want)
		}
	}
}

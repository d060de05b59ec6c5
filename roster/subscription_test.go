package roster

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

var subscriptionTypes = []stanza.Type{stanza.Subscribe, stanza.Unsubscribe, stanza.Subscribed, stanza.Unsubscribed}

// TestTables compares what send and receive do in all nine states, with and
// without a pre-approval, with testdata/states.txt, which is checked by eye
// against RFC 6121 Appendix A.
func TestTables(t *testing.T) {
	var b strings.Builder
	for _, typ := range subscriptionTypes {
		for _, approved := range []bool{false, true} {
			if approved && typ == stanza.Unsubscribe {
				continue // it makes no difference
			}
			writeTable(&b, "outbound", typ, approved, func(old *Item) (*Item, rule) { return send(old, full("romeo"), typ) })
			writeTable(&b, "inbound", typ, approved, func(old *Item) (*Item, rule) {
				return receive(old, full("romeo"), typ, []byte("<presence/>"))
			})
		}
	}
	want, err := os.ReadFile("testdata/states.txt")
	if err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != string(want) {
		t.Errorf("the tables are\n%s", got)
	}
}

func writeTable(b *strings.Builder, way string, typ stanza.Type, approved bool, step func(*Item) (*Item, rule)) {
	fmt.Fprintf(b, "%s %s", way, typ)
	if approved {
		b.WriteString(", pre-approved")
	}
	b.WriteByte('\n')
	for s := range State(states) {
		old := inState(s, approved)
		before := *old
		next, r := step(old)
		what := "no change"
		if next != old {
			what = next.State().String()
		}
		if next != nil && next.Approved {
			what += ", approved"
		}
		fmt.Fprintf(b, "  %-21s  %-11s  %s\n", s, effectNames[r.effect], what)
		if old.State() != before.State() || old.Approved != before.Approved || next.State() != r.next {
			panic("a step changed its argument, or went elsewhere than its rule")
		}
	}
}

var effectNames = [...]string{stop: "stop", pass: "pass", approve: "approve", retract: "retract", answer: "answer", passAnswer: "pass+answer"}

// inState makes a listed item that is in a state.
func inState(s State, approved bool) *Item {
	it := &Item{JID: full("romeo"), Listed: true, Approved: approved, Request: []byte("<presence/>")}
	it.enter(s)
	return it
}

// An item that is not on the roster comes on it, or goes, as follows.
func TestListed(t *testing.T) {
	request := []byte("<presence/>")
	waiting := &Item{JID: full("romeo"), Request: request}
	for _, tt := range []struct {
		name   string
		next   *Item
		exists bool
		listed bool
	}{
		{"RFC 6121 §3.1.2: a request puts the contact on the roster", first(send(nil, full("romeo"), stanza.Subscribe)), true, true},
		{"RFC 6121 §3.1.3: a request of the contact does not", first(receive(nil, full("romeo"), stanza.Subscribe, request)), true, false},
		{"RFC 6121 §3.1.5: its approval does", first(send(waiting, full("romeo"), stanza.Subscribed)), true, true},
		{"RFC 6121 §3.1.4: its denial leaves nothing", first(send(waiting, full("romeo"), stanza.Unsubscribed)), false, false},
		{"RFC 6121 §3.3.3: neither does taking it back", first(receive(waiting, full("romeo"), stanza.Unsubscribe, nil)), false, false},
		{"RFC 6121 §3.4.2: a pre-approval puts it on the roster", first(send(nil, full("romeo"), stanza.Subscribed)), true, true},
		{"RFC 6121 §3.2.2: cancelling nothing does nothing", first(send(nil, full("romeo"), stanza.Unsubscribed)), false, false},
		{"RFC 6121 §3.3.2: unsubscribing from nobody does nothing", first(send(nil, full("romeo"), stanza.Unsubscribe)), false, false},
		{"RFC 6121 §3.1.3: the owner may ask too", first(send(waiting, full("romeo"), stanza.Subscribe)), true, true},
	} {
		if got := tt.next != nil; got != tt.exists || tt.next.listed() != tt.listed {
			t.Errorf("%s: exists %v, listed %v", tt.name, got, tt.next.listed())
		}
	}
}

func first(it *Item, _ rule) *Item { return it }

// mirrored reports whether the states of two sides fit each other.
func mirrored(a, b State) bool {
	has := func(s State, d Subscription) bool { return s.subscription()&d != 0 }
	return has(a, To) == has(b, From) && has(a, From) == has(b, To) &&
		a.pendingOut() == b.pendingIn() && a.pendingIn() == b.pendingOut()
}

// TestMirrored lets two people send each other whatever they like, and add and
// remove each other, online or not: their rosters always say the same.
func TestMirrored(t *testing.T) {
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		w := newWorld(t, Limits{})
		var log []string
		names := [2]string{"romeo/orchard", "juliet/balcony"}
		bare := [2]jid.JID{full("romeo"), full("juliet")}
		for _, n := range names {
			w.bind(n)
		}
		for range 60 {
			i := rnd.IntN(2)
			me, other := names[i], bare[1-i]
			switch n := rnd.IntN(16); n {
			case 0, 1, 2, 3, 4, 5, 6, 7:
				typ := subscriptionTypes[n%4]
				log = append(log, me+" "+typ.String())
				w.sendTo(me, typ, other)
			case 8:
				log = append(log, me+" removes")
				w.send(me, "<iq type='set' id='1'><query xmlns='jabber:iq:roster'><item jid='"+other.String()+"' subscription='remove'/></query></iq>")
			case 9:
				log = append(log, me+" adds")
				w.send(me, "<iq type='set' id='1'><query xmlns='jabber:iq:roster'><item jid='"+other.String()+"'/></query></iq>")
			case 10:
				w.send(me, "<presence/>")
			case 11:
				w.send(me, "<presence type='unavailable'/>")
			case 12:
				w.close(me)
				w.bind(me)
			case 13:
				w.send(me, "<presence type='probe' to='"+other.String()+"'/>")
				log = append(log, me+" probes")
			}
			a, b := w.store.state(bare[0], bare[1]), w.store.state(bare[1], bare[0])
			if !mirrored(a, b) {
				t.Fatalf("seed %d: romeo has %q, juliet %q after %s", seed, a, b, strings.Join(log, ", "))
			}
		}
		w.checkCache(bare[:])
	}
}

// checkCache compares the cache with the store.
func (w *world) checkCache(owners []jid.JID) {
	w.t.Helper()
	for _, o := range owners {
		c := w.roster.cache.get(o)
		items, _, _ := w.store.Get(w.t.Context(), o)
		want := summarize(items)
		if c != nil && fmt.Sprint(*c) != fmt.Sprint(*want) {
			w.t.Errorf("the cache of %s says %+v, the store %+v", o, *c, *want)
		}
	}
}

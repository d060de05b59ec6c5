package roster

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"causeway/xmpp/jid"
)

func TestQueries(t *testing.T) {
	w := newWorld(t, Limits{})
	w.put(full("juliet"), Item{JID: full("romeo"), Subscription: Both, Groups: []string{"Friends"}, Listed: true})
	w.put(full("juliet"), Item{JID: full("benvolio"), Subscription: From, Listed: true})
	w.put(full("juliet"), Item{JID: full("tybalt"), Subscription: To, Listed: true})
	check := func(name string, got []jid.JID, err error, want ...string) {
		t.Helper()
		var list []jid.JID
		for _, j := range want {
			list = append(list, full(j))
		}
		slices.SortFunc(list, jid.Compare)
		if err != nil || !slices.Equal(got, list) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, list)
		}
	}
	from, err := w.roster.Subscribers(t.Context(), full("juliet"))
	check("RFC 6121 §2.1.2.5: who sees her", from, err, "romeo", "benvolio")
	to, err := w.roster.Subscriptions(t.Context(), full("juliet"))
	check("RFC 6121 §2.1.2.5: whom she sees", to, err, "romeo", "tybalt")
	for contact, want := range map[string][]string{"romeo": {"Friends"}, "tybalt": nil, "nurse": nil} {
		if got, err := w.roster.Groups(t.Context(), full("juliet"), full(contact)); err != nil || !slices.Equal(got, want) {
			t.Errorf("groups of %s: %v, %v", contact, got, err)
		}
	}
}

func TestOnSubscriber(t *testing.T) {
	w := newWorld(t, Limits{})
	var seen []string
	w.roster.OnSubscriber(func(_ context.Context, owner, contact jid.JID) { seen = append(seen, fmt.Sprint(owner, " ", contact)) })
	want := func(why string, list ...string) {
		t.Helper()
		if !slices.Equal(seen, list) {
			t.Errorf("%s: %v, want %v", why, seen, list)
		}
		seen = nil
	}
	w.login("juliet/balcony")
	w.login("romeo/orchard")
	juliet, romeo := full("juliet").String(), full("romeo").String()
	w.send("romeo/orchard", "<presence type='subscribe' to='"+juliet+"'/>")
	want("a request")
	w.send("juliet/balcony", "<presence type='subscribed' to='"+romeo+"'/>")
	want("RFC 6121 §3.1.5: approved", juliet+" "+romeo)
	w.send("romeo/orchard", "<presence type='subscribe' to='"+juliet+"'/>")
	w.send("juliet/balcony", "<presence type='subscribed' to='"+romeo+"'/>")
	want("he sees her already")
	w.send("romeo/orchard", "<presence type='subscribed' to='"+juliet+"'/>")
	want("RFC 6121 §3.4: approved before it is asked")
	w.send("juliet/balcony", "<presence type='subscribe' to='"+romeo+"'/>")
	want("RFC 6121 §3.4.2: asked", romeo+" "+juliet)
}

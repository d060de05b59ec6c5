package last

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/xmpptest"

	"causeway/xmpp/jid"
)

// A verona is a store, a roster and a router in memory.
type verona struct {
	departures map[jid.JID]Departure
	friends    map[[2]jid.JID]bool // account, watcher
	online     map[jid.JID]bool
}

func newVerona() *verona {
	return &verona{map[jid.JID]Departure{}, map[[2]jid.JID]bool{}, map[jid.JID]bool{}}
}

func (v *verona) Departure(_ context.Context, account jid.JID) (Departure, error) {
	return v.departures[account], nil
}

func (v *verona) SetDeparture(_ context.Context, account jid.JID, d Departure) error {
	v.departures[account] = d
	return nil
}

func (v *verona) Subscribed(_ context.Context, account, watcher jid.JID) (bool, error) {
	return v.friends[[2]jid.JID{account, watcher}], nil
}

func (v *verona) Online(account jid.JID) bool { return v.online[account] }

var (
	juliet = jid.MustParse("juliet@capulet.lit")
	romeo  = jid.MustParse("romeo@montague.lit")
)

func TestLast(t *testing.T) {
	const (
		ask       = "<iq type='get' id='1' from='romeo@montague.lit/orchard' to='juliet@capulet.lit'><query xmlns='jabber:iq:last'/></iq>"
		head      = "<iq from='juliet@capulet.lit' to='romeo@montague.lit/orchard' "
		forbidden = head + "type='error' id='1'><error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
	)
	tests := []struct {
		name     string
		set      func(v *verona)
		iq, want string
	}{
		{
			"XEP-0012 #offline: a subscriber", func(v *verona) {
				v.friends[[2]jid.JID{juliet, romeo}] = true
				v.departures[juliet] = Departure{At: time.Now(), Status: "Heading <home>"}
			}, ask,
			head + "type='result' id='1'><query xmlns='jabber:iq:last' seconds='903'>Heading &lt;home&gt;</query></iq>",
		},
		{
			"XEP-0012 #offline: somebody else", func(v *verona) {
				v.friends[[2]jid.JID{romeo, juliet}] = true // the wrong direction
				v.departures[juliet] = Departure{At: time.Now()}
			}, ask, forbidden,
		},
		{
			"XEP-0012 #offline: connected", func(v *verona) {
				v.friends[[2]jid.JID{juliet, romeo}] = true
				v.online[juliet] = true
				v.departures[juliet] = Departure{At: time.Now(), Status: "old"}
			}, ask,
			head + "type='result' id='1'><query xmlns='jabber:iq:last' seconds='0'></query></iq>",
		},
		{
			"RFC 6120 §8.3.3.7: never seen", func(v *verona) {
				v.friends[[2]jid.JID{juliet, romeo}] = true
			}, ask,
			head + "type='error' id='1'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
		},
		{
			"one's own", func(v *verona) { v.online[juliet] = true },
			"<iq type='get' id='1' from='juliet@capulet.lit/balcony'><query xmlns='jabber:iq:last'/></iq>",
			"<iq to='juliet@capulet.lit/balcony' type='result' id='1'><query xmlns='jabber:iq:last' seconds='0'></query></iq>",
		},
		{
			"XEP-0012 #server", func(*verona) {},
			"<iq type='get' id='1' from='romeo@montague.lit/orchard' to='capulet.lit'><query xmlns='jabber:iq:last'/></iq>",
			"<iq from='capulet.lit' to='romeo@montague.lit/orchard' type='result' id='1'><query xmlns='jabber:iq:last' seconds='903'></query></iq>",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := newVerona()
				s := New(v, v, v)
				tt.set(v)
				time.Sleep(903 * time.Second)
				if got := xmpptest.Answer(t, s, tt.iq); got != tt.want {
					t.Errorf("got  %s\nwant %s", got, tt.want)
				}
			})
		})
	}
}

func TestLeft(t *testing.T) {
	v := newVerona()
	s := New(v, v, v)
	full := jid.MustParse("juliet@capulet.lit/balcony")

	v.online[juliet] = true
	if err := s.Left(t.Context(), full, "one of two"); err != nil {
		t.Fatal(err)
	}
	if d := v.departures[juliet]; !d.At.IsZero() {
		t.Errorf("another resource is still there, and a departure was noted: %v", d)
	}

	v.online[juliet] = false
	if err := s.Left(t.Context(), full, strings.Repeat("é", maxStatus)); err != nil {
		t.Fatal(err)
	}
	d := v.departures[juliet]
	if d.At.IsZero() {
		t.Error("the last resource went, and nothing was noted")
	}
	if want := strings.Repeat("é", maxStatus/2); d.Status != want {
		t.Errorf("a long status was cut to %d bytes, want %d", len(d.Status), len(want))
	}
}

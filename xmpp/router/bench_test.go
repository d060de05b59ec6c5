package router

import (
	"testing"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// A sink takes bytes and forgets them, as a stream does once they are written.
type sink struct{ buf []byte }

func (s *sink) Deliver(st *stanza.Stanza) (Ticket, bool) {
	s.buf = st.AppendTo(s.buf[:0])
	return nil, true
}
func (s *sink) End(*stream.Error) {}

// hotPath sets up one message from romeo to juliet's resource, ready to be routed again and again.
func hotPath(t testing.TB) (route func()) {
	r := New(Config{Hosts: []string{"capulet.lit", "montague.lit"}, Accounts: accounts{"romeo@montague.lit": true, "juliet@capulet.lit": true}})
	r.SetPresence(&presences{})
	r.SetGuard(blocks{})
	romeo, err := r.Bind(t.Context(), jid.MustParse("romeo@montague.lit/orchard"), &sink{})
	if err != nil {
		t.Fatal(err)
	}
	juliet, err := r.Bind(t.Context(), jid.MustParse("juliet@capulet.lit/balcony"), &sink{})
	if err != nil {
		t.Fatal(err)
	}
	juliet.SetAvailable(&stanza.Stanza{}, 0)
	if err := juliet.Backlog(t.Context()); err != nil {
		t.Fatal(err)
	}
	st, err := stanza.Parse([]byte(`<message to='juliet@capulet.lit/balcony' type='chat' id='m1'><body>hi</body></message>`))
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	return func() {
		st.From = jid.JID{}
		if _, err := romeo.Route(ctx, st); err != nil {
			t.Error(err)
		}
	}
}

func BenchmarkRoute(b *testing.B) {
	route := hotPath(b)
	b.ReportAllocs()
	for b.Loop() {
		route()
	}
}

// TestRouteAllocatesNothing: a message between two clients costs no garbage here.
func TestRouteAllocatesNothing(t *testing.T) {
	route := hotPath(t)
	route()
	least := 1000.0
	for range 20 { // the race detector has pools forget at random
		least = min(least, testing.AllocsPerRun(100, route))
	}
	if least != 0 {
		t.Errorf("%v allocations per message, want none", least)
	}
}

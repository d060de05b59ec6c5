package roster

import (
	"bytes"
	"fmt"
	"testing"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// sink takes stanzas as an Exit does: it copies their wire form.
type sink struct{ buf []byte }

func (s *sink) Deliver(st *stanza.Stanza) (router.Ticket, bool) {
	s.buf = st.AppendTo(s.buf[:0])
	return nil, true
}
func (s *sink) End(*stream.Error) {}

// BenchmarkToggle is one presence of somebody with 100 contacts who are there;
// the figure of interest is that of one delivery.
func BenchmarkToggle(b *testing.B) {
	w := newWorld(b, Limits{})
	w.login("juliet/balcony")
	const n = 100
	var last *sink
	for i := range n {
		last = new(sink)
		friend := jid.MustParse(fmt.Sprintf("friend%d@montague.lit/home", i))
		w.put(full("juliet"), Item{JID: friend.Bare(), Subscription: Both, Listed: true})
		sess, err := w.router.Bind(b.Context(), friend, last)
		if err != nil {
			b.Fatal(err)
		}
		here := stanza.New(stanza.Presence, stanza.Available, "", friend, jid.JID{})
		sess.SetAvailable(here, 0)
		if err := sess.Backlog(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	juliet := w.clients["juliet/balcony"].sess
	away, err := stanza.Parse([]byte("<presence id='p'><show>away</show><priority>5</priority><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://example.org' ver='q07IKJEyjvHSyhy//CH0CxmKi8w='/></presence>"))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		away.From, away.To = juliet.JID(), jid.JID{}
		if _, err := juliet.Route(b.Context(), away); err != nil {
			b.Fatal(err)
		}
		w.clients["juliet/balcony"].take()
	}
	if !bytes.Contains(last.buf, []byte("<show>away</show>")) {
		b.Fatalf("a friend got %q", last.buf)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(n+1), "ns/delivery")
}

package c2s

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
	"causeway/xmpp/xmpptest"
)

// chat is the message of all figures: 461 bytes.
var chat = func() []byte {
	head := "<message to='juliet@capulet.lit/balcony' type='chat' id='c9f2b0a4-77d1-4b0e-9d0c-0f5a5b1f3a10'><body>"
	tail := "</body><active xmlns='http://jabber.org/protocol/chatstates'/><request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/><origin-id xmlns='urn:xmpp:sid:0' id='c9f2b0a4-77d1-4b0e-9d0c-0f5a5b1f3a10'/></message>"
	return []byte(head + strings.Repeat("w", 461-len(head)-len(tail)) + tail)
}()

// A sink is a connection that takes everything and gives nothing.
type sink struct{ net.Conn }

func (sink) Write(p []byte) (int, error)      { return len(p), nil }
func (sink) Close() error                     { return nil }
func (sink) SetReadDeadline(time.Time) error  { return nil }
func (sink) SetWriteDeadline(time.Time) error { return nil }

// pairRouter routes everything to one exit.
type pairRouter struct {
	from jid.JID
	to   router.Exit
}

func (r *pairRouter) Route(_ context.Context, st *stanza.Stanza) (router.Ticket, error) {
	st.From = r.from
	r.to.Deliver(st)
	return nil, nil
}

func (r *pairRouter) Close(context.Context)         {}
func (r *pairRouter) Unbind(context.Context)        {}
func (r *pairRouter) Backlog(context.Context) error { return nil }

// hotPath gives a function that takes one stanza from the bytes of romeo's stream
// to those of juliet's.
func hotPath(tb testing.TB) (route func(), juliet *client) {
	tb.Helper()
	s, err := New(Config{Router: newFakeRouter(), Directories: fakeDirectories})
	if err != nil {
		tb.Fatal(err)
	}
	romeo := newClient(s, jid.MustParse("romeo@montague.lit/orchard"))
	juliet = newClient(s, jid.MustParse("juliet@capulet.lit/balcony"))
	for _, c := range []*client{romeo, juliet} {
		w := &wire{Conn: sink{}, srv: s}
		c.attach(newLink(c, w, w, &plainHeader), false)
	}
	romeo.session = &pairRouter{from: romeo.jid, to: juliet}
	k := romeo.link
	r := k.getReader()
	ctx := context.Background()
	return func() {
		r.framer.Feed(chat)
		for {
			ev, err := r.framer.Next()
			if err != nil {
				tb.Fatal(err)
			}
			if ev.Kind == stream.NeedMore {
				return
			}
			if err := k.take(ctx, r, ev); err != nil {
				tb.Fatal(err)
			}
		}
	}, juliet
}

// Nothing is allocated for a message between two clients.
func TestHotPathDoesNotAllocate(t *testing.T) {
	for _, managed := range []bool{false, true} {
		route, juliet := hotPath(t)
		step := route
		if managed {
			juliet.ledger = juliet.srv.newLedger(management{})
			step = func() {
				route()
				if h := juliet.ledger.sent(); h%16 == 0 {
					if err := juliet.acknowledged(h); err != nil {
						t.Error(err)
					}
				}
			}
		}
		for range 1000 {
			step()
		}
		if n := testing.AllocsPerRun(10_000, step); n >= 0.1 {
			t.Errorf("%v allocations a message (stream management: %v), want none", n, managed)
		}
	}
}

func BenchmarkRoute(b *testing.B) {
	route, _ := hotPath(b)
	b.SetBytes(int64(len(chat)))
	b.ReportAllocs()
	for b.Loop() {
		route()
	}
}

// BenchmarkLogin is a whole login in one go, without the work of the mechanism.
func BenchmarkLogin(b *testing.B) {
	s, err := New(Config{Router: newFakeRouter(), Directories: fakeDirectories, PlainLoopback: true})
	if err != nil {
		b.Fatal(err)
	}
	all := []byte(header + auth("PLAIN", plain("romeo", "romeopass")) + header + bindRequest("b", ""))
	b.ReportAllocs()
	for b.Loop() {
		client, server := xmpptest.Pipe(1 << 16)
		if _, err := client.Write(all); err != nil {
			b.Fatal(err)
		}
		s.ServeConn(context.Background(), server, StartTLS)
		client.Break()
	}
	b.StopTimer()
	if err := s.Shutdown(context.Background()); err != nil {
		b.Fatal(err)
	}
}

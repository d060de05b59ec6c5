package offline

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
)

// free is a Store that costs nothing, to measure what is above it.
type free struct{ done *ticket }

func newFree() free {
	f := free{&ticket{done: make(chan struct{})}}
	f.done.finish(nil)
	return f
}

func (free) Summary(context.Context, jid.JID) (Summary, error) { return Summary{}, nil }
func (free) Page(context.Context, jid.JID, uint64, int) ([]Entry, error) {
	return nil, nil
}
func (f free) Push(jid.JID, Entry) router.Ticket      { return f.done }
func (f free) Delete(jid.JID, []uint64) router.Ticket { return f.done }
func (free) Clear(context.Context, jid.JID) error     { return nil }

func BenchmarkStore(b *testing.B) {
	s := New(Config{Store: newFree(), Messages: 1 << 40, Bytes: 1 << 60, Logger: slog.New(slog.DiscardHandler)})
	st := chat(b, strings.Repeat("O", 300))
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := s.Store(ctx, st, nil); err != nil {
			b.Fatal(err)
		}
	}
}

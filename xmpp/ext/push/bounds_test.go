package push

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// partly is a router behind which services with a silent node never answer.
type partly struct{ *app }

func (p partly) Ask(ctx context.Context, iq *stanza.Stanza) (*stanza.Stanza, error) {
	if strings.Contains(string(iq.AppendTo(nil)), "node='silent") {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return p.app.Ask(ctx, iq)
}

// TestSilentServices: services that never answer, as many as may be told at once and
// more, do not keep the others from being told soon.
func TestSilentServices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.cfg.Router = partly{w.app}
		st := stanza.New(stanza.Message, stanza.Chat, "", romeo, juliet, []byte("<body>a</body>"))
		for i := range 2 * atOnce {
			r := Registration{Service: service, Node: fmt.Sprint("silent", i)}
			w.note(target{juliet, service, r.Node}, r, st, AsConfigured)
		}
		synctest.Wait()
		w.note(target{juliet, service, "phone"}, Registration{Service: service, Node: "phone"}, st, AsConfigured)
		time.Sleep(3 * prompt)
		if got := w.app.take(); len(got) != 1 {
			t.Errorf("%d publications instead of the one of the phone", len(got))
		}
	})
}

// TestLongBody: a service is told the beginning of a long message.
func TestLongBody(t *testing.T) {
	for _, tt := range []struct{ body, want string }{
		{"a", "a"},
		{strings.Repeat("a", maxBody), strings.Repeat("a", maxBody)},
		{strings.Repeat("a", maxBody-1) + "ö", strings.Repeat("a", maxBody-1)},
		{strings.Repeat("ö", maxBody), strings.Repeat("ö", maxBody/2)},
	} {
		if got := short(tt.body); got != tt.want || !utf8.ValidString(got) {
			t.Errorf("%d bytes became %d, want %d", len(tt.body), len(got), len(tt.want))
		}
	}
}

// TestCacheBounds: many accounts with many long registrations do not fill the memory.
func TestCacheBounds(t *testing.T) {
	list := make([]Registration, maxRegistrations)
	for i := range list {
		list[i].Options = make([]byte, maxOptions)
	}
	w := newWorld(t, false)
	for i := range 10_000 {
		owner := jid.MustParse(fmt.Sprintf("a%d@capulet.lit", i))
		_, epoch, _ := w.known.Get(owner)
		w.known.Put(owner, list, epoch)
	}
	if n := w.known.Len(); n > 2*cacheSize/sizeOf(list) {
		t.Errorf("%d accounts of %d bytes are in memory", n, sizeOf(list))
	}
}

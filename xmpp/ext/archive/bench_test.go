package archive

import (
	"strings"
	"testing"
)

func BenchmarkKeep(b *testing.B) {
	for _, c := range []struct{ name, payload string }{
		{"archived", "<body>" + strings.Repeat("O", 300) + "</body>"},
		{"not", "<composing xmlns='http://jabber.org/protocol/chatstates'/>"},
	} {
		b.Run(c.name, func(b *testing.B) {
			w := newWorld(b)
			w.service.store = silent{}
			p := passing(b, orchard, juliet, c.payload)
			p.Extra, p.Sent = make([]byte, 0, 256), make([]byte, 0, 256)
			ctx := b.Context()
			b.ReportAllocs()
			for b.Loop() {
				p.Extra, p.Sent = p.Extra[:0], p.Sent[:0]
				if _, err := w.service.Keep(ctx, p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkPage is a page of 50, without the store and the wire.
func BenchmarkPage(b *testing.B) {
	w := newWorld(b)
	w.login(balcony)
	for range 50 {
		w.says(orchard, juliet, strings.Repeat("O", 300))
	}
	d := w.devices[balcony]
	b.ReportAllocs()
	for b.Loop() {
		d.got = d.got[:0]
		w.route(balcony, "<iq type='set' id='q'>"+query("")+"</iq>")
	}
}

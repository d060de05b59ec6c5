package archive

import (
	"strings"
	"testing"
)

func TestForged(t *testing.T) {
	const sid = "xmlns='urn:xmpp:sid:0'"
	id := func(by string) string { return "<stanza-id " + sid + " by='" + by + "' id='1'/>" }
	for _, c := range []struct{ name, typ, to, payload, want string }{
		{"XEP-0359 #rules: by the recipient", "chat", balcony, "<body>a</body>" + id(juliet) + "<a xmlns='urn:x'/>", "<body>a</body><a xmlns='urn:x'/>"},
		{"XEP-0359 #rules: even if it is not archived", "headline", balcony, id(juliet) + "<a xmlns='urn:x'/>", "<a xmlns='urn:x'/>"},
		{"by the sender", "headline", balcony, id(romeo) + id(juliet), ""},
		{"XEP-0359 #rules: normalized", "headline", balcony, id("JULIET@Capulet.Lit") + id("juliet@capulet.lit.") + id("&#106;uliet@capulet.lit"), ""},
		{"XEP-0359 #rules: SHOULD NOT strip others", "headline", balcony, id("room@verona.lit") + id(balcony) + id("capulet.lit"), id("room@verona.lit") + id(balcony) + id("capulet.lit")},
		{"by nobody", "headline", balcony, "<stanza-id " + sid + " id='1'/>" + id("@@"), "<stanza-id " + sid + " id='1'/>" + id("@@")},
		{"XEP-0359 #origin-id: MUST preserve", "headline", balcony, "<origin-id " + sid + " id='1'/>", "<origin-id " + sid + " id='1'/>"},
		{"with a prefix and content", "headline", balcony, "<p:stanza-id xmlns:p='urn:xmpp:sid:0' id='1' by=\"juliet@capulet.lit\">x</p:stanza-id>", ""},
		{"the remote recipient's own server sees to its ids", "headline", "nurse@verona.lit", id("nurse@verona.lit"), id("nurse@verona.lit")},
		{"deeper ones are content", "headline", balcony, "<a xmlns='urn:x'>" + id(juliet) + "</a>", "<a xmlns='urn:x'>" + id(juliet) + "</a>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			b := w.login(balcony)
			if !strings.HasSuffix(c.to, "lit/balcony") {
				b = w.beyond
			}
			w.route(orchard, "<message type='"+c.typ+"' id='m' to='"+c.to+"'>"+c.payload+"</message>")
			got := strings.Join(b.take(), "")
			got = got[strings.Index(got, ">")+1:]
			if i := strings.LastIndex(got, "</message>"); i >= 0 {
				got = got[:i]
			}
			if rows := w.disk.archive(juliet); len(rows) > 0 { // its own, at the end
				if strings.Contains(string(rows[0].XML), "stanza-id") {
					t.Errorf("archived: %s", rows[0].XML)
				}
				got = strings.TrimSuffix(got, string(appendID(nil, rows[0].Owner, rows[0].ID)))
			}
			w.want("delivered", got, c.want)
		})
	}
}

// FuzzForged: whatever a message claims, the recipient is told one id by its own
// archive at most, and all else is left as it was.
func FuzzForged(f *testing.F) {
	f.Add("<stanza-id xmlns='urn:xmpp:sid:0' by='juliet@capulet.lit' id='1'/>")
	f.Add("<stanza-id xmlns='urn:xmpp:sid:0' by='Juliet@capulet.lit' id='1'/><body>a</body>")
	f.Add("<x:stanza-id xmlns:x='urn:xmpp:sid:0' by='juliet@capulet.lit'>a</x:stanza-id>")
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, payload string) {
		p := tryPassing(payload)
		if p == nil {
			return
		}
		before := len(p.Children())
		claims := 0
		for _, c := range p.Children() {
			if isClaim(p.Stanza, c, p.To.Bare()) || isClaim(p.Stanza, c, p.From.Bare()) {
				claims++
			}
		}
		if _, err := w.service.Keep(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		if claimed(p.Stanza, p.From.Bare(), p.To.Bare()) || len(p.Children()) != before-claims {
			t.Errorf("%s", p.AppendTo(nil))
		}
		parse(t, string(p.AppendTo(nil)))
	})
}

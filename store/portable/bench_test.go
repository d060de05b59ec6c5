package portable

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// BenchmarkImport reads archived messages into a store, 20,000 each time.
func BenchmarkImport(b *testing.B) {
	const messages = 20_000
	var text strings.Builder
	text.WriteString(head + "<user name='juliet'><archive xmlns='urn:xmpp:pie:0#mam'>\n")
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range messages {
		fmt.Fprintf(&text, "<result xmlns='urn:xmpp:mam:2' id='x%d'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='%s'/>"+
			"<message xmlns='jabber:client' from='romeo@montague.lit/orchard' to='juliet@capulet.lit/balcony' type='chat' id='%d'>"+
			"<body>It is the east, and Juliet is the sun.</body></message></forwarded></result>\n", i, at.Add(time.Duration(i)*time.Second).Format(time.RFC3339), i)
	}
	text.WriteString("</archive></user>" + tail)
	path := write(b, b.TempDir(), "export.xml", text.String())
	target := newTarget(b)
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		if _, err := Import(b.Context(), target, Options{Source: Source{Path: path}, Mode: Replace}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(messages*b.N)/b.Elapsed().Seconds(), "messages/s")
}

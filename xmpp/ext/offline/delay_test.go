package offline

import (
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/stanza"
)

// XEP-0203 #examples: who delayed it, and since when.
func TestStamp(t *testing.T) {
	const (
		ours   = "<delay xmlns='urn:xmpp:delay' from='capulet.lit' stamp='2000-01-01T00:00:00.000Z'>Offline Storage</delay>"
		theirs = "<delay xmlns='urn:xmpp:delay' from='plays.montague.lit' stamp='1597-01-01T00:00:00Z'/>"
		forged = "<delay xmlns='urn:xmpp:delay' from='capulet.lit' stamp='1597-01-01T00:00:00Z'/>"
	)
	tests := []struct{ name, payload, want string }{
		{"XEP-0160 #flow", "<body>O</body>", "<body>O</body>" + ours},
		{"XEP-0203 #security: a stamp in our name is forged", forged + "<body>O</body>" + forged, "<body>O</body>" + ours},
		{"XEP-0203 #protocol: the stamp of somebody else stays", theirs + "<body>O</body>", theirs + "<body>O</body>" + ours},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// The clock of a bubble starts at midnight of the year 2000.
			synctest.Test(t, func(t *testing.T) {
				const head = "<message from='romeo@montague.lit/orchard' to='juliet@capulet.lit' type='chat' id='1'>"
				s := service(newDisk())
				if _, _, err := s.Store(t.Context(), parse(t, head+tt.payload+"</message>"), nil); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				var got string
				err := s.Flush(t.Context(), juliet, func(st *stanza.Stanza) bool {
					got = string(st.AppendTo(nil))
					return true
				}, nil)
				if want := head + tt.want + "</message>"; got != want || err != nil {
					t.Errorf("got  %s, %v\nwant %s", got, err, want)
				}
			})
		})
	}
}

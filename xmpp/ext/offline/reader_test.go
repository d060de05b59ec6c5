package offline

import (
	"log/slog"
	"strings"
	"testing"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// A bookworm has read the messages with this text elsewhere.
type bookworm struct {
	text string
	told []func(bool) // of what was passed over
}

func (b *bookworm) Has(st *stanza.Stanza) bool {
	if !strings.Contains(string(st.AppendTo(nil)), b.text) {
		return false
	}
	b.told = append(b.told, st.Told)
	return true
}

// TestReader: what a client has read elsewhere is not handed to it. It is forgotten
// when it is known that it has arrived; if it has not, it waits for the next one
// (XEP-0313 #business-storeret-user-archives).
func TestReader(t *testing.T) {
	for _, arrives := range []bool{true, false} {
		log := slog.New(slog.DiscardHandler)
		d := newDisk()
		r := router.New(router.Config{Hosts: []string{"capulet.lit", "montague.lit"}, Accounts: everybody{}, Logger: log})
		r.SetOffline(service(d))
		for _, body := range []string{"one", "two", "three"} {
			st := parse(t, "<message type='chat' id='1'><body>"+body+"</body></message>")
			st.From, st.To = jid.MustParse("romeo@montague.lit/orchard"), juliet
			if _, err := r.Emit(t.Context(), st); err != nil {
				t.Fatal(err)
			}
		}
		e := &exit{reader{limit: 100}}
		s, err := r.Bind(t.Context(), jid.MustParse("juliet@capulet.lit/balcony"), e)
		if err != nil {
			t.Fatal(err)
		}
		worm := &bookworm{text: "two"}
		s.SetReader(worm)
		s.SetAvailable(parse(t, "<presence/>"), 0)
		if err := s.Backlog(t.Context()); err != nil {
			t.Fatal(err)
		}
		want(t, "what she has not read", &e.reader, "one", "three")
		e.told(true)
		if n := d.waiting(juliet); n != 1 || len(worm.told) != 1 {
			t.Fatalf("%d messages wait, %d were passed over", n, len(worm.told))
		}
		if worm.told[0](arrives); arrives == (d.waiting(juliet) == 1) {
			t.Errorf("arrives %v: %d messages wait", arrives, d.waiting(juliet))
		}
	}
}

package router

import (
	"context"
	"strings"
	"testing"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// A bulkExit takes so many stanzas at once, and then none.
type bulkExit struct {
	exit
	room  int
	calls []int // how many each call brought
}

func (e *bulkExit) DeliverAll(list []*stanza.Stanza) (taken int) {
	e.calls = append(e.calls, len(list))
	for taken < len(list) && e.room > 0 {
		e.room--
		_, _ = e.Deliver(list[taken])
		taken++
	}
	e.setFull(e.room == 0)
	return taken
}

// said gives messages to a session from rooms, by the names of which they have their ids.
func said(to *Session, rooms ...string) (list []*stanza.Stanza) {
	for _, name := range rooms {
		from := jid.MustParse(name + "@conference.capulet.lit/Romeo")
		st := stanza.New(stanza.Message, stanza.Groupchat, name, from, to.JID(), []byte("<body>"+name+"</body>"))
		st.Kept = true
		list = append(list, st)
	}
	return list
}

func TestEmitAll(t *testing.T) {
	gone := &gate{}
	for _, tt := range []struct {
		name     string
		room     int
		blocked  string // a room that juliet does not want to hear
		unbound  bool
		took     string // what she got, in one word
		bounced  string // what came back
		together string // how many at a time
	}{
		{name: "all of it", room: 9, took: "abc", together: "3"},
		{name: "without what is blocked", room: 9, blocked: "b", took: "ac", together: "1 1"},
		{name: "no room for all", room: 1, took: "a", bounced: "bc", together: "3"},
		{name: "gone", room: 9, unbound: true, bounced: "abc"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newStage(t)
			*gone = gate{}
			s.SetGate("conference.capulet.lit", gone)
			s.SetGuard(blocks{{"juliet@capulet.lit", tt.blocked + "@conference.capulet.lit"}: true})
			e := &bulkExit{room: tt.room}
			juliet, err := s.Bind(t.Context(), jid.MustParse("juliet@capulet.lit/balcony"), e)
			if err != nil {
				t.Fatal(err)
			}
			if tt.unbound {
				juliet.Close(t.Context())
			}
			juliet.EmitAll(t.Context(), said(juliet, "a", "b", "c"))
			took, together := "", ""
			for _, xml := range e.take() {
				st, err := stanza.Parse([]byte(xml))
				if err != nil {
					t.Fatal(err)
				}
				took += st.ID()
			}
			for _, n := range e.calls {
				if n > 0 {
					together += " " + string(rune('0'+n))
				}
			}
			if together = strings.TrimSpace(together); took != tt.took || gone.ids != tt.bounced || together != tt.together {
				t.Errorf("took %q in portions of %q, %q came back; want %q, %q, %q", took, together, gone.ids, tt.took, tt.together, tt.bounced)
			}
		})
	}
}

// A gate notes what comes back to it.
type gate struct{ ids string }

func (g *gate) Accept(_ context.Context, st *stanza.Stanza) (Ticket, error) {
	if st.Type == stanza.TypeError {
		g.ids += st.ID()
	}
	return nil, nil
}

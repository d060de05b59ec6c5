package offline

import (
	"context"
	"log/slog"
	"testing"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// An exit is a client that writes down the bodies it is given, and tells of
// them when it is asked to.
type exit struct{ reader }

func (e *exit) Deliver(st *stanza.Stanza) (router.Ticket, bool) {
	if st.Kind != stanza.Message {
		return nil, true
	}
	if st.Told == nil {
		st.Told = func(bool) {}
	}
	return nil, e.deliver(st)
}

func (e *exit) End(*stream.Error) {}

// everybody exists.
type everybody struct{}

func (everybody) Exists(context.Context, jid.JID) (bool, error) { return true, nil }
func (everybody) Active(context.Context, jid.JID) (bool, error) { return true, nil }

// XEP-0160 #flow on a real router: stored, then delivered to the resource that
// becomes available, before what comes after.
func TestFlowThroughRouter(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	d := newDisk()
	r := router.New(router.Config{Hosts: []string{"capulet.lit", "montague.lit"}, Accounts: everybody{}, Logger: log})
	r.SetOffline(service(d))
	bind := func(full string) (*router.Session, *exit) {
		e := &exit{reader{limit: 100}}
		s, err := r.Bind(t.Context(), jid.MustParse(full), e)
		if err != nil {
			t.Fatal(err)
		}
		return s, e
	}
	romeo, _ := bind("romeo@montague.lit/orchard")
	says := func(body string) router.Ticket {
		ticket, err := romeo.Route(t.Context(), parse(t, "<message to='juliet@capulet.lit' type='chat' id='1'><body>"+body+"</body></message>"))
		if err != nil {
			t.Fatal(err)
		}
		return ticket
	}
	for _, body := range []string{"1", "2", "3"} {
		if says(body) == nil {
			t.Errorf("%s was stored without a ticket", body)
		}
	}

	available := func(full string, priority int8) *exit {
		s, e := bind(full)
		s.SetAvailable(parse(t, "<presence/>"), priority)
		if priority >= 0 {
			if err := s.Backlog(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		return e
	}
	chamber := available("juliet@capulet.lit/chamber", -1)
	want(t, "XEP-0160 #flow: not to a negative priority", &chamber.reader)
	balcony := available("juliet@capulet.lit/balcony", 0)
	if says("4") != nil {
		t.Error("a delivered message was stored")
	}
	want(t, "in order", &balcony.reader, "1", "2", "3", "4")
	garden := available("juliet@capulet.lit/garden", 0)
	want(t, "nothing twice", &garden.reader)
	balcony.told(true)
	if n := d.waiting(juliet); n != 0 {
		t.Errorf("%d messages are still on the disk", n)
	}
}

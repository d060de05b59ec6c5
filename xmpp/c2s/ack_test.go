package c2s

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

const (
	enable          = "<enable xmlns='urn:xmpp:sm:3'/>"
	enableResumable = "<enable xmlns='urn:xmpp:sm:3' resume='true'/>"
)

func message(to string, id any) string {
	return fmt.Sprintf("<message to='%s' id='%v' type='chat'><body>words</body></message>", to, id)
}

func ackOf(h int) string { return fmt.Sprintf("<a xmlns='urn:xmpp:sm:3' h='%d'/>", h) }

func TestEnable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		p, _ := s.connect("romeo")
		p.Header("capulet.lit")
		p.WantHeader("mechanisms", "")
		p.Send(enable)
		p.Want("no stream management before login", "<failed xmlns='urn:xmpp:sm:3'><unexpected-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>")
		p.Send(auth("PLAIN", plain("romeo", "romeopass")))
		p.Next("to be let in")
		p.Header("capulet.lit")
		p.WantHeader("the feature", "<features xmlns='stream'><sm xmlns='urn:xmpp:sm:3'/></features>") // XEP-0198 #feature
		p.Send(enable)
		p.Want("none before bind", "<failed xmlns='urn:xmpp:sm:3'><unexpected-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>")
		p.Send("<r xmlns='urn:xmpp:sm:3'/>" + bindRequest("b", ""))
		p.Want("nor acks", "<failed xmlns='urn:xmpp:sm:3'/>")
		p.Want("a resource", "<iq type='result'/>")
		p.Send("<enable xmlns='urn:xmpp:sm:3' resume='1' max='60'/>")
		p.Want("resumption, as long as it asked for", "<enabled xmlns='urn:xmpp:sm:3' id='*' resume='true' max='60'/>")
		p.Send("<resume xmlns='urn:xmpp:sm:3' previd='x' h='0'/>")
		p.Want("no resumption now", "<failed xmlns='urn:xmpp:sm:3'><unexpected-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>")
		p.Send(enable)
		p.Want("no second time", "<failed xmlns='urn:xmpp:sm:3'><unexpected-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>")
		p.WantError("the end", "policy-violation")
	})
}

func TestAcks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		p, _ := s.login("romeo", "orchard")
		p.Send(message("romeo@capulet.lit/orchard", "before"))
		p.Want("a message that does not count", "<message id='before'/>")
		p.Send(enable + "<r xmlns='urn:xmpp:sm:3'/>")
		p.Want("no resumption unless asked for", "<enabled xmlns='urn:xmpp:sm:3'/>")
		p.Want("a count of nothing", ackOf(0))
		for i := range 4 {
			p.Send(message("romeo@capulet.lit/orchard", i))
			p.Want("its own words", fmt.Sprintf("<message id='%d'/>", i))
			p.Want("to be asked for each write", request)
		}
		p.Skip = isRequest
		p.Send("<presence/><iq type='set' id='s'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq><message to='@@'/><r xmlns='urn:xmpp:sm:3'/>")
		p.Want("its presence", "<presence/>")
		p.Want("a result", "<iq type='result' id='s'/>")
		p.Want("an error", "<message type='error'/>")
		p.Want("all stanzas to count", ackOf(7)) // 4 + presence, iq and a refused one
		p.Send(ackOf(7))
		time.Sleep(10 * time.Second)
		p.WantIdle("no more questions")
		p.Send(ackOf(8))
		got := p.WantError("to be corrected", "undefined-condition")
		if want := "<handled-count-too-high xmlns='urn:xmpp:sm:3' h='8' send-count='7'/>"; !contains(got, want) {
			t.Errorf("%s has no %s", got, want) // XEP-0198 #errors
		}
	})
}

func isRequest(xml string) bool { return xml == request }

// What is acknowledged is kept: <a/> waits for the disk.
func TestAckWaitsForTicket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		p, _ := s.login("romeo", "orchard")
		var tickets []*fakeTicket
		s.router.ticket = func() router.Ticket {
			tickets = append(tickets, newTicket())
			return tickets[len(tickets)-1]
		}
		p.Send(enable)
		p.Want("stream management", "<enabled xmlns='urn:xmpp:sm:3'/>")
		p.Send(message("nurse@capulet.lit", 1) + message("nurse@capulet.lit", 2) + "<r xmlns='urn:xmpp:sm:3'/>")
		p.WantIdle("no acknowledgement before the disk")
		tickets[0].fulfil(nil)
		p.WantIdle("none for the first alone")
		p.Send(message("nurse@capulet.lit", 3))
		p.WantIdle("nothing yet")
		tickets[1].fulfil(nil)
		p.Want("what is kept to be acknowledged", ackOf(2))
		p.Send("<r xmlns='urn:xmpp:sm:3'/>")
		p.WantIdle("nothing yet")
		tickets[2].fulfil(nil)
		p.Want("the rest", ackOf(3))
		p.Send("<r xmlns='urn:xmpp:sm:3'/>")
		p.Want("an answer at once", ackOf(3))
	})
}

func TestFailedTicketEndsStream(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{errors.New("disk on fire"), "internal-server-error"},
		{stanza.ResourceConstraint.Err("disk full"), "resource-constraint"},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t, nil)
			s.server.log = discard
			p, _ := s.login("romeo", "orchard")
			ticket := newTicket()
			s.router.ticket = func() router.Ticket { return ticket }
			p.Send(enableResumable + message("nurse@capulet.lit", 1) + "<r xmlns='urn:xmpp:sm:3'/>")
			p.Want("stream management", "<enabled xmlns='urn:xmpp:sm:3'/>")
			p.WantIdle("no acknowledgement")
			ticket.fulfil(tt.err)
			p.WantError("the end, without an acknowledgement", tt.want)
			synctest.Wait()
			if s.router.bound() != 0 {
				t.Error("the session is still bound")
			}
		})
	}
}

// Whoever asked is told once the client has a stanza for certain.
func TestTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		var mu sync.Mutex
		told := make(map[string]bool)
		deliver := func(id string) {
			st := stanza.New(stanza.Message, stanza.Chat, id, jid.MustParse("nurse@capulet.lit"), jid.MustParse("romeo@capulet.lit/orchard"))
			st.Told = func(delivered bool) {
				mu.Lock()
				defer mu.Unlock()
				if _, twice := told[id]; twice {
					t.Errorf("%s is told twice", id)
				}
				told[id] = delivered
			}
			if !s.router.deliver(st) {
				t.Errorf("%s is not taken", id)
			}
		}
		want := func(why, state string) {
			t.Helper()
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			if got := fmt.Sprint(told); got != "map["+state+"]" {
				t.Errorf("%s: told %s, want %s", why, got, state)
			}
		}
		p, conn := s.login("romeo", "orchard")
		deliver("plain")
		p.Want("the message", "<message id='plain'/>")
		want("without acknowledgements, written is delivered", "plain:true")
		p.Send(enableResumable)
		p.Want("stream management", "<enabled xmlns='urn:xmpp:sm:3' id='$id'/>")
		p.Skip = isRequest
		deliver("a")
		deliver("b")
		p.Want("a", "<message id='a'/>")
		p.Want("b", "<message id='b'/>")
		want("written is not acknowledged", "plain:true")
		p.Send(ackOf(1))
		want("a is acknowledged", "a:true plain:true")
		conn.Break()
		synctest.Wait()
		deliver("c")
		want("the client may come back", "a:true plain:true")
		time.Sleep(6 * time.Minute)
		want("it has not", "a:true b:false c:false plain:true")
		if len(s.router.rerouted()) > 0 {
			t.Errorf("%v went another way although its owner keeps it", s.router.rerouted())
		}
	})
}

package c2s

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

const (
	goInactive = "<inactive xmlns='urn:xmpp:csi:0'/>"
	goActive   = "<active xmlns='urn:xmpp:csi:0'/>"
)

// give delivers a stanza to a client as the router does.
func (s *stage) give(xml string) {
	s.Helper()
	s.router.inTurn(func() {
		if !s.router.deliver(parse(s, xml)) {
			s.Errorf("%s is not taken", xml)
		}
	})
}

func parse(t testing.TB, xml string) *stanza.Stanza {
	t.Helper()
	st, err := stanza.Parse([]byte(xml))
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func presenceOf(contact string, id any) string {
	return fmt.Sprintf("<presence from='%s@montague.lit/street' to='romeo@capulet.lit/orchard' id='%v'/>", contact, id)
}

func goneOf(contact string, id any) string {
	return fmt.Sprintf("<presence from='%s@montague.lit/street' to='romeo@capulet.lit/orchard' type='unavailable' id='%v'/>", contact, id)
}

func chatStateOf(contact, state string) string {
	return fmt.Sprintf("<message from='%s@montague.lit/street' to='romeo@capulet.lit/orchard' type='chat'><%s xmlns='http://jabber.org/protocol/chatstates'/></message>", contact, state)
}

func wordsOf(contact string, id any) string {
	return fmt.Sprintf("<message from='%s@montague.lit/street' to='romeo@capulet.lit/orchard' type='chat' id='%v'><body>words</body></message>", contact, id)
}

// archived gives a message of a kind that waits only if the archive has it.
func receiptOf(contact, id string) *stanza.Stanza {
	st := stanza.New(stanza.Message, stanza.Chat, id, jid.MustParse(contact+"@montague.lit/street"), jid.MustParse("romeo@capulet.lit/orchard"),
		[]byte("<received xmlns='urn:xmpp:receipts' id='x'/>"))
	st.Extra = []byte("<stanza-id xmlns='urn:xmpp:sid:0' by='romeo@capulet.lit' id='7'/>")
	return st
}

// What can wait does, its last word only, until something comes that cannot.
func TestInactive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		romeo, _ := s.login("romeo", "orchard")
		s.give(presenceOf("benvolio", 0))
		romeo.Want("to be active at first", "<presence id='0'/>") // XEP-0352 #indication
		romeo.Send(goInactive)
		romeo.WantIdle("no answer to that")
		s.give(presenceOf("benvolio", 1))
		s.give(chatStateOf("mercutio", "composing"))
		s.give(presenceOf("mercutio", 2))
		s.give(goneOf("benvolio", 3))
		s.give(chatStateOf("mercutio", "paused"))
		romeo.WantIdle("to be left in peace")
		s.give(wordsOf("mercutio", 4))
		romeo.Want("what waited, in order", "<presence id='2'/>")
		romeo.Want("the last of two", "<presence id='3' type='unavailable'/>")
		romeo.Want("the last of two", "<message><paused xmlns='http://jabber.org/protocol/chatstates'/></message>")
		romeo.Want("what could not wait", "<message id='4'/>")
		s.give(presenceOf("benvolio", 5))
		romeo.WantIdle("to be inactive as before")
		romeo.Send(goInactive)
		romeo.WantIdle("nothing new in that")
		romeo.Send(goActive + "<iq type='get' id='p' to='romeo@capulet.lit/orchard'><ping xmlns='urn:xmpp:ping'/></iq>")
		romeo.Want("what waited", "<presence id='5'/>") // XEP-0352 #in-order-processing
		romeo.Want("what was asked for after that", "<iq id='p'/>")
		s.give(presenceOf("benvolio", 6))
		romeo.Want("to be active", "<presence id='6'/>")
		romeo.Send(goActive)
		romeo.WantIdle("nothing new in that")
		romeo.Send("<asleep xmlns='urn:xmpp:csi:0'/>")
		romeo.WantError("the end", "unsupported-stanza-type") // RFC 6120 §4.9.3.24
	})
}

// A client may say so as soon as it is offered.
func TestInactiveBeforeBind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		p, _ := s.connect("romeo")
		s.authenticate(p, "romeo")
		p.Send(goInactive + bindRequest("b", "<resource>orchard</resource>"))
		p.Want("his resource", "<iq type='result' id='b'/>")
		synctest.Wait()
		s.give(presenceOf("benvolio", 1))
		p.WantIdle("peace")
		p.Send(goActive)
		p.Want("what waited", "<presence id='1'/>")

		early, _ := s.connect("romeo")
		early.Header("capulet.lit")
		early.WantHeader("mechanisms", "")
		early.Send(goInactive)
		early.WantError("that not to be offered yet", "unsupported-stanza-type")
	})
}

// Stream management counts what is sent, and nothing before.
func TestInactiveManaged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		romeo, _ := s.login("romeo", "orchard")
		romeo.Send(enableResumable + goInactive)
		romeo.Want("resumption", "<enabled xmlns='urn:xmpp:sm:3'/>")
		s.give(presenceOf("benvolio", 1))
		s.give(presenceOf("mercutio", 2))
		romeo.Send("<r xmlns='urn:xmpp:sm:3'/>" + ackOf(0))
		romeo.Want("no request, and the count of what came in", ackOf(0))
		romeo.WantIdle("peace")
		s.give(wordsOf("mercutio", 3))
		romeo.Want("all together", "<presence id='1'/>")
		romeo.Want("all together", "<presence id='2'/>")
		romeo.Want("all together", "<message id='3'/>")
		romeo.Want("one request", request)
		romeo.Send(ackOf(3))
		romeo.WantIdle("that to be right")
		s.give(presenceOf("benvolio", 4))
		romeo.Send(goActive)
		romeo.Want("what waited", "<presence id='4'/>")
		romeo.Want("to be asked", request)
		romeo.Send(ackOf(5))
		romeo.WantError("that to be too many", "undefined-condition") // XEP-0198 #errors
	})
}

// A session that is cut while it is inactive goes on merging. What it has is sent
// before anything newer, to a client that is active again.
func TestInactiveResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		holder := newFakeHolder()
		s := newStage(t, func(c *Config) { c.Holder = holder })
		romeo, conn, id := s.managed("romeo", "orchard")
		romeo.Send(goInactive)
		romeo.WantIdle("peace")
		s.give(presenceOf("benvolio", 1))
		s.give(presenceOf("mercutio", 2))
		conn.Break()
		synctest.Wait()
		s.give(goneOf("benvolio", 3))
		s.give(chatStateOf("mercutio", "composing"))
		s.give(wordsOf("mercutio", 4))
		s.give(presenceOf("benvolio", 5))
		s.give(presenceOf("benvolio", 6))
		if got := strings.Join(holder.order, " "); got != "4" {
			t.Errorf("held on the disk: %q, want only the words", got)
		}
		romeo, _ = s.resume("romeo", id, 0)
		romeo.Want("his session", resumed(0))
		for _, want := range []string{"<presence id='2'/>", "<presence id='3'/>", "<message><composing xmlns='http://jabber.org/protocol/chatstates'/></message>", "<message id='4'/>", "<presence id='6'/>"} {
			romeo.Want("what came meanwhile, in order and merged", want)
		}
		romeo.Want("to be asked", request)
		romeo.Send(ackOf(5))
		s.give(presenceOf("benvolio", 7))
		romeo.Want("to be active", "<presence id='7'/>") // XEP-0352 #stream-resumption
		romeo.Want("to be asked", request)
		synctest.Wait()
		if holder.get("4") != "forgotten" {
			t.Errorf("the disk says %v", holder.state)
		}
	})
}

// When the session ends, presence and chat states are of no use to anybody; a
// receipt goes where messages go.
func TestInactiveEnds(t *testing.T) {
	for _, managed := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t, nil)
			romeo, conn := s.login("romeo", "orchard")
			if managed {
				romeo.Send(enableResumable)
				romeo.Want("resumption", "<enabled xmlns='urn:xmpp:sm:3'/>")
			}
			romeo.Send(goInactive)
			romeo.WantIdle("peace")
			s.give(presenceOf("benvolio", 1))
			s.give(chatStateOf("mercutio", "composing"))
			if !s.router.deliver(receiptOf("mercutio", "r")) {
				t.Error("the receipt is not taken")
			}
			romeo.WantIdle("peace")
			conn.Break()
			time.Sleep(10 * time.Minute)
			got := s.router.rerouted()
			if len(got) != 1 || !contains(got[0], "<received") || !contains(got[0], "<stanza-id xmlns='urn:xmpp:sid:0' by='romeo@capulet.lit' id='7'/>") {
				t.Errorf("routed again: %q", got)
			}
			if s.router.bound() != 0 {
				t.Error("the session is still bound")
			}
		})
	}
}

// An inactive client is asked less often whether it is there, and what waits goes
// with the question.
func TestInactiveIsAskedLessOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		romeo, _ := s.login("romeo", "orchard")
		romeo.Send(enable + goInactive)
		romeo.Want("stream management", "<enabled xmlns='urn:xmpp:sm:3'/>")
		s.give(presenceOf("benvolio", 1))
		time.Sleep(14 * time.Minute)
		romeo.WantIdle("peace")
		time.Sleep(2 * time.Minute)
		romeo.Want("what waited", "<presence id='1'/>")
		romeo.Want("to be asked once", request)
		romeo.WantIdle("once")
		romeo.Send(ackOf(1))
		time.Sleep(14 * time.Minute)
		romeo.WantIdle("peace")
		time.Sleep(2 * time.Minute)
		romeo.Want("to be asked", request)
		time.Sleep(2 * time.Minute)
		romeo.WantEnd("the end of a client that does not answer")
	})
}

// Cut and Inactive tell those who wake devices how things stand.
func TestCutAndInactive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		romeo, conn, id := s.managed("romeo", "orchard")
		exit, ok := s.router.sessions[jid.MustParse("romeo@capulet.lit/orchard")].exit.(interface {
			Cut() bool
			Inactive() bool
		})
		if !ok {
			t.Fatal("the exit does not tell")
		}
		want := func(when string, cut, inactive bool) {
			t.Helper()
			synctest.Wait()
			if exit.Cut() != cut || exit.Inactive() != inactive {
				t.Errorf("%s: cut %v, inactive %v", when, exit.Cut(), exit.Inactive())
			}
		}
		want("at first", false, false)
		romeo.Send(goInactive)
		want("when it says so", false, true)
		conn.Break()
		want("when the connection is lost", true, true)
		romeo, _ = s.resume("romeo", id, 0)
		want("when it is back", false, false)
		romeo.Want("his session", resumed(0))
		romeo.Send("</stream:stream>")
		romeo.WantClosed("the end")
		want("at the end", false, false)
	})
}

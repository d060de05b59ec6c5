package c2s

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/xmpptest"
)

var discard = slog.New(slog.DiscardHandler)

func contains(s, part string) bool { return strings.Contains(s, part) }

// managed gives a bound client with stream management, and the id of its session.
func (s *stage) managed(name, resource string) (p *xmpptest.Puppet, conn *xmpptest.Conn, id string) {
	s.Helper()
	p, conn = s.login(name, resource)
	p.Send(enableResumable)
	p.Skip = isRequest
	p.Want("resumption", "<enabled xmlns='urn:xmpp:sm:3' id='$id' resume='true' max='300'/>")
	return p, conn, p.Vars["$id"]
}

// resume connects and asks for a session.
func (s *stage) resume(name, id string, h int) (*xmpptest.Puppet, *xmpptest.Conn) {
	s.Helper()
	p, conn := s.connect(name)
	s.authenticate(p, name)
	p.Send(fmt.Sprintf("<resume xmlns='urn:xmpp:sm:3' previd='%s' h='%d'/>", id, h))
	return p, conn
}

func resumed(h int) string {
	return fmt.Sprintf("<resumed xmlns='urn:xmpp:sm:3' previd='*' h='%d'/>", h)
}

func TestResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		holder := newFakeHolder()
		s := newStage(t, func(c *Config) { c.Holder = holder })
		juliet, _ := s.login("juliet", "balcony")
		romeo, conn, id := s.managed("romeo", "orchard")
		romeo.Send(message("juliet@capulet.lit", 1))
		juliet.Want("his words", "<message id='1'/>")
		for i := 1; i <= 3; i++ {
			juliet.Send(message("romeo@capulet.lit/orchard", i))
			romeo.Want("her words", fmt.Sprintf("<message id='%d'/>", i))
		}
		conn.Break()
		synctest.Wait()
		juliet.Send(message("romeo@capulet.lit/orchard", 4) + "<presence to='romeo@capulet.lit/orchard' id='5'/>")
		synctest.Wait()
		if got := strings.Join(holder.order, " "); got != "1 2 3 4" {
			t.Errorf("held: %s", got)
		}
		time.Sleep(299 * time.Second)
		romeo, _ = s.resume("romeo", id, 2)
		romeo.Want("his session", resumed(1))
		romeo.Want("what he has not acknowledged", "<message id='3'/>")
		romeo.Want("what came since", "<message id='4'/>")
		romeo.Want("presence too", "<presence id='5'/>")
		romeo.Want("to be asked", request)
		if holder.get("1") != "forgotten" || holder.get("3") != "held" {
			t.Errorf("the disk says %v", holder.state)
		}
		romeo.Send(ackOf(5) + message("juliet@capulet.lit", 6) + "<r xmlns='urn:xmpp:sm:3'/>")
		romeo.Want("his count to go on", ackOf(2))
		juliet.Want("his words", "<message id='6'/>")
		if holder.get("4") != "forgotten" {
			t.Errorf("the disk says %v", holder.state)
		}
		romeo.Send("</stream:stream>")
		romeo.WantClosed("the end")
		if len(s.router.rerouted()) > 0 {
			t.Errorf("lost: %v", s.router.rerouted())
		}
	})
}

// The old connection may be dead without anybody knowing.
func TestResumeTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		old, _, id := s.managed("romeo", "orchard")
		juliet, _ := s.login("juliet", "balcony")
		juliet.Send(message("romeo@capulet.lit/orchard", 1))
		old.Want("her words", "<message id='1'/>")
		romeo, _ := s.resume("romeo", id, 0)
		romeo.Want("his session", resumed(0))
		romeo.Want("what was not acknowledged", "<message id='1'/>")
		romeo.Want("to be asked", request)
		old.WantError("to be told", "conflict") // XEP-0198 #resumption
		juliet.Send(message("romeo@capulet.lit/orchard", 2))
		romeo.Want("her words here", "<message id='2'/>")
		if s.router.bound() != 2 {
			t.Error("the session is gone")
		}
	})
}

func TestResumeFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		romeo, conn, id := s.managed("romeo", "orchard")
		romeo.Send("<presence/>")
		romeo.Want("his presence", "<presence/>")
		conn.Break()
		for _, tt := range []struct{ name, send, want string }{
			{"juliet", "previd='" + id + "' h='0'", "<failed xmlns='urn:xmpp:sm:3'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>"},
			{"romeo", "previd='" + id[:len(id)-1] + "' h='0'", "<failed xmlns='urn:xmpp:sm:3'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>"},
			{"romeo", "previd='' h='0'", "<failed xmlns='urn:xmpp:sm:3'><bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>"},
			{"romeo", "previd='" + id + "'", "<failed xmlns='urn:xmpp:sm:3'><bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>"},
			{"romeo", "previd='" + id + "' h='-1'", "<failed xmlns='urn:xmpp:sm:3'><bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>"},
		} {
			p, _ := s.connect(tt.name)
			s.authenticate(p, tt.name)
			p.Send("<resume xmlns='urn:xmpp:sm:3' " + tt.send + "/>")
			got := p.Want("no session", tt.want)
			if contains(got, " h=") {
				t.Errorf("%s tells how far somebody got", got)
			}
			p.Send(bindRequest("b", ""))
			p.Want("to go on by binding", "<iq type='result' id='b'/>")
			p.Send("</stream:stream>")
			p.WantClosed("the end")
		}
		time.Sleep(301 * time.Second)
		p, _ := s.resume("romeo", id, 1)
		p.Want("to be told how far he had got", "<failed xmlns='urn:xmpp:sm:3' h='1'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>")
	})
}

// When nobody comes back, everything goes where it would have gone.
func TestHibernationEnds(t *testing.T) {
	for _, held := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			holder := newFakeHolder()
			s := newStage(t, func(c *Config) {
				if held {
					c.Holder = holder
				}
			})
			juliet, _ := s.login("juliet", "balcony")
			_, conn, _ := s.managed("romeo", "orchard")
			conn.Break()
			synctest.Wait()
			juliet.Send(message("romeo@capulet.lit/orchard", "m1") + "<iq type='get' to='romeo@capulet.lit/orchard' id='i'><ping xmlns='urn:xmpp:ping'/></iq>" +
				"<presence to='romeo@capulet.lit/orchard'/>" + message("romeo@capulet.lit/orchard", "m2"))
			time.Sleep(302 * time.Second)
			juliet.Want("an answer to her request", "<iq type='error' id='i' from='romeo@capulet.lit/orchard'><error type='wait'><recipient-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")
			if s.router.bound() != 1 {
				t.Error("the session is still bound")
			}
			if held {
				if holder.get("m1") != "stored" || holder.get("m2") != "stored" || len(s.router.rerouted()) != 0 {
					t.Errorf("the disk says %v, and %v went another way", holder.state, s.router.rerouted())
				}
				return
			}
			if len(s.router.rerouted()) != 2 || !contains(s.router.rerouted()[0], "id='m1'") || !contains(s.router.rerouted()[1], "id='m2'") || !contains(s.router.rerouted()[0], "<delay xmlns='urn:xmpp:delay' from='capulet.lit' stamp='2000-01-01T00:00:") {
				t.Errorf("routed again: %q", s.router.rerouted())
			}
		})
	}
}

// A connection is cut a hundred times in the middle of a conversation. Each side
// gets what the other said exactly once and in order.
func TestResumeHundredTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, func(c *Config) { c.Holder = newFakeHolder() })
		juliet, _ := s.login("juliet", "balcony")
		const rounds, each = 100, 20
		romeo := &resumer{stage: s, t: t}
		romeo.start()
		heard := 0 // by juliet
		for round := range rounds {
			for i := range each {
				romeo.say(fmt.Sprint("r", round*each+i))
				juliet.Send(message("romeo@capulet.lit/orchard", fmt.Sprint("j", round*each+i)))
				if i == each/2 {
					romeo.cut(round)
				}
			}
			romeo.comeBack()
		}
		synctest.Wait()
		romeo.drain()
		for heard < rounds*each {
			juliet.Want("every word once and in order", fmt.Sprintf("<message id='r%d'/>", heard))
			heard++
		}
		juliet.WantIdle("no word twice")
		if len(romeo.heard) != rounds*each {
			t.Fatalf("romeo heard %d words, want %d", len(romeo.heard), rounds*each)
		}
		for i, id := range romeo.heard {
			if id != fmt.Sprint("j", i) {
				t.Fatalf("word %d is %s", i, id)
			}
		}
	})
}

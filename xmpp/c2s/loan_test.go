package c2s

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"

	"causeway/xmpp/jid"
	"causeway/xmpp/sasl"
	"causeway/xmpp/xmpptest"
)

var romeoAccount = jid.MustParse("romeo@capulet.lit")

// borrow logs a program in that has a token of somebody.
func (s *stage) borrow(name, resource string) (*xmpptest.Puppet, *xmpptest.Conn) {
	s.Helper()
	p, conn := s.borrower(name)
	p.Send(bindRequest("b", "<resource>"+resource+"</resource>"))
	p.Want("its resource", "<iq type='result' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>"+name+"@capulet.lit/"+resource+"</jid></bind></iq>")
	return p, conn
}

func (s *stage) borrower(name string) (*xmpptest.Puppet, *xmpptest.Conn) {
	s.Helper()
	p, conn := s.connect(name + "'s program")
	p.Header("capulet.lit")
	p.WantHeader("mechanisms", "")
	p.Send(bearer("", "lent-by-"+name))
	p.Want("to be let in", "<success"+nsText+"/>")
	p.Header("capulet.lit")
	p.WantHeader("bind", "")
	return p, conn
}

// A program that a person lets act by XMPP has not got the account: it can neither lock the
// person out nor see to what other programs may do (RFC 6749 §10.3, least privilege).
func TestLoanBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, withTokens)
		juliet, _ := s.login("juliet", "balcony")
		p, _ := s.borrow("romeo", "pocket")
		const forbidden = "<iq type='error' id='1' to='romeo@capulet.lit/pocket'%s><error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>" +
			"<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>only the person itself may do this</text></error></iq>"
		const password = "<query xmlns='jabber:iq:register'><username>romeo</username><password>mine</password></query>"
		for _, payload := range []string{
			password, "<query xmlns='jabber:iq:register'><remove/></query>", "<x:query xmlns:x='jabber:iq:register'><x:remove/></x:query>",
			"<command xmlns='http://jabber.org/protocol/commands' node='urn:causeway:apps#consents' action='execute'/>",
		} {
			for _, to := range []string{"", "capulet.lit", "CAPULET.LIT", "capulet.lit/x", "romeo@capulet.lit"} {
				at, from := "", ""
				if to != "" {
					at = " to='" + to + "'"
					from = " from='" + jid.MustParse(to).String() + "'"
				}
				p.Send("<iq type='set' id='1'" + at + ">" + payload + "</iq>")
				p.Want("to be refused "+payload+" to "+to, fmt.Sprintf(forbidden, from))
			}
		}
		// What is for somebody else is not a matter of the account, and the person may do all of it.
		p.Send("<iq type='set' id='2' to='juliet@capulet.lit/balcony'><command xmlns='http://jabber.org/protocol/commands' node='x'/></iq>")
		juliet.Want("a command", "<iq id='2'/>")
		own, _ := s.login("romeo", "orchard")
		own.Send("<iq type='set' id='3' to='romeo@capulet.lit/orchard'>" + password + "</iq>")
		own.Want("what the router was given", "<iq id='3'/>")
	})
}

// When it is taken back, the sessions of that program in that name end, connected or not, and no
// others; a login under way comes to nothing.
func TestLoanEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		holder := newFakeHolder()
		good := true
		s := newStage(t, func(c *Config) {
			withTokens(c)
			c.Holder = holder
			tokens := c.Tokens
			c.Tokens = func(ctx context.Context, host string) (sasl.Tokens, string, string, error) {
				t, scope, issuer, err := tokens(ctx, host)
				return fading{t, &good}, scope, issuer, err
			}
		})
		own, _ := s.login("romeo", "orchard")
		other, _ := s.borrow("juliet", "pocket")
		p, _ := s.borrow("romeo", "pocket")
		away, conn := s.borrow("romeo", "away")
		away.Send(enableResumable)
		away.Want("resumption", "<enabled xmlns='urn:xmpp:sm:3' id='$id' resume='true' max='300'/>")
		conn.Break()
		synctest.Wait()

		// Whose session it is, is not all: the person cannot take over that of a program.
		own2, _ := s.connect("romeo")
		s.authenticate(own2, "romeo")
		own2.Send("<resume xmlns='urn:xmpp:sm:3' previd='" + away.Vars["$id"] + "' h='0'/>")
		own2.Want("no session", "<failed xmlns='urn:xmpp:sm:3'/>")

		late, _ := s.borrower("romeo")
		good = false
		s.server.EndLoans("another", jid.JID{})
		s.server.EndLoans("pocket", romeoAccount)
		p.WantError("the end", "not-authorized")
		synctest.Wait()
		late.Send(bindRequest("b", "<resource>late</resource>"))
		late.Want("no resource", "<iq type='error' id='b'><error type='cancel'><not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")
		if n := s.router.bound(); n != 2 {
			t.Errorf("%d sessions are left, not that of romeo and that of juliet's program", n)
		}
		if n := len(s.server.lent.clients); n != 1 {
			t.Errorf("%d programs are remembered", n)
		}
		s.server.EndLoans("pocket", jid.JID{})
		other.WantError("the end", "not-authorized")
		own.Send(message("romeo@capulet.lit/orchard", 1))
		own.Want("its own words", "<message id='1'/>")
	})
}

// A fading is tokens that are good until they are taken back.
type fading struct {
	sasl.Tokens
	good *bool
}

func (f fading) Holder(ctx context.Context, mechanism, username, token string) (sasl.Holder, sasl.TokenFault, error) {
	if !*f.good {
		return sasl.Holder{}, sasl.TokenInvalid, nil
	}
	return f.Tokens.Holder(ctx, mechanism, username, token)
}

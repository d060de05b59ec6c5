package component

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, Limits{})
		p, _ := s.connect(1 << 20)
		p.Send("<?xml version='1.0'?>" + header)
		h := p.Next("a header")
		if !strings.Contains(h, " from='"+domain+"'") || !strings.Contains(h, " xmlns='jabber:component:accept'") || strings.Contains(h, "version='1.0' ") {
			t.Errorf("the header is %s", h)
		}
		if states := s.server.States(); len(states) != 2 || !states[1].Since.IsZero() {
			t.Errorf("%+v before the handshake", states)
		}
		p.Send(" <handshake>\n" + hash(h, secret) + "\n</handshake>")
		p.Want("XEP-0114 #proto: an empty handshake", "<handshake/>")
		synctest.Wait()
		if states := s.server.States(); len(states) != 2 || states[1].Domain != domain || states[1].Since.IsZero() || states[1].Addr == "" {
			t.Errorf("%+v after the handshake", states)
		}
		p.Send("</stream:stream>")
		p.WantClosed("RFC 6120 §4.4")
		synctest.Wait()
		if states := s.server.States(); !states[1].Since.IsZero() {
			t.Errorf("%+v after the end", states)
		}
		if s.throttle.succeeded != 1 || s.throttle.failed != 0 {
			t.Errorf("throttle: %+v", s.throttle)
		}
	})
}

// What a stranger may do wrong, and what is said to it.
var badStrangers = []struct{ name, send, handshake, want string }{
	{"XEP-0114 #proto other namespace", strings.Replace(header, "component:accept", "client", 1), "", "invalid-namespace"},
	{"XEP-0114 #proto connect", strings.Replace(header, "accept", "connect", 1), "", "invalid-namespace"},
	{"XEP-0114 #proto unknown domain", strings.Replace(header, domain, "capulet.lit", 1), "", "host-unknown"},
	{"XEP-0114 #proto not a domain", strings.Replace(header, domain, "nurse@capulet.lit", 1), "", "host-unknown"},
	{"XEP-0114 #proto no domain", strings.Replace(header, " to='"+domain+"'", "", 1), "", "host-unknown"},
	{"XEP-0114 #proto no address", strings.Replace(header, domain, "@@", 1), "", "host-unknown"},
	{"XEP-0114 #proto wrong secret", header, "<handshake>*wrong*</handshake>", "not-authorized"},
	{"XEP-0114 #proto another's secret", header, "<handshake>*banished*</handshake>", "not-authorized"},
	{"XEP-0114 #proto upper case", header, "<handshake>AAEE83C26AEEAFCBABEABFCBCD50DF997E0A2A1E</handshake>", "not-authorized"},
	{"XEP-0114 #proto empty", header, "<handshake/>", "not-authorized"},
	{"RFC 6120 §4.9.3.12 stanza", header, "<message from='" + domain + "' to='juliet@capulet.lit'/>", "not-authorized"},
	{"RFC 6120 §4.9.3.12 login", header, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'/>", "not-authorized"},
	{"RFC 6120 §4.9.3.12 handshake elsewhere", header, "<handshake xmlns='jabber:client'/>", "not-authorized"},
	{"RFC 6120 §4.9.3.13 text first", "GET / HTTP/1.1\r\n", "", "not-well-formed"},
	{"RFC 6120 §4.9.3.18 dtd", "<!DOCTYPE stream [<!ENTITY x 'y'>]>", "", "restricted-xml"},
	{"RFC 6120 §4.9.3.22 utf-16", "\xff\xfe<\x00s\x00", "", "unsupported-encoding"},
	{"RFC 6120 §4.9.3.14 long header", header[:len(header)-1] + " x='" + strings.Repeat("x", 5000), "", "policy-violation"},
	{"RFC 6120 §4.9.3.14 long handshake", header, "<handshake>" + strings.Repeat("a", 5000), "policy-violation"},
}

func TestBadStrangers(t *testing.T) {
	for _, tt := range badStrangers {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, Limits{})
				p, _ := s.connect(1 << 20)
				p.Send(tt.send)
				if tt.handshake != "" {
					h := p.Next("a header")
					for _, word := range []string{"wrong", "banished"} {
						tt.handshake = strings.ReplaceAll(tt.handshake, "*"+word+"*", hash(h, word))
					}
					p.Send(tt.handshake)
				}
				p.WantError(tt.name, tt.want)
			})
		})
	}
}

// A domain that is guessed at is closed to the guesser for a while.
func TestThrottle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, Limits{})
		for range 3 {
			p, _ := s.connect(1 << 20)
			p.Send(header)
			p.Next("a header")
			p.Send("<handshake>guess</handshake>")
			p.WantError("the guess is wrong", "not-authorized")
		}
		p, _ := s.connect(1 << 20)
		p.Send(header)
		p.Send("<handshake>" + hash(p.Next("a header"), secret) + "</handshake>")
		p.WantError("too many guesses", "policy-violation")
	})
}

// Who is slow with the handshake is cut off, and makes room for others.
func TestHandshakeTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, Limits{Strangers: 2})
		begin := time.Now()
		silent, _ := s.connect(1 << 20)
		slow, _ := s.connect(1 << 20)
		slow.Send(header)
		slow.Next("a header")
		synctest.Wait()
		third, _ := s.connect(1 << 20)
		third.WantEnd("two strangers are enough")
		silent.Skip = func(string) bool { return true }
		time.Sleep(29 * time.Second)
		slow.WantIdle("there is time")
		slow.Send("\n")
		slow.WantEnd("the time is over")
		silent.WantEnd("the time is over")
		if d := time.Since(begin); d > 31*time.Second {
			t.Errorf("after %v", d)
		}
		synctest.Wait()
		s.login()
	})
}

func TestConfig(t *testing.T) {
	for _, cfg := range []Config{
		{},
		{Router: new(fakeRouter), Secrets: map[string]string{"Nurse.capulet.lit": "a"}},
		{Router: new(fakeRouter), Secrets: map[string]string{"nurse@capulet.lit": "a"}},
		{Router: new(fakeRouter), Secrets: map[string]string{"": "a"}},
		{Router: new(fakeRouter), Secrets: map[string]string{domain: ""}},
	} {
		if _, err := New(cfg); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
}

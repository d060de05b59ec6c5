package c2s

import (
	"encoding/base64"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/stanza"
)

const header = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='capulet.lit'>"

func plain(user, password string) string {
	return base64.StdEncoding.EncodeToString([]byte("\x00" + user + "\x00" + password))
}

func auth(mechanism, text string) string {
	return "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='" + mechanism + "'>" + text + "</auth>"
}

func bindRequest(id, resource string) string {
	return "<iq type='set' id='" + id + "'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>" + resource + "</bind></iq>"
}

func TestLoginAndChat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		romeo, _ := s.login("romeo", "orchard")
		juliet, _ := s.login("juliet", "balcony")
		romeo.Send("<message to='juliet@capulet.lit/balcony' type='chat' id='1'><body>hi &amp; ho</body></message>")
		juliet.Want("romeo's words", "<message from='romeo@capulet.lit/orchard' to='juliet@capulet.lit/balcony' type='chat' id='1'><body>hi &amp; ho</body></message>")
		juliet.Send("</stream:stream>")
		juliet.WantClosed("the stream to be closed")
		romeo.WantIdle("no news")
		if n := s.router.bound(); n != 1 {
			t.Errorf("%d sessions are bound, want 1", n)
		}
	})
}

// A client that sends all it has to say at once, however the network cuts it.
func TestPipelinedLogin(t *testing.T) {
	all := header + auth("PLAIN", plain("romeo", "romeopass")) +
		header + "\n " + bindRequest("b", "<resource>orchard</resource>") +
		"<iq type='set' id='s'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>" +
		"<message to='romeo@capulet.lit' id='1'><body>a</body></message> " +
		"<message to='romeo@capulet.lit' id='2'><body>b</body></message></stream:stream>"
	for cut := range len(all) {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t, nil)
			p, _ := s.connect("romeo")
			p.Send(all[:cut])
			synctest.Wait()
			p.Send(all[cut:])
			p.WantHeader("mechanisms", "")
			p.Want("to be let in", "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
			p.WantHeader("bind", "")
			p.Want("its resource", "<iq type='result' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>romeo@capulet.lit/orchard</jid></bind></iq>")
			p.Want("its session", "<iq type='result' id='s'/>")
			p.Want("the first message", "<message id='1'/>")
			p.Want("the second message", "<message id='2'/>")
			p.WantClosed("the end")
		})
	}
}

func TestHeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		p, _ := s.connect("juliet")
		p.Send("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='2.7' to='CAPULET.lit' from='juliet@capulet.lit/x&apos; evil=&apos;1'>")
		got, _ := p.WantHeader("an answer in version 1.0", "")
		for _, want := range []string{"version='1.0'", "from='capulet.lit'", "to='juliet@capulet.lit'", "xml:lang='en'"} {
			if !strings.Contains(got, want) {
				t.Errorf("header %s has no %s", got, want)
			}
		}
		if strings.Contains(got, "evil") {
			t.Errorf("header %s has what the client put into its own", got)
		}
	})
}

func TestSASL(t *testing.T) {
	const ns = " xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
	good := plain("romeo", "romeopass")
	for _, tt := range []struct{ name, send, want string }{
		{"RFC 6120 §6.5.1", auth("PLAIN", "") + "<abort" + ns + "/>", "aborted"},
		{"RFC 6120 §6.5.5 not base64", auth("PLAIN", "!!!"), "incorrect-encoding"},
		{"RFC 6120 §6.5.5 line end", auth("PLAIN", good[:8]+"\n"+good[8:]), "incorrect-encoding"},
		{"RFC 6120 §6.5.6", auth("PLAIN", base64.StdEncoding.EncodeToString([]byte("juliet\x00romeo\x00romeopass"))), "invalid-authzid"},
		{"RFC 6120 §6.5.7", auth("GSSAPI", good), "invalid-mechanism"},
		{"RFC 6120 §6.5.7 none", "<auth" + ns + ">" + good + "</auth>", "invalid-mechanism"},
		{"RFC 6120 §6.5.8 empty message", auth("PLAIN", "="), "malformed-request"},
		{"RFC 6120 §6.5.8 no zeros", auth("PLAIN", "cm9tZW8="), "malformed-request"},
		{"RFC 6120 §6.5.8 response first", "<response" + ns + "/>", ""},
		{"RFC 6120 §6.5.10", auth("PLAIN", plain("romeo", "wrong")), "not-authorized"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, nil)
				p, _ := s.connect("romeo")
				p.Header("capulet.lit")
				p.WantHeader("mechanisms", "")
				p.Send(tt.send)
				if tt.want == "" {
					p.Want("any failure", "<failure"+ns+"/>")
				} else {
					if strings.Contains(tt.send, "abort") {
						p.Want("an empty challenge", "<challenge"+ns+"/>")
					}
					p.Want("a failure", "<failure"+ns+"><"+tt.want+"/></failure>")
				}
				p.Send(auth("PLAIN", "") + "<response" + ns + ">" + good + "</response>")
				p.Want("an empty challenge", "<challenge"+ns+"/>")
				p.Want("to be let in at the second try", "<success"+ns+"/>")
			})
		})
	}
}

// fakeThrottle lets so many tries pass.
type fakeThrottle struct {
	left int
	late bool // what was tried has no outcome: others have failed meanwhile
	said []string
}

func (f *fakeThrottle) Allow(_ netip.Addr, account string) time.Duration {
	f.said = append(f.said, "allow "+account)
	if f.left--; f.left < 0 {
		return time.Second
	}
	return 0
}

func (f *fakeThrottle) Failed(_ netip.Addr, account string) time.Duration {
	f.said = append(f.said, "failed "+account)
	return f.wait()
}

func (f *fakeThrottle) Succeeded(_ netip.Addr, account string) time.Duration {
	f.said = append(f.said, "succeeded "+account)
	return f.wait()
}

func (f *fakeThrottle) wait() time.Duration {
	if f.late {
		return time.Second
	}
	return 0
}

func TestThrottle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		throttle := &fakeThrottle{left: 1}
		s := newStage(t, func(c *Config) { c.Throttle = throttle })
		p, _ := s.connect("mallory")
		p.Header("capulet.lit")
		p.WantHeader("mechanisms", "")
		for i, want := range []string{"not-authorized", "temporary-auth-failure", "temporary-auth-failure", "temporary-auth-failure", "temporary-auth-failure"} {
			p.Send(auth("PLAIN", plain("romeo", fmt.Sprint("guess", i))))
			p.Want("a refusal", "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><"+want+"/></failure>")
		}
		p.WantError("an end of the guessing", "policy-violation") // RFC 6120 §6.4.5
		if got, want := strings.Join(throttle.said[:3], ", "), "allow romeo@capulet.lit, failed romeo@capulet.lit, allow romeo@capulet.lit"; got != want {
			t.Errorf("throttle heard %q, want %q", got, want)
		}
	})
}

// Of guesses that are made at the same time those beyond the limit look alike, right or wrong.
func TestThrottleBehindOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, func(c *Config) { c.Throttle = &fakeThrottle{left: 9, late: true} })
		p, _ := s.connect("mallory")
		p.Header("capulet.lit")
		p.WantHeader("mechanisms", "")
		for _, password := range []string{"a guess", "romeopass"} {
			p.Send(auth("PLAIN", plain("romeo", password)))
			p.Want("the same", "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><temporary-auth-failure/></failure>")
		}
	})
}

func TestBind(t *testing.T) {
	for _, tt := range []struct {
		name, send, want string
		refuse           *stanza.Error
	}{
		{"RFC 6120 §7.7.1", bindRequest("b", "<resource>orchard</resource>"), "<iq type='result' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>romeo@capulet.lit/orchard</jid></bind></iq>", nil},
		{"RFC 6120 §7.6.1", bindRequest("b", ""), "<iq type='result' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>*</jid></bind></iq>", nil},
		{"RFC 7622 §3.4 a resource is prepared", bindRequest("b", "<resource>&#xFF21; &lt;&apos;</resource>"), "<iq type='result' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>romeo@capulet.lit/\uFF21 &lt;'</jid></bind></iq>", nil},
		{"RFC 6120 §7.7.2.1", bindRequest("b", "<resource>"+strings.Repeat("x", 1024)+"</resource>"), "<iq type='error' id='b'><error type='modify'><bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>", nil},
		{"RFC 6120 §7.6.2.1", bindRequest("b", ""), "<iq type='error' id='b'><error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>", stanza.ResourceConstraint.Err("")},
		{"a get", "<iq type='get' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", "<iq type='error' id='b'><error><bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>", nil},
		{"addressed to the host", "<iq type='set' id='b' to='capulet.lit'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", "<iq type='result' id='b'/>", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, nil)
				p, _ := s.connect("romeo")
				s.authenticate(p, "romeo")
				s.router.refuse = tt.refuse
				p.Send(tt.send)
				got := p.Want("an answer", tt.want)
				if !strings.Contains(got, "type='error'") {
					p.Send(bindRequest("again", ""))
					p.Want("no second resource", "<iq type='error' id='again'><error><not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")
					return
				}
				p.Send(bindRequest("again", "<resource>orchard</resource>"))
				p.Want("a second try", "<iq type='result' id='again'/>")
			})
		})
	}
}

func TestConflict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		first, _ := s.login("romeo", "orchard")
		second, _ := s.login("romeo", "orchard")
		first.WantError("to make way", "conflict") // RFC 6120 §7.7.2.2
		second.Send("<message to='romeo@capulet.lit/orchard' id='1'><body>still here</body></message>")
		second.Want("its own words", "<message id='1'/>")
	})
}

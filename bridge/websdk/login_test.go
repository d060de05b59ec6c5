package websdk

import (
	"net"
	"testing"
)

// A stream to a name that is no host of ours: the log-in says which host is meant (wire 3.3).
func TestLogin(t *testing.T) {
	bubble(t, "EASEMOB.com", func(s *stage) {
		s.sees(header+" id='*' from='easemob.com' version='1.0' xml:lang='en'><stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>", "the greeting")
		s.reads("", "nobody knows the host yet")

		s.client(plain("Verona#Stage_juliet@easemob.com", "Verona#Stage_juliet", "$t$token"))
		s.reads(header+" to='capulet.lit' version='1.0'>", "the host is known")
		s.serverSays(header + " id='1' from='capulet.lit' version='1.0'>" + offer)
		s.sees("", "it was greeted")
		s.reads(plain("", "juliet", "$t$token"), "the log-in of an ordinary client")

		s.serverSays(success)
		s.sees(success, "it is logged in")
		s.client("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='easemob.com' version='1.0'>")
		s.reads(header+" to='capulet.lit' version='1.0'>", "the stream anew")
		s.serverSays(header + " id='2' from='capulet.lit' version='1.0'>" + features)
		s.sees(header+" id='2' from='easemob.com' version='1.0'><stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><session xmlns='urn:ietf:params:xml:ns:xmpp-session'><optional/></session></stream:features>", "what it can use")

		s.client("<iq type='set' id='_bind_auth_2' xmlns='jabber:client'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>webim</resource><os>web</os><device_uuid>1</device_uuid></bind></iq>")
		s.reads("<iq type='set' id='_bind_auth_2'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>webim</resource></bind></iq>", "later SDKs put more into it")
		s.serverSays("<iq type='result' id='_bind_auth_2'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>" + balcony + "</jid></bind></iq>")
		s.sees("<iq type='result' id='_bind_auth_2'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>Verona#Stage_juliet@easemob.com/webim</jid></bind></iq>", "its address, as it spells it")
		s.reads("<enable xmlns='urn:xmpp:sm:3'/><iq type='get' id='sdk:1'><query xmlns='jabber:iq:roster'/></iq><iq type='get' id='sdk:2'><blocklist xmlns='urn:xmpp:blocking'/></iq>", "the adapter turns on what it needs")
		s.serverSays("<enabled xmlns='urn:xmpp:sm:3'/><iq type='result' id='sdk:1' to='" + balcony + "'><query xmlns='jabber:iq:roster'/></iq><iq type='result' id='sdk:2' to='" + balcony + "'><blocklist xmlns='urn:xmpp:blocking'/></iq>")
		s.client("<iq type='result' to='easemob.com' from='" + juliet + "' id='v'><query xmlns='jabber:iq:version'><name>easemob</name></query></iq>")
		s.sees("", "the adapter's own affairs")
		s.reads("", "nobody has asked for its version (step 6)")
	})
}

// Who logs in to what is not there, or is not his, is told so, and may try again.
func TestLoginRefused(t *testing.T) {
	const greeting = header + " id='*' from='easemob.com' version='1.0' xml:lang='en'><stream:features>*</stream:features>"
	for name, tt := range map[string]struct{ auth, condition string }{
		"no such app":         {plain("", "verona#nowhere_juliet", "$t$x"), "not-authorized"},
		"app of another host": {plain("", "verona#other_juliet", "$t$x"), "not-authorized"},
		"app is disabled":     {plain("", "verona#gone_juliet", "$t$x"), "not-authorized"},
		"no app":              {plain("", "juliet", "$t$x"), "not-authorized"},
		"no user":             {plain("", "verona#stage_", "$t$x"), "not-authorized"},
		"somebody else":       {plain("verona#stage_romeo@easemob.com", "verona#stage_juliet", "$t$x"), "invalid-authzid"},
		"another domain":      {plain("verona#stage_juliet@example.org", "verona#stage_juliet", "$t$x"), "invalid-authzid"},
		"not base64":          {"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>*</auth>", "malformed-request"},
		"two fields":          {"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>YQBi</auth>", "malformed-request"},
		"another mechanism":   {"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'>YQ==</auth>", "invalid-mechanism"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, "easemob.com", func(s *stage) {
				s.sees(greeting, "the greeting")
				s.client(tt.auth)
				s.sees("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><"+tt.condition+"/></failure>", "refused")
				s.reads("", "nothing the server need know")
				s.client(plain("", "verona#stage_juliet", "$t$token"))
				s.reads(header+" to='capulet.lit' version='1.0'>", "it may try again")
			})
		})
	}
}

// Who guesses at apps is heard five times.
func TestGuessing(t *testing.T) {
	bubble(t, "easemob.com", func(s *stage) {
		for range maxKeys {
			s.client(plain("", "verona#nowhere_juliet", "$t$x"))
		}
		if _, err := s.server.Read(make([]byte, 1)); err == nil || err.Error() != "stream error: policy-violation: too many failed logins" {
			t.Error(err)
		}
	})
}

// On a stream to a host of ours nobody is an SDK until he logs in as one.
func TestHostOfOurs(t *testing.T) {
	const opening = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='capulet.lit' version='1.0'>"
	start := func(s *stage) {
		s.Helper()
		s.sees("", "the server greets")
		s.reads(opening, "untouched")
		s.serverSays(header + " id='1' from='capulet.lit' version='1.0'>" + offer)
		s.sees(header+" id='1' from='capulet.lit' version='1.0'><stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-256</mechanism><mechanism>PLAIN</mechanism></mechanisms><register xmlns='http://jabber.org/features/iq-register'/></stream:features>",
			"without what an SDK would choose in vain (step 3)")
	}
	t.Run("SDK", func(t *testing.T) {
		bubble(t, "capulet.lit", func(s *stage) {
			start(s)
			s.client(plain("verona#stage_juliet@capulet.lit", "verona#stage_juliet", "$t$token"))
			s.reads(plain("", "juliet", "$t$token"), "an SDK")
			s.serverSays("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>")
			s.sees("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>", "what the server says of the token")
		})
	})
	for name, auth := range map[string]string{
		"a password":          plain("", "juliet", "pencil"),
		"an app of elsewhere": plain("", "verona#other_juliet", "pencil"),
		"another mechanism":   "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-256'>biwsbj1qdWxpZXQ=</auth>",
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, "capulet.lit", func(s *stage) {
				start(s)
				s.client(auth + "<presence/>")
				s.reads(auth+"<presence/>", "as it came")
				const said = "<message from='nobody#x_y@easemob.com'><body>window.x=1</body></message> "
				s.serverSays(said)
				s.sees(said, "as it was written")
				s.client("<x/><y")
				s.reads("<x/><y", "bytes, not elements")
				if got := string(s.server.Undelivered()); got != "<presence/>" {
					t.Errorf("undelivered: %s", got)
				}
			})
		})
	}
}

// All other hosts have their streams as if there were no adapter.
func TestOtherHosts(t *testing.T) {
	bubble(t, "montague.lit", func(s *stage) {
		if s.server != Carrier(s.wire) {
			t.Errorf("the stream is served by %T", s.server)
		}
		s.reads("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='montague.lit' version='1.0'>", "all of it")
	})
}

// Who leaves before he has logged in is let go.
func TestLeftBeforeLogin(t *testing.T) {
	bubble(t, "easemob.com", func(s *stage) {
		s.client("</stream:stream>")
		s.sees("*</stream:stream>", "closed")
		if _, err := s.server.Read(make([]byte, 1)); err == nil {
			t.Error("the server is not told")
		}
	})
}

// Without TLS nobody is asked for a token that others could read (RFC 6120 §13.9.4).
func TestLoginInTheClear(t *testing.T) {
	bubble(t, "easemob.com", func(s *stage) {
		s.forget()
		s.wire.secure = false
		s.client(plain("", "verona#stage_juliet", "$t$token"))
		s.sees("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><encryption-required/></failure>", "refused")
		s.reads("", "nothing the server need know")
	})
	for name, tt := range map[string]struct {
		conn, plain bool
		features    string
	}{
		"a network":                {false, true, "<stream:features/>"},
		"this machine":             {true, true, "<stream:features><mechanisms *"},
		"this machine, but not so": {true, false, "<stream:features/>"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &Stream{Carrier: &near{newWire(), tt.conn}, adapter: New(Config{PlainLoopback: tt.plain}), names: names{domain: "easemob.com"}}
			if got := string(s.greeting()); !same(got, header+" *>"+tt.features) {
				t.Errorf("greeted with %s", got)
			}
		})
	}
}

// near is a Carrier without TLS, from this machine or another.
type near struct {
	*wire
	here bool
}

func (*near) Secure() bool { return false }

func (n *near) RemoteAddr() net.Addr {
	if n.here {
		return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}
	}
	return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)}
}

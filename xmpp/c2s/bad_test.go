package c2s

import (
	"strings"
	"testing"
	"testing/synctest"
)

// badStreams is what a client may do wrong, and what RFC 6120 §4.9.3 says to it.
// The state is where it stands: nothing sent yet, logged in but not bound, or bound.
var badStreams = []struct {
	name, state, send, want string
}{
	{"§4.8.1 stream namespace", "new", "<stream:stream xmlns='jabber:client' xmlns:stream='urn:wrong' version='1.0' to='capulet.lit'>", "invalid-namespace"},
	{"§4.8.2 content namespace", "new", "<stream:stream xmlns='urn:wrong' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='capulet.lit'>", "invalid-namespace"},
	{"§4.8.3 server namespace", "new", strings.Replace(header, "jabber:client", "jabber:server", 1), "invalid-namespace"},
	{"§4.9.3.1 other root", "new", "<stream:flow xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='capulet.lit'>", "bad-format"},
	{"§4.9.3.2 no prefix", "new", "<stream xmlns='http://etherx.jabber.org/streams' version='1.0' to='capulet.lit'>", "bad-namespace-prefix"},
	{"§4.9.3.2 undeclared prefix", "new", "<stream:stream xmlns='jabber:client' version='1.0' to='capulet.lit'>", "bad-namespace-prefix"},
	{"§4.9.3.6 unknown host", "new", strings.Replace(header, "capulet.lit", "verona.lit", 1), "host-unknown"},
	{"§4.9.3.6 no host", "new", strings.Replace(header, " to='capulet.lit'", "", 1), "host-unknown"},
	{"§4.9.3.6 an account", "new", strings.Replace(header, "capulet.lit", "romeo@capulet.lit", 1), "host-unknown"},
	{"§4.9.3.6 no address", "new", strings.Replace(header, "capulet.lit", "@@", 1), "host-unknown"},
	{"§4.9.3.12 message before login", "open", "<message to='juliet@capulet.lit'><body>hi</body></message>", "not-authorized"},
	{"§4.9.3.12 presence before login", "open", "<presence/>", "not-authorized"},
	{"§4.9.3.12 iq before login", "open", "<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>", "not-authorized"},
	{"§4.9.3.12 bind before login", "open", bindRequest("1", ""), "not-authorized"},
	{"§4.9.3.12 message before bind", "authenticated", "<message to='juliet@capulet.lit'><body>hi</body></message>", "not-authorized"},
	{"§4.9.3.12 iq before bind", "authenticated", "<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>", "not-authorized"},
	{"§4.9.3.13 text first", "new", "GET / HTTP/1.1\r\n", "not-well-formed"},
	{"§4.9.3.14 login again", "authenticated", auth("PLAIN", plain("romeo", "romeopass")), "policy-violation"},
	{"§4.9.3.20 a stopped host", "new", strings.Replace(header, "capulet.lit", "stopped.lit", 1), "system-shutdown"},
	{"§4.9.3.22 utf-16", "new", "\xff\xfe<\x00s\x00", "unsupported-encoding"},
	{"§4.9.3.22 latin-1", "new", "<?xml version='1.0' encoding='ISO-8859-1'?>" + header[len("<?xml version='1.0'?>"):], "unsupported-encoding"},
	{"§4.9.3.24 before login", "open", "<hello xmlns='urn:unknown'/>", "unsupported-stanza-type"},
	{"§4.9.3.25 no version", "new", strings.Replace(header, " version='1.0' to", " to", 1), "unsupported-version"},
	{"§4.9.3.25 old version", "new", strings.Replace(header, " version='1.0' to", " version='0.9' to", 1), "unsupported-version"},
	{"§4.9.3.25 no number", "new", strings.Replace(header, " version='1.0' to", " version='one' to", 1), "unsupported-version"},
	{"§11.1 dtd", "new", "<!DOCTYPE stream [<!ENTITY x 'y'>]>" + header, "restricted-xml"},
	{"oversize before login", "open", "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" + strings.Repeat("A", 20000) + "</auth>", "policy-violation"},

	{"§4.9.3.1 text between stanzas", "bound", "hello", "bad-format"},
	{"§4.9.3.9 wrong from", "bound", "<message from='juliet@capulet.lit' to='juliet@capulet.lit'/>", "invalid-from"},
	{"§4.9.3.9 wrong resource", "bound", "<message from='romeo@capulet.lit/other' to='juliet@capulet.lit'/>", "invalid-from"},
	{"§4.9.3.10 server stanza", "bound", "<message xmlns='jabber:server' to='juliet@capulet.lit'/>", "invalid-namespace"},
	{"§4.9.3.10 component stanza", "bound", "<message xmlns='jabber:component:accept' to='juliet@capulet.lit'/>", "invalid-namespace"},
	{"§4.9.3.10 unknown namespace", "bound", "<iq xmlns='urn:wrong' type='get' id='1'/>", "invalid-namespace"},
	{"§4.9.3.13 mismatch", "bound", "<message><body></message></body>", "not-well-formed"},
	{"§4.9.3.18 entity", "bound", "<message><body>&nbsp;</body></message>", "restricted-xml"},
	{"§4.9.3.13 attribute twice", "bound", "<message to='a@b' to='c@d'/>", "not-well-formed"},
	{"§4.9.3.13 no quotes", "bound", "<message to=juliet/>", "not-well-formed"},
	{"§4.9.3.13 less-than in value", "bound", "<message to='<'/>", "not-well-formed"},
	{"§4.9.3.13 cdata end in text", "bound", "<message><body>]]></body></message>", "not-well-formed"},
	{"§4.9.3.13 control character", "bound", "<message><body>\x01</body></message>", "not-well-formed"},
	{"§4.9.3.13 reference to nothing", "bound", "<message><body>&#0;</body></message>", "not-well-formed"},
	{"§4.9.3.13 undeclared prefix", "bound", "<message><x:body/></message>", "not-well-formed"},
	{"§4.9.3.13 prefix undeclared again", "bound", "<message xmlns:x='urn:x'><a xmlns:x=''/></message>", "not-well-formed"},
	{"§4.9.3.13 the same name twice", "bound", "<message xmlns:a='urn:x' xmlns:b='urn:x' a:c='1' b:c='2'/>", "not-well-formed"},
	{"§4.9.3.13 xml rebound", "bound", "<message xmlns:xml='urn:x'/>", "not-well-formed"},
	{"§4.9.3.13 wrong end tag", "bound", "</stream:flow>", "not-well-formed"},
	{"§4.9.3.13 colon first", "bound", "<message><:a/></message>", "not-well-formed"},
	{"§4.9.3.13 digit first", "bound", "<message><1a/></message>", "not-well-formed"},
	{"§11.6 bad utf-8", "bound", "<message><body>\xc3\x28</body></message>", "unsupported-encoding"},
	{"§11.6 surrogate", "bound", "<message><body>\xed\xa0\x80</body></message>", "unsupported-encoding"},
	{"§11.6 too long a form", "bound", "<message><body>\xc0\xaf</body></message>", "unsupported-encoding"},
	{"§4.9.3.18 comment", "bound", "<message><!-- psst --></message>", "restricted-xml"},
	{"§4.9.3.18 comment between stanzas", "bound", "<!-- psst -->", "restricted-xml"},
	{"§4.9.3.18 instruction", "bound", "<message><?php evil() ?></message>", "restricted-xml"},
	{"§4.9.3.18 dtd", "bound", "<!DOCTYPE x []>", "restricted-xml"},
	{"§4.9.3.24 unknown", "bound", "<hello xmlns='urn:unknown'/>", "unsupported-stanza-type"},
	{"§4.9.3.24 unknown in the content namespace", "bound", "<hello/>", "unsupported-stanza-type"},
	{"§4.9.3.24 login after login", "bound", auth("PLAIN", plain("romeo", "romeopass")), "unsupported-stanza-type"},
	{"too deep", "bound", "<message>" + strings.Repeat("<a>", 70), "policy-violation"},
	{"too many attributes", "bound", "<message" + many(" a%d='1'", 300) + "/>", "policy-violation"},
	{"oversize", "bound", "<message><body>" + strings.Repeat("x", 300_000) + "</body></message>", "policy-violation"},
	{"oversize attribute", "bound", "<message id='" + strings.Repeat("x", 300_000), "policy-violation"},
}

func many(format string, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(format, "%d", string(rune('a'+i%26))+strings.Repeat("x", i/26)))
	}
	return b.String()
}

func TestBadStreams(t *testing.T) {
	for _, tt := range badStreams {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, nil)
				juliet, _ := s.login("juliet", "balcony")
				p, _ := s.connect("romeo")
				switch tt.state {
				case "open":
					p.Header("capulet.lit")
					p.WantHeader("mechanisms", "")
				case "authenticated":
					s.authenticate(p, "romeo")
				case "bound":
					p.Close()
					p, _ = s.login("romeo", "orchard")
				}
				p.Send(tt.send)
				p.WantError("what RFC 6120 says", tt.want)
				juliet.WantIdle("to be left in peace")
				juliet.Send("<message to='juliet@capulet.lit' id='1'/>")
				juliet.Want("her own stream to work", "<message id='1'/>")
			})
		})
	}
}

// STARTTLS that is not offered, or not meant, ends the stream (RFC 6120 §5.4.2.2).
func TestStartTLSRefused(t *testing.T) {
	change, _ := withTLS(t)
	for _, tt := range []struct {
		name, send string
		change     func(*Config)
	}{
		{"no tls here", starttls, nil},
		{"not starttls", "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", change},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, tt.change)
				p, _ := s.connect("romeo")
				p.Header("capulet.lit")
				p.WantHeader("features", "")
				p.Send(tt.send)
				p.Want("a refusal", "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
				p.WantClosed("the end")
			})
		})
	}
}

// Stanzas that cannot be served are answered, and the stream goes on (RFC 6120 §8.3).
func TestBadStanzas(t *testing.T) {
	for _, tt := range []struct{ name, send, want string }{
		{"RFC 6120 §8.3.3.8", "<message to='@@' id='1'/>", "<message type='error' id='1' to='romeo@capulet.lit/orchard'><error type='modify'><jid-malformed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"},
		{"RFC 6120 §8.2.3 type", "<iq type='put' id='1'><x xmlns='urn:x'/></iq>", "<iq type='error' id='1'><error type='modify'><bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"},
		{"RFC 6120 §8.2.3 id", "<iq type='get'><x xmlns='urn:x'/></iq>", "<iq type='error'><error type='modify'><bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"},
		{"RFC 6120 §8.2.3 no child", "<iq type='get' id='1'/>", "<iq type='error' id='1'><error type='modify'><bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"},
		{"RFC 6120 §8.2.3 two children", "<iq type='set' id='1'><a xmlns='urn:x'/><b xmlns='urn:x'/></iq>", "<iq type='error' id='1'><error type='modify'><bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"},
		{"RFC 6121 §4.7.1", "<presence type='invisible' id='1'/>", "<presence type='error' id='1'><error type='modify'><bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, nil)
				p, _ := s.login("romeo", "orchard")
				p.Send(tt.send)
				p.Want("an answer", tt.want)
				p.Send("<message to='@@' type='error' id='2'/>")
				p.WantIdle("no error for an error") // RFC 6120 §8.3.1
				p.Send("<message to='romeo@capulet.lit' id='3'/>")
				p.Want("the stream to go on", "<message id='3'/>")
			})
		})
	}
}

package badinput

import (
	"strings"
	"testing"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

const (
	gateway = "gateway." + domain
	secret  = "one fire burns out another's burning"
)

// A badComponent is what a component sends, and the stream error for it.
type badComponent struct {
	name  string
	known bool // its handshake is done
	send  string
	want  string
}

// badComponents are what no component should send: as a stranger, and after the
// handshake.
func badComponents() []badComponent {
	header := wire.ComponentHeader(gateway)
	message := func(from, to string) string {
		return "<message" + from + to + " type='chat' id='1'><body>O serpent heart!</body></message>"
	}
	from, to := " from='a@"+gateway+"'", " to='juliet@"+domain+"/balcony'"
	return []badComponent{
		{"XEP-0114 #proto: the stream of a client", false, wire.Header(domain), "invalid-namespace"},
		{"XEP-0114 #proto: the stream of a server", false, strings.Replace(header, wire.NSComponent, "jabber:server", 1), "invalid-namespace"},
		{"XEP-0114 #proto: the other method", false, strings.Replace(header, "accept", "connect", 1), "invalid-namespace"},
		{"XEP-0114 #proto: a host", false, wire.ComponentHeader(domain), "host-unknown"},
		{"XEP-0114 #proto: nobody's domain", false, wire.ComponentHeader("verona.lit"), "host-unknown"},
		{"XEP-0114 #proto: an account", false, wire.ComponentHeader("romeo@" + gateway), "host-unknown"},
		{"XEP-0114 #proto: no domain", false, wire.ComponentHeader(""), "host-unknown"},
		{"XEP-0114 #proto: a wrong handshake", false, header + "<handshake>aaee83c26aeeafcbabeabfcbcd50df997e0a2a1e</handshake>", "not-authorized"},
		{"XEP-0114 #proto: an empty handshake", false, header + "<handshake/>", "not-authorized"},
		{"RFC 6120 §4.9.3.12: no handshake", false, header + message(from, to), "not-authorized"},
		{"RFC 6120 §4.9.3.13: HTTP", false, "GET / HTTP/1.1\r\nHost: " + domain + "\r\n\r\n", "not-well-formed"},
		{"RFC 6120 §4.9.3.14: a header without an end", false, header[:len(header)-1] + " a='" + strings.Repeat("a", 10_000), "policy-violation"},
		{"RFC 6120 §4.9.3.14: a handshake without an end", false, header + "<handshake>" + strings.Repeat("a", 10_000), "policy-violation"},
		{"RFC 6120 §4.9.3.18: a DTD", false, "<!DOCTYPE a [<!ENTITY b 'c'>]>" + header, "restricted-xml"},

		{"XEP-0114 #proto: no sender", true, message("", to), "improper-addressing"},
		{"XEP-0114 #proto: no recipient", true, message(from, ""), "improper-addressing"},
		{"RFC 6120 §4.9.3.7: a sender that is no address", true, message(" from='@'", to), "improper-addressing"},
		{"XEP-0114 #proto: a person of the host", true, message(" from='nurse@"+domain+"/chamber'", to), "invalid-from"},
		{"XEP-0114 #proto: the host itself", true, message(" from='"+domain+"'", to), "invalid-from"},
		{"XEP-0114 #proto: a domain below its own", true, message(" from='a.b."+gateway+"'", to), "invalid-from"},
		{"XEP-0114 #proto: another domain that ends alike", true, message(" from='x"+gateway+"'", to), "invalid-from"},
		{"RFC 6120 §4.9.3.10: the stanza of a client", true, strings.Replace(message(from, to), "<message", "<message xmlns='jabber:client'", 1), "invalid-namespace"},
		{"RFC 6120 §4.9.3.13: broken XML", true, "<message" + from + to + "><body></message>", "not-well-formed"},
		{"RFC 6120 §4.9.3.14: too large", true, "<message" + from + to + "><body>" + strings.Repeat("a", 300_000) + "</body></message>", "policy-violation"},
		{"RFC 6120 §4.9.3.14: too deep", true, "<message" + from + to + ">" + strings.Repeat("<a>", 1000), "policy-violation"},
		{"RFC 6120 §4.9.3.18: a comment", true, "<!-- psst -->", "restricted-xml"},
		{"RFC 6120 §4.9.3.22: no UTF-8", true, "<message" + from + to + "><body>\xff</body></message>", "unsupported-encoding"},
		{"RFC 6120 §4.9.3.24: a second handshake", true, "<handshake/>", "unsupported-stanza-type"},
		{"RFC 6120 §4.9.3.24: stream management", true, "<enable xmlns='urn:xmpp:sm:3'/>", "unsupported-stanza-type"},
	}
}

// Components that misbehave: each gets the stream error for it and its stream ends;
// the component can come back, and the others notice nothing.
func TestComponents(t *testing.T) {
	s := process.New(t, domain, settings...)
	s.AddComponents(t, gateway+"="+secret)
	s.AddUsers(t, "juliet", "nurse")
	s.Start(t)
	others := newBystanders(t, s)
	for _, b := range badComponents() {
		t.Run(b.name, func(t *testing.T) { b.run(t, s, others) })
	}
	c, err := wire.Component(s.ComponentAddr, gateway, secret)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if out := s.Command(t, "status"); !strings.Contains(out, gateway+" connected from 127.0.0.1:") || strings.Contains(out, secret) {
		t.Errorf("status does not show the component:\n%s", out)
	}
	others.leave()
	stopped := make(chan struct{})
	go func() { defer close(stopped); s.Stop(t) }() // ends by itself
	c.Want(t, "RFC 6120 §4.9.3.20", "<stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>")
	c.WantEnd(t, "the server ends the stream in order")
	<-stopped
}

func (b *badComponent) run(t *testing.T, s *process.Server, others *bystanders) {
	dial := func() (*wire.Conn, error) { return wire.Component(s.ComponentAddr, gateway, secret) }
	if !b.known {
		dial = func() (*wire.Conn, error) { return wire.Dial(s.ComponentAddr) }
	}
	c, err := dial()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	others.chat(t)
	_ = c.Send(b.send) // the server may have heard enough
	if !b.known {
		c.Want(t, "XEP-0114 #proto: an opening tag comes before the error", "<stream:stream id='*'>")
	}
	c.Want(t, "the error", "<stream:error><"+b.want+" xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>")
	c.WantEnd(t, "RFC 6120 §4.9.1.1: the stream is closed after an error")
	others.chat(t)
}

package component

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/stanza"
	"causeway/xmpp/xmpptest"
)

func TestBothWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, Limits{})
		p, _ := s.login()
		p.Send("\n<message from='anybody@" + domain + "/here' to='juliet@capulet.lit' type='chat'><body>a</body></message> ")
		p.Send("<presence from='" + domain + "' to='juliet@capulet.lit'/>")
		want := "<message from='anybody@" + domain + "/here' to='juliet@capulet.lit' type='chat'><body>a</body></message>\n" +
			"<presence from='" + domain + "' to='juliet@capulet.lit'/>"
		if got := s.router.took(); got != want {
			t.Errorf("routed: %s", got)
		}
		s.mustSend("<message from='juliet@capulet.lit/balcony' to='anybody@" + domain + "'><body>b</body></message>")
		s.mustSend("<iq type='get' id='1' from='juliet@capulet.lit/balcony' to='" + domain + "'><query xmlns='urn:x'/></iq>")
		if got, want := p.Next("the message"), "<message from='juliet@capulet.lit/balcony' to='anybody@"+domain+"'><body>b</body></message>"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		p.Want("the request", "<iq type='get' id='1' from='juliet@capulet.lit/balcony' to='"+domain+"'><query xmlns='urn:x'/></iq>")
		time.Sleep(24 * time.Hour)
		p.WantIdle("silence is no fault")
		p.Send("<iq type='result' id='1' from='" + domain + "' to='juliet@capulet.lit/balcony'/>")
		if got := s.router.took(); !strings.HasPrefix(got, "<iq from=") {
			t.Errorf("routed: %s", got)
		}
	})
}

// What belongs to a stanza is in the content namespace of the stream it is on,
// however it says so.
func TestContentNamespace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, Limits{})
		p, _ := s.login()
		for _, sent := range []string{
			"<message xmlns='jabber:component:accept' from='a@%s' to='juliet@capulet.lit'><body>a</body></message>",
			"<message from='a@%s' to='juliet@capulet.lit'><body xmlns='jabber:component:accept'>a</body></message>",
			"<c:message xmlns:c='jabber:component:accept' from='a@%s' to='juliet@capulet.lit'><c:body>a</c:body></c:message>",
		} {
			p.Send(fmt.Sprintf(sent, domain))
			got := s.router.took()
			st, err := stanza.Parse([]byte(got))
			if err != nil || st.Text(stanza.NSClient, "body") != "a" || !strings.Contains(got, ">a</") {
				t.Errorf("%s became %s", sent, got)
			}
		}
		s.mustSend("<message xmlns='jabber:client' from='juliet@capulet.lit' to='a@" + domain + "'><body xmlns='jabber:client'>a</body></message>")
		got := p.Next("the message")
		if strings.Contains(got, "jabber:client") || !strings.Contains(got, "<body xmlns='jabber:component:accept'>a</body>") {
			t.Errorf("got %s", got)
		}
	})
}

// badStanzas is what a component may do wrong, and the stream error for it.
var badStanzas = []struct{ name, send, want string }{
	{"XEP-0114 #proto no from", "<message to='juliet@capulet.lit'/>", "improper-addressing"},
	{"XEP-0114 #proto no to", "<message from='" + domain + "'/>", "improper-addressing"},
	{"RFC 6120 §4.9.3.7 empty to", "<message from='" + domain + "' to=''/>", "improper-addressing"},
	{"RFC 6120 §4.9.3.7 empty from", "<message from='' to='juliet@capulet.lit'/>", "improper-addressing"},
	{"RFC 6120 §4.9.3.7 no address", "<message from='@@' to='juliet@capulet.lit'/>", "improper-addressing"},
	{"XEP-0114 #proto another's from", "<message from='romeo@capulet.lit' to='juliet@capulet.lit'/>", "invalid-from"},
	{"XEP-0114 #proto another component's from", "<message from='friar.verona.lit' to='juliet@capulet.lit'/>", "invalid-from"},
	{"XEP-0114 #proto from below the domain", "<message from='x." + domain + "' to='juliet@capulet.lit'/>", "invalid-from"},
	{"XEP-0114 #proto from above the domain", "<message from='capulet.lit' to='juliet@capulet.lit'/>", "invalid-from"},
	{"invalid request of somebody else", "<iq type='get' id='1' from='capulet.lit' to='juliet@capulet.lit'/>", "invalid-from"},
	{"RFC 6120 §4.9.3.10 client stanza", "<message xmlns='jabber:client' from='" + domain + "' to='juliet@capulet.lit'/>", "invalid-namespace"},
	{"RFC 6120 §4.9.3.10 unknown namespace", "<iq xmlns='urn:wrong'/>", "invalid-namespace"},
	{"RFC 6120 §4.9.3.1 text", "hello", "bad-format"},
	{"RFC 6120 §4.9.3.13 mismatch", "<message><body></message></body>", "not-well-formed"},
	{"RFC 6120 §4.9.3.14 oversize", "<message><body>" + strings.Repeat("x", 300_000), "policy-violation"},
	{"RFC 6120 §4.9.3.14 too deep", "<message>" + strings.Repeat("<a>", 70), "policy-violation"},
	{"RFC 6120 §4.9.3.18 comment", "<!-- psst -->", "restricted-xml"},
	{"RFC 6120 §4.9.3.22 encoding", "<message><body>\xc3\x28</body></message>", "unsupported-encoding"},
	{"RFC 6120 §4.9.3.24 unknown", "<hello xmlns='urn:unknown'/>", "unsupported-stanza-type"},
	{"RFC 6120 §4.9.3.24 handshake again", "<handshake/>", "unsupported-stanza-type"},
}

func TestBadStanzas(t *testing.T) {
	for _, tt := range badStanzas {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, Limits{})
				p, _ := s.login()
				p.Send(tt.send)
				p.WantError(tt.name, tt.want)
				if got := s.router.took(); got != "" {
					t.Errorf("routed: %s", got)
				}
				s.login() // the domain is free again
			})
		})
	}
}

// A stanza that cannot be routed is answered, and the stream goes on (RFC 6120 §8.3).
func TestReject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, Limits{})
		p, _ := s.login()
		for _, tt := range []struct{ send, want string }{
			{"<message from='a@%s' to='@@' id='1'/>", "<message type='error' from='%s' to='a@%s' id='1'><error type='modify'><jid-malformed xmlns='" + stanza.NSStanzas + "'/></error></message>"},
			{"<iq from='%s' to='juliet@capulet.lit' type='get' id='1'/>", "<iq type='error' from='juliet@capulet.lit' id='1'><error type='modify'><bad-request xmlns='" + stanza.NSStanzas + "'/></error></iq>"},
			{"<presence from='%s' to='juliet@capulet.lit' type='hello'/>", "<presence type='error'><error type='modify'><bad-request xmlns='" + stanza.NSStanzas + "'/></error></presence>"},
		} {
			p.Send(strings.ReplaceAll(tt.send, "%s", domain))
			p.Want(tt.send, strings.ReplaceAll(tt.want, "%s", domain))
		}
		p.Send("<message from='a@" + domain + "' to='@@' type='error'/>")
		p.WantIdle("an error is not answered")
		if got := s.router.took(); got != "" {
			t.Errorf("routed: %s", got)
		}
	})
}

// The newest connection has the domain; what waits is written to it.
func TestConflict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, Limits{})
		old, _ := s.login()
		new, _ := s.login()
		old.WantError("doc/adr/0006-newest-wins.md", "conflict")
		s.mustSend("<message from='juliet@capulet.lit' to='" + domain + "'/>")
		new.Want("the message", "<message from='juliet@capulet.lit'/>")
		if states := s.server.States(); states[1].Since.IsZero() {
			t.Errorf("%+v", states)
		}
	})
}

func TestNotConnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, Limits{})
		for stanzas, want := range map[string]stanza.Condition{
			"<message from='juliet@capulet.lit' to='" + domain + "'/>":                                        stanza.RemoteServerTimeout,
			"<iq type='get' id='1' from='juliet@capulet.lit' to='" + domain + "'><query xmlns='urn:x'/></iq>": stanza.RemoteServerTimeout,
			"<presence type='subscribe' from='juliet@capulet.lit' to='" + domain + "'/>":                      stanza.RemoteServerTimeout,
			"<presence from='juliet@capulet.lit/balcony' to='" + domain + "'/>":                               "",
			"<presence type='probe' from='juliet@capulet.lit' to='" + domain + "'/>":                          "",
			"<presence type='unavailable' from='juliet@capulet.lit/balcony' to='" + domain + "'/>":            "",
		} {
			var told *stanza.Error
			err := s.send(stanzas)
			if errors.As(err, &told); (want == "") != (err == nil) || want != "" && (told.Condition != want || told.Type != stanza.Wait) {
				t.Errorf("%s: %v, want %s", stanzas, err, want)
			}
		}
	})
}

// A component that does not read ends its own stream and nobody else's; what it has
// not got goes back.
func TestSlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, Limits{Queue: 4000})
		client, server := xmpptest.Pipe(1000)
		go s.server.ServeConn(context.Background(), server) // ends with the connection
		read := func() string {
			var chunk [1000]byte
			n, err := client.Read(chunk[:])
			if err != nil {
				t.Fatal(err)
			}
			return string(chunk[:n])
		}
		_, _ = client.Write([]byte(header))
		_, _ = client.Write([]byte("<handshake>" + hash(read(), secret) + "</handshake>"))
		if got := read(); got != "<handshake/>" {
			t.Fatal(got)
		}
		synctest.Wait()
		sent, refused := 0, error(nil)
		begin := time.Now()
		for ; refused == nil && sent < 100; sent++ {
			refused = s.send(fmt.Sprintf("<message from='juliet@capulet.lit' to='%s' id='m%d'><body>%s</body></message>", domain, sent, strings.Repeat("x", 500)))
			synctest.Wait()
		}
		var told *stanza.Error
		if !errors.As(refused, &told) || told.Condition != stanza.RemoteServerTimeout || sent < 5 || sent > 20 {
			t.Fatalf("%d sent, %v", sent, refused)
		}
		if time.Since(begin) != 0 {
			t.Errorf("senders waited for %v", time.Since(begin))
		}
		time.Sleep(3 * time.Second)
		returned := s.router.took()
		if n := strings.Count(returned, "<remote-server-timeout"); n < 4 || !strings.Contains(returned, fmt.Sprintf("id='m%d'", sent-2)) {
			t.Errorf("%d returned of %d: %s", n, sent, returned)
		}
		s.login()
	})
}

// What waits for a component whose connection dies goes back to its senders; errors
// and presence do not.
func TestLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, Limits{})
		p, client := s.login()
		g := s.server.gates[domain]
		g.mu.Lock()
		g.link.flushing = true // nothing is written
		g.mu.Unlock()
		s.mustSend("<message from='juliet@capulet.lit/balcony' to='a@" + domain + "' id='m1'><body>a</body></message>")
		s.mustSend("<presence from='juliet@capulet.lit/balcony' to='a@" + domain + "'/>")
		s.mustSend("<message type='error' from='juliet@capulet.lit/balcony' to='a@" + domain + "' id='m2'/>")
		s.mustSend("<iq type='get' id='i1' from='romeo@montague.lit/orchard' to='" + domain + "'><query xmlns='urn:x'/></iq>")
		client.Break()
		p.WantEnd("it is broken")
		got := strings.Split(s.router.took(), "\n")
		if len(got) != 2 || !strings.HasPrefix(got[0], "<message from='a@"+domain+"' to='juliet@capulet.lit/balcony' type='error' id='m1'>") ||
			!strings.HasPrefix(got[1], "<iq from='"+domain+"' to='romeo@montague.lit/orchard' type='error' id='i1'>") {
			t.Errorf("%q", got)
		}
	})
}

// What cannot be written to a connection that is dead already goes back, too.
func TestLostUnnoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, Limits{})
		p, _ := s.login()
		g := s.server.gates[domain]
		g.mu.Lock()
		g.link.conn = dead{g.link.conn}
		g.mu.Unlock()
		s.mustSend("<message from='juliet@capulet.lit/balcony' to='a@" + domain + "' id='m1'><body>a</body></message>")
		p.WantEnd("it is broken")
		if got := s.router.took(); !strings.Contains(got, "id='m1'><error type='wait'><remote-server-timeout") {
			t.Errorf("%q", got)
		}
	})
}

// A dead connection takes nothing.
type dead struct{ net.Conn }

func (dead) Write([]byte) (int, error) { return 0, net.ErrClosed }

func TestShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, Limits{})
		p, _ := s.login()
		stranger, _ := s.connect(1 << 20)
		s.mustSend("<message from='juliet@capulet.lit' to='" + domain + "'/>")
		done := make(chan error)
		go func() { done <- s.server.Shutdown(context.Background()) }() // ends by itself
		p.Want("what waited", "<message from='juliet@capulet.lit'/>")
		p.WantError("RFC 6120 §4.9.3.20", "system-shutdown")
		stranger.WantEnd("a stranger is cut off")
		if err := <-done; err != nil {
			t.Error(err)
		}
		late, _ := s.connect(1 << 20)
		late.WantEnd("nobody is let in any more")
		if err := s.send("<message from='juliet@capulet.lit' to='" + domain + "'/>"); err == nil {
			t.Error("a message was taken")
		}
	})
}

// A component that does not close its stream does not keep the server from ending.
func TestShutdownStubborn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, Limits{})
		client, server := xmpptest.Pipe(200)
		go s.server.ServeConn(context.Background(), server) // ends with the connection
		_, _ = client.Write([]byte(header))
		var chunk [1000]byte
		n, _ := client.Read(chunk[:])
		_, _ = client.Write([]byte("<handshake>" + hash(string(chunk[:n]), secret) + "</handshake>"))
		synctest.Wait()
		s.mustSend("<message from='juliet@capulet.lit' to='" + domain + "'><body>" + strings.Repeat("x", 1000) + "</body></message>")
		begin := time.Now()
		if err := s.server.Shutdown(context.Background()); err != nil || time.Since(begin) > 5*time.Second {
			t.Errorf("after %v: %v", time.Since(begin), err)
		}
	})
}

// A fault of ours in one stanza is the end of one stream.
func TestPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, Limits{})
		p, _ := s.login()
		s.router.before = func(*stanza.Stanza) { panic("alas") }
		p.Send("<message from='" + domain + "' to='juliet@capulet.lit'/>")
		p.WantError("the stream ends", "internal-server-error")
	})
}

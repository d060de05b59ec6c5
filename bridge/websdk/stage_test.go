package websdk

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// A wire is a Carrier whose ends are both held by a test.
type wire struct {
	net.Conn // the end of the adapter

	mu     sync.Mutex
	back   []byte
	out    strings.Builder
	ours   net.Conn // the end of the client
	heard  func(int)
	limits stanza.Limits // as in a WebSocket, the reader's
	secure bool
}

func newWire() *wire {
	w := &wire{secure: true}
	w.Conn, w.ours = net.Pipe()
	return w
}

func (w *wire) Read(p []byte) (int, error) {
	if w.limits.Bytes == 0 {
		return 0, errors.New("read without limits")
	}
	w.mu.Lock()
	if len(w.back) > 0 {
		n := copy(p, w.back)
		w.back = w.back[n:]
		w.mu.Unlock()
		return n, nil
	}
	w.mu.Unlock()
	return w.Conn.Read(p)
}

func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.Write(p)
}

func (w *wire) Unread(b []byte)         { w.back = append([]byte(nil), b...) }
func (w *wire) Secure() bool            { return w.secure }
func (*wire) TLS() *tls.ConnectionState { return nil }
func (w *wire) Allow(l stanza.Limits)   { w.limits = l }
func (*wire) Ping() time.Duration       { return time.Minute }
func (w *wire) Heard(f func(int))       { w.heard = f }
func (*wire) Rest()                     {}
func (*wire) Undelivered() []byte       { return []byte("<presence/>") }

// keys is the apps of a test.
type keys map[string]bridge.App

func (k keys) AppOfKey(_ context.Context, key string) (bridge.App, bool, error) {
	a, ok := k[key]
	return a, ok, nil
}

// A stage is one stream: the test is the client on one side, and the server on the other.
type stage struct {
	*testing.T
	wire   *wire
	server Carrier // what serve was given
}

// bubble runs a test of one stream whose opening tag is to a domain.
func bubble(t *testing.T, domain string, f func(*stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		host := func(name string) jid.JID { return jid.MustParse(name) }
		a := New(Config{
			Keys: keys{
				"verona#stage": {Kind: bridge.REST, Host: host("capulet.lit")},
				"verona#other": {Kind: bridge.REST, Host: host("montague.lit")},
				"verona#gone":  {Kind: bridge.REST, Host: host("capulet.lit"), Disabled: true},
			},
			Hosts: []string{"capulet.lit"}, Domains: []string{"easemob.com", "capulet.lit"},
			Rooms:  func(host string) string { return "conference." + host },
			Limits: stanza.Limits{Bytes: 100_000, Depth: 64},
			Logger: slog.New(slog.DiscardHandler),
		})
		s := &stage{T: t, wire: newWire()}
		go a.Serve(s.wire, func(c Carrier) { s.server = c }) // ends when the opening tag is read
		s.client("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='" + domain + "' version='1.0'>")
		f(s)
		if s.server != nil {
			_ = s.server.Close()
		}
		_ = s.wire.ours.Close()
		_ = s.wire.Close()
		synctest.Wait()
	})
}

// client says something.
func (s *stage) client(xml string) {
	s.Helper()
	if _, err := io.WriteString(s.wire.ours, xml); err != nil {
		s.Fatal(err)
	}
	synctest.Wait()
}

// serverSays writes what the server says.
func (s *stage) serverSays(xml string) {
	s.Helper()
	if _, err := io.WriteString(s.server, xml); err != nil {
		s.Fatal(err)
	}
	synctest.Wait()
}

// sees checks all that the client was sent since the last time.
func (s *stage) sees(want, why string) {
	s.Helper()
	s.wire.mu.Lock()
	defer s.wire.mu.Unlock()
	if got := s.wire.out.String(); !same(got, want) {
		s.Errorf("%s: the client sees\n%s\nwant\n%s", why, got, want)
	}
	s.wire.out.Reset()
}

// reads checks all that the server was sent since the last time.
func (s *stage) reads(want, why string) {
	s.Helper()
	var got strings.Builder
	_ = s.server.SetReadDeadline(time.Now())
	buf := make([]byte, 64<<10)
	for {
		n, err := s.server.Read(buf)
		got.Write(buf[:n])
		if err != nil {
			break
		}
	}
	_ = s.server.SetReadDeadline(time.Time{})
	if !same(got.String(), want) {
		s.Errorf("%s: the server reads\n%s\nwant\n%s", why, got.String(), want)
	}
}

// same compares; an asterisk in want stands for any text.
func same(got, want string) bool {
	parts := strings.Split(want, "*")
	if !strings.HasPrefix(got, parts[0]) {
		return false
	}
	got = got[len(parts[0]):]
	for i, p := range parts[1:] {
		at := strings.Index(got, p)
		if i == len(parts)-2 {
			at = len(got) - len(p)
		}
		if at < 0 || !strings.HasSuffix(got, parts[len(parts)-1]) {
			return false
		}
		got = got[at+len(p):]
	}
	return len(parts) > 1 || got == ""
}

const (
	header   = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
	offer    = "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism><mechanism>SCRAM-SHA-256</mechanism><mechanism>PLAIN</mechanism></mechanisms><register xmlns='http://jabber.org/features/iq-register'/></stream:features>"
	features = "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><session xmlns='urn:ietf:params:xml:ns:xmpp-session'><optional/></session><sm xmlns='urn:xmpp:sm:3'/><csi xmlns='urn:xmpp:csi:0'/></stream:features>"
	success  = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"
	juliet   = "verona#stage_juliet@easemob.com/webim"
	balcony  = "juliet@capulet.lit/webim"
)

func plain(authzid, authcid, password string) string {
	return "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" +
		base64.StdEncoding.EncodeToString([]byte(authzid+"\x00"+authcid+"\x00"+password)) + "</auth>"
}

// logIn brings juliet as far as a bound resource, with stream management on.
func (s *stage) logIn() {
	s.Helper()
	s.client(plain("verona#stage_juliet@easemob.com", "verona#stage_juliet", "$t$token"))
	s.server.Allow(stanza.Limits{Bytes: 50_000})
	s.serverSays(header + " id='1' from='capulet.lit' version='1.0'>" + offer)
	s.serverSays(success)
	s.client("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='easemob.com' version='1.0'>")
	s.serverSays(header + " id='2' from='capulet.lit' version='1.0'>" + features)
	s.client("<iq type='set' id='_bind_auth_2'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>webim</resource><os>web</os></bind></iq>")
	s.serverSays("<iq type='result' id='_bind_auth_2'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>" + balcony + "</jid></bind></iq>")
	s.serverSays("<enabled xmlns='urn:xmpp:sm:3'/><iq type='result' id='sdk:1' from='juliet@capulet.lit' to='" + balcony + "'><query xmlns='jabber:iq:roster'/></iq>" +
		"<iq type='result' id='sdk:2' from='juliet@capulet.lit' to='" + balcony + "'><blocklist xmlns='urn:xmpp:blocking'/></iq>")
	s.forget()
}

// forget passes over all that was said.
func (s *stage) forget() {
	s.wire.mu.Lock()
	s.wire.out.Reset()
	s.wire.mu.Unlock()
	s.reads("*", "before")
}

// play is bubble for somebody who is logged in.
func play(t *testing.T, f func(*stage)) {
	t.Helper()
	bubble(t, "easemob.com", func(s *stage) {
		s.logIn()
		f(s)
	})
}

// whole gives the length of the element that b begins with.
func whole(t *testing.T, b []byte) int {
	t.Helper()
	var sc stanza.Scanner
	sc.Reset(unlimited)
	sc.Declare([]stanza.Declaration{{Prefix: "stream", NS: "http://etherx.jabber.org/streams"}})
	n, done, err := sc.Scan(b)
	if err != nil || !done {
		t.Fatalf("%q is no element: %v", b, err)
	}
	return n
}

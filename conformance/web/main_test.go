package web

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"causeway/conformance/process"
)

const domain = "capulet.lit"

func TestMain(m *testing.M) { process.Main(m) }

// newServer starts a server with romeo, juliet and nurse.
func newServer(t *testing.T, settings ...string) *process.Server {
	t.Helper()
	s := process.New(t, domain, append([]string{
		`accounts.hashes = ["SCRAM-SHA-256"]`, "accounts.iterations = 4096", `log.level = "info"`,
	}, settings...)...)
	s.AddUsers(t, "romeo", "juliet", "nurse")
	s.Start(t)
	return s
}

// patience is how long anything may take.
const patience = 20 * time.Second

// A socket is a client in a WebSocket.
type socket struct {
	*testing.T
	*websocket.Conn
}

// dial opens a WebSocket.
func dial(t *testing.T, s *process.Server) *socket {
	t.Helper()
	d := websocket.Dialer{
		TLSClientConfig: s.TLS(), Subprotocols: []string{"xmpp"}, HandshakeTimeout: patience,
		NetDial: func(network, _ string) (net.Conn, error) { return net.Dial(network, s.HTTPAddr) },
	}
	c, r, err := d.Dial("wss://"+domain+"/ws", nil)
	if err != nil {
		t.Fatal(err, r)
	}
	if c.Subprotocol() != "xmpp" {
		t.Errorf("the subprotocol is %q", c.Subprotocol()) // RFC 7395 §3.1
	}
	_ = c.SetReadDeadline(time.Now().Add(patience))
	t.Cleanup(func() { _ = c.Close() })
	return &socket{t, c}
}

const (
	openTag  = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='" + domain + "' version='1.0'/>"
	closeTag = "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>"
)

func (c *socket) send(text string) {
	c.Helper()
	if err := c.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		c.Fatal(err)
	}
}

// want reads a message that a pattern fits, and gives what its groups are.
func (c *socket) want(why, pattern string) []string {
	c.Helper()
	kind, text, err := c.ReadMessage()
	if err != nil {
		c.Fatalf("%s: %v", why, err)
	}
	m := regexp.MustCompile("(?s)^" + pattern + "$").FindStringSubmatch(string(text))
	if m == nil || kind != websocket.TextMessage {
		c.Fatalf("%s: got %s", why, text)
	}
	return m[1:]
}

// wantEnd reads the end of the WebSocket.
func (c *socket) wantEnd(why string, code int) {
	c.Helper()
	_, text, err := c.ReadMessage()
	if !websocket.IsCloseError(err, code) {
		c.Fatalf("%s: got %s %v instead of code %d", why, text, err, code)
	}
}

func (c *socket) open() {
	c.Helper()
	c.send(openTag)
	c.want("the stream", "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' id='[^']+' from='"+domain+"' version='1.0' xml:lang='en'/>")
}

func plain(user string) string {
	return base64.StdEncoding.EncodeToString([]byte("\x00" + user + "\x00" + process.Password))
}

func auth(user string) string {
	return "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" + plain(user) + "</auth>"
}

func bind(resource string) string {
	return "<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>" + resource + "</resource></bind></iq>"
}

const (
	features = `<stream:features xmlns:stream=["']http://etherx.jabber.org/streams["'].*</stream:features>`
	success  = `<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>.*`
)

// login goes on until the features that come behind the log-in.
func (c *socket) login(user string) {
	c.Helper()
	c.open()
	c.want("features", features)
	c.send(auth(user))
	c.want("to be let in", success)
	c.open()
	c.want("more features", features)
}

// enter binds a resource.
func (c *socket) enter(user, resource string) {
	c.Helper()
	c.login(user)
	c.send(bind(resource))
	c.want("a resource", "<iq xmlns='jabber:client'.*<jid>"+user+"@"+domain+"/"+resource+"</jid>.*")
}

// get asks the HTTP port.
func get(t *testing.T, s *process.Server, r *http.Request) *http.Response {
	t.Helper()
	cfg := s.TLS()
	tr := &http.Transport{
		TLSClientConfig: cfg, ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, s.HTTPAddr)
		},
	}
	t.Cleanup(tr.CloseIdleConnections)
	response, err := tr.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

// raw opens a connection to the HTTP port for bytes of the test's own.
func raw(t *testing.T, s *process.Server) net.Conn {
	t.Helper()
	nc, err := tls.Dial("tcp", s.HTTPAddr, s.TLS())
	if err != nil {
		t.Fatal(err)
	}
	_ = nc.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { _ = nc.Close() })
	return nc
}

// filler is a text of so many bytes.
func filler(n int) string { return strings.Repeat("x", n) }

func soon() time.Time { return time.Now().Add(patience) }

// answerOn reads an answer.
func answerOn(t *testing.T, nc net.Conn) *http.Response {
	t.Helper()
	r, err := http.ReadResponse(bufio.NewReader(nc), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

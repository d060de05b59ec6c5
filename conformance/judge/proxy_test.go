//go:build interop

package judge

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/websocket"

	"causeway/conformance/oracle"
)

// A proxy stands between the runner and a server and lets a mutant change what passes.
// It ends TLS on both sides.
type proxy struct {
	up     *upstream
	m      mutant
	ln     net.Listener
	direct net.Listener
	web    *httptest.Server

	mu      sync.Mutex
	clients map[*client]bool // those that have bound a resource, for gossip
	seen    []passed         // all that has passed, before it was changed
}

// A passed is what has passed the proxy.
type passed struct {
	raw           string
	in            bool // from the server
	secure, bound bool
}

// change has the mutant change what the server sends.
func (p *proxy) change(raw string, secure, bound bool) string {
	p.mu.Lock()
	p.seen = append(p.seen, passed{raw, true, secure, bound})
	p.mu.Unlock()
	if p.m.in != nil {
		return p.m.in(raw, secure, bound)
	}
	return raw
}

// rewrite has it change what the runner sends.
func (p *proxy) rewrite(text string) string {
	p.mu.Lock()
	p.seen = append(p.seen, passed{raw: text})
	p.mu.Unlock()
	if p.m.out != nil {
		return p.m.out(text)
	}
	return text
}

// touches reports whether the mutant would change anything of what has passed.
func (m mutant) touches(seen []passed) bool {
	if m.gossip || m.echo || m.tls != nil || m.web != nil || m.binary || m.sonnet {
		return true
	}
	for _, s := range seen {
		if s.in && m.in != nil && m.in(s.raw, s.secure, s.bound) != s.raw || !s.in && m.out != nil && m.out(s.raw) != s.raw {
			return true
		}
	}
	return false
}

// A client is one connection of the runner.
type client struct {
	p        *proxy
	mu       sync.Mutex // of writing
	nc       net.Conn
	up       net.Conn
	secure   bool
	full     string
	starting chan bool // what became of <starttls/>
}

func newProxy(t *testing.T, up *upstream, m mutant) *proxy {
	t.Helper()
	p := &proxy{up: up, m: m, clients: make(map[*client]bool)}
	var err error
	if p.ln, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	if p.direct, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	p.web = httptest.NewUnstartedServer(http.HandlerFunc(p.http))
	p.web.TLS = &tls.Config{Certificates: []tls.Certificate{up.cert}, MinVersion: tls.VersionTLS12}
	p.web.StartTLS()
	t.Cleanup(p.close)
	// Both end when the listeners are closed.
	go p.accept(p.ln, false)
	go p.accept(p.direct, true)
	return p
}

// close ends the proxy; it may be called twice.
func (p *proxy) close() {
	_ = p.ln.Close()
	_ = p.direct.Close()
	p.web.CloseClientConnections()
	p.web.Close()
}

func (p *proxy) tls() *tls.Config {
	conf := &tls.Config{Certificates: []tls.Certificate{p.up.cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"xmpp-client"}}
	if p.m.tls != nil {
		p.m.tls(conf)
	}
	return conf
}

func (p *proxy) accept(ln net.Listener, direct bool) {
	for {
		nc, err := ln.Accept()
		if err != nil {
			return
		}
		// Ends with the connection.
		go p.serve(nc, direct)
	}
}

func (p *proxy) serve(nc net.Conn, direct bool) {
	defer func() { _ = nc.Close() }()
	c := &client{p: p, nc: nc, starting: make(chan bool, 1)}
	var err error
	if direct {
		tc := tls.Server(nc, p.tls())
		if tc.Handshake() != nil {
			return
		}
		c.nc, c.secure = tc, true
		c.up, err = tls.Dial("tcp", p.up.target.Direct, p.up.target.TLS())
	} else {
		c.up, err = net.Dial("tcp", p.up.target.Addr)
	}
	if err != nil {
		return
	}
	defer func() { _ = c.up.Close() }()
	// Ends with the connections, which the deferred calls close.
	go c.toServer()
	c.toClient()
	p.mu.Lock()
	delete(p.clients, c)
	p.mu.Unlock()
}

// toServer passes on what the runner sends.
func (c *client) toServer() {
	defer func() { _ = c.up.Close() }()
	buf := make([]byte, 1<<16)
	for {
		n, err := c.nc.Read(buf)
		if err != nil {
			return
		}
		text := string(buf[:n])
		starttls := !c.secure && strings.Contains(text, "<starttls")
		c.gossip(text)
		text = c.p.rewrite(text)
		if _, err := io.WriteString(c.up, text); err != nil {
			return
		}
		if starttls && !<-c.starting {
			return
		}
	}
}

// toClient passes on what the server sends, an element at a time.
func (c *client) toClient() {
	r := oracle.NewReader(c.up)
	for {
		e, raw, err := r.Next()
		if errors.Is(err, oracle.ErrClosed) {
			c.write("</stream:stream>")
			continue
		}
		if err != nil {
			c.starting <- false
			return
		}
		switch {
		case e.Name.Space == oracle.NSTLS && e.Name.Local == "proceed":
			if !c.upgrade(raw) {
				c.starting <- false
				return
			}
			r = oracle.NewReader(c.up)
			continue
		case e.Name.Space == oracle.NSSASL && e.Name.Local == "success":
			r.Restart()
		}
		if j := e.Find(oracle.NSBind, "jid"); j != nil {
			c.full = j.Text
			c.p.mu.Lock()
			c.p.clients[c] = true
			c.p.mu.Unlock()
		}
		raw = c.p.change(raw, c.secure, c.full != "")
		if raw == hangUp {
			return
		}
		c.write(raw)
	}
}

func (c *client) write(raw string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = io.WriteString(c.nc, raw) // a client that is gone is noticed by the reader
}

// upgrade begins TLS on both sides.
func (c *client) upgrade(proceed string) bool {
	up := tls.Client(c.up, c.p.up.target.TLS())
	if up.Handshake() != nil {
		return false
	}
	c.write(c.p.change(proceed, false, false))
	down := tls.Server(c.nc, c.p.tls())
	if down.Handshake() != nil {
		return false
	}
	c.mu.Lock()
	c.nc, c.up, c.secure = down, up, true
	c.mu.Unlock()
	c.starting <- true
	return true
}

var stanza = regexp.MustCompile(`(?s)^<(message|presence|iq)( [^>]*?)?(/?)>`)

// gossip has everybody else, or the sender, get what was sent, as some mutants want.
func (c *client) gossip(text string) {
	m := stanza.FindStringSubmatch(text)
	if m == nil || c.full == "" || !c.p.m.gossip && !c.p.m.echo {
		return
	}
	attrs := regexp.MustCompile(` from='[^']*'`).ReplaceAllString(m[2], "")
	text = "<" + m[1] + attrs + " from='" + oracle.Escape(c.full) + "'" + m[3] + ">" + text[len(m[0]):]
	c.p.mu.Lock()
	var to []*client
	for other := range c.p.clients {
		if other == c && c.p.m.echo || other != c && c.p.m.gossip {
			to = append(to, other)
		}
	}
	c.p.mu.Unlock()
	for _, other := range to {
		other.write(text)
	}
}

// http is the proxy of WebSocket and BOSH.
func (p *proxy) http(w http.ResponseWriter, r *http.Request) {
	if strings.Contains(r.URL.Path, "ws") {
		(&websocket.Server{
			Handshake: func(conf *websocket.Config, _ *http.Request) error { conf.Protocol = p.m.agreed(); return nil },
			Handler:   p.socket,
		}).ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	req, err := http.NewRequestWithContext(r.Context(), http.MethodPost, p.up.target.BOSH, strings.NewReader(p.rewrite(string(body))))
	if err != nil {
		return
	}
	req.Header.Set("Content-Type", r.Header.Get("Content-Type"))
	res, err := p.up.http.Do(req)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer func() { _ = res.Body.Close() }()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		return
	}
	text, status, kind := string(got), res.StatusCode, res.Header.Get("Content-Type")
	text = p.change(text, true, true)
	if p.m.web != nil {
		status, kind, text = p.m.web(status, kind, text)
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

// agreed is what the proxy agrees on with a WebSocket.
func (m mutant) agreed() []string {
	if m.sonnet {
		return []string{"sonnet"}
	}
	return []string{"xmpp"}
}

// socket passes on the messages of a WebSocket.
func (p *proxy) socket(down *websocket.Conn) {
	conf, err := websocket.NewConfig(p.up.target.WebSocket, "https://localhost")
	if err != nil {
		return
	}
	conf.Protocol, conf.TlsConfig = []string{"xmpp"}, p.up.target.TLS()
	up, err := conf.DialContext(down.Request().Context())
	if err != nil {
		return
	}
	defer func() { _ = up.Close() }()
	// Ends with the WebSocket to the server, which is closed when this one ends.
	go func() {
		defer func() { _ = down.Close() }()
		for {
			var text string
			if websocket.Message.Receive(up, &text) != nil {
				return
			}
			text = p.change(text, true, true)
			if text != "" && websocket.Message.Send(down, text) != nil {
				return
			}
		}
	}()
	for {
		var frame []byte
		codec := websocket.Codec{Unmarshal: func(data []byte, kind byte, v any) error {
			*v.(*[]byte) = append([]byte{kind}, data...)
			return nil
		}}
		if codec.Receive(down, &frame) != nil {
			return
		}
		text := p.rewrite(string(frame[1:]))
		var err error
		if frame[0] == websocket.BinaryFrame && !p.m.binary {
			err = websocket.Message.Send(up, []byte(text))
		} else {
			err = websocket.Message.Send(up, text)
		}
		if err != nil {
			return
		}
	}
}

package load

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// smallBuffer is that of a client in a page which says little: there are many of them
// on the machine that makes the load.
const smallBuffer = 512

// mostAnswer bounds an answer by HTTP.
const mostAnswer = 16 << 20

const (
	toldBind = "<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>" + Resource + "</resource></bind></iq>"
	toldHere = "<presence xmlns='jabber:client'/>"
)

// told is the PLAIN of an account: what clients in pages use behind HTTPS.
func (d *Door) told(i int) string {
	who := d.Account(i)
	return "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" +
		base64.StdEncoding.EncodeToString([]byte("\x00"+who.User+"\x00"+who.Password)) + "</auth>"
}

// dialWeb connects to the host of a URL.
func (d *Door) dialWeb(ctx context.Context, at *url.URL, turn int) (net.Conn, error) {
	addr := at.Host
	secure := at.Scheme == "https" || at.Scheme == "wss"
	if at.Port() == "" {
		addr = net.JoinHostPort(addr, map[bool]string{true: "443", false: "80"}[secure])
	}
	if !secure && localAddr(addr, 0) == nil && at.Hostname() != "localhost" {
		return nil, fmt.Errorf("%s: the password would go in the clear", at.Redacted())
	}
	dialer := net.Dialer{Timeout: AnswerLimit, LocalAddr: localAddr(addr, turn)}
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	if d.Wrap != nil {
		conn = d.Wrap(conn)
	}
	if !secure {
		return conn, nil
	}
	config := d.TLS.Clone()
	if config == nil {
		config = &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13} //nolint:gosec // a test on loopback
	}
	config.ServerName = at.Hostname()
	return tls.Client(conn, config), nil
}

// OpenSocket gives a client in a WebSocket (RFC 7395) who is available.
func (d *Door) OpenSocket(ctx context.Context, at string, i int) (io.Closer, error) {
	u, err := url.Parse(at)
	if err != nil {
		return nil, err
	}
	dialer := websocket.Dialer{
		NetDialContext:    func(ctx context.Context, _, _ string) (net.Conn, error) { return d.dialWeb(ctx, u, i) },
		NetDialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return d.dialWeb(ctx, u, i) },
		Subprotocols:      []string{"xmpp"}, ReadBufferSize: smallBuffer, WriteBufferSize: smallBuffer,
	}
	c, res, err := dialer.DialContext(ctx, at, nil)
	if err != nil {
		if res != nil {
			err = fmt.Errorf("%w: %s", err, res.Status)
		}
		return nil, err
	}
	if err := c.SetReadDeadline(time.Now().Add(AnswerLimit)); err != nil {
		return nil, err
	}
	open := "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='" + d.Domain + "' version='1.0'/>"
	for _, step := range []struct{ say, want string }{
		{open, "features>"},
		{d.told(i), "<success"},
		{open, "features>"},
		{toldBind, "</iq>"},
		{toldHere, "<presence"},
	} {
		if err := c.WriteMessage(websocket.TextMessage, []byte(step.say)); err != nil {
			return nil, errors.Join(err, c.Close())
		}
		for text := []byte(nil); !strings.Contains(string(text), step.want); {
			if strings.Contains(string(text), "<failure") || strings.Contains(string(text), "<close") {
				return nil, errors.Join(fmt.Errorf("awaiting %s: the server sent %q", step.want, text), c.Close())
			}
			if _, text, err = c.ReadMessage(); err != nil {
				return nil, errors.Join(err, c.Close())
			}
		}
	}
	return c, nil
}

// A bosh is a client of BOSH (XEP-0124) whose request is held.
type bosh struct {
	net.Conn
	in     *bufio.Reader
	url    *url.URL
	domain string
	sid    string
	rid    int
}

// OpenPoll gives a client of BOSH who is available, and whose request is held. It has
// one connection, as the requests of a browser that come one after the other.
func (d *Door) OpenPoll(ctx context.Context, at string, i int) (io.Closer, error) {
	u, err := url.Parse(at)
	if err != nil {
		return nil, err
	}
	nc, err := d.dialWeb(ctx, u, i)
	if err != nil {
		return nil, err
	}
	p := &bosh{Conn: nc, in: bufio.NewReaderSize(nc, smallBuffer), url: u, domain: d.Domain, rid: 1}
	for _, step := range []struct{ attrs, say, want string }{
		{"to='" + d.Domain + "' hold='1' wait='600' ver='1.6' xml:lang='en' xmpp:version='1.0'", "", "features>"},
		{"", d.told(i), "<success"},
		{"xmpp:restart='true' to='" + d.Domain + "'", "", "features>"},
		{"", toldBind, "</iq>"},
		{"", toldHere, "<presence"},
	} {
		if err := p.say(step.attrs, step.say); err != nil {
			return nil, errors.Join(err, p.Close())
		}
		for text := ""; !strings.Contains(text, step.want); {
			if text, err = answered(p.Conn, p.in); err != nil {
				return nil, errors.Join(err, p.Close())
			}
			if strings.Contains(text, "terminate") || strings.Contains(text, "<failure") {
				return nil, errors.Join(fmt.Errorf("awaiting %s: the server sent %q", step.want, text), p.Close())
			}
			if p.sid == "" {
				p.sid = attribute(text, "sid")
			} else if !strings.Contains(text, step.want) {
				if err := p.say("", ""); err != nil { // what is awaited comes with the next
					return nil, errors.Join(err, p.Close())
				}
			}
		}
	}
	p.in = nil
	return p, p.say("", "")
}

// say sends a request such as a browser sends.
func (p *bosh) say(attrs, payload string) error {
	p.rid++
	if p.sid != "" {
		attrs += " sid='" + p.sid + "'"
	}
	body := fmt.Sprintf("<body xmlns='http://jabber.org/protocol/httpbind' xmlns:xmpp='urn:xmpp:xbosh' rid='%d' %s>%s</body>", p.rid, attrs, payload)
	_, err := fmt.Fprintf(p, "POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"+
		"Accept: */*\r\nAccept-Language: en-US,en;q=0.5\r\nOrigin: https://chat.%s\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s",
		p.url.RequestURI(), p.url.Host, p.domain, len(body), body)
	return err
}

// answered reads one answer by HTTP, which must be a 200.
func answered(c net.Conn, in *bufio.Reader) (string, error) {
	if err := c.SetReadDeadline(time.Now().Add(AnswerLimit)); err != nil {
		return "", err
	}
	r, err := http.ReadResponse(in, nil)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, mostAnswer))
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %q", r.Status, text[:min(len(text), 500)])
	}
	return string(text), errors.Join(err, r.Body.Close())
}

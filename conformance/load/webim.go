package load

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
)

// A Page is somebody who is online by webim: two connections, as a browser has, one for
// polls and one for the rest.
type Page struct {
	door   *Door
	Polls  *WebConn
	Calls  *WebConn
	ticket string
}

// A WebConn is a connection for HTTP that is kept alive.
type WebConn struct {
	net.Conn
	in   *bufio.Reader
	host string
}

func (d *Door) webConn(ctx context.Context, at *url.URL, turn int) (*WebConn, error) {
	c, err := d.dialWeb(ctx, at, turn)
	if err != nil {
		return nil, err
	}
	return &WebConn{c, bufio.NewReaderSize(c, 2*smallBuffer), at.Host}, nil
}

// Send writes a request; a form is posted.
func (c *WebConn) Send(path, form string) error {
	head := "GET " + path + " HTTP/1.1\r\nHost: " + c.host + "\r\n\r\n"
	if form != "" {
		head = "POST " + path + " HTTP/1.1\r\nHost: " + c.host + "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: " +
			strconv.Itoa(len(form)) + "\r\n\r\n" + form
	}
	_, err := io.WriteString(c, head)
	return err
}

// Ask writes a request and reads the answer.
func (c *WebConn) Ask(path, form string) (string, error) {
	if err := c.Send(path, form); err != nil {
		return "", err
	}
	return answered(c.Conn, c.in)
}

// Answer reads an answer, which must be a 200.
func (c *WebConn) Answer() (string, error) { return answered(c.Conn, c.in) }

// DialWeb connects to HOST:PORT for HTTP in the clear.
func DialWeb(ctx context.Context, addr string) (*WebConn, error) {
	return (&Door{}).webConn(ctx, &url.URL{Scheme: "http", Host: addr}, 0)
}

// Online logs account i in by webim, whose endpoints are below the URL.
func (d *Door) Online(ctx context.Context, at string, i int) (p *Page, err error) {
	u, err := url.Parse(at)
	if err != nil {
		return nil, err
	}
	p = &Page{door: d}
	if p.Calls, err = d.webConn(ctx, u, i); err != nil {
		return nil, err
	}
	who := d.Account(i)
	form := url.Values{"username": {who.User}, "password": {who.Password}, "show": {"available"}, "domain": {d.Domain}}
	body, err := p.Calls.Ask("/webim/online", form.Encode())
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	var reply struct {
		Success    bool `json:"success"`
		Connection struct {
			Ticket string `json:"ticket"`
		} `json:"connection"`
	}
	if err := json.Unmarshal([]byte(body), &reply); err != nil || !reply.Success {
		return nil, errors.Join(fmt.Errorf("%s is not online: %.200q", who.User, body), err, p.Close())
	}
	p.ticket = reply.Connection.Ticket
	if p.Polls, err = d.webConn(ctx, u, i); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

func (p *Page) pollPath() string {
	return "/packets?ticket=" + url.QueryEscape(p.ticket) + "&domain=" + url.QueryEscape(p.door.Domain)
}

// Park sends a poll, whose answer nobody reads.
func (p *Page) Park() error { return p.Polls.Send(p.pollPath(), "") }

// Poll awaits what has come, at least one thing, and gives it as JSON.
func (p *Page) Poll() (string, error) { return p.Polls.Ask(p.pollPath(), "") }

// Say sends a message.
func (p *Page) Say(to, body string) error {
	form := url.Values{"type": {"chat"}, "to": {to}, "body": {body}, "ticket": {p.ticket}}
	answer, err := p.Calls.Ask("/webim/message", form.Encode())
	if err == nil && answer != `"ok"` {
		err = fmt.Errorf("webim message: %.200q", answer)
	}
	return err
}

// Close closes the connections.
func (p *Page) Close() error {
	err := p.Calls.Close()
	if p.Polls != nil {
		err = errors.Join(err, p.Polls.Close())
	}
	return err
}

//go:build bench

package bench

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"
)

// answerLimit is how long a client waits for an answer, or for the next message.
const answerLimit = 60 * time.Second

// A client is one stream to the server. It belongs to one goroutine at a time.
type client struct {
	conn   net.Conn
	domain string
	in     []byte // read, not yet used
}

// dial connects from an address of 127.0.0.0/8 that turn picks, so that the
// ports of one of them do not run out.
func dial(addr, domain string, turn int) (*client, error) {
	dialer := net.Dialer{
		Timeout:   answerLimit,
		LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(1+turn%8))},
	}
	conn, err := dialer.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &client{conn: conn, domain: domain}, nil
}

// secure begins TLS 1.3. The certificate is not checked: nothing here is secret,
// and conformance/interop has clients that do. X25519 is the exchange that most
// clients use today.
func (c *client) secure() error {
	conn := tls.Client(c.conn, &tls.Config{
		ServerName:         c.domain,
		InsecureSkipVerify: true,
		MinVersion:         tls.VersionTLS13,
		CurvePreferences:   []tls.CurveID{tls.X25519},
	})
	if err := conn.Handshake(); err != nil {
		return fmt.Errorf("tls: %w", err)
	}
	c.conn = conn
	return nil
}

// open sends a stream header and returns the features that the server offers
// (RFC 6120 §4.3.2).
func (c *client) open() (string, error) {
	return c.ask("<?xml version='1.0'?><stream:stream to='"+c.domain+"' version='1.0' xml:lang='en'"+
		" xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>", "</stream:features>")
}

// send writes text.
func (c *client) send(text string) error {
	_, err := c.conn.Write([]byte(text))
	return err
}

// ask writes text and awaits end.
func (c *client) ask(text, end string) (string, error) {
	if err := c.send(text); err != nil {
		return "", err
	}
	return c.await(end)
}

// await reads until end has come and returns all up to there. A failure, a stream
// error or the end of the stream is an error.
func (c *client) await(end string) (string, error) {
	if err := c.conn.SetReadDeadline(time.Now().Add(answerLimit)); err != nil {
		return "", err
	}
	for {
		if at := bytes.Index(c.in, []byte(end)); at >= 0 {
			text := string(c.in[:at+len(end)])
			c.in = c.in[at+len(end):]
			return text, nil
		}
		for _, bad := range []string{"</failure>", "</stream:error>", "</stream:stream>"} {
			if bytes.Contains(c.in, []byte(bad)) {
				return "", fmt.Errorf("awaiting %s: the server sent %s", end, c.in)
			}
		}
		buf := make([]byte, len(c.in)+4<<10)
		n := copy(buf, c.in)
		m, err := c.conn.Read(buf[n:])
		if err != nil {
			return "", fmt.Errorf("awaiting %s: %w", end, err)
		}
		c.in = buf[:n+m]
	}
}

// close ends the stream and waits for the server to have ended it too
// (RFC 6120 §4.4), so that its work counts where it belongs.
func (c *client) close() error {
	_, err := c.ask("</stream:stream>", "</stream:stream>")
	return errors.Join(err, c.conn.Close())
}

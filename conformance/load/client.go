package load

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// AnswerLimit is how long a client waits for an answer, or for the next message.
const AnswerLimit = 60 * time.Second

// mostUnread is how much a client holds of an answer before it gives up: no server
// says so much before what is waited for.
const mostUnread = 64 << 20

// A Client is one stream to the server. It belongs to one goroutine at a time.
type Client struct {
	Conn   net.Conn
	Domain string
	In     []byte        // read, not yet used
	Limit  time.Duration // for an answer, 0 for AnswerLimit
}

// Dial connects. To loopback it comes from an address of 127.0.0.0/8 that turn picks,
// so that the ports of one of them do not run out.
func Dial(ctx context.Context, addr, domain string, turn int) (*Client, error) {
	dialer := net.Dialer{Timeout: AnswerLimit, LocalAddr: localAddr(addr, turn)}
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &Client{Conn: conn, Domain: domain}, nil
}

// localAddr is the address to come from, nil for any.
func localAddr(addr string, turn int) net.Addr {
	host, _, _ := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); ip == nil || ip.To4() == nil || !ip.IsLoopback() {
		return nil
	}
	return &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(1+turn%8))}
}

// Secure begins TLS. X25519 is the exchange that most clients use today.
func (c *Client) Secure(config *tls.Config) error {
	if config == nil {
		// Nothing here is secret, and conformance/interop has clients that check.
		config = &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13} //nolint:gosec // a test on loopback
	}
	config = config.Clone()
	config.CurvePreferences = []tls.CurveID{tls.X25519}
	if config.ServerName == "" {
		config.ServerName = c.Domain
	}
	if err := c.Conn.SetDeadline(time.Now().Add(c.patience())); err != nil {
		return err
	}
	conn := tls.Client(c.Conn, config)
	if err := conn.Handshake(); err != nil {
		return fmt.Errorf("tls: %w", err)
	}
	c.Conn = conn
	return nil
}

func (c *Client) patience() time.Duration {
	if c.Limit > 0 {
		return c.Limit
	}
	return AnswerLimit
}

// Open sends a stream header and returns the features that the server offers
// (RFC 6120 §4.3.2).
func (c *Client) Open() (string, error) {
	return c.Ask("<?xml version='1.0'?><stream:stream to='"+c.Domain+"' version='1.0' xml:lang='en'"+
		" xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>", "</stream:features>")
}

// Send writes text.
func (c *Client) Send(text string) error {
	if err := c.Conn.SetWriteDeadline(time.Now().Add(c.patience())); err != nil {
		return err
	}
	_, err := c.Conn.Write([]byte(text))
	return err
}

// Ask writes text and awaits end.
func (c *Client) Ask(text, end string) (string, error) {
	if err := c.Send(text); err != nil {
		return "", err
	}
	return c.Await(end)
}

// Await reads until end has come and returns all up to there. A failure, a stream
// error or the end of the stream is an error.
func (c *Client) Await(end string) (string, error) {
	if err := c.Conn.SetReadDeadline(time.Now().Add(c.patience())); err != nil {
		return "", err
	}
	seen := 0 // of c.In, in which end is not
	for {
		if at := bytes.Index(c.In[seen:], []byte(end)); at >= 0 {
			at += seen + len(end)
			text := string(c.In[:at])
			c.In = c.In[at:]
			return text, nil
		}
		for _, bad := range []string{"</failure>", "</stream:error>", "</stream:stream>"} {
			if bytes.Contains(c.In[max(0, seen-len(bad)):], []byte(bad)) {
				return "", fmt.Errorf("awaiting %s: the server sent %q", end, c.In[max(0, len(c.In)-500):])
			}
		}
		if len(c.In) > mostUnread {
			return "", fmt.Errorf("awaiting %s: the server sent %d bytes without it", end, len(c.In))
		}
		seen = max(0, len(c.In)-len(end)+1)
		if err := c.more(); err != nil {
			return "", fmt.Errorf("awaiting %s: %w", end, err)
		}
	}
}

// more does one Read.
func (c *Client) more() error {
	if cap(c.In)-len(c.In) < 1<<10 {
		grown := make([]byte, len(c.In), 2*len(c.In)+4<<10)
		copy(grown, c.In)
		c.In = grown
	}
	n, err := c.Conn.Read(c.In[len(c.In):cap(c.In)])
	c.In = c.In[:len(c.In)+n]
	if n > 0 {
		return nil
	}
	return err
}

// forget gives up the buffer when nothing is in it, so that an idle client holds none.
func (c *Client) forget() {
	if len(c.In) == 0 {
		c.In = nil
	}
}

// Close ends the stream and waits for the server to have ended it too
// (RFC 6120 §4.4), so that its work counts where it belongs.
func (c *Client) Close() error {
	_, err := c.Ask("</stream:stream>", "</stream:stream>")
	return errors.Join(err, c.Conn.Close())
}

// Appear makes the client available (RFC 6121 §4.2) and waits until the server has
// done so: it tells a resource of its own presence (RFC 6121 §4.2.2).
func (c *Client) Appear() error {
	_, err := c.Ask("<presence/>", "<presence")
	return err
}

// Settle reads all that is on its way to the client, and forgets it. The quotes of an id
// are the server's choice.
func (c *Client) Settle() error {
	if err := c.Send("<iq type='get' id='settled' to='" + c.Domain + "'><ping xmlns='urn:xmpp:ping'/></iq>"); err != nil {
		return err
	}
	if _, err := c.Await("settled"); err != nil {
		return err
	}
	// The rest of the answer: an empty element, or an error that says there is no ping.
	for {
		rest, err := c.Await(">")
		if err != nil {
			return err
		}
		if strings.HasSuffix(rest, "/>") && !strings.Contains(rest, "<") || strings.HasSuffix(rest, "</iq>") {
			c.forget()
			return nil
		}
	}
}

// Manage turns on stream management (XEP-0198 #enable).
func (c *Client) Manage() error {
	_, err := c.Ask("<enable xmlns='urn:xmpp:sm:3'/>", "<enabled ")
	return err
}

// AwaitAck asks until the server has acknowledged so many stanzas.
func (c *Client) AwaitAck(stanzas int) error {
	for {
		if err := c.Send("<r xmlns='urn:xmpp:sm:3'/>"); err != nil {
			return err
		}
		if _, err := c.Await("<a "); err != nil {
			return err
		}
		ack, err := c.Await(">")
		if err != nil {
			return err
		}
		got, err := strconv.Atoi(attribute(ack, "h"))
		if err != nil {
			return fmt.Errorf("acknowledgement %q: %w", ack, err)
		}
		if got >= stanzas {
			return nil
		}
	}
}

// attribute gives an attribute of the last tag in text, "" if it is not there.
func attribute(text, name string) string {
	for _, quote := range []string{"'", `"`} {
		at := strings.LastIndex(text, " "+name+"="+quote)
		if at < 0 && strings.HasPrefix(text, name+"="+quote) {
			at = -1
		} else if at < 0 {
			continue
		}
		value, _, _ := strings.Cut(text[at+1+len(name)+2:], quote)
		return value
	}
	return ""
}

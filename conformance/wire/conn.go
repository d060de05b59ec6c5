package wire

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// Patience is how long Next waits where a test does not say otherwise. It is far
// more than a server needs, since test machines are slow at times.
const Patience = 20 * time.Second

// ErrEnd is the server's closing tag.
var ErrEnd = errors.New("the server has closed its stream")

// maxBuffered bounds what may wait for an element to end.
const maxBuffered = 8 << 20

// remembered is how many lines of the transcript are kept.
const remembered = 24

// A Conn is one connection to a server. Reading and writing may be done by two
// goroutines, each by one.
type Conn struct {
	under   net.Conn // TCP, or a Fuse over it
	nc      net.Conn // under, or TLS over it
	buf     []byte   // read, but not yet given out
	failure error    // of reading, given out once buf holds nothing whole
	seen    []string // the transcript: what came in
}

// Dial connects to addr.
func Dial(addr string) (*Conn, error) {
	nc, err := net.DialTimeout("tcp", addr, Patience)
	if err != nil {
		return nil, err
	}
	return Over(nc), nil
}

// Over gives a Conn on a connection that somebody else has made.
func Over(nc net.Conn) *Conn { return &Conn{under: nc, nc: nc} }

// Send writes text as it is.
func (c *Conn) Send(text string) error {
	if err := c.nc.SetWriteDeadline(time.Now().Add(Patience)); err != nil {
		return err
	}
	_, err := io.WriteString(c.nc, text)
	return err
}

// Sendf is Send of a formatted text; the arguments are not escaped.
func (c *Conn) Sendf(format string, args ...any) error { return c.Send(fmt.Sprintf(format, args...)) }

// Next gives the next element within the limit, or the error that there is none:
// ErrEnd for the server's closing tag, io.EOF when the connection was closed, or
// a timeout, after which reading may go on.
func (c *Conn) Next(limit time.Duration) (*Element, error) {
	raw, kind, err := c.next(limit)
	if err != nil {
		return nil, err
	}
	return c.give(raw, kind)
}

// NextRaw is Next for a test that has too much to read to look at all of it: the element
// as it came, which nobody has checked.
func (c *Conn) NextRaw(limit time.Duration) (string, error) {
	raw, kind, err := c.next(limit)
	if err == nil && kind == closingTag {
		err = ErrEnd
	}
	return raw, err
}

func (c *Conn) next(limit time.Duration) (raw string, k kind, err error) {
	if err := c.nc.SetReadDeadline(time.Now().Add(limit)); err != nil {
		return "", element, err
	}
	for {
		n, kind, err := split(c.buf)
		if err != nil {
			return "", element, fmt.Errorf("%w in %.200q", err, c.buf)
		}
		if n > 0 {
			raw := string(c.buf[:n])
			c.buf = c.buf[n:]
			return raw, kind, nil
		}
		if c.failure != nil {
			return "", element, c.failure
		}
		if err := c.fill(); err != nil {
			return "", element, err
		}
	}
}

// give makes what raw is.
func (c *Conn) give(raw string, kind kind) (*Element, error) {
	c.seen = append(c.seen, raw)
	if len(c.seen) > remembered {
		c.seen = append(c.seen[:0:0], c.seen[len(c.seen)-remembered/2:]...)
	}
	switch kind {
	case closingTag:
		return nil, ErrEnd
	case openingTag:
		return parse(raw + "</stream:stream>")
	default:
		return parse(within + raw + "</stream:stream>")
	}
}

// fill reads once.
func (c *Conn) fill() error {
	if len(c.buf) > maxBuffered {
		return errors.New("an element without an end")
	}
	var chunk [16 << 10]byte
	n, err := c.nc.Read(chunk[:])
	c.buf = append(c.buf, chunk[:n]...)
	if err == nil {
		return nil
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		if n > 0 {
			return nil
		}
		return err
	}
	c.failure = err
	return nil
}

// Net gives the connection that is spoken on: TLS once that is there.
func (c *Conn) Net() net.Conn { return c.nc }

// Under gives the connection below TLS.
func (c *Conn) Under() net.Conn { return c.under }

// CloseWrite closes our direction of the TCP connection, below TLS.
func (c *Conn) CloseWrite() error {
	half, ok := c.under.(interface{ CloseWrite() error })
	if !ok {
		return errors.New("the connection cannot be closed by halves")
	}
	return half.CloseWrite()
}

// Close drops the connection without a word.
func (c *Conn) Close() { _ = c.under.Close() }

// Transcript gives the last things that came in, for failing tests.
func (c *Conn) Transcript() string {
	lines := make([]string, len(c.seen))
	for i, raw := range c.seen {
		if len(raw) > 240 {
			raw = raw[:240] + "…"
		}
		lines[i] = "  ← " + raw
	}
	return strings.Join(lines, "\n")
}

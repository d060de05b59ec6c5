package wire

import (
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

// Want reads one element, which has to match the pattern.
func (c *Conn) Want(t testing.TB, why, pattern string) *Element {
	t.Helper()
	e, err := c.Next(Patience)
	if err != nil {
		t.Fatalf("%s: wanted %s\n%v\n%s", why, pattern, err, c.Transcript())
	}
	if err := Match(pattern, e); err != nil {
		t.Fatalf("%s: wanted %s\n%v\n%s", why, pattern, err, c.Transcript())
	}
	return e
}

// WantEnd reads the server's closing tag and the end of the connection.
func (c *Conn) WantEnd(t testing.TB, why string) {
	t.Helper()
	if e, err := c.Next(Patience); !errors.Is(err, ErrEnd) {
		t.Fatalf("%s: wanted </stream:stream>, got %v %v\n%s", why, e, err, c.Transcript())
	}
	c.WantClosed(t, why)
}

// WantClosed reads the end of the connection, by which nothing may come any more.
func (c *Conn) WantClosed(t testing.TB, why string) {
	t.Helper()
	e, err := c.Next(Patience)
	if err == nil {
		t.Fatalf("%s: wanted the end of the connection, got %v\n%s", why, e, c.Transcript())
	}
	if !Gone(err) {
		t.Fatalf("%s: wanted the end of the connection, got %v\n%s", why, err, c.Transcript())
	}
}

// Gone reports whether an error of Next is the end of the connection.
func Gone(err error) bool {
	var op *net.OpError
	if errors.As(err, &op) && op.Timeout() {
		return false
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || op != nil
}

// WantIdle has the server answer a ping, and nothing before that: so nothing was
// on its way to this client.
func (c *Conn) WantIdle(t testing.TB, why string) {
	t.Helper()
	const id = "is-it-idle"
	if err := c.Send("<iq type='get' id='" + id + "'><ping xmlns='urn:xmpp:ping'/></iq>"); err != nil {
		t.Fatalf("%s: %v\n%s", why, err, c.Transcript())
	}
	c.Want(t, why, "<iq type='result' id='"+id+"'/>")
}

// MustSend is Send for tests.
func (c *Conn) MustSend(t testing.TB, text string) {
	t.Helper()
	if err := c.Send(text); err != nil {
		t.Fatalf("send %.200q: %v\n%s", text, err, c.Transcript())
	}
}

// Soon is the time by which something has to happen that takes no time.
func Soon() <-chan time.Time { return time.After(Patience) }

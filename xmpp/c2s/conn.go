package c2s

import (
	"errors"
	"net"

	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// errClosed says that the client has closed its stream.
var errClosed = errors.New("stream closed by the client")

// A conn is a connection during login. mellium's negotiation loop reads from it
// and writes to it.
//
// It is an io.ByteReader, which encoding/xml reads without a buffer of its own,
// and it hands out one event of our framer at a time, so when the login is over
// nothing of what a pipelining client has sent is lost inside a decoder. What
// the loop reads is not what the client sent but the little that the loop needs:
// a clean header, or the name of an element. The element itself stays in event
// for the feature that the loop chooses. So all that the client sends is checked
// before login by the code that checks it afterwards.
//
// Writes gather until the client is waited for.
type conn struct {
	net.Conn // the wire, or TLS over it
	framer   *stream.Framer
	event    stream.Event // the last one; valid until the next
	unread   bool         // event is to be handed out again
	feed     []byte       // what is left for the loop to read
	out      []byte
	instead  []byte // our header, to be written in place of what the loop writes next
	err      error  // what ended the reading or writing
	// digest gives what the loop reads of an event; nothing means that the event
	// has been dealt with.
	digest func(stream.Event) ([]byte, error)
}

// ReadByte gives the loop the next byte.
func (c *conn) ReadByte() (byte, error) {
	for len(c.feed) == 0 {
		ev, err := c.next()
		if err == nil {
			c.feed, err = c.digest(ev)
		}
		if err != nil {
			return 0, c.fail(err)
		}
	}
	b := c.feed[0]
	c.feed = c.feed[1:]
	return b, nil
}

// Read serves readers that do not look for ReadByte.
func (c *conn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b, err := c.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = b
	n := copy(p[1:], c.feed)
	c.feed = c.feed[n:]
	return n + 1, nil
}

// next gives the next event of the client's stream.
func (c *conn) next() (stream.Event, error) {
	if c.unread {
		c.unread = false
		return c.event, nil
	}
	for {
		ev, err := c.framer.Next()
		if err != nil {
			return ev, c.fail(err)
		}
		if ev.Kind != stream.NeedMore {
			c.event = ev
			return ev, nil
		}
		if err := c.flush(); err != nil {
			return ev, err
		}
		n, err := c.Conn.Read(c.framer.Buffer())
		c.framer.Advance(n)
		if n == 0 && err != nil {
			return ev, c.fail(err)
		}
	}
}

// Write queues p.
func (c *conn) Write(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	if c.instead != nil {
		// The loop writes its header by one Write, without escaping what is in it.
		c.out = append(c.out, c.instead...)
		c.instead = nil
		return len(p), nil
	}
	c.out = append(c.out, p...)
	return len(p), nil
}

// say queues an element of ours.
func (c *conn) say(xml []byte) { c.out = append(c.out, xml...) }

// flush writes what is queued.
func (c *conn) flush() error {
	if len(c.out) == 0 {
		return nil
	}
	_, err := c.Conn.Write(c.out)
	c.out = c.out[:0]
	return c.fail(err)
}

// switchTo goes on over another connection, with a new stream to come.
func (c *conn) switchTo(nc net.Conn, l stanza.Limits) {
	c.Conn = nc
	c.framer.Reset(l)
}

// fail remembers the first error, which is more telling than what the loop makes of it.
func (c *conn) fail(err error) error {
	if c.err == nil {
		c.err = err
	}
	return err
}

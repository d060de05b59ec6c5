package websocket

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/gorilla/websocket"

	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// inside stands for the header of the stream that the elements of a client are in:
// each message is read as what comes behind it. It declares no prefix, so each
// message has to declare its own (RFC 7395 §3.3.3).
var inside = stream.Header{ContentNS: stream.NSClient, Prefix: "stream"}

// Read gives the next bytes of the client's stream. An error is a *stream.Error if
// the client has broken a rule; what is read after that is worth nothing.
func (c *Conn) Read(p []byte) (int, error) {
	if c.fault != nil {
		return c.drain(p)
	}
	for len(c.pending) == 0 {
		if err := c.next(); errors.Is(err, errResting) {
			c.stopReading()
			return 0, os.ErrDeadlineExceeded
		} else if err != nil {
			c.in.Reset(c.limits)
			c.fault = err
			return 0, err
		}
	}
	n := copy(p, c.pending)
	if c.pending = c.pending[n:]; len(c.pending) == 0 {
		c.in.Reset(c.limits)
	}
	return n, nil
}

// next reads a message and makes what is to be read out of it; nothing if it says
// nothing.
func (c *Conn) next() error {
	kind, r, err := c.reading().NextReader()
	if err != nil {
		return c.lost(err)
	}
	if kind != websocket.TextMessage {
		// RFC 7395 §3.2: messages "MUST be of the text type".
		c.sayGoodbye(websocket.CloseUnsupportedData)
		return fmt.Errorf("%w: a binary message", io.ErrUnexpectedEOF)
	}
	return c.message(r)
}

// message makes what is to be read out of one message.
func (c *Conn) message(r io.Reader) error {
	c.in.Resume(&inside)
	if err := c.fill(r); err != nil {
		return err
	}
	raw := c.in.Buffered()
	switch {
	case onlySpace(raw):
		// RFC 7395 §3.8 wants pings instead; the client may think that it is on TCP.
		c.hear(len(raw))
		c.in.Reset(c.limits)
		return nil
	case raw[0] != '<':
		return stream.BadFormat.Err("a message begins with <") // RFC 7395 §3.3.3
	}
	ev, err := c.in.Next()
	switch {
	case err != nil:
		return err
	case ev.Kind == stream.NeedMore:
		return stream.NotWellFormed.Err("not a whole element")
	case ev.Kind != stream.Whole, !onlySpace(c.in.Buffered()):
		// RFC 7395 §3.3: a message is one element, and the stream has no tags.
		return stream.BadFormat.Err("not a single element")
	}
	return c.judge(ev.Element)
}

// fill reads a whole message.
func (c *Conn) fill(r io.Reader) error {
	for size := 0; ; {
		n, err := r.Read(c.in.Buffer())
		c.in.Advance(n)
		switch size += n; {
		case size > c.limits.Bytes && c.limits.Bytes > 0:
			return stream.PolicyViolation.Err("a message that is too big")
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return c.lost(err)
		}
	}
}

// judge makes what is to be read of an element.
func (c *Conn) judge(el stream.Element) error {
	local := string(el.Local())
	framing := el.Namespace() == nsFraming
	switch {
	case framing && local == "close":
		c.left.Store(true)
		if c.closed.Load() {
			c.sayGoodbye(websocket.CloseNormalClosure)
		}
		c.pending = stream.AppendClose(nil)
	case framing && local == "open":
		if !c.awaits.Swap(false) {
			return stream.BadFormat.Err("no restart is due") // RFC 7395 §3.7
		}
		c.pending = opening(el)
	case local == "open" && c.awaits.Load():
		return stream.InvalidNamespace.Err("") // RFC 7395 §3.3.2
	case c.awaits.Load():
		return stream.BadFormat.Err("the stream is not open") // RFC 7395 §3.4
	case framing:
		return stream.UnsupportedStanzaType.Err("")
	default:
		c.pending = el.Raw
	}
	return nil
}

// opening makes the opening tag of a stream out of <open/>.
func opening(el stream.Element) []byte {
	h := stream.Header{ContentNS: stream.NSClient}
	for a := range stanza.Attributes(el.Raw) {
		switch name := string(a.Local); {
		case string(a.Prefix) == "xml" && name == "lang":
			h.Lang = a.Text()
		case len(a.Prefix) > 0:
		case name == "to":
			h.To = a.Text()
		case name == "from":
			h.From = a.Text()
		case name == "version":
			h.Version = a.Text()
		}
	}
	return stream.AppendHeader(nil, &h)
}

// drain reads on where nothing counts any more but the client's <close/>, so that the
// client gets to see our last words.
func (c *Conn) drain(p []byte) (int, error) {
	for {
		_, r, err := c.reading().NextReader()
		if err != nil {
			return 0, c.lost(err)
		}
		n, err := io.ReadAtLeast(r, p, min(len(p), len("<close")))
		switch {
		case bytes.HasPrefix(p[:n], []byte("<close")):
			c.left.Store(true)
			if c.closed.Load() {
				c.sayGoodbye(websocket.CloseNormalClosure)
			}
			return 0, io.EOF
		case n > 0:
			return n, nil
		case err != nil && !errors.Is(err, io.EOF):
			return 0, c.lost(err)
		}
	}
}

// lost tells the ends of a connection that are to be expected from mistakes of ours:
// a client that has gone, or that does not keep to RFC 6455, is the former.
func (c *Conn) lost(err error) error {
	if c.from.rested {
		return errResting
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return err
	}
	if errors.Is(err, net.ErrClosed) {
		return err
	}
	return fmt.Errorf("%w: %w", io.ErrUnexpectedEOF, err)
}

func onlySpace(text []byte) bool {
	return len(bytes.TrimLeft(text, " \t\r\n")) == 0
}

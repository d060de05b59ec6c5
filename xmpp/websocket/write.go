package websocket

import (
	"time"

	"github.com/gorilla/websocket"

	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// unlimited lets all pass that we write ourselves.
var unlimited = stanza.Limits{Bytes: 1 << 30, Depth: 1 << 16, Attrs: 1 << 16, Children: 1 << 24}

// Write takes bytes of our stream. What becomes whole by them leaves at once, by one
// write.
func (c *Conn) Write(p []byte) (int, error) {
	c.outlet.hold()
	c.out.Feed(p)
	err := c.send()
	c.out.Release()
	if failed := c.outlet.release(); err == nil {
		err = failed
	}
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

// send makes messages of all that is whole.
func (c *Conn) send() error {
	for {
		ev, err := c.out.Next()
		if err != nil {
			return err
		}
		switch ev.Kind {
		case stream.NeedMore:
			if c.out.Keepalives() == 0 {
				return nil
			}
			// RFC 7395 §3.8: no white space; a WebSocket has pings.
			return c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(patience))
		case stream.Opening:
			err = c.say(appendOpen(nil, ev.Header))
		case stream.Whole:
			err = c.element(ev.Element)
		case stream.Closing:
			err = c.say([]byte("<close xmlns='" + nsFraming + "'/>"))
			c.closed.Store(true)
			if c.left.Load() {
				c.sayGoodbye(websocket.CloseNormalClosure)
			}
		}
		if err != nil {
			return err
		}
	}
}

// element sends an element of our stream. It declares its namespaces itself: what
// comes by a Framer has declared what it took from the stream's opening tag (RFC 7395
// §3.3.3).
func (c *Conn) element(el stream.Element) error {
	if el.Is(nsSASL, "success") {
		c.awaits.Store(true) // RFC 7395 §3.7
		defer c.out.Restart()
	}
	b := heldBuffers.Get().(*[]byte)
	*b = el.AppendAlone((*b)[:0])
	err := c.say(*b)
	if cap(*b) <= keptBuffer {
		*b = (*b)[:0]
		heldBuffers.Put(b)
	}
	return err
}

func (c *Conn) say(xml []byte) error { return c.ws.WriteMessage(websocket.TextMessage, xml) }

// appendOpen appends <open/> (RFC 7395 §3.4).
func appendOpen(dst []byte, h *stream.Header) []byte {
	dst = append(dst, "<open xmlns='"+nsFraming+"'"...)
	for _, a := range [...]struct{ name, value string }{
		{"id", h.ID}, {"from", h.From}, {"to", h.To}, {"version", h.Version}, {"xml:lang", h.Lang},
	} {
		if a.value != "" {
			dst = stanza.AppendAttr(dst, a.name, a.value)
		}
	}
	return append(dst, "/>"...)
}

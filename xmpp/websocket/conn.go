package websocket

import (
	"crypto/tls"
	"errors"
	"net"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gorilla/websocket"

	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// nsFraming is the namespace of <open/> and <close/> (RFC 7395 §3.3.2), nsSASL that
// of <success/>, behind which the stream starts anew.
const (
	nsFraming = "urn:ietf:params:xml:ns:xmpp-framing"
	nsSASL    = "urn:ietf:params:xml:ns:xmpp-sasl"
)

// A Conn is a stream in a WebSocket, for whom it looks like one over TCP. One
// goroutine may read while another writes.
type Conn struct {
	ws     *websocket.Conn
	outlet *outlet
	addr   net.Addr
	secure bool
	state  *tls.ConnectionState
	ping   time.Duration

	awaits atomic.Bool // the next element of the client has to be <open/>
	closed atomic.Bool // we have sent <close/>
	left   atomic.Bool // the client has sent <close/>

	// Of whoever reads:
	from    *reader // nil while nothing comes
	in      *stream.Framer
	limits  stanza.Limits
	pending []byte // what is left of the last message
	fault   error  // what has ended the stream
	heard   func(bytes int)

	// Of whoever writes:
	out *stream.Framer
}

// Secure reports whether nobody between the client and this machine can read.
func (c *Conn) Secure() bool { return c.secure }

// TLS is the state of the TLS connection that ends here; nil if there is none.
func (c *Conn) TLS() *tls.ConnectionState { return c.state }

// Allow bounds the elements that are read from now on.
func (c *Conn) Allow(l stanza.Limits) {
	c.limits = l
	c.in.SetLimits(l)
}

// Ping is how long the client may be silent before it is asked for a sign of life.
func (c *Conn) Ping() time.Duration { return c.ping }

// Heard has f called, within Read, for pings and pongs of the client.
func (c *Conn) Heard(f func(bytes int)) { c.heard = f }

// Unread gives back bytes that were read: the next Read begins with them. It is for whoever
// looks at the opening of a stream before it is served.
func (c *Conn) Unread(b []byte) { c.pending = append(append([]byte(nil), b...), c.pending...) }

// Undelivered is nil: as with TCP, nobody knows.
func (*Conn) Undelivered() []byte { return nil }

// Close implements net.Conn. It does not wait, and says nothing more.
func (c *Conn) Close() error { return c.outlet.Close() }

// LocalAddr implements net.Conn.
func (c *Conn) LocalAddr() net.Addr { return c.outlet.LocalAddr() }

// RemoteAddr is the address of the client, which may be behind a proxy.
func (c *Conn) RemoteAddr() net.Addr { return c.addr }

// SetDeadline implements net.Conn. A read that has met one is the last.
func (c *Conn) SetDeadline(t time.Time) error {
	_ = c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}

// SetReadDeadline implements net.Conn. A read that has met one is the last.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.outlet.readUntil(t) }

// Rest has a Read that waits for a message end with os.ErrDeadlineExceeded; the next
// one goes on.
func (c *Conn) Rest() { c.outlet.rest() }

// SyscallConn gives the socket for those who want to wait for input without reading
// (syscall.Conn). There is none below TLS.
func (c *Conn) SyscallConn() (syscall.RawConn, error) {
	if sc, ok := c.outlet.Conn.(syscall.Conn); ok && c.state == nil {
		return sc.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}

// SetWriteDeadline implements net.Conn. A write that has met one is the last.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.outlet.Conn.SetWriteDeadline(t) }

// patience is how long a control frame waits for what is being written.
const patience = time.Second

// pinged answers a ping (RFC 6455 §5.5.2).
func (c *Conn) pinged(data string) error {
	c.hear(len(data))
	// A connection that cannot be written to is noticed by whoever writes.
	_ = c.ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(patience))
	return nil
}

func (c *Conn) ponged(data string) error {
	c.hear(len(data))
	return nil
}

// hear tells that a control frame with so many bytes has come.
func (c *Conn) hear(n int) {
	const head = 6 // RFC 6455 §5.2
	if c.heard != nil {
		c.heard(head + n)
	}
}

// sayGoodbye begins the end of the WebSocket, once both streams are closed (RFC 7395 §3.6).
func (c *Conn) sayGoodbye(code int) {
	_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(patience))
}

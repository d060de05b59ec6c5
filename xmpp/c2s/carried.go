package c2s

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"causeway/xmpp/stanza"
)

// A Carrier is a connection in which another protocol carries a stream, such as
// WebSocket (RFC 7395) and BOSH (XEP-0206). What is read from it and written to it
// is a stream as over TCP; the carrier translates. There is no STARTTLS in it.
//
// Read gives a *stream.Error for what breaks a rule of the carrier; the stream ends
// with it.
type Carrier interface {
	net.Conn
	// Secure reports whether nobody between the client and this machine can read.
	Secure() bool
	// TLS is the state of the TLS connection that belongs to this stream alone, and
	// that ends here; nil if there is none. Log-ins can be bound to it.
	TLS() *tls.ConnectionState
	// Allow bounds the elements that are read from now on.
	Allow(stanza.Limits)
	// Ping is how long the client may be silent before white space is written, which
	// makes the carrier ask for a sign of life; 0 if it cannot.
	Ping() time.Duration
	// Heard has f called, within Read, for bytes that the client sent besides the stream.
	Heard(f func(bytes int))
	// Rest interrupts a Read that waits where nothing is half read: it ends with
	// os.ErrDeadlineExceeded, and the next one goes on. It is called for a Carrier that
	// is a syscall.Conn, or a Watcher.
	Rest()
	// Undelivered gives, after Close, the elements that were written and that the client
	// has not been seen to get; nil if nobody knows.
	Undelivered() []byte
}

// A Watcher is a Carrier without a socket that can tell when there is input. It calls
// wake once, from a goroutine of its own, for input or the end of the connection; it is
// false if there is either already.
type Watcher interface {
	Watch(wake func()) bool
}

// carried begins inside a Carrier.
const carried Mode = 2

// ServeCarried serves one stream that is carried. It returns when the client is
// logged in or gone; the stream goes on in a goroutine of its own.
func (s *Server) ServeCarried(ctx context.Context, c Carrier) { s.ServeConn(ctx, c, carried) }

// secured reports whether what the client says now can be read by nobody else.
func (l *login) secured() bool {
	return l.tls != nil || l.wire.carrier != nil && l.wire.carrier.Secure()
}

// encryption is the state of the TLS connection, nil if there is none that ends here.
func (l *login) encryption() *tls.ConnectionState {
	switch {
	case l.tls != nil:
		state := l.tls.ConnectionState()
		return &state
	case l.wire.carrier != nil:
		return l.wire.carrier.TLS()
	}
	return nil
}

// undelivered gives what the carrier of k has not brought to the client.
func (k *link) undelivered() *buffer {
	if k.wire.carrier == nil {
		return nil
	}
	if xml := k.wire.carrier.Undelivered(); len(xml) > 0 {
		return &buffer{b: xml}
	}
	return nil
}

// listen has the carrier tell of signs of life besides the stream. They count as
// what the client sends does.
func (k *link) listen() {
	if c := k.wire.carrier; c != nil {
		c.Heard(func(n int) {
			k.hear(n)
			k.pace()
		})
	}
}

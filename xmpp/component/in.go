package component

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"sync"

	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// errClosed says that the component has closed its stream.
var errClosed = errors.New("closed by the component")

// A link is one connection of a component.
type link struct {
	srv    *Server
	conn   net.Conn
	addr   netip.Addr // of the other side, for the throttle
	asked  string     // the domain that it asked for
	gate   *gate      // of that domain; nil until the header is read
	framer *stream.Framer
	st     stanza.Stanza  // the one being read
	opened bool           // our header is written
	flight sync.WaitGroup // the writing goroutine

	// Under gate.mu:
	last     []byte // what is written behind all stanzas
	unsent   []byte // stanzas that were given up
	why      error  // why our side was closed
	flushing bool
	closing  bool // nothing more is taken: the closing tag is in last, or written, or the connection is lost
}

func newLink(s *Server, nc net.Conn) *link {
	k := &link{srv: s, conn: nc, framer: stream.NewFramer(stanza.Limits{Bytes: s.cfg.Limits.HandshakeBytes, Depth: 8})}
	if a, ok := nc.RemoteAddr().(*net.TCPAddr); ok {
		k.addr = a.AddrPort().Addr().Unmap().WithZone("")
	}
	return k
}

// run serves the connection until it has ended.
func (k *link) run(ctx context.Context) {
	if err := k.enter(); err != nil {
		k.refuse(err)
		return
	}
	k.gate.attach(k)
	k.srv.log.Info("component connected", slog.String("domain", k.gate.domain), slog.String("addr", k.conn.RemoteAddr().String()))
	if closing := k.srv.welcome(k.conn); closing {
		k.gate.end(stream.SystemShutdown.Err("")) // Shutdown may have looked before it could see k
	}
	k.end(ctx, k.read(ctx))
}

// read takes what the component sends until its stream or the connection ends. Stanzas
// are routed in this goroutine, so they keep their order (RFC 6120 §10.1).
func (k *link) read(ctx context.Context) error {
	for {
		ev, err := k.next()
		if err != nil {
			return err
		}
		if err := k.take(ctx, ev); err != nil {
			return err
		}
	}
}

// next gives the next event of the component's stream. White space between stanzas,
// which keeps a connection alive (RFC 6120 §4.6.1), is none.
func (k *link) next() (stream.Event, error) {
	for {
		ev, err := k.framer.Next()
		if err != nil || ev.Kind != stream.NeedMore {
			return ev, err
		}
		k.framer.Release() // a buffer that has grown is not kept while nothing comes
		n, err := k.conn.Read(k.framer.Buffer())
		k.framer.Advance(n)
		if n == 0 && err != nil {
			return ev, err
		}
	}
}

// take deals with one event. An error ends the stream.
func (k *link) take(ctx context.Context, ev stream.Event) error {
	switch ev.Kind {
	case stream.Closing:
		return errClosed
	case stream.Opening:
		return stream.BadFormat.Err("") // no restart is due
	}
	if k.deaf() {
		return nil // our stream is closed; we only wait for the other side to close its own
	}
	el := ev.Element
	fault := k.st.Reset(el.Raw, el.Index, k.srv.resolve)
	switch {
	case errors.Is(fault, stanza.ErrNotStanza):
		return notStanza(el)
	case !el.Is(stream.NSComponent, k.st.Kind.String()):
		return stream.InvalidNamespace.Err("") // RFC 6120 §4.9.3.10
	}
	if err := k.addressed(); err != nil {
		return err
	}
	if fault != nil {
		return k.reject(ctx, fault)
	}
	// Inside, stanzas and what belongs to them are in the namespace of clients.
	st, err := k.st.InContent(stream.NSComponent, stanza.NSClient)
	if err != nil {
		return err
	}
	return k.route(ctx, st)
}

// notStanza takes an element that is no stanza.
func notStanza(el stream.Element) error {
	if el.Is(stream.NS, "error") {
		return errClosed // RFC 6120 §4.9.1.1: whoever sends one closes its stream
	}
	switch string(el.Local()) {
	case "message", "presence", "iq":
		return stream.InvalidNamespace.Err("") // RFC 6120 §4.9.3.10
	}
	return stream.UnsupportedStanzaType.Err("") // RFC 6120 §4.9.3.24
}

// addressed checks who is said to send the stanza: "All stanzas sent to the server MUST
// possess a 'from' attribute and a 'to' attribute, as in the 'jabber:server' namespace",
// and the domain of the first "MUST match the hostname of the component" (XEP-0114
// #proto).
func (k *link) addressed() error {
	ix := k.st.Index()
	switch {
	case ix.From.Value.Start == ix.From.Value.End, ix.To.Value.Start == ix.To.Value.End:
		return stream.ImproperAddressing.Err("a stanza needs from and to") // RFC 6120 §4.9.3.7
	case k.st.From.IsZero():
		return stream.ImproperAddressing.Err("from is not an address") // RFC 6120 §4.9.3.7
	case k.st.From.Domain() != k.gate.domain:
		return stream.InvalidFrom.Err("") // RFC 6120 §4.9.3.9
	}
	return nil
}

// reject answers a stanza that cannot be routed, such as one to what is no address. The
// stream goes on (RFC 6120 §8.3).
func (k *link) reject(ctx context.Context, fault error) error {
	var told *stanza.Error
	if !errors.As(fault, &told) {
		return fault
	}
	reply := k.st.ErrorReply(told)
	if reply != nil {
		// What is no address cannot be where the answer comes from.
		if reply.From.IsZero() {
			reply.From = k.st.From.Host()
		}
		_, _ = k.gate.Accept(ctx, reply) // if the stream is being closed, nobody needs it
	}
	return nil
}

// route lets a stanza in. There is nothing to acknowledge to a component, so nobody
// waits for what is written to the disk. A panic is the end of one stream, not of the
// server.
func (k *link) route(ctx context.Context, st *stanza.Stanza) (err error) {
	defer func() {
		if p := recover(); p != nil {
			k.srv.log.Error("a stream panicked", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			err = stream.InternalServerError.Err("")
		}
	}()
	if _, err := k.srv.cfg.Router.Emit(ctx, st); err != nil {
		return fmt.Errorf("route: %w", err)
	}
	return nil
}

func (k *link) deaf() bool {
	k.gate.mu.Lock()
	defer k.gate.mu.Unlock()
	return k.closing
}

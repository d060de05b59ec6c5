package websdk

import (
	"errors"
	"io"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// A phase says how far a Stream is.
type phase uint8

const (
	offered        phase = iota // answered here; the log-in will say which host it is to
	watching                    // to a host of ours; the log-in will say whether this is an SDK
	introduced                  // the server has been shown the stream; its first words are for nobody
	authenticating              // an SDK logs in
	talking                     // it is logged in
	ordinary                    // no SDK: all passes as it is
)

// A Stream is the Carrier of a stream that is, or may be, that of an SDK. One goroutine
// may read while another writes.
type Stream struct {
	Carrier // what carries it

	adapter *Adapter
	in      inlet
	heard   atomic.Pointer[func(int)]
	passing atomic.Bool // the phase is ordinary
	restart atomic.Bool // the client opens its stream anew

	reader  *stream.Framer // of the goroutine that reads the client
	writer  *stream.Framer // of whoever writes
	writing sync.Mutex     // one writes to the Carrier

	mu    sync.Mutex
	phase phase
	names names
	auth  []byte // for the server, once it has greeted
	keys  int    // log-ins that named no app of ours
	session
}

// newStream makes a Stream to domain, which stands for host, or for one that the log-in
// names if that is "". Its goroutine is stopped by the end of the Carrier.
func newStream(a *Adapter, c Carrier, domain, host string) *Stream {
	s := &Stream{
		Carrier: c, adapter: a, names: names{domain: domain, host: host},
		reader: stream.NewFramer(loginLimits), writer: stream.NewFramer(unlimited),
	}
	if host != "" {
		s.phase = watching
	}
	s.in.init()
	s.start()
	c.Allow(a.cfg.Limits)
	c.Heard(s.in.hear)
	go s.pump()
	return s
}

// unlimited lets all pass that the server writes.
var unlimited = stanza.Limits{Bytes: 1 << 30, Depth: 1 << 16, Attrs: 1 << 16, Children: 1 << 24}

// Read gives what the client says, as the server understands it.
func (s *Stream) Read(p []byte) (int, error) {
	return s.in.read(p, func(n int) {
		if f := s.heard.Load(); f != nil {
			(*f)(n)
		}
	})
}

// Heard has f called, within Read, for what the client sends besides the stream.
func (s *Stream) Heard(f func(bytes int)) { s.heard.Store(&f) }

// Allow does nothing: what is read from the Carrier has bounds of its own, which are those
// of its reader to change, and whoever reads here looks at each element again.
func (*Stream) Allow(stanza.Limits) {}

// Rest interrupts a Read that waits.
func (s *Stream) Rest() { s.in.rest() }

// Watch has wake called once when there is something to read; it is false if there is.
func (s *Stream) Watch(wake func()) bool { return s.in.watch(wake) }

// SetReadDeadline implements net.Conn.
func (s *Stream) SetReadDeadline(t time.Time) error {
	s.in.until(t)
	return nil
}

// SetDeadline implements net.Conn.
func (s *Stream) SetDeadline(t time.Time) error {
	s.in.until(t)
	return s.SetWriteDeadline(t)
}

// Undelivered gives what an ordinary client has not been seen to get; what an SDK has
// not is known by its receipts.
func (s *Stream) Undelivered() []byte {
	if s.passing.Load() {
		return s.Carrier.Undelivered()
	}
	return nil
}

// Close implements net.Conn.
func (s *Stream) Close() error {
	err := s.Carrier.Close()
	s.in.close()
	return err
}

// pump reads the client until the Carrier ends. What stands behind a fault is read, and
// forgotten, so that the client gets to see the last words of the server.
func (s *Stream) pump() {
	defer func() {
		if p := recover(); p != nil {
			s.adapter.cfg.Logger.Error("a stream panicked", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			s.in.end(stream.InternalServerError.Err(""))
		}
	}()
	buf := make([]byte, 4<<10)
	deaf := false
	for s.in.await() {
		n, err := s.Carrier.Read(buf)
		var fault *stream.Error
		switch {
		case deaf:
		case s.passing.Load():
			s.in.feed(buf[:n])
		case n > 0:
			if s.restart.Swap(false) {
				s.reader.Restart()
				s.reader.SetLimits(s.adapter.cfg.Limits)
			}
			s.reader.Feed(buf[:n])
			if errors.As(s.takeAll(), &fault) {
				s.in.fail(fault)
				deaf = true
			}
		}
		switch {
		case err == nil:
		case !deaf && errors.As(err, &fault):
			s.in.fail(fault)
			deaf = true
		default:
			s.in.end(err)
			return
		}
	}
}

// takeAll takes what is whole of what the client has sent.
func (s *Stream) takeAll() error {
	for {
		ev, err := s.reader.Next()
		if err != nil {
			return err
		}
		if ev.Kind == stream.NeedMore {
			s.reader.Release()
			return nil
		}
		answer := s.take(ev)
		if len(answer) > 0 {
			_ = s.send(answer) // whoever reads notices that the connection is gone
		}
		if s.passing.Load() {
			s.in.feed(s.reader.Buffered())
			s.reader.Reset(loginLimits)
			return nil
		}
	}
}

// send writes to the client.
func (s *Stream) send(b []byte) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	_, err := s.Carrier.Write(b)
	return err
}

// take takes one event of the client's stream, feeds the server with it, and gives what
// the client is answered at once.
func (s *Stream) take(ev stream.Event) (answer []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch ev.Kind {
	case stream.Opening:
		switch s.phase {
		case offered:
			return s.greeting()
		case watching:
			s.in.feed(ev.Raw)
		default:
			s.in.feed(s.opening(ev.Header))
		}
	case stream.Closing:
		if s.phase == offered { // the server has not heard of it yet
			s.in.end(io.EOF)
			return stream.AppendClose(nil)
		}
		s.in.feed(stream.AppendClose(nil))
	case stream.Whole:
		return s.takeElement(ev.Element)
	}
	return nil
}

// takeElement takes an element of the client.
func (s *Stream) takeElement(el stream.Element) (answer []byte) {
	if s.phase == talking {
		e, err := parse(el.Raw)
		if err != nil {
			s.in.feed(el.Raw)
			return nil
		}
		s.in.hear(len(el.Raw))
		return s.say(e)
	}
	if !el.Is(nsSASL, "auth") {
		if s.phase != offered { // nobody there would know what to do with it
			s.in.feed(el.Raw)
		}
		return nil
	}
	var inward []byte
	auth, err := parse(el.Raw)
	if err == nil {
		inward, answer = s.authenticate(auth)
	}
	switch {
	case len(answer) > 0:
		if s.keys++; s.keys >= maxKeys {
			s.in.fail(stream.PolicyViolation.Err("too many failed logins")) // RFC 6120 §6.4.5
		}
	case inward == nil:
		s.phase = ordinary
		s.passing.Store(true)
		s.in.feed(el.Raw)
	case s.phase == offered:
		s.phase, s.auth = introduced, inward
		s.in.feed(s.opening(&stream.Header{Version: "1.0"}))
	default:
		s.phase = authenticating
		s.in.feed(inward)
	}
	return answer
}

// Write takes bytes of the server's stream.
func (s *Stream) Write(p []byte) (int, error) {
	if s.passing.Load() {
		if err := s.send(p); err != nil {
			return 0, err
		}
		return len(p), nil
	}
	var out []byte
	s.writer.Feed(p)
	for {
		ev, err := s.writer.Next()
		if err != nil {
			return 0, err
		}
		if ev.Kind == stream.NeedMore {
			break
		}
		out = s.translate(out, ev)
	}
	s.writer.Release()
	if s.writer.Keepalives() > 0 {
		out = append(out, ' ')
	}
	if len(out) == 0 {
		return len(p), nil
	}
	if err := s.send(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// translate appends what the client is told of an event of the server's stream.
func (s *Stream) translate(out []byte, ev stream.Event) (told []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() {
		if p := recover(); p != nil { // whoever writes has others to write to
			s.adapter.cfg.Logger.Error("a translation panicked", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			told = out
		}
	}()
	switch ev.Kind {
	case stream.Opening:
		switch s.phase {
		case introduced, offered: // greeted already
			return out
		case watching:
			return append(out, ev.Raw...)
		}
		return append(out, s.answered(ev.Header)...)
	case stream.Closing:
		return append(out, ev.Raw...)
	}
	el := ev.Element
	switch {
	case el.Is(stream.NS, "features"):
		if s.phase == introduced {
			s.phase = authenticating
			s.in.feed(s.auth)
			s.auth = nil
			return out
		}
		e, err := parse(el.Raw)
		if err != nil {
			return out
		}
		s.trim(e)
		return e.append(out, stream.NSClient)
	case el.Is(nsSASL, "success"):
		s.writer.Restart()
		if s.phase == authenticating {
			s.phase = talking
			s.restart.Store(true)
		}
		return append(out, el.Raw...)
	case s.phase == talking && el.Namespace() != stream.NS:
		e, err := parse(el.Raw)
		if err != nil {
			s.adapter.cfg.Logger.Error("a stanza could not be translated", slog.Any("err", err))
			return out
		}
		return s.tell(out, e)
	}
	return append(out, el.Raw...)
}

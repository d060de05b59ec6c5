package bosh

import (
	"crypto/tls"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// nsSASL is the namespace of <success/>, behind which the stream starts anew.
const nsSASL = "urn:ietf:params:xml:ns:xmpp-sasl"

// A Pipe is the stream of a session, for whom it looks like one over TCP. One
// goroutine may read while another writes.
type Pipe struct {
	session *session
	addr    net.Addr
	secure  bool
	out     *stream.Framer // of whoever writes

	// Under session.mu:
	changed    sync.Cond
	in         []byte // what the client has sent, not yet read
	queue      []byte // what waits for the client: elements that stand alone
	failure    []byte // our <stream:error/>
	from, id   string // of our opening tag
	restarts   bool   // the client may open a stream
	closed     bool
	rests      bool   // reading is to end for now
	wake       func() // tells that there is something to read; nil if nobody waits for that
	lateToRead lateness
	lateToSend lateness
}

// A lateness is a deadline.
type lateness struct {
	timer *time.Timer
	over  bool
}

// Secure reports whether nobody between the client and this machine can read.
func (p *Pipe) Secure() bool { return p.secure }

// TLS is nil: requests come by one connection or another, so nothing can be bound to
// them.
func (*Pipe) TLS() *tls.ConnectionState { return nil }

// Allow does nothing: requests are bounded, and elements by whoever reads them.
func (*Pipe) Allow(stanza.Limits) {}

// Ping is 0: a client is alive as long as it has a request.
func (*Pipe) Ping() time.Duration { return 0 }

// Heard does nothing: what comes besides the stream is of no interest to it.
func (*Pipe) Heard(func(bytes int)) {}

// LocalAddr implements net.Conn.
func (p *Pipe) LocalAddr() net.Addr { return &net.TCPAddr{} }

// RemoteAddr is the address that the session was made from.
func (p *Pipe) RemoteAddr() net.Addr { return p.addr }

// feed takes what the client has sent. The lock is held.
func (p *Pipe) feed(xml []byte) {
	if len(xml) > 0 {
		p.in = append(p.in, xml...)
		p.stir()
	}
}

// Read gives the next bytes of the client's stream.
func (p *Pipe) Read(b []byte) (int, error) {
	s := p.session
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(p.in) == 0 {
		switch {
		case p.closed:
			return 0, net.ErrClosed
		case s.ending != nil:
			return 0, io.ErrUnexpectedEOF
		case p.lateToRead.over:
			return 0, os.ErrDeadlineExceeded
		case p.rests:
			p.rests = false
			return 0, os.ErrDeadlineExceeded
		}
		p.changed.Wait()
	}
	p.rests = false
	n := copy(b, p.in)
	if p.in = p.in[n:]; len(p.in) == 0 {
		p.in = nil
		s.push() // more may come
	}
	return n, nil
}

// Unread gives back bytes that were read: the next Read begins with them. It is for whoever
// looks at the opening of a stream before it is served.
func (p *Pipe) Unread(b []byte) {
	p.session.mu.Lock()
	defer p.session.mu.Unlock()
	p.in = append(append([]byte(nil), b...), p.in...)
}

// stir tells whoever waits that something has happened. The lock is held.
func (p *Pipe) stir() {
	p.changed.Broadcast()
	if p.wake != nil {
		go p.wake() // ends by itself; it takes locks that are held when ours are asked for
		p.wake = nil
	}
}

// Rest interrupts a Read that waits.
func (p *Pipe) Rest() {
	p.session.mu.Lock()
	defer p.session.mu.Unlock()
	if p.lateToRead.timer == nil {
		p.rests = true
		p.changed.Broadcast()
	}
}

// Watch has wake called once when there is something to read; it is false if there is.
func (p *Pipe) Watch(wake func()) bool {
	s := p.session
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(p.in) > 0 || p.closed || s.ending != nil {
		return false
	}
	p.wake = wake
	return true
}

// Write takes bytes of our stream. It waits while too much waits for the client.
func (p *Pipe) Write(b []byte) (int, error) {
	p.out.Feed(b)
	defer p.out.Release()
	for {
		ev, err := p.out.Next()
		if err != nil {
			return 0, err
		}
		if ev.Kind == stream.NeedMore {
			_ = p.out.Keepalives() // white space has no place here
			return len(b), p.flush()
		}
		if err := p.take(ev); err != nil {
			return 0, err
		}
	}
}

// flush gives the client what there is for it.
func (p *Pipe) flush() error {
	p.session.mu.Lock()
	defer p.session.mu.Unlock()
	p.session.push()
	return nil
}

// take takes an event of our stream.
func (p *Pipe) take(ev stream.Event) error {
	s := p.session
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(p.queue) > s.handler.cfg.QueueBytes && !p.closed && s.ending == nil && !p.lateToSend.over {
		s.push()
		if len(p.queue) > s.handler.cfg.QueueBytes {
			p.changed.Wait()
		}
	}
	switch {
	case p.closed, s.ending != nil:
		return net.ErrClosed
	case p.lateToSend.over:
		return os.ErrDeadlineExceeded
	}
	switch ev.Kind {
	case stream.Opening:
		p.from, p.id = ev.Header.From, ev.Header.ID
	case stream.Closing:
		s.finish(p.ending())
	case stream.Whole:
		el := ev.Element
		if el.Is(nsSASL, "success") {
			p.restarts = true
			p.out.Restart()
		}
		if el.Is(stream.NS, "error") {
			p.failure = el.AppendAlone(nil) // XEP-0206 #remote-stream-error
			return nil
		}
		p.queue = el.AppendAlone(p.queue)
		s.opened = true
	}
	return nil
}

// ending is how the session ends when our stream does.
func (p *Pipe) ending() *ending {
	if p.failure == nil {
		return &ending{}
	}
	e := &ending{condition: streamError, failure: p.failure}
	outer, inside, err := stanza.Split(p.failure)
	_ = outer
	if err != nil || len(inside) == 0 {
		return e
	}
	switch stream.Condition(inside[0].Local) {
	case stream.HostUnknown:
		return &ending{condition: hostUnknown}
	case stream.SystemShutdown:
		return &ending{condition: systemShutdown}
	}
	return e
}

// Undelivered takes back what the client has not been seen to get.
func (p *Pipe) Undelivered() []byte {
	s := p.session
	s.mu.Lock()
	defer s.mu.Unlock()
	var xml []byte
	for i := range s.answered {
		xml = append(xml, s.answered[i].payload...)
		s.answered[i].payload = nil
	}
	xml = append(xml, p.queue...)
	p.queue = nil
	return xml
}

// Close implements net.Conn.
func (p *Pipe) Close() error {
	s := p.session
	s.mu.Lock()
	defer s.mu.Unlock()
	p.closed = true
	p.in = nil
	p.lateToRead.set(p, time.Time{})
	p.lateToSend.set(p, time.Time{})
	p.stir()
	s.finish(&ending{condition: connectionFailed})
	return nil
}

// SetDeadline implements net.Conn.
func (p *Pipe) SetDeadline(t time.Time) error {
	_ = p.SetReadDeadline(t)
	return p.SetWriteDeadline(t)
}

// SetReadDeadline implements net.Conn.
func (p *Pipe) SetReadDeadline(t time.Time) error {
	p.session.mu.Lock()
	defer p.session.mu.Unlock()
	p.lateToRead.set(p, t)
	return nil
}

// SetWriteDeadline implements net.Conn.
func (p *Pipe) SetWriteDeadline(t time.Time) error {
	p.session.mu.Lock()
	defer p.session.mu.Unlock()
	p.lateToSend.set(p, t)
	return nil
}

// set moves the deadline. The lock is held.
func (l *lateness) set(p *Pipe, t time.Time) {
	if l.timer != nil {
		l.timer.Stop()
		l.timer = nil
	}
	l.over = false
	if t.IsZero() {
		return
	}
	d := time.Until(t)
	if d <= 0 {
		l.over = true
		p.changed.Broadcast()
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(d, func() {
		p.session.mu.Lock()
		defer p.session.mu.Unlock()
		if l.timer == timer { // it has not been moved in the last moment
			l.over = true
			p.changed.Broadcast()
		}
	})
	l.timer = timer
}

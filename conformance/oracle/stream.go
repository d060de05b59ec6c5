package oracle

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// ErrSilent is the time-out of Next: nothing whole came within the limit.
var ErrSilent = errors.New("nothing came in time")

// A transport carries one XML stream.
type transport interface {
	// next gives the next element and its text; it ends when the transport is closed.
	next() (*Element, string, error)
	// send writes text, which need not be XML at all.
	send(text string, limit time.Duration) error
	// restart expects a new stream.
	restart()
	close()
}

// A Stream is one XML stream with a server. It is for one goroutine.
type Stream struct {
	Name     string        // in the Log
	Patience time.Duration // how long the steps of a login wait, and writes
	Log      *Log
	Header   *Element // the server's last opening tag
	Features *Element // its last features

	t       transport
	tcp     *tcp // nil over HTTP
	pending chan answer
	ended   error
}

type answer struct {
	e   *Element
	raw string
	err error
}

// tcp is a transport over a connection.
type tcp struct {
	*Reader
	nc net.Conn
}

func (t *tcp) next() (*Element, string, error) { return t.Next() }

func (t *tcp) restart() { t.Restart() }

func (t *tcp) send(text string, limit time.Duration) error {
	if err := t.nc.SetWriteDeadline(time.Now().Add(limit)); err != nil {
		return err
	}
	_, err := io.WriteString(t.nc, text)
	return err
}

func (t *tcp) close() { _ = t.nc.Close() }

// Dial connects to addr; with a TLS configuration, to one that begins with TLS.
func Dial(ctx context.Context, addr string, direct *tls.Config, patience time.Duration, log *Log) (*Stream, error) {
	d := net.Dialer{Timeout: patience}
	nc, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	s := &Stream{Patience: patience, Log: log}
	if direct != nil {
		if nc, err = shakeHands(ctx, nc, direct, patience); err != nil {
			return nil, err
		}
	}
	s.tcp = &tcp{Reader: NewReader(nc), nc: nc}
	s.t = s.tcp
	return s, nil
}

func shakeHands(ctx context.Context, nc net.Conn, conf *tls.Config, patience time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c := tls.Client(nc, conf)
	if err := c.HandshakeContext(ctx); err != nil {
		_ = nc.Close()
		return nil, fmt.Errorf("tls: %w", err)
	}
	return c, nil
}

// TLS gives the state of the TLS connection, nil if there is none.
func (s *Stream) TLS() *tls.ConnectionState {
	if s.tcp == nil {
		return nil
	}
	if c, ok := s.tcp.nc.(*tls.Conn); ok {
		state := c.ConnectionState()
		return &state
	}
	return nil
}

// Send writes text as it is.
func (s *Stream) Send(text string) error {
	s.Log.Out(s.Name, text)
	return s.t.send(text, s.Patience)
}

// Next gives the next element within the limit, or the reason why there is none:
// ErrSilent, ErrClosed for the closing tag of the stream, io.EOF for the end of the
// connection, or what was wrong with what came.
func (s *Stream) Next(limit time.Duration) (*Element, error) {
	if s.ended != nil {
		return nil, s.ended
	}
	if s.pending == nil {
		pending := make(chan answer, 1)
		s.pending = pending
		// Ends with the next element, or when Close closes the transport.
		go func() {
			e, raw, err := s.t.next()
			pending <- answer{e, raw, err}
		}()
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case a := <-s.pending:
		s.pending = nil
		if a.raw != "" {
			s.Log.In(s.Name, a.raw)
		}
		if a.err != nil {
			s.Log.Note(s.Name, a.err.Error())
			if errors.Is(a.err, ErrClosed) {
				return nil, a.err // the end of the connection may follow
			}
			s.ended = a.err
			return nil, a.err
		}
		return a.e, nil
	case <-timer.C:
		return nil, ErrSilent
	}
}

// Close drops the connection without a word.
func (s *Stream) Close() { s.t.close() }

// Header gives the opening tag of a stream to domain.
func Header(domain string) string {
	return "<?xml version='1.0'?><stream:stream to='" + Escape(domain) + "' xmlns='" + NSClient +
		"' xmlns:stream='" + NSStream + "' version='1.0' xml:lang='en'>"
}

// Expect reads one element with the patience of the stream.
func (s *Stream) Expect(space, local string) (*Element, error) {
	e, err := s.Next(s.Patience)
	if err != nil {
		return nil, fmt.Errorf("waiting for <%s/>: %w", local, err)
	}
	if e.Name.Space != space || e.Name.Local != local {
		return nil, fmt.Errorf("waiting for <%s/>: %.300s", local, e.Raw)
	}
	return e, nil
}

// StartTLS does RFC 6120 §5 and leaves a connection that waits for a header.
func (s *Stream) StartTLS(ctx context.Context, conf *tls.Config) error {
	if err := s.Send("<starttls xmlns='" + NSTLS + "'/>"); err != nil {
		return err
	}
	if _, err := s.Expect(NSTLS, "proceed"); err != nil {
		return err
	}
	return s.Secure(ctx, conf)
}

// Secure shakes hands on the connection as it is.
func (s *Stream) Secure(ctx context.Context, conf *tls.Config) error {
	if s.tcp == nil {
		return errors.New("no TCP connection")
	}
	if n := s.tcp.rec.in.Buffered(); n > 0 {
		return fmt.Errorf("%d bytes in the clear after <proceed/>", n)
	}
	c, err := shakeHands(ctx, s.tcp.nc, conf, s.Patience)
	if err != nil {
		return err
	}
	s.tcp.nc, s.tcp.Reader = c, NewReader(c)
	return nil
}

// Open sends the opening tag and reads the server's, and its features.
func (s *Stream) Open(domain string) error {
	s.t.restart()
	if opener, ok := s.t.(interface{ open(string) string }); ok {
		if err := s.Send(opener.open(domain)); err != nil {
			return err
		}
	} else if err := s.Send(Header(domain)); err != nil {
		return err
	}
	return s.ReadHeader()
}

// ReadHeader reads the server's opening tag and its features.
func (s *Stream) ReadHeader() error {
	h, err := s.Next(s.Patience)
	if err != nil {
		return fmt.Errorf("waiting for the header of the stream: %w", err)
	}
	if s.tcp == nil && h.Name.Local == "features" { // BOSH begins a stream again without a header
		s.Features = h
		return nil
	}
	if !strings.Contains("stream open body", h.Name.Local) {
		return fmt.Errorf("waiting for the header of the stream: %.300s", h.Raw)
	}
	s.Header = h
	s.Features, err = s.Expect(NSStream, "features")
	return err
}

// Restart has the reader expect the opening tag of a new stream.
func (s *Stream) Restart() { s.t.restart() }

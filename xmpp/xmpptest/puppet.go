package xmpptest

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// patience is how long a puppet waits for what it wants. Inside a bubble it
// passes at once.
const patience = 20 * time.Second

// A Puppet is one side of a stream that a test moves by hand: it sends what it is
// told and knows no protocol. Every expectation begins with its reason, so that a
// failing test explains itself.
type Puppet struct {
	// Vars holds what patterns have remembered; see Match.
	Vars map[string]string
	// Skip, if set, picks what the puppet does not want to see at all.
	Skip func(xml string) bool

	t      testing.TB
	name   string
	conn   net.Conn
	events chan string
	err    error // why the stream ended; set before events is closed
}

// NewPuppet makes a puppet of one end of a connection. The name is for the
// messages of failing tests.
func NewPuppet(t testing.TB, name string, conn net.Conn) *Puppet {
	p := &Puppet{Vars: make(map[string]string), t: t, name: name, conn: conn}
	p.listen()
	return p
}

// listen starts to cut what comes in into elements.
func (p *Puppet) listen() {
	events := make(chan string, 1<<16)
	p.events = events
	conn := p.conn
	go func() { // ends with the connection, or when TLS begins
		err := pump(conn, events)
		if !errors.Is(err, errProceed) {
			p.err = err
			close(events)
		}
	}()
}

// errProceed says that what comes next is TLS.
var errProceed = errors.New("tls begins")

// pump cuts what comes in until the connection fails.
func pump(conn net.Conn, events chan<- string) error {
	f := stream.NewFramer(stanza.Limits{Bytes: 16 << 20})
	for {
		ev, err := f.Next()
		if err != nil {
			return err
		}
		if ev.Kind == stream.NeedMore {
			n, err := conn.Read(f.Buffer())
			f.Advance(n)
			if n == 0 && err != nil {
				return err
			}
			continue
		}
		events <- string(ev.Raw)
		switch {
		case ev.Kind != stream.Whole:
		case ev.Element.Is("urn:ietf:params:xml:ns:xmpp-sasl", "success"):
			f.Restart() // RFC 6120 §6.4.6
		case ev.Element.Is("urn:ietf:params:xml:ns:xmpp-tls", "proceed"):
			return errProceed
		}
	}
}

// Send writes as it is.
func (p *Puppet) Send(xml string) {
	p.t.Helper()
	if _, err := p.conn.Write([]byte(xml)); err != nil {
		p.t.Fatalf("%s sends %.60q: %v", p.name, xml, err)
	}
}

// Header opens a stream to a host.
func (p *Puppet) Header(host string) {
	p.t.Helper()
	p.Send("<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='" + host + "'>")
}

// Next gives the next thing that comes in.
func (p *Puppet) Next(why string) string {
	p.t.Helper()
	for {
		select {
		case got, ok := <-p.events:
			if !ok {
				p.t.Fatalf("%s wants %s, but the connection ended: %v", p.name, why, p.err)
			}
			if !p.skips(got) {
				return got
			}
		case <-time.After(patience):
			p.t.Fatalf("%s wants %s, but nothing comes", p.name, why)
		}
	}
}

func (p *Puppet) skips(xml string) bool { return p.Skip != nil && p.Skip(xml) }

// Want wants the next element to match a pattern; see Match.
func (p *Puppet) Want(why, pattern string) string {
	p.t.Helper()
	got := p.Next(why)
	if missing := Match(pattern, got, p.Vars); missing != "" {
		p.t.Fatalf("%s wants %s: %s\n got: %s\nwant: %s", p.name, why, missing, got, pattern)
	}
	return got
}

// WantHeader wants the other side to open a stream, with the features that match
// a pattern; "" means any. It gives both.
func (p *Puppet) WantHeader(why, features string) (header, list string) {
	p.t.Helper()
	header = p.Next(why)
	if !strings.Contains(header, "<stream:stream") {
		p.t.Fatalf("%s wants %s: a stream header, got %s", p.name, why, header)
	}
	list = p.Next(why)
	if !strings.HasPrefix(list, "<stream:features") {
		p.t.Fatalf("%s wants %s: stream features, got %s", p.name, why, list)
	}
	if features != "" {
		if missing := Match(features, list, p.Vars); missing != "" {
			p.t.Fatalf("%s wants %s: %s\n got: %s", p.name, why, missing, list)
		}
	}
	return header, list
}

// WantError wants a stream error with a condition, the closing tag, and the end of
// the connection. A header may come first.
func (p *Puppet) WantError(why, condition string) string {
	p.t.Helper()
	got := p.Next(why)
	if strings.Contains(got, "<stream:stream") {
		got = p.Next(why)
	}
	if !strings.HasPrefix(got, "<stream:error><"+condition+" ") {
		p.t.Fatalf("%s wants %s: stream error %s, got %s", p.name, why, condition, got)
	}
	p.WantClosed(why)
	return got
}

// WantClosed wants the closing tag and the end of the connection, and closes its
// own side.
func (p *Puppet) WantClosed(why string) {
	p.t.Helper()
	if got := p.Next(why); !strings.HasPrefix(got, "</") {
		p.t.Fatalf("%s wants %s: a closing tag, got %s", p.name, why, got)
	}
	p.WantEnd(why)
	_ = p.conn.Close()
}

// WantEnd wants the connection to end without another word.
func (p *Puppet) WantEnd(why string) {
	p.t.Helper()
	for {
		select {
		case got, ok := <-p.events:
			if !ok {
				return
			}
			if !p.skips(got) {
				p.t.Fatalf("%s wants %s: the end, got %s", p.name, why, got)
			}
		case <-time.After(patience):
			p.t.Fatalf("%s wants %s, but the connection stays open", p.name, why)
		}
	}
}

// WantIdle wants nothing to come. It works in a bubble only.
func (p *Puppet) WantIdle(why string) {
	p.t.Helper()
	synctest.Wait()
	for {
		select {
		case got, ok := <-p.events:
			if !ok || !p.skips(got) {
				p.t.Fatalf("%s wants %s, got %q (open: %v, %v)", p.name, why, got, ok, p.err)
			}
		default:
			return
		}
	}
}

// StartTLS makes the connection a TLS client, once <proceed/> has come. Nothing
// must be on its way to the puppet.
func (p *Puppet) StartTLS(cfg *tls.Config) (*tls.ConnectionState, error) {
	t := tls.Client(p.conn, cfg)
	p.conn = t
	if err := t.Handshake(); err != nil {
		return nil, fmt.Errorf("tls handshake: %w", err)
	}
	p.listen()
	state := t.ConnectionState()
	return &state, nil
}

// Close closes the connection.
func (p *Puppet) Close() { _ = p.conn.Close() }

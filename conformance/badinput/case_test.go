package badinput

import (
	"errors"
	"strings"
	"testing"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

const domain = "capulet.lit"

// A stage is how far a connection has got.
type stage uint8

const (
	fresh   stage = iota // connected, nothing sent
	clear                // the stream is open, in the clear
	secured              // the stream is open, inside TLS
	known                // authenticated, no resource yet
	bound                // with a resource, not available
	managed              // bound, with stream management
)

// A bad is one case: what is sent, and what comes back.
type bad struct {
	name string
	at   stage
	send string
	// want are the patterns of all that comes, in order.
	want []string
	// ends says that the stream and the connection are over then.
	ends bool
}

// The parties of the cases. Those who misbehave are romeo's; tybalt is only ever
// given wrong passwords.
func person(s *process.Server, user string) wire.Target {
	return wire.Target{Addr: s.Addr, Domain: domain, TLS: s.TLS(), User: user, Password: process.Password}
}

// reach brings a new connection to a stage.
func reach(t *testing.T, s *process.Server, at stage) *wire.Conn {
	t.Helper()
	c, err := wire.Dial(s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	to := person(s, "romeo")
	switch at {
	case fresh:
	case clear:
		_, err = c.Open(domain)
	case secured:
		if _, err = c.Open(domain); err == nil {
			if err = c.StartTLS(to.TLS); err == nil {
				_, err = c.Open(domain)
			}
		}
	default:
		_, err = c.Enter(to)
	}
	if err == nil && at >= bound {
		err = c.Bind("orchard")
	}
	if err == nil && at >= managed {
		_, err = c.Enable(true)
	}
	if err != nil {
		t.Fatalf("before the case: %v\n%s", err, c.Transcript())
	}
	return c
}

// run runs the cases of a table, one after the other.
func run(t *testing.T, s *process.Server, others *bystanders, cases []bad) {
	t.Helper()
	for _, b := range cases {
		t.Run(b.name, func(t *testing.T) { b.run(t, s, others) })
	}
}

func (b *bad) run(t *testing.T, s *process.Server, others *bystanders) {
	c := reach(t, s, b.at)
	defer c.Close()
	others.chat(t)
	// An error of writing is no surprise: the server may have heard enough.
	_ = c.Send(b.send)
	if b.at == fresh {
		c.Want(t, "RFC 6120 §4.9.1.2: an opening tag comes before the error", "<stream:stream id='*' version='1.0'>")
	}
	for _, pattern := range b.want {
		c.Want(t, "the answer", pattern)
	}
	others.chat(t)
	if b.ends {
		c.WantEnd(t, "RFC 6120 §4.9.1.1: the stream is closed after an error")
	} else {
		b.goOn(t, s, c)
	}
	others.chat(t)
}

// goOn makes use of a stream that is not over.
func (b *bad) goOn(t *testing.T, s *process.Server, c *wire.Conn) {
	t.Helper()
	switch b.at {
	case fresh:
		c.Want(t, "the stream is open", "<stream:features/>")
	case secured:
		if err := c.Authenticate("romeo", process.Password); err != nil {
			t.Errorf("the login does not go on: %v\n%s", err, c.Transcript())
		}
	case clear:
		if err := c.StartTLS(person(s, "romeo").TLS); err != nil {
			t.Errorf("the stream does not go on: %v\n%s", err, c.Transcript())
		}
	case known:
		if err := c.Bind("orchard"); err != nil {
			t.Errorf("the login does not go on: %v\n%s", err, c.Transcript())
		}
	case managed:
		for c.MustSend(t, "<r xmlns='"+wire.NSManagement+"'/>"); ; {
			e, err := c.Next(wire.Patience)
			if err != nil {
				t.Fatalf("the stream does not go on: %v\n%s", err, c.Transcript())
			}
			if e.Name.Local == "a" {
				return
			}
			if e.Name.Local != "r" {
				t.Fatalf("unexpected: %v\n%s", e, c.Transcript())
			}
		}
	case bound:
		c.WantIdle(t, "the stream goes on, and nothing else came")
	}
}

// closed reads up to the end of the connection, whatever comes.
func closed(t *testing.T, c *wire.Conn) {
	t.Helper()
	for {
		_, err := c.Next(wire.Patience)
		if err == nil || errors.Is(err, wire.ErrEnd) {
			continue
		}
		if !wire.Gone(err) {
			t.Fatalf("the connection is not closed: %v\n%s", err, c.Transcript())
		}
		return
	}
}

const (
	nsStreams = "urn:ietf:params:xml:ns:xmpp-streams"
	nsStanzas = "urn:ietf:params:xml:ns:xmpp-stanzas"
)

// streamError is the answer that ends a stream.
func streamError(condition string) []string {
	return []string{"<stream:error><" + condition + " xmlns='" + nsStreams + "'/></stream:error>"}
}

// stanzaError is the answer to a stanza of that name with the id "x".
func stanzaError(stanza, kind, condition string) []string {
	return []string{"<" + stanza + " type='error' id='x'><error type='" + kind + "'><" + condition + " xmlns='" + nsStanzas + "'/></error></" + stanza + ">"}
}

// refused is the answer to an iq with the id "x".
func refused(kind, condition string) []string { return stanzaError("iq", kind, condition) }

// loginError is the answer to an exchange that fails.
func loginError(condition string) []string {
	return []string{"<failure xmlns='" + wire.NSSASL + "'><" + condition + "/></failure>"}
}

// iq makes a request with the id "x".
func iq(kind, to, payload string) string {
	if to != "" {
		to = " to='" + to + "'"
	}
	return "<iq type='" + kind + "' id='x'" + to + ">" + payload + "</iq>"
}

// nested is an element in itself, so deep.
func nested(depth int) string {
	return strings.Repeat("<a xmlns='urn:x'>", depth) + strings.Repeat("</a>", depth)
}

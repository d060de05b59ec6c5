package sessions

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

const (
	domain    = "capulet.lit"
	nsSM      = wire.NSManagement
	nsStanzas = "urn:ietf:params:xml:ns:xmpp-stanzas"
)

func TestMain(m *testing.M) { process.Main(m) }

// newServer starts a server with some people.
func newServer(t *testing.T, settings ...string) *process.Server {
	t.Helper()
	s := process.New(t, domain, append(settings, "accounts.iterations = 4096", `log.level = "warn"`)...)
	s.AddUsers(t, "romeo", "juliet", "nurse")
	s.Start(t)
	return s
}

// A person is a connection of somebody, with stream management or without.
type person struct {
	*wire.Conn
	t       *testing.T
	to      wire.Target
	session string // by which to resume; "" without stream management
	handled int    // stanzas that have come under stream management
}

// login binds a resource, and no more.
func login(t *testing.T, s *process.Server, user, resource string, managed bool) *person {
	t.Helper()
	to := wire.Target{Addr: s.Addr, Domain: domain, TLS: s.TLS(), User: user, Password: process.Password, Resource: resource}
	c, err := wire.Login(to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	p := &person{Conn: c, t: t, to: to}
	if managed {
		if p.session, err = c.Enable(true); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// arrive is login and initial presence, with its echo.
func arrive(t *testing.T, s *process.Server, user, resource string, managed bool) *person {
	t.Helper()
	p := login(t, s, user, resource, managed)
	p.appear()
	return p
}

func (p *person) appear() {
	p.t.Helper()
	p.MustSend(p.t, "<presence/>")
	p.want("its own presence", "<presence from='"+p.full()+"' type=''/>")
}

func (p *person) bare() string { return p.to.User + "@" + p.to.Domain }
func (p *person) full() string { return p.bare() + "/" + p.to.Resource }

// next gives the next stanza; requests to acknowledge are passed over.
func (p *person) next() (*wire.Element, error) {
	for {
		e, err := p.Next(wire.Patience)
		if err != nil {
			return nil, err
		}
		if e.Name.Space == wire.NSClient {
			p.handled++
		}
		if e.Name.Space != nsSM || e.Name.Local != "r" {
			return e, nil
		}
	}
}

// want reads one stanza and holds it against a pattern.
func (p *person) want(why, pattern string) *wire.Element {
	p.t.Helper()
	e, err := p.next()
	if err == nil {
		err = wire.Match(pattern, e)
	}
	if err != nil {
		p.t.Fatalf("%s: wanted %.300s\n%.300s\n%s", why, pattern, err.Error(), p.Transcript())
	}
	return e
}

// acknowledge tells that all has come that has.
func (p *person) acknowledge() {
	p.t.Helper()
	p.MustSend(p.t, fmt.Sprintf("<a xmlns='%s' h='%d'/>", nsSM, p.handled))
}

// ping has the server deal with all that was sent before.
func (p *person) ping() {
	p.t.Helper()
	p.MustSend(p.t, "<iq type='get' id='ping'><ping xmlns='urn:xmpp:ping'/></iq>")
	p.want("the answer to a ping", "<iq type='result' id='ping'/>")
}

// leave ends the stream; no stanza may come before the server's end of it.
func (p *person) leave() {
	p.t.Helper()
	p.MustSend(p.t, "</stream:stream>")
	if e, err := p.next(); !errors.Is(err, wire.ErrEnd) {
		p.t.Fatalf("wanted the end of the stream, got %v %v", e, err)
	}
	p.WantClosed(p.t, "after the end of the stream")
}

// say sends chat messages with the ids from first on, each with so many bytes of
// text.
func (p *person) say(to string, first, number, size int) {
	p.t.Helper()
	text := strings.Repeat("O", size)
	for i := first; i < first+number; i++ {
		p.MustSend(p.t, fmt.Sprintf("<message type='chat' to='%s' id='m%d'><body>%s</body></message>", to, i, text))
	}
}

// hear wants the messages with the ids from first on; with stream management each
// is acknowledged.
func (p *person) hear(why string, first, number int) {
	p.t.Helper()
	for i := first; i < first+number; i++ {
		p.want(why, fmt.Sprintf("<message id='m%d'/>", i))
		if p.session != "" {
			p.acknowledge()
		}
	}
}

// resume comes back on a new connection.
func (p *person) resume() {
	p.t.Helper()
	c, err := wire.Dial(p.to.Addr)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(c.Close)
	if _, err := c.Enter(p.to); err != nil {
		p.t.Fatal(err)
	}
	p.Conn = c
	p.MustSend(p.t, fmt.Sprintf("<resume xmlns='%s' previd='%s' h='%d'/>", nsSM, p.session, p.handled))
	p.want("resumption", "<resumed xmlns='"+nsSM+"' previd='"+p.session+"'/>")
}

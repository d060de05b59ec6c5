package plays

import (
	"errors"
	"fmt"
	"strings"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

// A player is one connection of somebody in the play.
type player struct {
	conn    *wire.Conn
	to      wire.Target
	domain  string          // of a component, else ""
	bound   bool            // has a resource, or is a component, so can be asked for a round trip
	session string          // the id to resume by, "" if there is none
	handled int             // stanzas that have come under stream management
	unread  []*wire.Element // have come, but nobody has asked for them yet
	trips   int             // round trips so far
}

// target gives how somebody logs in.
func target(s *process.Server, address, password string) (wire.Target, error) {
	bare, resource, _ := strings.Cut(address, "/")
	user, host, ok := strings.Cut(bare, "@")
	if !ok {
		return wire.Target{}, fmt.Errorf("%s is no address of a person", address)
	}
	cfg := s.TLS()
	cfg.ServerName = host
	return wire.Target{Addr: s.Addr, Domain: host, TLS: cfg, User: user, Password: password, Resource: resource}, nil
}

// enter connects and authenticates. What comes next are the features.
func enter(to wire.Target) (*player, error) {
	conn, err := wire.Dial(to.Addr)
	if err != nil {
		return nil, err
	}
	features, err := conn.Enter(to)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return &player{conn: conn, to: to, unread: []*wire.Element{features}}, nil
}

// open opens an encrypted stream to a host and goes no further. What comes next
// are the features.
func open(s *process.Server, host string) (*player, error) {
	cfg := s.TLS()
	cfg.ServerName = host
	conn, err := wire.Dial(s.Addr)
	if err != nil {
		return nil, err
	}
	var features *wire.Element
	if _, err = conn.Open(host); err == nil {
		if err = conn.StartTLS(cfg); err == nil {
			features, err = conn.Open(host)
		}
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return &player{conn: conn, unread: []*wire.Element{features}}, nil
}

// component connects as a component that speaks for a domain.
func component(s *process.Server, domain, secret, host string) (*player, error) {
	conn, err := wire.Component(s.ComponentAddr, domain, secret)
	if err != nil {
		return nil, err
	}
	return &player{conn: conn, to: wire.Target{Domain: host}, domain: domain, bound: true}, nil
}

// bind binds the resource, whatever features are offered, and turns on stream management if asked to.
func (p *player) bind(managed bool) (err error) {
	if err := p.conn.Bind(p.to.Resource); err != nil {
		return err
	}
	p.bound, p.unread = true, nil
	if managed {
		p.session, err = p.conn.Enable(true)
	}
	return err
}

// ask has a request answered before anything else is read; what comes meanwhile is kept.
func (p *player) ask(id, request string) error {
	if err := p.conn.Send(request); err != nil {
		return err
	}
	return p.readUntil(func(e *wire.Element) bool { return e.Is("iq") && e.Attr("id") == id })
}

// interested asks for the roster.
func (p *player) interested() error {
	return p.ask("roster", "<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>")
}

// appear sends initial presence, and reads it as it comes back (RFC 6121 §4.2.2).
func (p *player) appear() error {
	if err := p.conn.Send("<presence/>"); err != nil {
		return err
	}
	me := p.to.User + "@" + p.to.Domain + "/" + p.to.Resource
	return p.readUntil(func(e *wire.Element) bool { return e.Is("presence") && e.Attr("from") == me })
}

// roundTrip has the server answer a ping: then it has dealt with what was sent
// before, and what it had for this connection has come.
func (p *player) roundTrip() error {
	p.trips++
	id := fmt.Sprintf("round-trip-%d", p.trips)
	between := ""
	if p.domain != "" {
		between = " from='" + p.domain + "' to='" + p.to.Domain + "'" // XEP-0114 #proto
	}
	return p.ask(id, "<iq type='get' id='"+id+"'"+between+"><ping xmlns='urn:xmpp:ping'/></iq>")
}

// readUntil reads until something has come, and keeps the rest unread.
func (p *player) readUntil(is func(*wire.Element) bool) error {
	for {
		e, err := p.read()
		if err != nil {
			return err
		}
		if is(e) {
			return nil
		}
		p.unread = append(p.unread, e)
	}
}

// next gives what comes next.
func (p *player) next() (*wire.Element, error) {
	if len(p.unread) > 0 {
		e := p.unread[0]
		p.unread = p.unread[1:]
		return e, nil
	}
	return p.read()
}

// read reads one element from the connection.
func (p *player) read() (*wire.Element, error) {
	e, err := p.conn.Next(wire.Patience)
	if err != nil {
		return nil, err
	}
	if e.Name.Space == wire.NSClient {
		p.handled++
	}
	if e.Child(wire.NSBind, "bind") != nil && e.Attr("type") == "result" {
		p.bound = true
	}
	return e, nil
}

// isRequest reports whether e asks to acknowledge (XEP-0198 #acking).
func isRequest(e *wire.Element) bool {
	return e.Name.Space == wire.NSManagement && e.Name.Local == "r"
}

// end reads what is left up to the end of the stream and of the connection.
func (p *player) end() error {
	for {
		switch e, err := p.next(); {
		case err == nil && isRequest(e):
		case err == nil:
			return fmt.Errorf("this came before the end: %v", e)
		case errors.Is(err, wire.ErrEnd):
			_ = p.conn.Send("</stream:stream>") // an answer, unless it was the other way round
			if e, err := p.conn.Next(wire.Patience); !wire.Gone(err) {
				return fmt.Errorf("the connection goes on after </stream:stream>: %v %w", e, err)
			}
			return nil
		default:
			return fmt.Errorf("instead of </stream:stream>: %w", err)
		}
	}
}

// resume comes back on a new connection.
func (p *player) resume() error {
	back, err := enter(p.to)
	if err != nil {
		return err
	}
	p.conn = back.conn
	request := fmt.Sprintf("<resume xmlns='%s' previd='%s' h='%d'/>", wire.NSManagement, p.session, p.handled)
	if err := p.conn.Send(request); err != nil {
		return err
	}
	e, err := p.conn.Next(wire.Patience)
	if err != nil {
		return err
	}
	return wire.Match("<resumed xmlns='"+wire.NSManagement+"' previd='"+p.session+"' h='*'/>", e)
}

// befriend has two people subscribe to each other, and leave.
func befriend(a, b wire.Target) error {
	for _, scene := range []struct {
		who, whom wire.Target
		types     []string
	}{{a, b, []string{"subscribe"}}, {b, a, []string{"subscribed", "subscribe"}}, {a, b, []string{"subscribed"}}} {
		p, err := enter(scene.who)
		if err != nil {
			return err
		}
		defer p.conn.Close()
		if err := p.bind(false); err != nil {
			return err
		}
		for _, typ := range scene.types {
			if err := p.conn.Sendf("<presence type='%s' to='%s@%s'/>", typ, scene.whom.User, scene.whom.Domain); err != nil {
				return err
			}
		}
		if err := p.conn.Send("</stream:stream>"); err != nil {
			return err
		}
		if err := p.end(); err != nil {
			return err
		}
	}
	return nil
}

package load

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// Resource is what each client asks to be bound to.
const Resource = "bench"

// An Account is somebody who can log in.
type Account struct {
	User     string // before the @
	Password string
}

// A Security says when TLS begins.
type Security int

// The ways in.
const (
	Plain     Security = iota // never
	StartTLS                  // before the password (RFC 6120 §5)
	DirectTLS                 // with the connection (XEP-0368)
)

// A Door is where and how clients log in. It may be used by many goroutines.
type Door struct {
	Addr      string
	Domain    string
	Security  Security
	TLS       *tls.Config // nil: no certificate is verified
	Account   func(i int) Account
	Passwords *Passwords
	Limit     time.Duration           // for an answer, 0 for AnswerLimit
	Wrap      func(net.Conn) net.Conn // is given each connection, may be nil
}

// JID is the bare address of account i.
func (d *Door) JID(i int) string { return d.Account(i).User + "@" + d.Domain }

// Full is the address of the client of account i.
func (d *Door) Full(i int) string { return d.JID(i) + "/" + Resource }

// Login connects as account i and binds a resource.
func (d *Door) Login(ctx context.Context, i int) (*Client, error) {
	c, err := d.Knock(ctx, i)
	if err != nil {
		return nil, err
	}
	if err := d.enter(c, i); err != nil {
		_ = c.Conn.Close()
		return nil, fmt.Errorf("%s: %w", d.Account(i).User, err)
	}
	c.forget()
	return c, nil
}

// Knock connects, with direct TLS if that is the way in, and says nothing yet.
func (d *Door) Knock(ctx context.Context, turn int) (*Client, error) {
	c, err := Dial(ctx, d.Addr, d.Domain, turn)
	if err != nil {
		return nil, err
	}
	if d.Wrap != nil {
		c.Conn = d.Wrap(c.Conn)
	}
	c.Limit = d.Limit
	if d.Security == DirectTLS {
		if err := c.Secure(d.TLS); err != nil {
			_ = c.Conn.Close()
			return nil, err
		}
	}
	return c, nil
}

// enter does all up to the bound resource.
func (d *Door) enter(c *Client, i int) error {
	if err := d.Authenticated(c, i); err != nil {
		return err
	}
	// RFC 6120 §7.7.
	_, err := c.Ask("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>"+Resource+
		"</resource></bind></iq>", "</iq>")
	return err
}

// ErrTLS is told of a server that wants TLS where none was asked for.
var ErrTLS = errors.New("the server wants TLS first")

// Authenticated does all up to the features after SASL.
func (d *Door) Authenticated(c *Client, i int) error {
	features, err := c.Open()
	if err != nil {
		return err
	}
	if d.Security == StartTLS {
		if _, err := c.Ask("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "<proceed"); err != nil {
			return err
		}
		if _, err := c.Await(">"); err != nil {
			return err
		}
		if err := c.Secure(d.TLS); err != nil {
			return err
		}
		if features, err = c.Open(); err != nil {
			return err
		}
	}
	if !strings.Contains(features, "</mechanisms>") {
		if strings.Contains(features, "urn:ietf:params:xml:ns:xmpp-tls") && d.Security == Plain {
			return ErrTLS
		}
		return errors.New("the server offers no mechanism to log in")
	}
	if err := d.authenticate(c, d.Account(i), features); err != nil {
		return err
	}
	_, err = c.Open()
	return err
}

// authenticate does SCRAM (RFC 6120 §6.4) with the strongest hash that is offered, or
// PLAIN inside TLS or on loopback.
func (d *Door) authenticate(c *Client, who Account, features string) error {
	offers := func(name string) bool { return strings.Contains(features, "<mechanism>"+name+"</mechanism>") }
	const auth = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='"
	for _, hash := range hashes {
		if offers(hash.name) {
			return d.scram(c, who, hash, auth)
		}
	}
	if !offers("PLAIN") {
		return errors.New("the server offers neither SCRAM nor PLAIN")
	}
	if d.Security == Plain && localAddr(d.Addr, 0) == nil {
		return errors.New("the server wants the password in the clear")
	}
	_, err := c.Ask(auth+"PLAIN'>"+encode("\x00"+who.User+"\x00"+who.Password)+"</auth>", "<success")
	if err == nil {
		_, err = c.Await(">")
	}
	return err
}

func (d *Door) scram(c *Client, who Account, hash hash, auth string) error {
	s := scram{passwords: d.Passwords, password: who.Password, hash: hash}
	challenge, err := c.Ask(auth+hash.name+"'>"+encode(s.begin(who.User))+"</auth>", "</challenge>")
	if err != nil {
		return err
	}
	first, err := decode(challenge)
	if err != nil {
		return err
	}
	answer, err := s.answer(first)
	if err != nil {
		return err
	}
	success, err := c.Ask("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"+encode(answer)+"</response>", "</success>")
	if err != nil {
		return err
	}
	final, err := decode(success)
	if err != nil {
		return err
	}
	return s.verify(final)
}

func encode(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// decode returns the text in the last element of what was received.
func decode(element string) (string, error) {
	end := strings.LastIndex(element, "</")
	if end < 0 {
		return "", fmt.Errorf("no element in %q", element)
	}
	start := strings.LastIndexByte(element[:end], '>')
	text, err := base64.StdEncoding.DecodeString(element[start+1 : end])
	return string(text), err
}

// Register makes account i in band (XEP-0077 #usecases-register). One that is there
// already is no error.
func (d *Door) Register(ctx context.Context, i int) error {
	c, err := d.Knock(ctx, i)
	if err != nil {
		return err
	}
	defer func() { _ = c.Conn.Close() }()
	if _, err = c.Open(); err != nil {
		return err
	}
	if d.Security == StartTLS {
		if _, err = c.Ask("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "<proceed"); err == nil {
			_, err = c.Await(">")
		}
		if err == nil {
			err = c.Secure(d.TLS)
		}
		if err == nil {
			_, err = c.Open()
		}
		if err != nil {
			return err
		}
	}
	who := d.Account(i)
	answer, err := c.Ask("<iq type='set' id='register'><query xmlns='jabber:iq:register'><username>"+who.User+
		"</username><password>"+who.Password+"</password></query></iq>", "register")
	if err == nil {
		var rest string
		rest, err = c.Await(">")
		answer += rest
	}
	if err != nil {
		return err
	}
	if strings.Contains(answer[strings.LastIndex(answer, "<iq"):], "error") {
		if rest, err := c.Await("</iq>"); err != nil || !strings.Contains(rest, "<conflict") {
			return fmt.Errorf("registration of %s: %s%s %w", who.User, answer, rest, err)
		}
	}
	return nil
}

//go:build bench

package bench

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// resource is what each client asks to be bound to.
const resource = "bench"

// A door is where and how clients log in.
type door struct {
	addr      string
	domain    string
	tls       bool // STARTTLS, before the password
	password  string
	passwords *passwords
}

// login connects as user and binds a resource. turn picks the address to come
// from.
func (d *door) login(user string, turn int) (*client, error) {
	c, err := dial(d.addr, d.domain, turn)
	if err != nil {
		return nil, err
	}
	if err := d.negotiate(c, user); err != nil {
		_ = c.conn.Close()
		return nil, fmt.Errorf("%s: %w", user, err)
	}
	return c, nil
}

func (d *door) negotiate(c *client, user string) error {
	if _, err := c.open(); err != nil {
		return err
	}
	if d.tls {
		if _, err := c.ask("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"); err != nil {
			return err
		}
		if err := c.secure(); err != nil {
			return err
		}
		if _, err := c.open(); err != nil {
			return err
		}
	}
	if err := d.authenticate(c, user); err != nil {
		return err
	}
	if _, err := c.open(); err != nil {
		return err
	}
	// RFC 6120 §7.7.
	_, err := c.ask("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>"+resource+
		"</resource></bind></iq>", "</iq>")
	return err
}

// authenticate does SCRAM-SHA-256 (RFC 6120 §6.4).
func (d *door) authenticate(c *client, user string) error {
	s := scram{passwords: d.passwords, password: d.password}
	challenge, err := c.ask("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-256'>"+
		encode(s.begin(user))+"</auth>", "</challenge>")
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
	success, err := c.ask("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"+encode(answer)+"</response>", "</success>")
	if err != nil {
		return err
	}
	final, err := decode(success)
	if err != nil {
		return err
	}
	return s.verify(final)
}

// appear makes the client available (RFC 6121 §4.2) and waits until the server has
// done so: it tells a resource of its own presence (RFC 6121 §4.2.2).
func (c *client) appear() error {
	_, err := c.ask("<presence/>", "<presence")
	return err
}

// manage turns on stream management (XEP-0198 #enable).
func (c *client) manage() error {
	_, err := c.ask("<enable xmlns='urn:xmpp:sm:3'/>", "<enabled ")
	return err
}

func encode(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// decode returns the text in the last element of what was received.
func decode(element string) (string, error) {
	end := strings.LastIndex(element, "</")
	start := strings.LastIndexByte(element[:end], '>')
	text, err := base64.StdEncoding.DecodeString(element[start+1 : end])
	return string(text), err
}

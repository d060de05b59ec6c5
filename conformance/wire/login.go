package wire

import (
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"time"

	"mellium.im/sasl"
)

// The namespaces of a login (RFC 6120 §5 to §7).
const (
	NSTLS  = "urn:ietf:params:xml:ns:xmpp-tls"
	NSSASL = "urn:ietf:params:xml:ns:xmpp-sasl"
	NSBind = "urn:ietf:params:xml:ns:xmpp-bind"
)

// A Target is whom to log in as, and where.
type Target struct {
	Addr     string
	Domain   string
	TLS      *tls.Config // nil for none
	User     string
	Password string
	Resource string // "" lets the server choose
}

// Header gives an opening tag for a stream to domain.
func Header(domain string) string {
	return "<?xml version='1.0'?><stream:stream to='" + domain + "' xmlns='" + NSClient + "' xmlns:stream='" + NSStream + "' version='1.0'>"
}

// Login connects and goes through all steps up to the bound resource.
func Login(to Target) (*Conn, error) {
	c, err := Dial(to.Addr)
	if err != nil {
		return nil, err
	}
	if _, err = c.Enter(to); err == nil {
		err = c.Bind(to.Resource)
	}
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("log in as %s: %w", to.User, err)
	}
	return c, nil
}

// NSManagement is the namespace of stream management (XEP-0198).
const NSManagement = "urn:xmpp:sm:3"

// Enable turns on acknowledgements (XEP-0198 #enable). The id is that of the
// session, "" if it cannot be resumed.
func (c *Conn) Enable(resumable bool) (id string, err error) {
	ask := "<enable xmlns='" + NSManagement + "'/>"
	if resumable {
		ask = "<enable xmlns='" + NSManagement + "' resume='true'/>"
	}
	if err := c.Send(ask); err != nil {
		return "", err
	}
	e, err := c.expect("<enabled xmlns='" + NSManagement + "'/>")
	if err != nil {
		return "", err
	}
	if resumable && e.Attr("resume") != "true" && e.Attr("resume") != "1" {
		return "", fmt.Errorf("not resumable: %v", e)
	}
	return e.Attr("id"), nil
}

// Enter goes through the steps of a login before a resource is bound, and gives
// the features that the server then offers.
func (c *Conn) Enter(to Target) (*Element, error) {
	_, err := c.Open(to.Domain)
	if err == nil && to.TLS != nil {
		if err = c.StartTLS(to.TLS); err == nil {
			_, err = c.Open(to.Domain)
		}
	}
	if err == nil {
		err = c.Authenticate(to.User, to.Password)
	}
	if err != nil {
		return nil, err
	}
	return c.Open(to.Domain)
}

// Open opens a stream and gives the features that the server offers on it.
func (c *Conn) Open(domain string) (features *Element, err error) {
	if err := c.Send(Header(domain)); err != nil {
		return nil, err
	}
	if _, err := c.expect("<stream:stream from='" + domain + "' version='1.0' id='*'>"); err != nil {
		return nil, err
	}
	return c.expect("<stream:features/>")
}

// expect reads one element and holds it against a pattern.
func (c *Conn) expect(pattern string) (*Element, error) {
	e, err := c.Next(Patience)
	if err != nil {
		return nil, fmt.Errorf("instead of %s: %w", pattern, err)
	}
	if err := Match(pattern, e); err != nil {
		return nil, fmt.Errorf("%w: %v", err, e)
	}
	return e, nil
}

// StartTLS encrypts the connection (RFC 6120 §5).
func (c *Conn) StartTLS(cfg *tls.Config) error {
	if err := c.Send("<starttls xmlns='" + NSTLS + "'/>"); err != nil {
		return err
	}
	if _, err := c.expect("<proceed xmlns='" + NSTLS + "'/>"); err != nil {
		return err
	}
	return c.Handshake(cfg)
}

// Handshake begins TLS without asking.
func (c *Conn) Handshake(cfg *tls.Config) error {
	if len(c.buf) > 0 {
		return fmt.Errorf("data before the TLS handshake: %.200q", c.buf)
	}
	t := tls.Client(c.under, cfg)
	if err := t.SetDeadline(time.Now().Add(Patience)); err != nil {
		return err
	}
	c.nc = t
	return t.Handshake()
}

// Authenticate proves who we are by SCRAM-SHA-256, bound to the TLS channel if
// there is one, and checks that the server knows our password too (RFC 7677).
func (c *Conn) Authenticate(user, password string) error {
	mechanism := sasl.ScramSha256
	options := []sasl.Option{sasl.Credentials(func() ([]byte, []byte, []byte) {
		return []byte(user), []byte(password), nil
	})}
	if t, ok := c.nc.(*tls.Conn); ok {
		mechanism = sasl.ScramSha256Plus
		options = append(options, sasl.TLSState(t.ConnectionState()), sasl.RemoteMechanisms(mechanism.Name))
	}
	return c.exchange(mechanism, options)
}

func (c *Conn) exchange(mechanism sasl.Mechanism, options []sasl.Option) error {
	client := sasl.NewClient(mechanism, options...)
	_, first, err := client.Step(nil)
	if err != nil {
		return err
	}
	text := base64.StdEncoding.EncodeToString(first)
	if err := c.Send("<auth xmlns='" + NSSASL + "' mechanism='" + mechanism.Name + "'>" + text + "</auth>"); err != nil {
		return err
	}
	for {
		e, err := c.Next(Patience)
		if err != nil {
			return err
		}
		if e.Name.Space != NSSASL || e.Name.Local != "challenge" && e.Name.Local != "success" {
			return fmt.Errorf("authentication: %v", e)
		}
		data, err := base64.StdEncoding.DecodeString(e.Text)
		if err != nil {
			return fmt.Errorf("authentication: %w", err)
		}
		_, response, err := client.Step(data)
		if err != nil {
			return fmt.Errorf("authentication: %w", err)
		}
		if e.Name.Local == "success" {
			return nil
		}
		if err := c.Send("<response xmlns='" + NSSASL + "'>" + base64.StdEncoding.EncodeToString(response) + "</response>"); err != nil {
			return err
		}
	}
}

// Bind binds a resource; "" lets the server choose one.
func (c *Conn) Bind(resource string) error {
	if resource != "" {
		resource = "<resource>" + resource + "</resource>"
	}
	if err := c.Send("<iq type='set' id='bind'><bind xmlns='" + NSBind + "'>" + resource + "</bind></iq>"); err != nil {
		return err
	}
	_, err := c.expect("<iq type='result' id='bind'><bind xmlns='" + NSBind + "'><jid>*</jid></bind></iq>")
	return err
}

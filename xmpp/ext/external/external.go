package external

import (
	"context"
	"strconv"
	"strings"
	"time"

	"causeway/xmpp/stanza"
)

// NS is the namespace of external services (XEP-0215 #registrar-ns).
const NS = "urn:xmpp:extdisco:2"

// Config is what a Directory is made of.
type Config struct {
	Services []Service
	Secret   string        // shared with the TURN servers; "" for no credentials
	Lifetime time.Duration // of credentials
}

// A Directory tells of external services; it is a router.Handler for hosts.
type Directory struct{ cfg Config }

// New makes a directory.
func New(cfg Config) *Directory { return &Directory{cfg} }

// HandleIQ answers requests for services (XEP-0215 #all, #select) and for
// credentials (#credentials).
func (d *Directory) HandleIQ(_ context.Context, iq *stanza.Stanza) ([]byte, error) {
	services := iq.PayloadIs(NS, "services")
	// RFC 6120 §8.3.3.3: "the entity understands the namespace but does not
	// recognize the element name"
	if iq.Type != stanza.Get || !services && !iq.PayloadIs(NS, "credentials") {
		return nil, stanza.FeatureNotImplemented.Err("")
	}
	if iq.From.Local() == "" || iq.From.Domain() != iq.To.Domain() {
		// XEP-0215 #protocol: forbidden "if the requesting entity does not have
		// permission to receive the list"
		return nil, stanza.Forbidden.Err("")
	}
	if services {
		return d.services(iq)
	}
	return d.credentials(iq)
}

func (d *Directory) services(iq *stanza.Stanza) ([]byte, error) {
	var asked struct {
		Type string `xml:"type,attr"`
	}
	if err := iq.Decode(&asked); err != nil {
		return nil, err
	}
	p := []byte("<services xmlns='" + NS + "'")
	if asked.Type != "" {
		p = stanza.AppendAttr(p, "type", asked.Type)
	}
	p = append(p, '>')
	for _, s := range d.cfg.Services {
		if asked.Type == "" || s.Type == asked.Type {
			p = d.append(p, iq, s)
		}
	}
	return append(p, "</services>"...), nil
}

// A wanted is a service for which credentials are asked.
type wanted struct {
	Host string `xml:"host,attr"`
	Type string `xml:"type,attr"`
	Port string `xml:"port,attr"`
}

func (d *Directory) credentials(iq *stanza.Stanza) ([]byte, error) {
	var asked struct {
		Services []wanted `xml:"urn:xmpp:extdisco:2 service"`
	}
	if err := iq.Decode(&asked); err != nil {
		return nil, err
	}
	if len(asked.Services) == 0 {
		return nil, stanza.BadRequest.Err("no service is named")
	}
	p := []byte("<credentials xmlns='" + NS + "'>")
	found := false
	for _, s := range d.cfg.Services {
		for _, w := range asked.Services {
			// XEP-0215 #credentials: "MUST include the 'host' and 'type' attributes"
			if w.Host == "" || w.Type == "" {
				return nil, stanza.BadRequest.Err("a service has a host and a type")
			}
			if d.secured(s) && w.means(s) {
				p, found = d.append(p, iq, s), true
				break
			}
		}
	}
	if !found {
		// XEP-0215 #credentials: "If the server cannot obtain credentials": item-not-found
		return nil, stanza.ItemNotFound.Err("there are no credentials for this")
	}
	return append(p, "</credentials>"...), nil
}

// means reports whether s is asked for; the port matters only if it is named.
func (w wanted) means(s Service) bool {
	return strings.EqualFold(w.Host, s.Host) && w.Type == s.Type && (w.Port == "" || w.Port == strconv.Itoa(int(s.Port)))
}

// secured reports whether clients need credentials for s that we can make.
func (d *Directory) secured(s Service) bool {
	return d.cfg.Secret != "" && strings.HasPrefix(s.Type, "turn")
}

// append writes a service, with credentials for who asks if it has any
// (XEP-0215 #protocol).
func (d *Directory) append(p []byte, iq *stanza.Stanza, s Service) []byte {
	p = append(p, "<service"...)
	p = stanza.AppendAttr(p, "host", s.Host)
	p = stanza.AppendAttr(p, "port", strconv.Itoa(int(s.Port)))
	p = stanza.AppendAttr(p, "transport", s.Transport)
	p = stanza.AppendAttr(p, "type", s.Type)
	if d.secured(s) {
		c := newCredential(d.cfg.Secret, iq.From.Bare(), time.Now().Add(d.cfg.Lifetime))
		p = stanza.AppendAttr(p, "restricted", "1")
		p = stanza.AppendAttr(p, "username", c.username)
		p = stanza.AppendAttr(p, "password", c.password)
		// XEP-0215 #protocol: the DateTime of XEP-0082, in UTC
		p = stanza.AppendAttr(p, "expires", c.until.UTC().Format("2006-01-02T15:04:05Z"))
	}
	return append(p, "/>"...)
}

package wire

import (
	"crypto/sha1" // XEP-0114 #proto knows no other hash
	"encoding/hex"
	"fmt"
)

// NSComponent is the content namespace of the streams of components (XEP-0114 #proto).
// What inherits it from the stream is read as NSClient, so that patterns are written as
// for clients; what declares it is not.
const NSComponent = "jabber:component:accept"

// ComponentHeader gives an opening tag for a stream of the component domain.
func ComponentHeader(domain string) string {
	return "<?xml version='1.0'?><stream:stream to='" + domain + "' xmlns='" + NSComponent + "' xmlns:stream='" + NSStream + "'>"
}

// Component connects as the component of a domain, up to the answer to its handshake.
func Component(addr, domain, secret string) (*Conn, error) {
	c, err := Dial(addr)
	if err != nil {
		return nil, err
	}
	if err := c.shakeHands(domain, secret); err != nil {
		c.Close()
		return nil, fmt.Errorf("component %s: %w", domain, err)
	}
	return c, nil
}

func (c *Conn) shakeHands(domain, secret string) error {
	if err := c.Send(ComponentHeader(domain)); err != nil {
		return err
	}
	header, err := c.expect("<stream:stream from='" + domain + "' id='*'>")
	if err != nil {
		return err
	}
	sum := sha1.Sum([]byte(header.Attr("id") + secret))
	if err := c.Send("<handshake>" + hex.EncodeToString(sum[:]) + "</handshake>"); err != nil {
		return err
	}
	_, err = c.expect("<handshake/>")
	return err
}

package component

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"causeway/xmpp/jid"
)

// Config is what a Server is made of. Router is needed; the rest has the defaults that
// New fills in.
type Config struct {
	Router Router
	// Secrets has the secret of each component by its domain, in canonical form. There
	// are no other components.
	Secrets map[string]string
	// Throttle slows down guessing; nil means nobody does.
	Throttle Throttle
	Logger   *slog.Logger
	Limits   Limits
}

// Limits bounds what components may cost. What an authenticated component sends is not
// slowed down: the operator trusts it (XEP-0114 #security).
type Limits struct {
	Strangers      int           // connections at once without a handshake; default 100
	HandshakeBytes int           // of the stream header, and of the handshake; default 4 KiB
	StanzaBytes    int           // of one stanza; default 256 KiB
	Depth          int           // of the elements of a stanza; default 64
	Queue          int           // bytes that wait for one component; default 1 MiB
	Handshake      time.Duration // from the connection to the end of the handshake; default 30 s
	Write          time.Duration // of one write; default 30 s
	CloseHandshake time.Duration // to wait for the closing tag of the other side; default 2 s
	AcceptBacklog  time.Duration // pause after a failed accept; default 100 ms
}

func (c *Config) fill() error {
	if c.Router == nil {
		return errors.New("component: a router is needed")
	}
	for domain, secret := range c.Secrets {
		if j, err := jid.Parse(domain); err != nil || !j.IsHost() || j.String() != domain {
			return fmt.Errorf("component: %q is not a domain", domain)
		}
		if secret == "" {
			return fmt.Errorf("component: no secret for %s", domain)
		}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Limits.fill()
	return nil
}

func (l *Limits) fill() {
	number := func(n *int, d int) {
		if *n == 0 {
			*n = d
		}
	}
	number(&l.Strangers, 100)
	number(&l.HandshakeBytes, 4<<10)
	number(&l.StanzaBytes, 256<<10)
	number(&l.Depth, 64)
	number(&l.Queue, 1<<20)
	duration := func(t *time.Duration, d time.Duration) {
		if *t == 0 {
			*t = d
		}
	}
	duration(&l.Handshake, 30*time.Second)
	duration(&l.Write, 30*time.Second)
	duration(&l.CloseHandshake, 2*time.Second)
	duration(&l.AcceptBacklog, 100*time.Millisecond)
}

package c2s

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/xml"
	"errors"
	"log/slog"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// Config is what a Server is made of. Router and Directories are needed; the
// rest has the defaults that New fills in.
type Config struct {
	Router      Router
	Directories Directories
	// Tokens gives what people of a host log in with instead of a password; nil means
	// that they have passwords only.
	Tokens Tokens
	// Throttle slows down guessing; nil means nobody does.
	Throttle Throttle
	// Holder keeps the messages of cut streams on the disk; nil means they are kept
	// in memory only.
	Holder Holder
	// Missed is told of each message that a client had not acknowledged when its
	// connection was found to be lost: it seemed to be there, so nobody has woken it.
	// nil means that nobody needs to know.
	Missed func(ctx context.Context, full jid.JID, st *stanza.Stanza)
	// Behind tells that the disk is behind with what it is given: those who send much
	// are to wait until relief is closed, or all; relief is nil if nobody is to. nil
	// means that nobody ever is.
	Behind func() (all bool, relief <-chan struct{})
	// TLS is the base of all TLS connections: its GetCertificate picks by server
	// name. nil means that TLS is not offered, and that nobody can log in except as
	// PlainLoopback says.
	TLS *tls.Config
	// ClientCAs gives the authorities that certify the people of a host, so that they
	// can log in with a certificate (SASL EXTERNAL); nil means none, and nobody is
	// asked for one.
	ClientCAs func(host string) *x509.CertPool
	// PlainLoopback lets clients that connect from a loopback address log in
	// without TLS.
	PlainLoopback bool
	// Binding turns on the SASL mechanisms with channel binding.
	Binding bool
	// Advertised are the features that a stream names after the login because
	// services have them; there is nothing to negotiate about them.
	Advertised []xml.Name
	// Registrar makes accounts for strangers; nil means that nobody does.
	Registrar Registrar
	Logger    *slog.Logger
	Limits    Limits
}

// Limits bounds what clients may cost.
type Limits struct {
	Connections    int           // open at once; default 100,000
	PerAddress     int           // open at once from one IP address, loopback excepted; default 100
	LoginBytes     int           // of one element before login is complete; default 16 KiB, at least 10,000
	StanzaBytes    int           // of one element after that; default 256 KiB
	Depth          int           // of the elements of a stanza; default 64
	Rate           int           // bytes that one client may send in a second; 0 means 4 MiB, negative no limit
	Queue          int           // bytes that wait for one client: not written, or not acknowledged; default 1 MiB
	Deferred       int           // bytes that are held back for an inactive client; default 128 KiB, negative for none
	Tries          int           // failed logins on one connection; default 5
	Secure         time.Duration // from the connection to the end of the TLS handshake; default 30 s, or Login if that is shorter
	Login          time.Duration // from there to the bound resource; default 60 s
	Idle           time.Duration // of silence before the other side is asked whether it is there; default 5 min
	Answer         time.Duration // from that question to the end of the stream; default 60 s
	Write          time.Duration // of a write that does not end; default 30 s
	Resume         time.Duration // that a cut session waits for its client; default 5 min
	AcceptBacklog  time.Duration // pause after a failed accept; default 100 ms
	CloseHandshake time.Duration // to wait for the client's closing tag; default 2 s
}

func (l *Limits) fill() {
	number := func(n *int, d int) {
		if *n == 0 {
			*n = d
		}
	}
	number(&l.Connections, 100_000)
	number(&l.PerAddress, 100)
	number(&l.LoginBytes, 16<<10)
	number(&l.StanzaBytes, 256<<10)
	number(&l.Depth, 64)
	number(&l.Rate, 4<<20)
	number(&l.Queue, 1<<20)
	number(&l.Deferred, 128<<10)
	number(&l.Tries, 5)
	duration := func(t *time.Duration, d time.Duration) {
		if *t == 0 {
			*t = d
		}
	}
	duration(&l.Login, time.Minute)
	duration(&l.Secure, min(30*time.Second, l.Login))
	duration(&l.Idle, 5*time.Minute)
	duration(&l.Answer, time.Minute)
	duration(&l.Write, 30*time.Second)
	duration(&l.Resume, 5*time.Minute)
	duration(&l.AcceptBacklog, 100*time.Millisecond)
	duration(&l.CloseHandshake, 2*time.Second)
}

func (c *Config) fill() error {
	if c.Router == nil || c.Directories == nil {
		return errors.New("c2s: a router and a directory of accounts are needed")
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Limits.fill()
	return nil
}

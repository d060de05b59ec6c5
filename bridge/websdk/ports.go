package websdk

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"time"

	"causeway/bridge"
	"causeway/xmpp/stanza"
)

// A Carrier is a connection in which another protocol carries a stream, as c2s knows it.
type Carrier interface {
	net.Conn
	Secure() bool
	TLS() *tls.ConnectionState
	Allow(stanza.Limits)
	Ping() time.Duration
	Heard(f func(bytes int))
	Rest()
	Undelivered() []byte
	// Unread gives back bytes that were read: the next Read begins with them. It is
	// called once, before anybody else has the Carrier.
	Unread(b []byte)
}

// Keys knows the apps of all hosts by their appkeys (bridge.Apps).
type Keys interface {
	// AppOfKey finds an app by its appkey, org#app in lower case; ok is false if there is none.
	AppOfKey(ctx context.Context, key string) (a bridge.App, ok bool, err error)
}

// Config is what an Adapter is made of.
type Config struct {
	Keys Keys
	// Hosts are the hosts whose people may come with the SDK.
	Hosts []string
	// Domains are the names that the SDK takes for the XMPP domain, in lower case: ones that
	// are no hosts of ours, such as easemob.com, or Hosts that its pages name.
	Domains []string
	// Rooms gives where the rooms of a host are; "" if there are none.
	Rooms func(host string) string
	// PlainLoopback lets clients on this machine log in without TLS, as other clients may.
	PlainLoopback bool
	// Limits bound what somebody who is logged in may send.
	Limits stanza.Limits
	Logger *slog.Logger
}

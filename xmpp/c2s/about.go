package c2s

import "crypto/tls"

// About tells administrators how the client is connected: the address it comes
// from, the version of TLS, and the state, which is "connected", "resumable" (it is
// connected and may come back after a cut, XEP-0198) or "cut". What is not so at
// present is "".
func (c *client) About() (addr, version, state string) {
	c.mu.Lock()
	k := c.link
	switch {
	case c.cut:
		state = "cut"
	case k == nil:
	case c.ledger != nil && c.ledger.resumable:
		state = "resumable"
	default:
		state = "connected"
	}
	c.mu.Unlock()
	if k == nil {
		return "", "", state
	}
	if t, ok := k.conn.(*tls.Conn); ok {
		version = tls.VersionName(t.ConnectionState().Version)
	}
	if c := k.wire.carrier; c != nil && c.TLS() != nil {
		version = tls.VersionName(c.TLS().Version)
	}
	if k.wire.addr.IsValid() {
		addr = k.wire.addr.String()
	}
	return addr, version, state
}

// Cut reports whether the session waits for its client to come back (XEP-0198
// #resumption): what it is given now, nobody sees before that. It is not told of in
// Config.Missed.
func (c *client) Cut() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.over && c.ledger != nil && (c.link == nil || c.cut || c.holding != nil)
}

// LoggingIn gives how many connections have not logged in, as of a second ago.
func (s *Server) LoggingIn() int { return int(s.fresh.Load()) }

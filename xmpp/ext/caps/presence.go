package caps

import (
	"context"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// What a claim may have, in bytes; a longer one is not looked into. Hashes in
// base64 have 88 bytes at most, nodes are addresses of web pages.
const (
	maxHash = 32
	maxVer  = 256
	maxNode = 1024
)

// A claim names a set of capabilities (XEP-0115 #protocol).
type claim struct {
	hash string // the algorithm; empty in the legacy format
	ver  string // the verification string; in the legacy format the node, "#" and a version
}

// verifiable reports whether an answer can be checked against the claim, so that it
// is true for all who claim it (XEP-0115 #ver-proc).
func (c claim) verifiable() bool { return newHash(c.hash) != nil }

// Presence sees an available or unavailable presence that the client of sess has
// broadcast. It may read the store once, but does not wait for any client.
func (s *Service) Presence(ctx context.Context, sess *router.Session, st *stanza.Stanza) {
	full := sess.JID()
	if st.Type == stanza.Unavailable {
		s.Gone(full)
		return
	}
	c, node, ok := readClaim(st)
	if !ok {
		// XEP-0115 #impl-optimize: nobody may "expect an annotation on every
		// presence": what was claimed before goes on to be true.
		return
	}
	s.load(ctx)
	if s.claims(full, c, node) {
		s.tell(ctx, full)
	}
	if s.router.Session(full) == nil {
		s.Gone(full) // it was unbound meanwhile, and perhaps before it could be forgotten
	}
}

// readClaim gives what the <c/> of a presence claims, and the node to ask for it.
func readClaim(st *stanza.Stanza) (c claim, node string, ok bool) {
	child, ok := st.Child(NS, "c")
	if !ok {
		return c, "", false
	}
	for a := range stanza.Attributes(st.Bytes(child.All)) {
		if len(a.Prefix) > 0 {
			continue
		}
		if len(a.Value) > maxNode {
			return claim{}, "", false
		}
		switch string(a.Local) {
		case "hash":
			c.hash = a.Text()
		case "node":
			node = a.Text()
		case "ver":
			c.ver = a.Text()
		}
	}
	// XEP-0115 #protocol: node and ver are required.
	if node == "" || c.ver == "" || len(c.hash) > maxHash || len(c.ver) > maxVer {
		return c, "", false
	}
	if c.hash == "" {
		// XEP-0115 #legacy: ver is the version of that software.
		c.ver = node + "#" + c.ver
		return c, "", true
	}
	return c, node + "#" + c.ver, true
}

// claims notes what a session claims, and reports whether its capabilities are
// known by that, and were not before.
func (s *Service) claims(full jid.JID, c claim, node string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if q := s.waiting[full]; q != nil && q.claim == c {
		return false
	}
	s.withdraw(full) // what it claimed before, if that was still asked for
	if e := s.sessions[full]; e != nil && e.claim == c {
		return false
	}
	if e := s.cache.get(c); e != nil {
		s.sessions[full] = e
		return true
	}
	s.wait(full, c, node)
	return false
}

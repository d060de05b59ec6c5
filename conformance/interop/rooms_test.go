//go:build interop

package interop

import "testing"

// TestRooms: slixmpp, profanity, aioxmpp and go-sendxmpp in one room (XEP-0045, XEP-0313).
func TestRooms(t *testing.T) {
	for _, c := range clients {
		if c.name != "xmppjs" {
			c.require(t)
		}
	}
	s := newServer(t)
	s.AddUsers(t, "nurse", "tybalt")
	s.play(t, []string{debianPython, "rooms.py"}, "join", "talk", "private", "config", "kick", "ban", "archive")
	s.Stop(t)
}

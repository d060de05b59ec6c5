//go:build interop

package interop

import "testing"

// TestWebim: a page with the webim library, slixmpp and profanity see the same roster,
// presence, room and archive (doc/webim.md, RFC 6121, XEP-0045, XEP-0313).
func TestWebim(t *testing.T) {
	c := client{
		name:    "aiohttp",
		probe:   []string{debianPython, "-c", "import aiohttp"},
		install: "apt-get install python3-aiohttp",
	}
	c.require(t)
	for _, c := range clients {
		if c.argv[0] == debianPython { // rooms.py has them all
			c.require(t)
		}
	}
	s := newServer(t)
	s.AddUsers(t, "nurse")
	s.play(t, []string{debianPython, "webim.py"}, "roster", "presence", "chat", "room", "archive", "offline")
	s.Stop(t)
}

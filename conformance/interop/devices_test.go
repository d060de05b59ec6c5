//go:build interop

package interop

import (
	"slices"
	"testing"
)

// TestDevices: two devices of one person, one of which sleeps for a while, with
// slixmpp: copies, and catching up by the archive without a gap and without a
// message twice (XEP-0280, XEP-0313).
func TestDevices(t *testing.T) {
	c := clients[0]
	c.require(t)
	s := newServer(t)
	s.play(t, []string{debianPython, "slixmpp_devices.py"}, "copies", "catchup", "once")
	s.Stop(t)
}

// TestHistory: profanity shows what was said before it came, from the archive
// (XEP-0313 #query).
func TestHistory(t *testing.T) {
	i := slices.IndexFunc(clients, func(c client) bool { return c.name == "profanity" })
	clients[i].require(t)
	s := newServer(t)
	s.play(t, []string{debianPython, "profanity_history.py"}, "history")
	s.Stop(t)
}

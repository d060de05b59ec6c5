//go:build interop

package interop

import "testing"

// TestProfiles: what a client of today stores, one of long ago finds, and the other
// way round, with slixmpp: pictures and bookmarks (XEP-0398, XEP-0402).
func TestProfiles(t *testing.T) {
	c := clients[0]
	c.require(t)
	s := newServer(t)
	s.play(t, []string{debianPython, "slixmpp_profiles.py"}, "published", "photo", "bookmarks", "private")
	s.Stop(t)
}

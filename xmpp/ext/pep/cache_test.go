package pep

import (
	"strings"
	"testing"

	"causeway/xmpp/jid"
)

// TestCacheWeight: what people write into configurations counts, so that a few accounts
// with as much as they may have do not fill the memory.
func TestCacheWeight(t *testing.T) {
	long := strings.Repeat("x", maxText)
	nodes := make([]Node, 300)
	for i := range nodes {
		nodes[i] = Node{Name: long, Config: Config{Title: long, Groups: []string{long, long}}, Affiliations: []Affiliation{{JID: jid.MustParse("romeo@montague.lit")}}}
	}
	if got, least := weigh(nodes), 300*4*maxText; got < least {
		t.Errorf("they weigh %d, and have %d bytes", got, least)
	}
	c := cache{max: 2 * weigh(nodes)}
	for i := range 20 {
		owner := jid.MustParse("guest" + strings.Repeat("x", i) + "@capulet.lit")
		_, epoch, _ := c.get(owner)
		c.put(owner, nodes, epoch)
	}
	if n := len(c.young) + len(c.old); n > 4 {
		t.Errorf("%d accounts are remembered", n)
	}
}

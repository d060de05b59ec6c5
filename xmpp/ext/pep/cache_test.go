package pep

import (
	"strconv"
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
	known := jid.NewRecent(cacheWeight, weigh)
	for i := range 1000 {
		owner := jid.MustParse("guest" + strconv.Itoa(i) + "@capulet.lit")
		_, epoch, _ := known.Get(owner)
		known.Put(owner, nodes, epoch)
	}
	// One in each part of it may be beyond its bound, young or old.
	if n := known.Len(); n > 4*16 {
		t.Errorf("%d accounts are remembered", n)
	}
}

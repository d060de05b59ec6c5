package roster

import (
	"fmt"
	"testing"
	"time"

	"causeway/xmpp/jid"
)

func TestCacheIsBounded(t *testing.T) {
	c := cache{max: 50}
	name := func(i int) jid.JID { return jid.MustParse(fmt.Sprintf("u%02d@capulet.lit", i)) }
	left := time.Unix(1_000_000, 0)
	for i := range 20 {
		c.put(name(i), &contacts{to: make([]jid.JID, 6)}) // of weight 10
		c.setLeft(name(0), left)
		if c.get(name(0)) == nil || !c.left(name(0)).Equal(left) {
			t.Fatal("the busiest one is gone")
		}
		if n := len(c.young) + len(c.old); n > 5 || c.weight > c.max/2 {
			t.Fatalf("%d lists, the young ones of weight %d", n, c.weight)
		}
	}
	if c.get(name(1)) != nil || c.get(name(19)) == nil {
		t.Error("the wrong ones are gone")
	}
	c.put(name(19), &contacts{to: make([]jid.JID, 100)})
	if len(c.young) != 1 || c.get(name(19)) == nil {
		t.Error("a list that is larger than the cache is not kept alone")
	}
	c.drop(name(19))
	c.drop(name(19))
	if c.weight != 0 || len(c.young) != 0 || c.get(name(19)) != nil {
		t.Errorf("weight %d is left", c.weight)
	}
}

// Presence does not read the disk for those who are there.
func TestPresenceIsFromTheCache(t *testing.T) {
	w := newWorld(t, Limits{})
	w.befriend("juliet", "romeo")
	w.login("juliet/balcony")
	w.login("romeo/orchard")
	before := w.store.reads
	for range 10 {
		w.send("juliet/balcony", "<presence/>")
		w.send("juliet/balcony", "<presence type='unavailable'/>")
		w.send("romeo/orchard", "<presence type='probe' to='juliet@capulet.lit'/>")
	}
	if got := w.store.reads - before; got != 0 {
		t.Errorf("%d reads", got)
	}
}

func TestDirectoryIsBounded(t *testing.T) {
	w := newWorld(t, Limits{Directed: 3})
	w.login("juliet/balcony")
	for i := range 10 {
		w.send("juliet/balcony", fmt.Sprintf("<presence to='r%d@verona.example/J'/>", i))
	}
	w.clear()
	sess := w.clients["juliet/balcony"].sess
	if n := len(w.roster.directed.list(sess)); n != 3 {
		t.Errorf("%d noted", n)
	}
	w.send("juliet/balcony", "<presence type='unavailable' to='r1@verona.example'/>")
	w.close("juliet/balcony")
	if got := w.clients["remote"].take(); len(got) != 3 { // r1 by the client, r0 and r2 by us
		t.Errorf("%q", got)
	}
	if len(w.roster.directed.bySession) != 0 {
		t.Error("a session is left")
	}
}

// A session that was replaced does not speak any more, nor leave anything behind.
func TestReplacedSession(t *testing.T) {
	w := newWorld(t, Limits{})
	w.befriend("juliet", "romeo")
	w.login("romeo/orchard")
	old := w.login("juliet/balcony")
	w.login("juliet/balcony")
	w.clients["old"] = old
	w.clear()
	w.send("old", "<presence><show>dnd</show></presence>")
	if got := w.leftover(); got != "" {
		t.Errorf("its presence went out:%s", got)
	}
	w.send("old", "<presence to='room@verona.example/J'/>")
	if n := len(w.roster.directed.bySession); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
}

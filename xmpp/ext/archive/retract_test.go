package archive

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func retract(means string) string {
	return "<retract id='" + means + "' xmlns='urn:xmpp:message-retract:1'/>"
}

// TestTombstone: XEP-0424 #tombstones, to the byte, in both archives.
func TestTombstone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		b := w.login(balcony)
		w.says(orchard, juliet, "a")
		w.route(orchard, "<message to='"+juliet+"' id='m1' type='chat' xml:lang='it'><body>b</body><a xmlns='urn:x'/></message>")
		w.says(orchard, juliet, "c")
		time.Sleep(time.Minute)
		b.take()
		w.route("romeo@montague.lit/home", "<message to='"+balcony+"' id='r1' type='chat'>"+retract("m1")+"<body>retracted</body></message>")
		w.drain()
		for _, owner := range []string{romeo, juliet} {
			rows := w.disk.archive(owner)
			w.want(owner+" has it all", w.kept(owner), "a c retracted")
			w.want("the tombstone", string(rows[1].XML), "<message xmlns='jabber:client' from='"+orchard+"' to='"+juliet+"' type='chat' id='m1'>"+
				"<retracted xmlns='urn:xmpp:message-retract:1' id='r1' stamp='2000-01-01T00:01:00Z'/></message>")
		}
		if got := strings.Join(b.take(), ""); !strings.Contains(got, "<body>retracted</body>") {
			t.Errorf("juliet got %s", got)
		}
	})
}

func (w *world) drain() {
	w.t.Helper()
	synctest.Wait()
	if err := w.service.Drain(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// TestRetracted: XEP-0424 #rules, whose message may be retracted by whom.
func TestRetracted(t *testing.T) {
	const (
		mark  = "<x xmlns='http://jabber.org/protocol/muc#user'/>"
		nurse = "room@verona.lit/nurse"
	)
	body := func(extra string) string { return "<body>a</body>" + extra }
	for _, c := range []struct {
		name, from, payload, by, retraction string
		gone                                bool
	}{
		{"the same sender", orchard, body(""), orchard, retract("m1"), true},
		{"another device of the sender", orchard, body(""), "romeo@montague.lit/home", retract("m1"), true},
		{"the recipient", orchard, body(""), balcony, retract("m1"), false},
		{"somebody else", orchard, body(""), "tybalt@capulet.lit/home", retract("m1"), false},
		{"another message", orchard, body(""), orchard, retract("m2"), false},
		{"XEP-0359 #origin-id", orchard, body("<origin-id xmlns='urn:xmpp:sid:0' id='o1'/>"), orchard, retract("o1"), true},
		{"no message is named", orchard, body(""), orchard, "<retract xmlns='urn:xmpp:message-retract:1'/>", false},
		{"XEP-0334: the retraction is not kept", orchard, body(""), orchard, retract("m1") + "<no-store xmlns='urn:xmpp:hints'/>", false},
		{"in a room: the same occupant", nurse, body(mark), nurse, retract("m1") + mark, true},
		{"in a room: another occupant", nurse, body(mark), "room@verona.lit/tybalt", retract("m1") + mark, false},
		{"in a room: another one without the mark", nurse, body(mark), "room@verona.lit/tybalt", retract("m1"), false},
		{"a retraction is not retracted", orchard, retract("m0"), orchard, retract("m1"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.login(balcony)
				w.login(orchard)
				w.route(c.from, "<message to='"+juliet+"' id='m1' type='chat'>"+c.payload+"</message>")
				to := juliet
				if c.by == balcony {
					to = romeo
				}
				w.route(c.by, "<message to='"+to+"' id='r1' type='chat'>"+c.retraction+"</message>")
				w.drain()
				if got := strings.Contains(string(w.disk.archive(juliet)[0].XML), "<retracted "); got != c.gone {
					t.Errorf("%s", w.disk.archive(juliet)[0].XML)
				}
			})
		})
	}
}

// TestRetractedLongAgo: only so many messages are looked at, a page at a time.
func TestRetractedLongAgo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.login(balcony)
		w.says(orchard, juliet, "old")
		for range searched + searchedPage {
			w.says(orchard, juliet, "m")
		}
		w.route(orchard, "<message to='"+juliet+"' id='r1' type='chat'>"+retract("old")+"</message>")
		w.drain()
		if !strings.Contains(w.kept(juliet), "old") {
			t.Error("all of it was looked at")
		}
		if w.disk.pages > 2*(searched/searchedPage+1) {
			t.Errorf("%d pages", w.disk.pages)
		}
	})
}

// TestRetractsMuch: who retracts faster than can be searched does not keep others from
// retracting, and what waits is small.
func TestRetractsMuch(t *testing.T) {
	w := newWorld(t)
	w.service.chores.busy = true // as long as it takes
	w.says("nurse@capulet.lit/home", juliet, "m")
	for range 3 * maxChoresEach {
		w.route(orchard, "<message to='"+juliet+"' id='r1' type='chat'>"+retract("none")+"</message>")
	}
	w.route("nurse@capulet.lit/home", "<message to='"+juliet+"' id='r1' type='chat'>"+retract("m")+"</message>")
	waiting := w.service.chores.waiting
	if len(waiting) != maxChoresEach+2 {
		t.Errorf("%d retractions wait", len(waiting))
	}
	for i := range waiting {
		if waiting[i].retraction.XML != nil {
			t.Fatal("the retraction itself waits too")
		}
	}
	w.service.work()
	w.want("what is left", w.kept(juliet), "")
}

package caps

import (
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/jid"
)

// mood is a client that wants to hear of moods, and its verification string.
const mood = "<identity category='client' type='phone'/><feature var='http://jabber.org/protocol/caps'/><feature var='http://jabber.org/protocol/mood+notify'/>"

var (
	moodVer   = sum("client/phone//<http://jabber.org/protocol/caps<http://jabber.org/protocol/mood+notify<")
	moodClaim = "hash='sha-1' node='urn:verona' ver='" + moodVer + "'"
)

const moodNode = "http://jabber.org/protocol/mood"

func sum(s string) string {
	h := sha1.Sum([]byte(s))
	return base64.StdEncoding.EncodeToString(h[:])
}

func TestKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Config{})
		juliet := w.login("juliet@capulet.lit/balcony", mood)
		juliet.claims(moodClaim)
		if got := w.takeKnown(); got != "juliet@capulet.lit/balcony" {
			t.Errorf("known: %q", got)
		}
		for _, part := range []string{
			"<iq from='juliet@capulet.lit' to='juliet@capulet.lit/balcony' type='get' ",
			"<query xmlns='http://jabber.org/protocol/disco#info' node='urn:verona#" + moodVer + "'/></iq>",
		} {
			if len(juliet.asked) != 1 || !strings.Contains(juliet.asked[0], part) {
				t.Errorf("XEP-0115 #discover: asked %q, without %s", juliet.asked, part)
			}
		}
		if !juliet.wants(moodNode) || juliet.wants("http://jabber.org/protocol/caps") || juliet.wants(moodNode+notifySuffix) {
			t.Error("XEP-0060 #auto-subscribe: wants what ends in +notify, and nothing else")
		}
		if got := w.caps.Features(juliet.sess.JID()); !slices.Equal(got, []string{"http://jabber.org/protocol/caps", "http://jabber.org/protocol/mood+notify"}) {
			t.Errorf("features: %q", got)
		}

		nurse := w.login("nurse@capulet.lit/hall", "")
		nurse.claims(moodClaim)
		if nurse.times() != 0 || !nurse.wants(moodNode) || w.takeKnown() != "nurse@capulet.lit/hall" {
			t.Error("XEP-0115 #ver-proc: what is proved is true for all, and nobody is asked again")
		}
		juliet.claims(moodClaim)
		juliet.says("<presence><show>away</show></presence>")
		if got := w.takeKnown(); got != "" || !juliet.wants(moodNode) {
			t.Errorf("XEP-0115 #impl-optimize: nothing has changed, but %q", got)
		}
		juliet.says("<presence type='unavailable'/>")
		if juliet.wants(moodNode) || w.caps.Features(juliet.sess.JID()) != nil {
			t.Error("known of somebody who is gone")
		}
	})
}

func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Config{})
		w.login("juliet@capulet.lit/balcony", mood).claims(moodClaim)
		w.takeKnown()
		w.start(Config{})
		for i := range 100 {
			c := w.login(fmt.Sprintf("servant%d@capulet.lit/hall", i), mood)
			c.claims(moodClaim)
			if c.times() != 0 || !c.wants(moodNode) {
				t.Fatal("XEP-0115 #impl-cache: asked again after a restart")
			}
		}
	})
}

func TestOneQuestionForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Config{})
		var all []*client
		for i := range 50 {
			c := w.login(fmt.Sprintf("servant%d@capulet.lit/hall", i), mood)
			c.delay = time.Second
			all = append(all, c)
			c.claims(moodClaim)
		}
		time.Sleep(2 * time.Second) // in the time of the bubble
		synctest.Wait()
		asked := 0
		for _, c := range all {
			asked += c.times()
			if !c.wants(moodNode) {
				t.Errorf("%s is not known", c.sess.JID())
			}
		}
		if asked != 1 {
			t.Errorf("asked %d times", asked)
		}
	})
}

func TestLiar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Config{})
		tybalt := w.login("tybalt@capulet.lit/street", exodus)
		tybalt.claims(moodClaim)
		synctest.Wait()
		if tybalt.wants(moodNode) || len(w.caps.Features(tybalt.sess.JID())) != 4 {
			t.Error("XEP-0115 #ver-proc: what he says counts for himself")
		}
		juliet := w.login("juliet@capulet.lit/balcony", mood)
		juliet.claims(moodClaim)
		synctest.Wait()
		if juliet.times() != 1 || !juliet.wants(moodNode) || tybalt.wants(moodNode) {
			t.Error("XEP-0115 #ver-proc: another one is asked, and he keeps his own")
		}
		if len(w.store.sets) != 1 {
			t.Errorf("kept: %v", w.store.sets)
		}
	})
}

func TestUnverifiable(t *testing.T) {
	for name, c := range map[string]string{
		"XEP-0115 #ver-proc: an unknown hash": "hash='md2' node='urn:verona' ver='x'",
		"XEP-0115 #legacy":                    "node='urn:verona' ver='0.9' ext='mood'",
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, Config{})
			juliet, nurse := w.login("juliet@capulet.lit/balcony", mood), w.login("nurse@capulet.lit/hall", exodus)
			juliet.claims(c)
			nurse.claims(c)
			juliet.claims(c)
			if juliet.times() != 1 || nurse.times() != 1 || !juliet.wants(moodNode) || nurse.wants(moodNode) || len(w.store.sets) != 0 {
				t.Errorf("%s: each answer counts for its full JID only", name)
			}
		})
	}
}

func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Config{Asks: 1})
		tybalt := w.login("tybalt@capulet.lit/street", "")
		tybalt.claims(moodClaim)
		synctest.Wait()
		juliet := w.login("juliet@capulet.lit/balcony", mood)
		juliet.claims(moodClaim)
		nurse := w.login("nurse@capulet.lit/hall", exodus)
		nurse.claims("hash='sha-1' node='urn:exodus' ver='" + exodusVer + "'")
		if juliet.times()+nurse.times() != 0 {
			t.Error("more questions than may be under way")
		}
		time.Sleep(20 * time.Second) // in the time of the bubble: his time is over
		synctest.Wait()
		if !juliet.wants(moodNode) || !tybalt.wants(moodNode) || w.caps.Features(nurse.sess.JID()) == nil {
			t.Error("one who does not answer stands in the way of others")
		}
		if len(w.caps.open) != 0 || len(w.caps.waiting) != 0 || w.caps.asking != 0 || w.caps.queue.Len() != 0 {
			t.Errorf("left over: %v %v %d", w.caps.open, w.caps.waiting, w.caps.asking)
		}
	})
}

func TestErrorAndChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Config{})
		juliet := w.login("juliet@capulet.lit/balcony", "error")
		juliet.claims(moodClaim)
		juliet.claims(moodClaim)
		if juliet.times() != 1 || juliet.wants(moodNode) {
			t.Error("an error is an answer")
		}
		juliet.answer = ""
		for i := range 1000 {
			juliet.claims(fmt.Sprintf("hash='sha-1' node='urn:verona' ver='%d'", i))
		}
		synctest.Wait()
		if len(w.caps.open) != 1 || w.caps.asking != 1 {
			t.Errorf("one session waits for %d answers, %d goroutines ask", len(w.caps.open), w.caps.asking)
		}
		w.caps.Gone(juliet.sess.JID())
		synctest.Wait()
		if len(w.caps.open) != 0 || w.caps.asking != 0 {
			t.Error("somebody who is gone is still asked")
		}
	})
}

func TestBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Config{Sets: 3})
		juliet := w.login("juliet@capulet.lit/balcony", "")
		for i := range 10 {
			juliet.answer = fmt.Sprintf("<identity category='client' type='pc'/><feature var='f%d'/>", i)
			juliet.claims("hash='sha-1' node='urn:verona' ver='" + sum(fmt.Sprintf("client/pc//<f%d<", i)) + "'")
			synctest.Wait()
		}
		if len(w.store.sets) != 3 || w.caps.cache.byUse.Len() != 3 || len(w.caps.cache.of) != 3 {
			t.Errorf("kept %d sets, cached %d", len(w.store.sets), w.caps.cache.byUse.Len())
		}
		if got := w.caps.Features(juliet.sess.JID()); !slices.Equal(got, []string{"f9"}) {
			t.Errorf("features: %q", got)
		}
	})
}

func TestUnboundMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Config{})
		juliet := w.login("juliet@capulet.lit/balcony", mood)
		juliet.sess.Close(t.Context())
		juliet.claims(moodClaim)
		synctest.Wait()
		if len(w.caps.sessions)+len(w.caps.waiting) != 0 {
			t.Error("a session that is gone is remembered")
		}
	})
}

func TestWantsAllocates(t *testing.T) {
	s := New(Config{})
	full, err := jid.Parse("juliet@capulet.lit/balcony")
	if err != nil {
		t.Fatal(err)
	}
	s.sessions[full] = newCapabilities(claim{"sha-1", "x"}, []string{"a+notify", "b+notify"})
	if n := testing.AllocsPerRun(100, func() {
		if !s.Wants(full, "b") || s.Wants(full, "c") {
			t.Error("wrong")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

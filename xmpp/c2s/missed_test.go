package c2s

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// Whoever wakes devices learns of what a client has not acknowledged when its
// connection is found to be lost, once, whether it can come back or not.
func TestMissed(t *testing.T) {
	for _, tt := range []struct{ name, enable string }{{"resumable", enableResumable}, {"not resumable", enable}} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var missed []string
				s := newStage(t, func(c *Config) {
					c.Missed = func(_ context.Context, full jid.JID, st *stanza.Stanza) {
						if full != jid.MustParse("romeo@capulet.lit/orchard") {
							t.Errorf("%s has missed something", full)
						}
						missed = append(missed, st.ID())
					}
				})
				romeo, conn := s.login("romeo", "orchard")
				romeo.Skip = isRequest
				romeo.Send(tt.enable)
				romeo.Want("stream management", "<enabled xmlns='urn:xmpp:sm:3'/>")
				for i := 1; i <= 3; i++ {
					s.give(wordsOf("juliet", i))
					romeo.Want("her words", "<message/>")
				}
				s.give(presenceOf("juliet", "p"))
				s.give(chatStateOf("juliet", "composing"))
				const inside = "<message xmlns='jabber:client' from='juliet@capulet.lit/balcony' to='romeo@capulet.lit/home' type='chat' "
				s.give(copied(inside + "id='sent'><body>a</body></message>"))
				s.give(strings.ReplaceAll(copied(inside+"id='received'><body>a</body></message>"), "sent", "received"))
				romeo.Send(ackOf(1))
				synctest.Wait()
				conn.Break()
				synctest.Wait()
				if got := strings.Join(missed, " "); got != "2 3 received" {
					t.Errorf("missed: %q", got)
				}
				time.Sleep(10 * time.Minute)
				if len(missed) != 3 {
					t.Errorf("in the end: %q", missed)
				}
			})
		})
	}
}

// A client that is sent something is asked for an answer to it: a connection that is
// dead is noticed soon when it matters.
func TestDeadConnectionIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		romeo, _, _ := s.managed("romeo", "orchard")
		romeo.Send(goInactive)
		time.Sleep(4 * time.Minute)
		s.give(wordsOf("juliet", 1))
		romeo.Want("her words", "<message id='1'/>")
		exit, ok := s.exitOf("romeo@capulet.lit/orchard").(*client)
		if !ok {
			t.Fatal("not a client")
		}
		time.Sleep(58 * time.Second)
		if exit.Cut() {
			t.Error("it may answer yet")
		}
		time.Sleep(5 * time.Second)
		if !exit.Cut() {
			t.Error("nobody is there")
		}
	})
}

// What takes long to arrive is answered late.
func TestSlowConnectionHasTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		_, _, _ = s.managed("romeo", "orchard")
		words := strings.Replace(wordsOf("juliet", 1), "words", strings.Repeat("words ", 20_000), 1)
		s.give(words) // 120 kB
		exit, ok := s.exitOf("romeo@capulet.lit/orchard").(*client)
		if !ok {
			t.Fatal("not a client")
		}
		time.Sleep(170 * time.Second)
		if exit.Cut() {
			t.Error("it may answer yet")
		}
		time.Sleep(15 * time.Second)
		if !exit.Cut() {
			t.Error("nobody is there")
		}
	})
}

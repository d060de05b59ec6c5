package c2s

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
	"causeway/xmpp/xmpptest"
)

// The router calls Deliver with the turn of the account taken. These plays panic in
// fakeRouter.inTurn if anything under it routes a message or waits for somebody who does.

// exitOf gives the exit of romeo's session.
func (s *stage) exitOf(full string) router.Exit {
	s.router.mu.Lock()
	defer s.router.mu.Unlock()
	return s.router.sessions[jid.MustParse(full)].exit
}

// A hookHolder does what the test wants when a message is to be held.
type hookHolder struct {
	*fakeHolder
	hook func(st *stanza.Stanza) error
}

func (h hookHolder) Hold(ctx context.Context, owner jid.JID, st *stanza.Stanza) (func(bool), router.Ticket, error) {
	if err := h.hook(st); err != nil {
		return nil, nil, err
	}
	return h.fakeHolder.Hold(ctx, owner, st)
}

// idsOf gives the ids of stanzas, in order.
func idsOf(stanzas []string) string {
	var ids []string
	for _, xml := range stanzas {
		_, rest, _ := strings.Cut(xml, " id='")
		id, _, _ := strings.Cut(rest, "'")
		ids = append(ids, id)
	}
	return strings.Join(ids, " ")
}

// The session ends while a message is on its way to the disk, and cannot be kept
// there. It goes on its way again, in its place, when the turn is over.
func TestTurnHoldFailsAtTheEnd(t *testing.T) {
	for _, tt := range []struct {
		fail, rerouted string
		stored         []string
	}{
		{"", "", []string{"1", "2"}},
		{"1", "1", []string{"2"}},
		{"2", "2", []string{"1"}},
		{"1 2", "1 2", nil},
	} {
		synctest.Test(t, func(t *testing.T) {
			var s *stage
			holder := hookHolder{newFakeHolder(), func(st *stanza.Stanza) error {
				if st.ID() == "2" {
					s.exitOf("romeo@capulet.lit/orchard").End(nil)
					time.Sleep(time.Second) // the end of the session gets as far as it can
				}
				if strings.Contains(tt.fail, st.ID()) {
					return errors.New("disk on fire")
				}
				return nil
			}}
			s = newStage(t, func(c *Config) { c.Holder = holder; c.Logger = discard })
			_, conn, _ := s.managed("romeo", "orchard")
			conn.Break()
			synctest.Wait()
			s.give(wordsOf("juliet", 1))
			s.give(wordsOf("juliet", 2))
			synctest.Wait()
			if got := idsOf(s.router.rerouted()); got != tt.rerouted {
				t.Errorf("routed again %q, want %q", got, tt.rerouted)
			}
			for _, id := range tt.stored {
				if holder.get(id) != "stored" {
					t.Errorf("%q fails: the disk says %v, want %v stored", tt.fail, holder.state, tt.stored)
				}
			}
			if s.router.bound() != 0 {
				t.Error("the session is still bound")
			}
		})
	}
}

// There is no room in a session that is cut: it ends, and what it had goes on its way
// again, outside of the turn.
func TestTurnOverflowCut(t *testing.T) {
	for _, held := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			holder := newFakeHolder()
			s := newStage(t, func(c *Config) {
				c.Limits.Queue = 1000
				if held {
					c.Holder = holder
				}
			})
			_, conn, _ := s.managed("romeo", "orchard")
			conn.Break()
			synctest.Wait()
			for i := range 20 {
				s.router.inTurn(func() { s.router.deliver(parse(t, wordsOf("juliet", i))) })
			}
			synctest.Wait()
			if s.router.bound() != 0 {
				t.Error("the session is still bound")
			}
			if got := idsOf(s.router.rerouted()); !held && !strings.HasPrefix(got, "0 1 2 3 4") {
				t.Errorf("routed again: %s", got)
			}
			if held && holder.get("0") != "stored" {
				t.Errorf("the disk says %v", holder.state)
			}
		})
	}
}

// There is no room for a client that does not acknowledge, or does not read.
func TestTurnOverflowConnected(t *testing.T) {
	for _, managed := range []string{"", enable, enableResumable} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t, func(c *Config) { c.Limits.Queue = 1000; c.Holder = newFakeHolder() })
			romeo, conn := s.login("romeo", "orchard")
			romeo.Send(managed)
			synctest.Wait()
			for i := range 20 {
				s.router.inTurn(func() { s.router.deliver(parse(t, wordsOf("juliet", i))) })
			}
			conn.Break()
			time.Sleep(10 * time.Minute)
			if s.router.bound() != 0 {
				t.Error("the session is still bound")
			}
		})
	}
}

// A message comes while others are put on the way to the disk, by a goroutine that
// also sees to the end of the session.
func TestTurnWhileHolding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s *stage
		var once sync.Once
		holder := hookHolder{newFakeHolder(), func(*stanza.Stanza) error {
			once.Do(func() {
				go s.give(wordsOf("juliet", 3)) // ends when it is in line behind the others
				time.Sleep(time.Millisecond)
				s.exitOf("romeo@capulet.lit/orchard").End(nil)
				time.Sleep(time.Second)
			})
			return errors.New("disk on fire")
		}}
		s = newStage(t, func(c *Config) { c.Holder = holder; c.Logger = discard })
		romeo, conn, _ := s.managed("romeo", "orchard")
		s.give(wordsOf("juliet", 1))
		s.give(wordsOf("juliet", 2))
		romeo.Want("the first", "<message id='1'/>")
		conn.Break()
		time.Sleep(2 * time.Second)
		if got := idsOf(s.router.rerouted()); got != "1 2 3" {
			t.Errorf("routed again: %s", got)
		}
	})
}

// A new connection takes the resource over while messages come for the old one.
func TestTurnReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, func(c *Config) { c.Holder = newFakeHolder() })
		_, _, _ = s.managed("romeo", "orchard")
		exit := s.exitOf("romeo@capulet.lit/orchard")
		s.give(wordsOf("juliet", 1))
		done := make(chan struct{})
		s.router.inTurn(func() {
			go func() { // ends when it has the turn
				defer close(done)
				exit.End(stream.Conflict.Err(""))
			}()
			synctest.Wait()
			exit.Deliver(parse(t, wordsOf("juliet", 2)))
		})
		<-done
	})
}

// Everything at once: clients that say much, are cut, come back, stay away and are
// ended, while messages are held or cannot be.
func TestTurnsUnderStress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		n := 0
		holder := hookHolder{newFakeHolder(), func(*stanza.Stanza) error {
			mu.Lock()
			defer mu.Unlock()
			if n++; n%7 == 0 {
				return errors.New("disk on fire")
			}
			return nil
		}}
		s := newStage(t, func(c *Config) {
			c.Holder, c.Logger = holder, discard
			c.Limits.Queue, c.Limits.Resume = 64<<10, 20*time.Second
		})
		stop := make(chan struct{})
		var talk sync.WaitGroup
		for i := range 4 {
			talk.Go(func() {
				for k := 0; ; k++ {
					select {
					case <-stop:
						return
					default:
					}
					st := parse(t, wordsOf("juliet", fmt.Sprint(i, "-", k)))
					if k%3 == 0 {
						st = parse(t, presenceOf("juliet", k))
					}
					s.router.inTurn(func() { s.router.deliver(st) })
					time.Sleep(time.Duration(10+i) * time.Millisecond)
				}
			})
		}
		for round := range 60 {
			romeo, conn := s.login("romeo", "orchard")
			romeo.Skip = func(xml string) bool { return !strings.HasPrefix(xml, "<enabled") }
			romeo.Send(enableResumable)
			romeo.Want("resumption", "<enabled xmlns='urn:xmpp:sm:3' id='$id'/>")
			if round%2 == 0 {
				romeo.Send(goInactive)
			}
			time.Sleep(time.Duration(round) * 5 * time.Millisecond)
			conn.Break()
			time.Sleep(time.Duration(round%5) * 30 * time.Millisecond)
			switch round % 4 {
			case 0:
				time.Sleep(25 * time.Second)
			case 1:
				_, conn := s.resume("romeo", romeo.Vars["$id"], 0)
				time.Sleep(50 * time.Millisecond)
				conn.Break()
			case 2:
				s.router.mu.Lock()
				session := s.router.sessions[jid.MustParse("romeo@capulet.lit/orchard")]
				s.router.mu.Unlock()
				if session != nil {
					session.exit.End(nil)
				}
			}
		}
		close(stop)
		talk.Wait()
	})
}

// What is routed again has been kept and copied before, is not a copy, and has what
// the archive has put on it.
func TestReroutedOnce(t *testing.T) {
	for _, managed := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t, nil)
			kept := make(map[string]bool)
			s.router.emitted = func(st *stanza.Stanza) { kept[st.ID()] = st.Kept }
			c, conn := tallied(t, Limits{})
			c.srv, c.session = s.server, &pairRouter{}
			if managed {
				c.ledger = c.srv.newLedger(management{})
			} else {
				c.mu.Lock()
				c.link.flushing = true // nothing is written
				c.mu.Unlock()
			}
			words := parse(t, wordsOf("juliet", "m"))
			words.Extra = []byte("<stanza-id xmlns='urn:xmpp:sid:0' by='romeo@capulet.lit' id='7'/>")
			c.Deliver(words)
			c.Deliver(parse(t, strings.Replace(copied("<message xmlns='jabber:client' type='chat'><body>a</body></message>"), " type=", " id='c' type=", 1)))
			c.Deliver(parse(t, chatStateOf("juliet", "composing")))
			synctest.Wait()
			if k := c.link; managed {
				c.finish(t.Context())
			} else {
				c.rerouteUnsent(t.Context(), k.out)
			}
			got := s.router.rerouted()
			if idsOf(got) != "m" || !contains(got[0], string(words.Extra)) || !kept["m"] {
				t.Errorf("routed again: %q, kept: %v", got, kept)
			}
			if managed && !contains(conn.String(), string(words.Extra)) {
				t.Errorf("written: %s", conn)
			}
		})
	}
}

// Copies are not held on the disk: the message itself is.
func TestCopiesAreNotHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		holder := newFakeHolder()
		s := newStage(t, func(c *Config) { c.Holder = holder })
		romeo, conn, id := s.managed("romeo", "orchard")
		one := strings.Replace(copied("<message xmlns='jabber:client' type='chat'><body>a</body></message>"), " type=", " id='c1' type=", 1)
		two := strings.Replace(one, "c1", "c2", 1)
		s.give(one)
		romeo.Want("a copy", "<message id='c1'/>")
		conn.Break()
		synctest.Wait()
		s.give(two)
		s.give(wordsOf("juliet", 1))
		romeo, conn = s.resume("romeo", id, 0)
		romeo.Want("his session", resumed(0))
		romeo.Want("the copy", "<message id='c1'/>")
		romeo.Want("what was copied since", "<message id='c2'/>")
		romeo.Want("and said", "<message id='1'/>")
		conn.Break()
		time.Sleep(10 * time.Minute)
		if got := strings.Join(holder.order, " "); got != "1" || holder.get("1") != "stored" || len(s.router.rerouted()) != 0 {
			t.Errorf("held %q, the disk says %v, and %q went another way", got, holder.state, s.router.rerouted())
		}
	})
}

// A client acknowledges what it has got while the rest is put on the way to the disk,
// because there is too much of it: none of the rest is passed over.
func TestAcknowledgedWhileHeld(t *testing.T) {
	for _, acked := range []int{1, 2, 5} {
		synctest.Test(t, func(t *testing.T) {
			var romeo *xmpptest.Puppet
			holder := hookHolder{newFakeHolder(), func(st *stanza.Stanza) error {
				if st.ID() == "1" {
					romeo.Send(ackOf(acked))
					time.Sleep(time.Second) // it is read meanwhile
				}
				return nil
			}}
			s := newStage(t, func(c *Config) { c.Holder = holder; c.Limits.Queue = 1000 })
			romeo, _, _ = s.managed("romeo", "orchard")
			n := 0
			for taken := true; taken; n++ {
				st := parse(t, wordsOf("juliet", strings.Repeat("0", n)+"1")) // each is longer than the one before
				s.router.inTurn(func() { taken = s.router.deliver(st) })
			}
			synctest.Wait()
			for i := acked; i < n-1; i++ {
				if id := strings.Repeat("0", i) + "1"; holder.get(id) != "held" {
					t.Errorf("%d of %d acknowledged: message %d is %q on the disk", acked, n-1, i, holder.get(id))
				}
			}
		})
	}
}

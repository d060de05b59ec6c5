package pep

import (
	"testing"
	"testing/synctest"

	"causeway/xmpp/jid"
)

// TestLineHasRoom: a client that makes changes faster than they can be told waits.
func TestLineHasRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		owner := jid.MustParse("juliet@capulet.lit")
		var l lines
		put := func(n int) {
			release := l.take(owner)
			for range n {
				l.put(owner, event{})
			}
			release()
		}
		goOn := make(chan struct{})
		put(1 + mostWaiting)
		go l.tell(owner, func(event) { <-goOn }) // ends when all is told
		synctest.Wait()
		waited := make(chan error)
		go func() { waited <- l.wait(t.Context(), owner) }() // ends when there is room
		synctest.Wait()
		select {
		case err := <-waited:
			t.Fatal("there was room for more", err)
		default:
		}
		goOn <- struct{}{}
		if err := <-waited; err != nil {
			t.Error(err)
		}
		close(goOn)
		synctest.Wait()
		if err := l.wait(t.Context(), owner); err != nil || len(l.held) != 0 {
			t.Errorf("%v; %d lines are left", err, len(l.held))
		}
	})
}

package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"causeway/xmpp/ext/archive"
)

// A conversation that is purged is gone for its owner, whatever its size and wherever it
// is: in the tail, in the index, in large records. The peer has theirs, and the other
// conversations are as they were, also after a restart.
func TestArchivePurge(t *testing.T) {
	h := newHouse(t)
	large := bytes.Repeat([]byte("x"), 100<<10)
	var id archive.ID
	append1 := func(n int, xml []byte) {
		t.Helper()
		for range n {
			id++
			text := xml
			if text == nil {
				text = fmt.Appendf(nil, "<message id='%d'/>", id)
			}
			mine := archive.Entry{Owner: romeo, ID: id, Peer: juliet, Sent: true, XML: text}
			theirs := archive.Entry{Owner: juliet, ID: id, Peer: romeo, XML: text}
			must(t, outcome(h.Archive().Append(mine, theirs, archived(romeo, id+1_000_000, nurse))))
		}
	}
	count := func(state string, mine, theirs, other int) {
		t.Helper()
		for i, want := range []int{mine, theirs, other} {
			owner, q := romeo, archive.Query{With: juliet}
			switch i {
			case 1:
				owner, q.With = juliet, romeo
			case 2:
				q.With = nurse
			}
			n, err := h.Archive().Count(t.Context(), owner, q, 10_000)
			if must(t, err); n != want {
				t.Errorf("%s: %s has %d with %s, want %d", state, owner, n, q.With, want)
			}
			q.Max = 10_000
			page, err := h.Archive().Page(t.Context(), owner, q)
			if must(t, err); len(page.Entries) != want || page.More {
				t.Errorf("%s: a page of %s has %d with %s, want %d", state, owner, len(page.Entries), q.With, want)
			}
		}
	}
	append1(300, nil)
	append1(5, large)
	must(t, h.Archive().Fold(t.Context()))
	append1(20, nil)
	count("before", 325, 325, 325)
	must(t, h.Archive().Purge(t.Context(), romeo, juliet))
	count("purged", 0, 325, 325)
	must(t, h.Archive().Purge(t.Context(), romeo, juliet)) // there is nothing
	append1(3, nil)
	count("goes on", 3, 328, 328)
	must(t, h.Archive().Fold(t.Context()))
	h.restart()
	count("after a restart", 3, 328, 328)
	must(t, h.Archive().Purge(t.Context(), juliet, romeo))
	count("the other side", 3, 0, 328)
}

// ending is a context that ends when somebody waits for that.
type ending struct {
	context.Context //nolint:containedctx // it is one
	err             error
}

func (e *ending) Err() error { return e.err }

func (e *ending) Done() <-chan struct{} {
	e.err = context.Canceled
	done := make(chan struct{})
	close(done)
	return done
}

// Who does not want to wait for the turn any more does not.
func TestArchivePurgeWaits(t *testing.T) {
	h := newHouse(t)
	must(t, outcome(h.Archive().Append(archived(romeo, 1, juliet))))
	release := h.Archive().HoldTurn()
	purged := make(chan error, 1)
	go func() { purged <- h.Archive().Purge(&ending{Context: t.Context()}, romeo, juliet) }() // ends with the turn at the latest
	select {
	case err := <-purged:
		release()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	case <-time.After(10 * time.Second):
		release()
		t.Errorf("waits for its turn: %v", <-purged)
	}
	n, err := h.Archive().Count(t.Context(), romeo, archive.Query{With: juliet}, 10)
	if must(t, err); n != 1 {
		t.Errorf("%d are left", n)
	}
}

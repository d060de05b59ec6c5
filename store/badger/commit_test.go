package badger_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"causeway/store/badger"
)

func TestOnDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, badger.Options{Memory: true})
		defer closeOf(t, db)
		errOwn := errors.New("own error")
		gate := make(chan struct{})
		db.Submit(func(*badger.Txn) error { <-gate; return nil })
		var order []int
		var errs []error
		for i := range 3 {
			c := db.Submit(func(*badger.Txn) error {
				if i == 1 {
					return errOwn
				}
				return nil
			})
			c.OnDone(func(err error) { order, errs = append(order, i), append(errs, err) })
			if c.Err() != nil {
				t.Error("error before the end")
			}
		}
		if len(order) != 0 {
			t.Fatal("told before the commit")
		}
		close(gate)
		synctest.Wait()
		if !slices.Equal(order, []int{0, 1, 2}) || !slices.Equal(errs, []error{nil, errOwn, nil}) {
			t.Errorf("got %v %v", order, errs)
		}
		late := db.Submit(set("a", "1"))
		<-late.Done()
		called := false
		late.OnDone(func(error) { called = true })
		if !called {
			t.Error("not called at once after the end")
		}
	})
}

func TestWaitEndsWithContext(t *testing.T) {
	db := open(t, badger.Options{Memory: true})
	gate := make(chan struct{})
	db.Submit(func(*badger.Txn) error { <-gate; return nil })
	ctx, cancel := context.WithCancel(t.Context())
	c := db.Submit(set("a", "1"))
	cancel()
	if err := c.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(gate)
	if err := c.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	want(t, db, "a", "1")
}

func TestLater(t *testing.T) {
	db := open(t, badger.Options{Memory: true})
	first := db.Submit(set("a", "1"))
	<-first.Done()
	second := db.Submit(set("a", "2"))
	for _, tc := range []struct{ a, b, want *badger.Commit }{
		{nil, nil, nil}, {first, nil, first}, {nil, first, first}, {first, second, second}, {second, first, second},
	} {
		if got := badger.Later(tc.a, tc.b); got != tc.want {
			t.Errorf("later of %p and %p: %p", tc.a, tc.b, got)
		}
	}
}

func TestQueueIsBounded(t *testing.T) {
	db := open(t, badger.Options{Memory: true})
	gate := make(chan struct{})
	db.Submit(func(*badger.Txn) error { <-gate; return nil })
	none := func(*badger.Txn) error { return nil }
	for i := range 1 << 17 {
		c := db.Submit(none)
		if errors.Is(c.Err(), badger.ErrBusy) {
			close(gate)
			return
		}
		if c.Err() != nil {
			t.Fatalf("commit %d: %v", i, c.Err())
		}
	}
	close(gate)
	t.Error("queue grows without bound")
}

// Who writes much is to wait before writes are refused, and all are before that.
func TestCrowd(t *testing.T) {
	db := open(t, badger.Options{Memory: true})
	gate := hold(db)
	none := func(*badger.Txn) error { return nil }
	var seen []badger.Crowd
	var relief <-chan struct{}
	for db.Takes() == nil {
		db.Submit(none)
		crowd, wait := db.Crowded()
		if n := len(seen); n == 0 || seen[n-1] != crowd {
			seen = append(seen, crowd)
		}
		if (wait == nil) != (crowd == badger.None) {
			t.Fatalf("crowd %d with a channel %v", crowd, wait)
		}
		relief = wait
	}
	if want := []badger.Crowd{badger.None, badger.Some, badger.Heavy}; !slices.Equal(seen, want) {
		t.Errorf("on the way to a refusal: %v, want %v", seen, want)
	}
	close(gate)
	<-relief
	if err := db.Submit(none).Wait(t.Context()); err != nil {
		t.Error(err)
	}
	if crowd, _ := db.Crowded(); crowd != badger.None {
		t.Errorf("crowd %d when all is written", crowd)
	}
}

package badger_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"causeway/store/badger"
	"causeway/store/badger/badgertest"
)

// Closures of one batch share a value; what one of them gives up leaves no trace.
func TestAppend(t *testing.T) {
	db := open(t, badger.Options{Dir: t.TempDir()})
	mustUpdate(t, db, set("old", "from another batch"))
	gate := hold(db)
	errOwn := errors.New("own error")
	var versions []uint64
	add := func(key string, at int, err error, parts ...string) *badger.Commit {
		return db.Submit(func(txn *badger.Txn) error {
			versions = append(versions, txn.Version())
			var list [][]byte
			for _, p := range parts {
				list = append(list, []byte(p))
			}
			got, e := txn.Append([]byte(key), list...)
			if got != at || e != nil {
				t.Errorf("%v to %s: at %d, %v; want %d", parts, key, got, e, at)
			}
			return err
		})
	}
	commits := []*badger.Commit{
		add("a", 0, nil, "one", "two"), add("a", 6, errOwn, "given up"), add("a", 6, nil, "three"),
		add("b", 0, errOwn, "given up"), add("b", 0, nil, "four"),
		add("old", 0, nil, "new"),
	}
	db.Submit(func(txn *badger.Txn) error { return txn.Delete([]byte("b")) })
	commits = append(commits, add("b", 0, nil, "five"))
	close(gate)
	for i, c := range commits {
		if err := c.Wait(t.Context()); err != nil && !errors.Is(err, errOwn) {
			t.Errorf("commit %d: %v", i, err)
		}
	}
	want(t, db, "a", "onetwothree")
	want(t, db, "b", "five")
	want(t, db, "old", "new")
	for _, v := range versions {
		if v != versions[0] {
			t.Errorf("versions in one batch: %v", versions)
		}
	}
	err := db.View(func(txn *badger.Txn) error {
		if v := txn.Version(); v <= versions[0] {
			t.Errorf("view of version %d after a batch of %d", v, versions[0])
		}
		_, err := txn.Append([]byte("a"), []byte("x"))
		return err
	})
	if !errors.Is(err, badger.ErrReadOnly) {
		t.Errorf("append in a view: %v", err)
	}
}

// A part that does not fit any more begins a batch of its own.
func TestAppendOverflow(t *testing.T) {
	db := open(t, badger.Options{Dir: t.TempDir()})
	gate := hold(db)
	part := make([]byte, 100_000)
	found := make(map[uint64]int) // by version of the batch: parts
	var commits []*badger.Commit
	for range 20 {
		commits = append(commits, db.Submit(func(txn *badger.Txn) error {
			at, err := txn.Append(fmt.Appendf(nil, "k%d", txn.Version()), part)
			if err == nil {
				if at != found[txn.Version()]*len(part) {
					t.Errorf("part %d of a batch is at %d", found[txn.Version()], at)
				}
				found[txn.Version()]++
			}
			return err
		}))
	}
	close(gate)
	for i, c := range commits {
		if err := c.Wait(t.Context()); err != nil {
			t.Errorf("commit %d: %v", i, err)
		}
	}
	for version, n := range found {
		want(t, db, fmt.Sprintf("k%d", version), string(make([]byte, n*len(part))))
	}
	if len(found) < 4 {
		t.Errorf("%d batches", len(found))
	}
}

func TestVisit(t *testing.T) {
	db := open(t, badger.Options{Dir: t.TempDir()})
	large := badgertest.Noise(1, 50_000) // in the value log
	visit := func(txn *badger.Txn, key string) (found []byte) {
		if err := txn.Visit([]byte(key), func(v *badger.Value) error {
			val, err := v.Part(0, v.Len())
			found = bytes.Clone(val)
			return err
		}); err != nil {
			t.Errorf("visit %s: %v", key, err)
		}
		return found
	}
	mustUpdate(t, db, func(txn *badger.Txn) error {
		if err := txn.Set([]byte("l"), large); err != nil {
			return err
		}
		err := txn.SetWithExpiry([]byte("e"), []byte("late"), time.Now())
		if got := visit(txn, "l"); !bytes.Equal(got, large) {
			t.Errorf("got %d bytes from the batch", len(got))
		}
		if got := visit(txn, "e"); got != nil {
			t.Errorf("got %q, which has expired", got)
		}
		return err
	})
	mustUpdate(t, db, set("s", "short"))
	err := db.View(func(txn *badger.Txn) error {
		for key, val := range map[string]string{"l": string(large), "s": "short", "e": "", "none": ""} {
			if got := visit(txn, key); string(got) != val {
				t.Errorf("%s: got %d bytes, want %d", key, len(got), len(val))
			}
		}
		return txn.Visit([]byte("s"), func(*badger.Value) error { return badger.ErrBusy })
	})
	if !errors.Is(err, badger.ErrBusy) {
		t.Errorf("error of the caller: %v", err)
	}
}

// hold keeps the committer busy until the channel is closed: what is submitted meanwhile
// is one batch.
func hold(db *badger.DB) chan struct{} {
	begun, gate := make(chan struct{}), make(chan struct{})
	var once sync.Once // a closure may run twice
	db.Submit(func(*badger.Txn) error {
		once.Do(func() { close(begun) })
		<-gate
		return nil
	})
	<-begun
	return gate
}

package badger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/store/badger"
)

func open(t *testing.T, opts badger.Options) *badger.DB {
	t.Helper()
	db, err := badger.Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeOf(t, db) })
	return db
}

// closeOf closes db. An engine that a test let fail says so again here, which is no news.
func closeOf(tb testing.TB, db *badger.DB) {
	tb.Helper()
	if err := db.Close(); err != nil {
		tb.Logf("close: %v", err)
	}
}

func set(key, val string) func(*badger.Txn) error {
	return func(txn *badger.Txn) error { return txn.Set([]byte(key), []byte(val)) }
}

func mustUpdate(t *testing.T, db *badger.DB, fn func(*badger.Txn) error) {
	t.Helper()
	if err := db.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// want checks one key; an empty val means that there must be none.
func want(t *testing.T, db *badger.DB, key, val string) {
	t.Helper()
	var got []byte
	err := db.View(func(txn *badger.Txn) (err error) {
		got, err = txn.Get([]byte(key))
		return err
	})
	if val == "" {
		if !errors.Is(err, badger.ErrNotFound) {
			t.Errorf("key %q: got %q, %v; want none", key, got, err)
		}
		return
	}
	if err != nil || string(got) != val {
		t.Errorf("key %q: got %q, %v; want %q", key, got, err, val)
	}
}

func TestWritesSurviveReopening(t *testing.T) {
	dir := t.TempDir()
	db := open(t, badger.Options{Dir: dir})
	mustUpdate(t, db, set("a", "1"))
	mustUpdate(t, db, set("b", "2"))
	mustUpdate(t, db, func(txn *badger.Txn) error { return txn.Delete([]byte("a")) })
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
	db = open(t, badger.Options{Dir: dir})
	want(t, db, "a", "")
	want(t, db, "b", "2")
}

func TestClosedEngineRefusesEverything(t *testing.T) {
	db := open(t, badger.Options{Memory: true})
	waiting := db.Submit(set("a", "1"))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := waiting.Wait(t.Context()); err != nil {
		t.Errorf("write taken before close: %v", err)
	}
	if err := db.Update(t.Context(), set("b", "1")); !errors.Is(err, badger.ErrClosed) {
		t.Errorf("update after close: %v", err)
	}
	if err := db.View(func(*badger.Txn) error { return nil }); !errors.Is(err, badger.ErrClosed) {
		t.Errorf("view after close: %v", err)
	}
}

func TestOpenRefusesWithoutFolder(t *testing.T) {
	if _, err := badger.Open(t.Context(), badger.Options{}); err == nil {
		t.Error("opened without a folder")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := badger.Open(ctx, badger.Options{Memory: true}); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled open: %v", err)
	}
}

func TestClosuresSeeEarlierOnes(t *testing.T) {
	db := open(t, badger.Options{Memory: true})
	const writers = 200
	var last *badger.Commit
	for range writers {
		last = badger.Later(last, db.Submit(count))
	}
	if err := last.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	want(t, db, "n", strings.Repeat("i", writers))
}

// count appends a stroke to key n: the read-change-write that loses updates when closures do not see each other.
func count(txn *badger.Txn) error {
	old, err := txn.Get([]byte("n"))
	if err != nil && !errors.Is(err, badger.ErrNotFound) {
		return err
	}
	return txn.Set([]byte("n"), append(bytes.Clone(old), 'i'))
}

func TestErrorUndoesOnlyItsOwnWrites(t *testing.T) {
	errOwn := errors.New("own error")
	failing := map[string]func(*badger.Txn) error{
		"returns an error": func(txn *badger.Txn) error {
			return errors.Join(txn.Set([]byte("a"), []byte("bad")), txn.Delete([]byte("b")),
				txn.Set([]byte("a"), []byte("worse")), txn.Set([]byte("c"), []byte("bad")), errOwn)
		},
		"panics": func(txn *badger.Txn) error {
			_ = txn.Set([]byte("a"), []byte("bad"))
			_ = txn.Delete([]byte("b"))
			panic("closure at fault")
		},
		"drops ErrTooLarge": func(txn *badger.Txn) error {
			_ = txn.Set([]byte("a"), []byte("bad"))
			_ = txn.Set([]byte("c"), make([]byte, 400<<10))
			_ = txn.Set([]byte("d"), make([]byte, 400<<10))
			return nil
		},
	}
	for name, fn := range failing {
		t.Run(name, func(t *testing.T) {
			db := open(t, badger.Options{Memory: true})
			// Stop the committer so that all closures end up in one batch.
			gate := make(chan struct{})
			db.Submit(func(*badger.Txn) error { <-gate; return nil })
			a, b := db.Submit(set("a", "1")), db.Submit(set("b", "2"))
			bad := db.Submit(fn)
			e := db.Submit(set("e", "3"))
			close(gate)
			for _, c := range []*badger.Commit{a, b, e} {
				if err := c.Wait(t.Context()); err != nil {
					t.Errorf("neighbour failed: %v", err)
				}
			}
			if err := bad.Wait(t.Context()); err == nil {
				t.Error("failing closure has no error")
			}
			want(t, db, "a", "1")
			want(t, db, "b", "2")
			want(t, db, "c", "")
			want(t, db, "e", "3")
		})
	}
}

func TestLimits(t *testing.T) {
	db := open(t, badger.Options{Memory: true})
	big := make([]byte, 512<<10)
	for _, tc := range []struct {
		name string
		fn   func(*badger.Txn) error
		want error
	}{
		{"value just fits", func(txn *badger.Txn) error { return txn.Set([]byte("k"), big[:len(big)-1]) }, nil},
		{"value too long", func(txn *badger.Txn) error { return txn.Set([]byte("k"), big) }, badger.ErrTooLarge},
		{"key too long", func(txn *badger.Txn) error { return txn.Set(big[:65001], nil) }, badger.ErrTooLarge},
		{"too many keys", func(txn *badger.Txn) error {
			for i := range 7000 {
				if err := txn.Set(fmt.Append(nil, i), nil); err != nil {
					return err
				}
			}
			return nil
		}, badger.ErrTooLarge},
		{"many keys", func(txn *badger.Txn) error {
			for i := range 6000 {
				if err := txn.Set(fmt.Append(nil, i), nil); err != nil {
					return err
				}
			}
			return nil
		}, nil},
	} {
		if err := db.Update(t.Context(), tc.fn); !errors.Is(err, tc.want) {
			t.Errorf("%s: got %v, want %v", tc.name, err, tc.want)
		}
	}
	for _, key := range []string{"", "!badger!x"} {
		if err := db.Update(t.Context(), set(key, "v")); err == nil {
			t.Errorf("key %q was taken", key)
		}
	}
	if err := db.View(set("k", "v")); !errors.Is(err, badger.ErrReadOnly) {
		t.Errorf("write in a view: %v", err)
	}
}

// More than one transaction holds waits at once: the batch is split and nothing is lost or reordered.
func TestBatchesSplit(t *testing.T) {
	db := open(t, badger.Options{Dir: t.TempDir()})
	gate := make(chan struct{})
	db.Submit(func(*badger.Txn) error { <-gate; return nil })
	var commits []*badger.Commit
	for i := range 300 {
		val := bytes.Repeat([]byte{byte(i)}, 20_000+i)
		commits = append(commits, db.Submit(func(txn *badger.Txn) error {
			return errors.Join(txn.Set(fmt.Appendf(nil, "k%03d", i), val), count(txn))
		}))
	}
	close(gate)
	for i, c := range commits {
		if err := c.Wait(t.Context()); err != nil {
			t.Fatalf("commit %d: %v", i, err)
		}
		want(t, db, fmt.Sprintf("k%03d", i), string(bytes.Repeat([]byte{byte(i)}, 20_000+i)))
	}
	want(t, db, "n", strings.Repeat("i", 300))
}

func TestExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, badger.Options{Memory: true})
		defer closeOf(t, db)
		end := time.Now().Add(10 * time.Second)
		mustUpdate(t, db, func(txn *badger.Txn) error {
			if err := txn.SetWithExpiry([]byte("late"), []byte("v"), time.Now()); err != nil {
				return err
			}
			if has, err := txn.Has([]byte("late")); has || err != nil {
				t.Errorf("expired in the batch: %v, %v", has, err)
			}
			return txn.SetWithExpiry([]byte("k"), []byte("v"), end)
		})
		want(t, db, "late", "")
		time.Sleep(9 * time.Second)
		want(t, db, "k", "v")
		time.Sleep(time.Second)
		want(t, db, "k", "")
	})
}

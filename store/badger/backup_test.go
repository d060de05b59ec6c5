package badger_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	badgerdb "github.com/dgraph-io/badger/v4"

	"causeway/store/badger"
)

// all reads a snapshot into a map.
func all(t *testing.T, s *badger.Snapshot) map[string]string {
	t.Helper()
	got, last := map[string]string{}, ""
	err := s.Each(t.Context(), func(r badger.Record) error {
		if string(r.Key) <= last {
			t.Errorf("%q comes after %q", r.Key, last)
		}
		last = string(r.Key)
		got[last] = fmt.Sprint(string(r.Val), r.Expires)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// Writers change, delete and add while a snapshot is read slowly, twice: both times it gives what was there
// when it began, across all the tables that come and go meanwhile.
func TestSnapshotUnderWrites(t *testing.T) {
	db := open(t, badger.Options{Dir: t.TempDir()})
	rnd := rand.New(rand.NewPCG(3, 4))
	val := func() []byte { return fmt.Appendf(make([]byte, 0, 4000), "%04000d", rnd.IntN(1000)) }
	want := map[string]string{}
	for range 40 {
		mustUpdate(t, db, func(txn *badger.Txn) error {
			for range 100 {
				key, v := fmt.Sprintf("key%05d", rnd.IntN(20000)), val()
				want[key] = string(v) + "0"
				if err := txn.Set([]byte(key), v); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err := db.Snapshot(t.Context(), func(s *badger.Snapshot) error {
		stop := make(chan struct{})
		var writer sync.WaitGroup
		writer.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				mustUpdate(t, db, func(txn *badger.Txn) error {
					key := fmt.Appendf(nil, "key%05d", (i*7919)%20000)
					if i%3 == 0 {
						return txn.Delete(key)
					}
					return txn.Set(key, val())
				})
			}
		})
		for range 2 {
			got := all(t, s)
			if len(got) != len(want) {
				t.Errorf("%d records, want %d", len(got), len(want))
			}
			for key, v := range want {
				if got[key] != v {
					t.Errorf("%s is not what it was", key)
				}
			}
		}
		close(stop)
		writer.Wait()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSnapshotHasExpiry(t *testing.T) {
	db := open(t, badger.Options{Memory: true})
	later := time.Now().Add(time.Hour)
	mustUpdate(t, db, func(txn *badger.Txn) error {
		return errors.Join(txn.Set([]byte("a"), []byte("1")), txn.SetWithExpiry([]byte("b"), []byte("2"), later),
			txn.SetWithExpiry([]byte("c"), []byte("3"), time.Now().Add(-time.Hour)))
	})
	var first uint64
	err := db.Snapshot(t.Context(), func(s *badger.Snapshot) error {
		first = s.Version()
		if got := all(t, s); len(got) != 2 || got["a"] != "10" || got["b"] != fmt.Sprint("2", later.Unix()) {
			t.Errorf("got %v", got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	mustUpdate(t, db, set("a", "2"))
	err = db.Snapshot(t.Context(), func(s *badger.Snapshot) error {
		if s.Version() <= first {
			t.Errorf("version %d after %d", s.Version(), first)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A snapshot that is being read does not hold up Close, nor one who has given up.
func TestSnapshotStops(t *testing.T) {
	fill := func() *badger.DB {
		db := open(t, badger.Options{Memory: true})
		mustUpdate(t, db, set("a", "1"))
		mustUpdate(t, db, set("b", "1"))
		return db
	}
	db := fill()
	ctx, cancel := context.WithCancel(t.Context())
	err := db.Snapshot(ctx, func(s *badger.Snapshot) error {
		return s.Each(ctx, func(badger.Record) error { cancel(); return nil })
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	closed := make(chan error)
	err = db.Snapshot(t.Context(), func(s *badger.Snapshot) error {
		return s.Each(t.Context(), func(badger.Record) error {
			go func() { closed <- db.Close() }() // ends when the snapshot does
			for db.Update(t.Context(), set("c", "1")) == nil {
			}
			return nil
		})
	})
	if !errors.Is(err, badger.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

// Why increments are not made of Badger's versions: once compaction has dropped a tombstone nothing tells of the
// deletion any more. Should this test ever fail, doc/adr/0010-backup.md may be looked at again.
func TestBadgerForgetsDeletions(t *testing.T) {
	dir := t.TempDir()
	db := open(t, badger.Options{Dir: dir})
	each := func(do func(txn *badger.Txn, key []byte) error) {
		mustUpdate(t, db, func(txn *badger.Txn) error {
			for i := range 1000 {
				if err := do(txn, fmt.Appendf(nil, "a%04d", i)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	each(func(txn *badger.Txn, key []byte) error { return txn.Set(key, []byte("1")) })
	var since uint64
	err := db.Snapshot(t.Context(), func(s *badger.Snapshot) error { since = s.Version(); return nil })
	if err != nil {
		t.Fatal(err)
	}
	each(func(txn *badger.Txn, key []byte) error { return txn.Delete(key) })
	for i := range 200 { // other traffic, 100 MB
		mustUpdate(t, db, func(txn *badger.Txn) error {
			for j := range 500 { // small enough for the tree
				if err := txn.Set(fmt.Appendf(nil, "z%d/%d", i%60, j), make([]byte, 1000)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	closeOf(t, db)

	kv, err := badgerdb.Open(badgerdb.DefaultOptions(dir).WithLogger(nil))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = kv.Close() }()
	told := 0
	err = kv.View(func(txn *badgerdb.Txn) error {
		it := txn.NewIterator(badgerdb.IteratorOptions{AllVersions: true, SinceTs: since, Prefix: []byte("a")})
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			told++
		}
		return nil
	})
	if err != nil || told == 1000 {
		t.Errorf("all 1000 deletions are told, %v", err)
	}
	t.Logf("%d of 1000 deletions are told", told)
}

package badger_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"causeway/store/badger"
)

func scan(t *testing.T, txn *badger.Txn, r badger.Range) []string {
	t.Helper()
	var got []string
	err := txn.Scan(r, func(key, val []byte) (bool, error) {
		got = append(got, string(key)+"="+string(val))
		return true, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestScanRanges(t *testing.T) {
	db := open(t, badger.Options{Memory: true})
	mustUpdate(t, db, func(txn *badger.Txn) error {
		for _, key := range []string{"a", "b", "b1", "b2", "b3", "b\xff", "c", "\xff", "\xff\xff1"} {
			if err := txn.Set([]byte(key), nil); err != nil {
				return err
			}
		}
		return nil
	})
	for _, tc := range []struct {
		name string
		r    badger.Range
		want []string
	}{
		{"prefix", badger.Range{Prefix: []byte("b")}, []string{"b=", "b1=", "b2=", "b3=", "b\xff="}},
		{"backwards", badger.Range{Prefix: []byte("b"), Reverse: true}, []string{"b\xff=", "b3=", "b2=", "b1=", "b="}},
		{"from is in, to is not", badger.Range{Prefix: []byte("b"), From: []byte("b1"), To: []byte("b3")}, []string{"b1=", "b2="}},
		{"the same backwards", badger.Range{Prefix: []byte("b"), From: []byte("b1"), To: []byte("b3"), Reverse: true}, []string{"b2=", "b1="}},
		{"bounds between keys", badger.Range{Prefix: []byte("b"), From: []byte("b10"), To: []byte("b9"), Reverse: true}, []string{"b3=", "b2="}},
		{"bounds outside the prefix", badger.Range{Prefix: []byte("b1"), From: []byte("a"), To: []byte("z")}, []string{"b1="}},
		{"limit", badger.Range{Prefix: []byte("b"), Limit: 2}, []string{"b=", "b1="}},
		{"limit backwards", badger.Range{Prefix: []byte("b"), Limit: 2, Reverse: true}, []string{"b\xff=", "b3="}},
		{"nothing", badger.Range{Prefix: []byte("bb")}, nil},
		{"nothing backwards", badger.Range{Prefix: []byte("bb"), Reverse: true}, nil},
		{"empty range", badger.Range{From: []byte("c"), To: []byte("b")}, nil},
		{"empty range backwards", badger.Range{From: []byte("c"), To: []byte("b"), Reverse: true}, nil},
		{"prefix without end", badger.Range{Prefix: []byte("\xff"), Reverse: true}, []string{"\xff\xff1=", "\xff="}},
		{"from the end of all", badger.Range{Reverse: true, Limit: 1}, []string{"\xff\xff1="}},
	} {
		_ = db.View(func(txn *badger.Txn) error {
			if got := scan(t, txn, tc.r); !slices.Equal(got, tc.want) {
				t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
			}
			return nil
		})
	}
}

func TestScanStops(t *testing.T) {
	db := open(t, badger.Options{Memory: true})
	mustUpdate(t, db, func(txn *badger.Txn) error {
		return errors.Join(txn.Set([]byte("a"), nil), txn.Set([]byte("b"), nil))
	})
	errOwn := errors.New("own error")
	for _, result := range []error{nil, errOwn} {
		calls := 0
		err := db.View(func(txn *badger.Txn) error {
			return txn.Scan(badger.Range{}, func(_, _ []byte) (bool, error) { calls++; return false, result })
		})
		if calls != 1 || !errors.Is(err, result) {
			t.Errorf("%d calls, error %v", calls, err)
		}
	}
}

// The engine against a plain map: random writes in several closures of one batch and several batches, and each
// scan and read must give what the map gives.
func TestScanAgainstModel(t *testing.T) {
	db := open(t, badger.Options{Memory: true})
	rnd := rand.New(rand.NewPCG(1, 2))
	key := func() []byte {
		k := make([]byte, 1+rnd.IntN(3))
		for i := range k {
			k[i] = "ab\xff"[rnd.IntN(3)]
		}
		return k
	}
	model := map[string]string{}
	for round := range 400 {
		step := func(txn *badger.Txn) error {
			undone, fail := model, rnd.IntN(4) == 0
			model = cloneMap(model)
			for range 1 + rnd.IntN(6) {
				k := key()
				if rnd.IntN(3) == 0 {
					delete(model, string(k))
					if err := txn.Delete(k); err != nil {
						return err
					}
					continue
				}
				v := fmt.Sprint(round, rnd.IntN(100))
				model[string(k)] = v
				if err := txn.Set(k, []byte(v)); err != nil {
					return err
				}
			}
			compare(t, txn, model, randomRange(rnd, key))
			if fail {
				model = undone
				return errors.New("own error")
			}
			return nil
		}
		gate := make(chan struct{})
		db.Submit(func(*badger.Txn) error { <-gate; return nil })
		var last *badger.Commit
		for range 1 + rnd.IntN(4) {
			last = db.Submit(step)
		}
		close(gate)
		<-last.Done()
		_ = db.View(func(txn *badger.Txn) error {
			compare(t, txn, model, randomRange(rnd, key))
			return nil
		})
		if t.Failed() {
			t.Fatalf("round %d", round)
		}
	}
}

func randomRange(rnd *rand.Rand, key func() []byte) badger.Range {
	r := badger.Range{Reverse: rnd.IntN(2) == 0, Limit: rnd.IntN(5)}
	if rnd.IntN(2) == 0 {
		r.Prefix = key()
	}
	if rnd.IntN(2) == 0 {
		r.From = key()
	}
	if rnd.IntN(2) == 0 {
		r.To = key()
	}
	return r
}

func compare(t *testing.T, txn *badger.Txn, model map[string]string, r badger.Range) {
	t.Helper()
	var keys []string
	for k := range model {
		if bytes.HasPrefix([]byte(k), r.Prefix) && k >= string(r.From) && (r.To == nil || k < string(r.To)) {
			keys = append(keys, k)
		}
		if v, err := txn.Get([]byte(k)); err != nil || string(v) != model[k] {
			t.Errorf("key %q: got %q, %v; want %q", k, v, err, model[k])
		}
	}
	slices.Sort(keys)
	if r.Reverse {
		slices.Reverse(keys)
	}
	if r.Limit > 0 && len(keys) > r.Limit {
		keys = keys[:r.Limit]
	}
	var wanted []string
	for _, k := range keys {
		wanted = append(wanted, k+"="+model[k])
	}
	if got := scan(t, txn, r); !slices.Equal(got, wanted) {
		t.Errorf("range %+v: got %q, want %q", r, got, wanted)
	}
}

func cloneMap(m map[string]string) map[string]string {
	c := make(map[string]string, len(m))
	for k, v := range m {
		c[k] = v
	}
	return c
}

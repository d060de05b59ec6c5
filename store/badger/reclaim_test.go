package badger_test

import (
	"fmt"
	"testing"

	"causeway/store/badger"
	"causeway/store/badger/badgertest"
)

// What was deleted gives its space back, once tables have been merged; what was not is still there.
func TestReclaim(t *testing.T) {
	db := open(t, badger.Options{Dir: t.TempDir()})
	large := append(badgertest.Noise(1, 100<<10), make([]byte, 20<<10)...) // packed, and in the value log
	const values = 800                                                     // 80 MB: five files
	for i := range values {
		mustUpdate(t, db, func(txn *badger.Txn) error { return txn.Set(fmt.Appendf(nil, "v%d", i), large) })
	}
	for i := range values - 1 {
		mustUpdate(t, db, func(txn *badger.Txn) error { return txn.Delete(fmt.Appendf(nil, "v%d", i)) })
	}
	if n := db.Reclaim(); n != 0 {
		t.Logf("%d files at once", n)
	}
	for round := range 100 { // other writes, until the tables are merged
		for i := range 100 {
			mustUpdate(t, db, func(txn *badger.Txn) error {
				for j := range 10 {
					if err := txn.Set(fmt.Appendf(nil, "a%d/%d", i, j), large[:1000]); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if n := db.Reclaim(); n > 0 {
			t.Logf("%d files after %d MB", n, round+1)
			want(t, db, fmt.Sprintf("v%d", values-1), string(large))
			return
		}
	}
	t.Error("nothing came back")
}

package badger_test

import (
	"fmt"
	"sync"
	"testing"

	"causeway/store/badger"
)

// One durable write of 544 bytes per operation, by so many writers that each wait for theirs.
func BenchmarkUpdate(b *testing.B) {
	for _, writers := range []int{1, 16, 128, 512} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			db, err := badger.Open(b.Context(), badger.Options{Dir: b.TempDir()})
			if err != nil {
				b.Fatal(err)
			}
			defer closeOf(b, db)
			val := make([]byte, 544)
			b.ReportAllocs()
			b.ResetTimer()
			var wg sync.WaitGroup
			for w := range writers {
				wg.Go(func() {
					for i := w; i < b.N; i += writers {
						key := fmt.Appendf(nil, "m/%04d/%09d", w, i)
						if err := db.Update(b.Context(), func(txn *badger.Txn) error { return txn.Set(key, val) }); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
		})
	}
}

func BenchmarkGet(b *testing.B) {
	db, err := badger.Open(b.Context(), badger.Options{Memory: true})
	if err != nil {
		b.Fatal(err)
	}
	defer closeOf(b, db)
	if err := db.Update(b.Context(), set("a", "1")); err != nil {
		b.Fatal(err)
	}
	key := []byte("a")
	b.ReportAllocs()
	for b.Loop() {
		_ = db.View(func(txn *badger.Txn) error {
			_, err := txn.Get(key)
			return err
		})
	}
}

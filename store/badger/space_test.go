package badger_test

import (
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"causeway/store/badger"
)

const mib = 1 << 20

func TestLowDiskRefusesGrowthAndThenCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var free atomic.Uint64
		free.Store(1000 * mib)
		var log strings.Builder
		dir := t.TempDir()
		opts := badger.Options{
			Dir:       dir,
			FreeSpace: func(string) (uint64, error) { return free.Load(), nil },
			Logger:    slog.New(slog.NewTextHandler(&log, nil)),
		}
		db := open(t, opts)
		defer closeOf(t, db)
		mustUpdate(t, db, set("a", "1"))

		free.Store(255 * mib)
		time.Sleep(time.Second)
		synctest.Wait()
		if err := db.Update(t.Context(), set("b", "1")); !errors.Is(err, badger.ErrFull) {
			t.Errorf("growth below the low mark: %v", err)
		}
		if err := db.UpdateEssential(t.Context(), set("c", "1")); err != nil {
			t.Errorf("essential write below the low mark: %v", err)
		}
		free.Store(256 * mib)
		time.Sleep(time.Second)
		synctest.Wait()
		mustUpdate(t, db, set("b", "2"))

		free.Store(63 * mib)
		time.Sleep(time.Second)
		<-db.Stopped()
		for name, err := range map[string]error{
			"update": db.Update(t.Context(), set("d", "1")),
			"view":   db.View(func(*badger.Txn) error { return nil }),
		} {
			if !errors.Is(err, badger.ErrClosed) || !errors.Is(err, badger.ErrFull) {
				t.Errorf("%s below the stop mark: %v", name, err)
			}
		}
		if got := log.String(); !strings.Contains(got, "level=ERROR") || !strings.Contains(got, "store stopped") {
			t.Errorf("no alarm in the log: %s", got)
		}
		if _, err := badger.Open(t.Context(), opts); !errors.Is(err, badger.ErrFull) {
			t.Errorf("open below the stop mark: %v", err)
		}
		free.Store(1000 * mib)
		db = open(t, opts)
		defer closeOf(t, db)
		want(t, db, "a", "1")
		want(t, db, "b", "2")
		want(t, db, "c", "1")
	})
}

// Much data is looked after at once, not only at the next tick of the clock.
func TestManyBytesMakeTheGuardLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var free atomic.Uint64
		free.Store(1000 * mib)
		db := open(t, badger.Options{Dir: t.TempDir(), FreeSpace: func(string) (uint64, error) { return free.Load(), nil }})
		defer closeOf(t, db)
		free.Store(100 * mib)
		refused := false
		for range 30 {
			err := db.Update(t.Context(), set("a", strings.Repeat("x", 400<<10)))
			synctest.Wait()
			if refused = errors.Is(err, badger.ErrFull); refused {
				break
			}
		}
		if !refused {
			t.Error("12 MiB were written without a look at the disk")
		}
	})
}

package badger_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"

	"causeway/store/badger"
	"causeway/store/badger/badgertest"
)

// Eight writers, and the power goes at a random commit, twenty times over. What was acknowledged must be
// there when the engine opens on what the disk kept.
func TestPowerCutLosesNothingAcknowledged(t *testing.T) {
	acked, lost := powerCuts(t, 20, false)
	t.Logf("%d acknowledged, %d lost", acked, lost)
	if acked == 0 || lost != 0 {
		t.Errorf("%d of %d acknowledged writes lost", lost, acked)
	}
}

// The control: with the acknowledgement moved before the sync the same checker must report losses.
func TestPowerCutNoticesEarlyAcknowledgement(t *testing.T) {
	acked, lost := powerCuts(t, 5, true)
	t.Logf("%d acknowledged, %d lost", acked, lost)
	if lost == 0 {
		t.Error("writes were acknowledged before the sync and the checker did not notice")
	}
}

func powerCuts(t *testing.T, rounds int, early bool) (acked, lost int) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(7, 11))
	root := t.TempDir()
	dir := filepath.Join(root, "round0")
	known := map[string]string{}
	for round := range rounds {
		image := filepath.Join(root, fmt.Sprintf("round%d", round+1))
		cut, err := badgertest.NewPowerCut(dir)
		if err != nil {
			t.Fatal(err)
		}
		cut.Image, cut.At, cut.Written, cut.Early = image, 1+rnd.IntN(40), rnd.IntN(2) == 0, early
		db, err := badger.Open(t.Context(), badger.Options{Dir: dir, Fault: cut})
		if err != nil {
			t.Fatal(err)
		}
		for key, val := range writeUntilCut(t, db, round) {
			known[key] = val
		}
		if err := errors.Join(cut.Err(), db.Close()); err != nil {
			t.Fatal(err)
		}
		lost += missing(t, image, known)
		dir = image
	}
	return len(known), lost
}

// writeUntilCut lets eight writers go until each gets an error and returns what was acknowledged to them.
func writeUntilCut(t *testing.T, db *badger.DB, round int) map[string]string {
	t.Helper()
	var mu sync.Mutex
	acked := map[string]string{}
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				key := fmt.Sprintf("%02d/%d/%06d", round, w, i)
				n := (i * 37) % 20_000
				val := string(append(badgertest.Noise(uint64(w<<32+i), n+1), make([]byte, n/2)...)) // packed
				err := db.Update(t.Context(), set(key, val))
				if errors.Is(err, badger.ErrClosed) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				acked[key] = val
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return acked
}

func missing(t *testing.T, dir string, known map[string]string) (lost int) {
	t.Helper()
	db, err := badger.Open(t.Context(), badger.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer closeOf(t, db)
	err = db.View(func(txn *badger.Txn) error {
		for key, val := range known {
			got, err := txn.Get([]byte(key))
			switch {
			case errors.Is(err, badger.ErrNotFound), err == nil && string(got) != val:
				lost++
			case err != nil:
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lost
}

// failingDisk fails the sync of one commit.
type failingDisk struct {
	at, commits int
	err         error
}

func (f *failingDisk) BeforeCommit() error { return nil }
func (f *failingDisk) EarlyAck() bool      { return false }
func (f *failingDisk) AfterCommit() error {
	f.commits++
	if f.commits == f.at {
		return f.err
	}
	return nil
}

func TestFailedSyncStopsTheEngine(t *testing.T) {
	disk := &failingDisk{at: 2, err: errors.New("disk on fire")}
	db := open(t, badger.Options{Dir: t.TempDir(), Fault: disk})
	mustUpdate(t, db, set("a", "1"))
	for range 2 {
		err := db.Update(t.Context(), set("b", "1"))
		if !errors.Is(err, disk.err) || !errors.Is(err, badger.ErrClosed) {
			t.Errorf("update on a failed disk: %v", err)
		}
	}
	<-db.Stopped()
	if err := db.View(func(*badger.Txn) error { return nil }); !errors.Is(err, disk.err) {
		t.Errorf("view on a failed disk: %v", err)
	}
}

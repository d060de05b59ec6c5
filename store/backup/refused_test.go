package backup_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"causeway/store/backup"
	"causeway/store/badger"
)

// wantFiles checks which files there are where the backups go.
func (h *house) wantFiles(names ...string) {
	h.t.Helper()
	list, err := os.ReadDir(h.backups)
	must(h.t, err)
	var got []string
	for _, f := range list {
		got = append(got, f.Name())
	}
	if strings.Join(got, " ") != strings.Join(names, " ") {
		h.t.Errorf("there are %v, want %v", got, names)
	}
}

func TestRefused(t *testing.T) {
	h := newHouse(t)
	h.take("full", "")
	h.upload("1", "a picture")
	must(t, os.WriteFile(h.file("text"), []byte("no backup"), 0o600))
	must(t, os.WriteFile(h.file("later"), []byte("causeway backup 7\nwhatever"), 0o600))
	for name, tc := range map[string]struct {
		o    backup.Options
		want error
	}{
		"exists":         {backup.Options{File: h.file("full")}, backup.ErrExists},
		"no folder":      {backup.Options{File: h.file("none/file")}, fs.ErrNotExist},
		"own uploads":    {backup.Options{File: filepath.Join(h.uploads(), "file"), Uploads: h.uploads()}, backup.ErrOwnFolder},
		"own chain":      {backup.Options{File: h.file("full"), Since: h.file("full"), Force: true}, backup.ErrOwnChain},
		"no earlier":     {backup.Options{File: h.file("inc"), Since: h.file("none")}, fs.ErrNotExist},
		"earlier a text": {backup.Options{File: h.file("inc"), Since: h.file("text")}, backup.ErrNotBackup},
		"earlier newer":  {backup.Options{File: h.file("inc"), Since: h.file("later")}, backup.ErrNewer},
	} {
		if _, err := backup.Take(t.Context(), h, tc.o); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	h.wantFiles("full", "later", "text")
}

// An earlier file with a damaged outline is not built on.
func TestDamagedEarlier(t *testing.T) {
	h := newHouse(t)
	h.push("romeo@montague.lit", 1, "good night", time.Time{})
	h.take("full", "")
	content, err := os.ReadFile(h.file("full"))
	must(t, err)
	for i := range content {
		content[i] ^= 1
		must(t, os.WriteFile(h.file("full"), content, 0o600))
		content[i] ^= 1
		o := backup.Options{File: h.file("inc"), Since: h.file("full"), Force: true}
		if _, err := backup.Take(t.Context(), h, o); err == nil {
			// Bodies are not read, so what is in them is found when the chain is verified.
			if _, _, err := backup.Verify(t.Context(), h.file("full"), h.file("inc")); err == nil {
				t.Errorf("byte %d: not noticed", i)
			}
		}
	}
}

// With force a file is replaced only by a whole one, and what a killed backup left is no hindrance.
func TestForce(t *testing.T) {
	h := newHouse(t)
	must(t, os.Symlink("/dev/null", h.file("full.tmp")))
	h.take("full", "")
	before, err := os.ReadFile(h.file("full"))
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o := backup.Options{File: h.file("full"), Force: true}
	if _, err := backup.Take(ctx, h, o); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	after, err := os.ReadFile(h.file("full"))
	must(t, err)
	if string(after) != string(before) {
		t.Error("replaced by nothing")
	}
	info, err := os.Stat(h.file("full"))
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	h.push("romeo@montague.lit", 1, "good night", time.Time{})
	if sum := h.take("full", "", func(o *backup.Options) { o.Force = true }); int(sum.Records) != len(h.then) {
		t.Errorf("%+v", sum)
	}
	h.wantFiles("full")
}

// A disk that fills up ends the backup, and neither leaves a file nor hurts the store.
func TestFullDisk(t *testing.T) {
	var free atomic.Uint64
	free.Store(10 << 30)
	h := newHouse(t)
	must(t, h.Close())
	h.opts.FreeSpace = func(dir string) (uint64, error) {
		if dir == h.backups {
			return free.Load(), nil
		}
		return 10 << 30, nil
	}
	h.open()
	for id := range uint64(100) {
		h.push("romeo@montague.lit", id, strings.Repeat("w", 200_000), time.Time{})
	}
	free.Store(100 << 20)
	o := backup.Options{File: h.file("full")}
	if _, err := backup.Take(t.Context(), h, o); !errors.Is(err, badger.ErrFull) {
		t.Error(err)
	}
	h.wantFiles()
	h.push("romeo@montague.lit", 1000, "still there", time.Time{})
	free.Store(10 << 30)
	h.take("full", "")
	h.wantFiles("full")
}

func TestRestoreIntoWhatIsThere(t *testing.T) {
	h := newHouse(t)
	h.push("romeo@montague.lit", 1, "good night", time.Time{})
	h.upload("1", "a picture")
	h.take("full", "")
	dir := t.TempDir()
	target := backup.Target{Store: filepath.Join(dir, "store"), Uploads: filepath.Join(dir, "uploads")}
	must(t, os.MkdirAll(target.Uploads, 0o700)) // it may be there as long as it is empty
	_, err := backup.Restore(t.Context(), target, h.file("full"))
	must(t, err)
	if _, err := backup.Restore(t.Context(), target, h.file("full")); !errors.Is(err, backup.ErrExists) {
		t.Error(err)
	}
	target.Force = true
	done, err := backup.Restore(t.Context(), target, h.file("full"))
	must(t, err)
	if len(done.Aside) != 2 {
		t.Errorf("%+v", done)
	}
	for _, old := range done.Aside {
		if list, err := os.ReadDir(old); len(list) == 0 || err != nil {
			t.Errorf("%s: %v, %v", old, list, err)
		}
	}
}

// Records that ended while they were in the file are left out, those that have not keep their end.
func TestExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		must(t, h.Close())
		db, err := badger.Open(t.Context(), h.opts)
		must(t, err)
		soon := time.Now().Add(time.Minute)
		must(t, db.Update(t.Context(), func(txn *badger.Txn) error {
			return errors.Join(txn.SetWithExpiry([]byte("a"), []byte("soon"), soon),
				txn.SetWithExpiry([]byte("b"), []byte("later"), soon.Add(time.Hour)), txn.Set([]byte("z"), []byte("never")))
		}))
		must(t, db.Close())
		h.open()
		h.take("full", "")
		time.Sleep(2 * time.Minute)
		dir := t.TempDir()
		target := backup.Target{Store: filepath.Join(dir, "store"), Uploads: filepath.Join(dir, "uploads")}
		done, err := backup.Restore(t.Context(), target, h.file("full"))
		must(t, err)
		if done.Expired != 1 || int(done.Records) != len(h.then) {
			t.Errorf("%+v", done)
		}
		got, _ := restore(t, h.file("full"))
		delete(h.then, "a")
		wantSame(t, "restored", got, h.then)
	})
}

package badger_test

import (
	"os"
	"path/filepath"
	"testing"

	"causeway/store/badger"
)

// TestOpenAfterKillBetweenLogs: a process that is killed while Badger makes or
// drops a log leaves an empty file behind.
func TestOpenAfterKillBetweenLogs(t *testing.T) {
	dir := t.TempDir()
	open := func() *badger.DB {
		t.Helper()
		db, err := badger.Open(t.Context(), badger.Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	db := open()
	if err := db.Update(t.Context(), func(txn *badger.Txn) error { return txn.Set([]byte("k"), []byte("v")) }); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"00007.mem", "00900.mem", "000900.vlog"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db = open()
	err := db.View(func(txn *badger.Txn) error {
		v, err := txn.Get([]byte("k"))
		if string(v) != "v" {
			t.Errorf("k is %q", v)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

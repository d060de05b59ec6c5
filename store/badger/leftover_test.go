package badger_test

import (
	"bytes"
	"errors"
	"fmt"
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

// TestNoManifest: tables without the list of them are not taken for rubbish.
func TestNoManifest(t *testing.T) {
	dir := t.TempDir()
	db, err := badger.Open(t.Context(), badger.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(t.Context(), func(txn *badger.Txn) error { return txn.Set([]byte("k"), []byte("v")) }); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "MANIFEST")); err != nil {
		t.Fatal(err)
	}
	if _, err := badger.Open(t.Context(), badger.Options{Dir: dir}); !errors.Is(err, badger.ErrDamaged) {
		t.Errorf("opened: %v", err)
	}
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Errorf("the tables are gone: %v, %v", tables, err)
	}
}

// TestDamagedTable: a snapshot is not taken of what a damaged disk has left over.
func TestDamagedTable(t *testing.T) {
	dir := t.TempDir()
	db, err := badger.Open(t.Context(), badger.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	value := bytes.Repeat([]byte("romeo"), 100)
	for i := range 100 {
		if err := db.Update(t.Context(), func(txn *badger.Txn) error { return txn.Set(fmt.Appendf(nil, "key%d", i), value) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatalf("%v, %v", tables, err)
	}
	for _, name := range tables {
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt([]byte("a plague o' both"), 50); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	db, err = badger.Open(t.Context(), badger.Options{Dir: dir})
	if err != nil {
		return // so much the better
	}
	defer func() { _ = db.Close() }()
	err = db.Snapshot(t.Context(), func(*badger.Snapshot) error { return nil })
	if !errors.Is(err, badger.ErrDamaged) {
		t.Errorf("a snapshot of damaged tables: %v", err)
	}
}

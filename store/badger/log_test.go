package badger

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"

	badgerdb "github.com/dgraph-io/badger/v4"
)

// Badger only logs that the value log could not be synced. The engine takes that as the failed commit that it is.
func TestUnsyncedValuesStopTheEngine(t *testing.T) {
	db, err := Open(t.Context(), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	set := func(txn *Txn) error { return txn.Set([]byte("k"), []byte("v")) }
	if err := db.Update(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	log := engineLog{slog.New(slog.DiscardHandler), &db.unsynced}
	log.Errorf("unable to do something else: %v", err)
	if err := db.Update(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	log.Errorf(logUnsynced+": %v\n", errors.New("disk on fire"))
	if err := db.Update(t.Context(), set); !errors.Is(err, ErrClosed) || !errors.Is(err, errUnsynced) {
		t.Errorf("update after a failed sync: %v", err)
	}
	_ = db.Close()
}

// The message is what Badger's source says; a new version may say it in another way.
func TestUnsyncedMessage(t *testing.T) {
	opener := runtime.FuncForPC(reflect.ValueOf(badgerdb.Open).Pointer())
	file, _ := opener.FileLine(opener.Entry())
	source, err := os.ReadFile(filepath.Join(filepath.Dir(file), "value.go"))
	if err != nil {
		t.Skip("Badger's source is not here: ", err)
	}
	if !bytes.Contains(source, []byte(`Errorf("`+logUnsynced)) {
		t.Error("Badger tells of a failed sync of the value log in another way")
	}
}

package store

import (
	"context"
	"encoding/binary"
	"errors"
	"testing"

	"causeway/store/badger"
	"causeway/xmpp/jid"
)

func openEngine(t *testing.T, dir string) *badger.DB {
	t.Helper()
	db, err := badger.Open(t.Context(), badger.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func setAll(t *testing.T, db *badger.DB, pairs map[string]string) {
	t.Helper()
	err := db.Update(t.Context(), func(txn *badger.Txn) error {
		for key, val := range pairs {
			if err := txn.Set([]byte(key), []byte(val)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A layout as a version 0 might have had it: vCards under "card/" and the address, without a record version.
func versionZero() map[string]string {
	return map[string]string{
		"card/juliet@capulet.lit":  "<vCard><FN>Juliet</FN></vCard>",
		"card/romeo@montague.lit":  "<vCard><FN>Romeo</FN></vCard>",
		"card/nurse@capulet.lit":   "<vCard/>",
		"card/mercutio@verona.lit": "<vCard><FN>Mercutio</FN></vCard>",
	}
}

// fromZero moves the cards one slice after the other. It fails after so many slices, once.
func fromZero(failAfter int) step {
	errCrash := errors.New("crash")
	return func(ctx context.Context, db *badger.DB) error {
		for more := true; more; failAfter-- {
			if failAfter == 0 {
				failAfter--
				return errCrash
			}
			err := db.Update(ctx, func(txn *badger.Txn) error {
				more = false
				return txn.Scan(badger.Range{Prefix: []byte("card/"), Limit: 1}, func(key, val []byte) (bool, error) {
					more = true
					owner, err := jid.Parse(string(key[len("card/"):]))
					if err != nil {
						return false, err
					}
					return true, errors.Join(txn.Set(tablePrefix(owner, tableVCard), encodeXML(val)), txn.Delete(append([]byte(nil), key...)))
				})
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
}

func TestMigrationGoesForwardAndSurvivesACrash(t *testing.T) {
	dir := t.TempDir()
	db := openEngine(t, dir)
	setAll(t, db, versionZero())
	zero := schema{version: 1, steps: map[int]step{0: fromZero(2)}}
	if err := migrate(t.Context(), db, zero); err == nil {
		t.Fatal("the crash went unnoticed")
	}
	if v, err := storedVersion(db, 1); v != 0 || err != nil {
		t.Errorf("version %d after half a migration, %v", v, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = openEngine(t, dir)
	if err := migrate(t.Context(), db, zero); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), badger.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	for key, want := range versionZero() {
		card, err := s.VCards().Card(t.Context(), jid.MustParse(key[len("card/"):]))
		if err != nil || string(card) != want {
			t.Errorf("%s: got %q, %v; want %q", key, card, err, want)
		}
	}
}

func TestOtherVersionsAreRefused(t *testing.T) {
	for _, tc := range []struct {
		name  string
		pairs map[string]string
		want  error
	}{
		{"newer", map[string]string{string(schemaKey()): string(binary.AppendUvarint(nil, schemaVersion+1))}, ErrNewer},
		{"not ours or too old", map[string]string{"x": "y"}, ErrTooOld},
		{"damaged", map[string]string{string(schemaKey()): "\xff"}, errRecord},
		{"damaged, too long", map[string]string{string(schemaKey()): "\x01\x01"}, errRecord},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			db := openEngine(t, dir)
			setAll(t, db, tc.pairs)
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			for range 2 { // the refusal has changed nothing
				if _, err := Open(t.Context(), badger.Options{Dir: dir}); !errors.Is(err, tc.want) {
					t.Errorf("got %v, want %v", err, tc.want)
				}
			}
		})
	}
}

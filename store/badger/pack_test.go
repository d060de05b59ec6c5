package badger

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"causeway/store/badger/badgertest"
)

// alike gives n bytes that say much the same again and again.
func alike(n int) []byte {
	var b []byte
	for i := 0; len(b) < n; i++ {
		b = fmt.Appendf(b, "<message from='romeo@montague.lit/%d' type='chat'><body>Art thou not Juliet?</body></message>", i)
	}
	return b[:n]
}

// Every way to read gives large values as they were written, whether they are packed or not, also from inside of one
// another, and the next time too.
func TestPackedValues(t *testing.T) {
	db, err := Open(t.Context(), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	values := map[string][]byte{
		"empty": {}, "short": alike(largeValue - 1), "first": alike(largeValue), "long": alike(100_000),
		"longest": alike(maxValue), "noise": badgertest.Noise(1, 50_000),
	}
	for key, val := range values {
		if err := db.Update(t.Context(), func(txn *Txn) error { return txn.Set([]byte(key), val) }); err != nil {
			t.Fatal(err)
		}
	}
	same := func(how string, key, got []byte) {
		if !bytes.Equal(got, values[string(key)]) {
			t.Errorf("%s %s: got %d bytes, want %d", how, key, len(got), len(values[string(key)]))
		}
	}
	err = db.View(func(txn *Txn) error {
		kept := map[string][]byte{}
		err := txn.Scan(Range{}, func(outer, val []byte) (bool, error) {
			for key := range values {
				if err := txn.Visit([]byte(key), func(v *Value) error { return sameParts(v, values[key]) }); err != nil {
					t.Errorf("visit %s: %v", key, err)
				}
				got, err := txn.Get([]byte(key))
				if err != nil {
					return false, err
				}
				kept[key] = got
			}
			same("scan", outer, val)
			return true, nil
		})
		for key, got := range kept {
			same("get", []byte(key), got)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	err = db.Snapshot(t.Context(), func(s *Snapshot) error {
		return s.Each(t.Context(), func(r Record) error { same("snapshot", r.Key, r.Val); return nil })
	})
	if err != nil {
		t.Error(err)
	}
}

// sameParts compares a value by pieces that lie anywhere in it, and beyond its end.
func sameParts(v *Value, want []byte) error {
	if v.Len() != len(want) {
		return fmt.Errorf("%d bytes instead of %d", v.Len(), len(want))
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 30 {
		from := rnd.IntN(len(want) + 10)
		to := from + rnd.IntN(3*frameSize)
		got, err := v.Part(from, to)
		if err != nil || !bytes.Equal(got, want[min(from, len(want)):min(to, len(want))]) {
			return fmt.Errorf("from %d to %d: %d bytes, %w", from, to, len(got), err)
		}
	}
	return nil
}

// What says much the same takes less than half of its bytes on the disk.
func TestPackedIsSmall(t *testing.T) {
	dir := t.TempDir()
	db, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	const values, size = 300, 16 << 10
	for i := range values {
		add := func(txn *Txn) error { _, err := txn.Append(fmt.Appendf(nil, "v%d", i), alike(size)); return err }
		if err := db.Update(t.Context(), add); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	var used int64
	err = filepath.WalkDir(dir, func(_ string, f fs.DirEntry, err error) error {
		if err == nil && !f.IsDir() {
			var info os.FileInfo
			if info, err = f.Info(); err == nil {
				used += info.Size()
			}
		}
		return err
	})
	if err != nil || used > values*size/2 {
		t.Errorf("%d bytes of %d, %v", used, values*size, err)
	}
}

// unpackAll is all of a packed value.
func unpackAll(small []byte) ([]byte, error) {
	v, err := unpack(nil, small)
	if err != nil {
		return nil, err
	}
	return v.all()
}

// A packed value that is damaged is told of, and claims no memory.
func TestUnpackDamaged(t *testing.T) {
	val := alike(10_000)
	small, _ := new(packer).pack(val)
	for n := range small {
		if _, err := unpackAll(small[:n]); !errors.Is(err, ErrDamaged) {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
		flipped := bytes.Clone(small)
		flipped[n] ^= 0xff
		if got, err := unpackAll(flipped); err != nil && !errors.Is(err, ErrDamaged) {
			t.Errorf("byte %d flipped: %d bytes, %v", n, len(got), err)
		}
	}
	huge := binary.AppendUvarint(nil, maxValue+1)
	if _, err := unpackAll(append(huge, make([]byte, 1<<10)...)); !errors.Is(err, ErrDamaged) {
		t.Errorf("a huge length: %v", err)
	}
	if got, err := unpackAll(small); err != nil || !bytes.Equal(got, val) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// Values of one batch do not share bytes, and a batch after another begins anew.
func TestPacker(t *testing.T) {
	var p packer
	for round := range 3 {
		var kept [][]byte
		for i := range 20 {
			small, meta := p.pack(alike(largeValue + 3000*i))
			if meta != packed {
				t.Fatalf("round %d: value %d is not packed", round, i)
			}
			kept = append(kept, small)
		}
		for i, small := range kept {
			if val, err := unpackAll(small); err != nil || !bytes.Equal(val, alike(largeValue+3000*i)) {
				t.Errorf("round %d, value %d: %d bytes, %v", round, i, len(val), err)
			}
		}
		p.reset()
	}
}

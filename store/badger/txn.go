package badger

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	badgerdb "github.com/dgraph-io/badger/v4"
)

// Txn is what a closure reads and writes. It is valid until the closure returns and belongs to one goroutine.
type Txn struct {
	read     *badgerdb.Txn
	batch    *batch // nil in a View
	overflow bool   // a write did not fit into what is left of the batch
	unpacker unpacker
}

// reserved is the key space in which Badger keeps its own records.
var reserved = []byte("!badger!")

// Get returns the value of key, or ErrNotFound. The value may be kept but not changed.
func (t *Txn) Get(key []byte) ([]byte, error) {
	if t.batch != nil {
		if w, ok := t.batch.writes[string(key)]; ok {
			if w.gone(now()) {
				return nil, ErrNotFound
			}
			if w.grown {
				return bytes.Clone(w.val), nil // the buffer will be used again
			}
			return w.val, nil
		}
	}
	item, err := t.read.Get(key)
	if errors.Is(err, badgerdb.ErrKeyNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	var val []byte
	var unpacker unpacker // of this value alone, which is kept
	err = unpacker.visitAll(item, func(v []byte) error {
		if val = v; item.UserMeta()&packed == 0 {
			val = bytes.Clone(v)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read value: %w", err)
	}
	return val, nil
}

// Visit calls fn with the value of key, if there is one. It is valid only during the call. Of a large value nothing
// is read but what fn asks for, so it is better than Get for a part of one.
func (t *Txn) Visit(key []byte, fn func(*Value) error) error {
	if t.batch != nil {
		if w, ok := t.batch.writes[string(key)]; ok {
			if w.gone(now()) {
				return nil
			}
			return fn(&Value{whole: w.val})
		}
	}
	item, err := t.read.Get(key)
	if errors.Is(err, badgerdb.ErrKeyNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read key: %w", err)
	}
	return t.unpacker.visit(item, fn)
}

// Has says whether key has a value.
func (t *Txn) Has(key []byte) (bool, error) {
	_, err := t.Get(key)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Set gives key the value val. The engine keeps val: the caller must not change it afterwards. A key has
// at most 65,000 bytes, a value less than 512 KiB, and all writes of one closure about 600 kB.
func (t *Txn) Set(key, val []byte) error {
	return t.write(key, write{val: val})
}

// SetWithExpiry is Set for a value that ends at the given time, in whole seconds. From then on it is
// not found any more; its space is freed some time later.
func (t *Txn) SetWithExpiry(key, val []byte, at time.Time) error {
	return t.write(key, write{val: val, expires: max(1, at.Unix())})
}

// Append adds parts to the value that key gets in this batch, and says where in it they begin. The first ones of a
// batch begin a new value; what the key had before the batch is lost, so each batch has to have keys of its own, see
// Version. Many closures thus share one record, and a record costs much more than its bytes do.
func (t *Txn) Append(key []byte, parts ...[]byte) (at int, err error) {
	size := 0
	for _, part := range parts {
		size += len(part)
	}
	if err := t.check(key, size); err != nil {
		return 0, err
	}
	at, ok := t.batch.add(key, parts, size)
	if !ok {
		t.overflow = true
		return 0, ErrTooLarge
	}
	return at, nil
}

// Version is the number of the last commit before the Txn: closures of the same batch have the same, those of
// later ones a higher. What closures of version v have written is in a View exactly if its version is above v.
// The numbers of an engine that was opened again, or restored from a backup, cannot be compared.
func (t *Txn) Version() uint64 { return t.read.ReadTs() }

// Delete removes key. It is no error when there is none.
func (t *Txn) Delete(key []byte) error {
	return t.write(key, write{deleted: true})
}

func (t *Txn) write(key []byte, w write) error {
	if err := t.check(key, len(w.val)); err != nil {
		return err
	}
	if !t.batch.put(key, w) {
		// Remembered, because the committer has to know even if the closure drops the error.
		t.overflow = true
		return ErrTooLarge
	}
	return nil
}

// check says what is wrong with a write of so many bytes, whatever the batch holds.
func (t *Txn) check(key []byte, size int) error {
	switch {
	case t.batch == nil:
		return ErrReadOnly
	case len(key) == 0:
		return errors.New("empty key")
	case bytes.HasPrefix(key, reserved):
		return errors.New("key is reserved for the engine")
	case len(key) > maxKey, size > maxValue:
		return ErrTooLarge
	}
	return nil
}

// now is the present in the unit of expiry.
func now() int64 { return time.Now().Unix() }

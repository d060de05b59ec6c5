package badger

import (
	"fmt"

	badgerdb "github.com/dgraph-io/badger/v4"
)

// Limits of one batch. Badger's own limits for a transaction follow from the size of its table of recent
// writes, at the least 4 MiB: 629,145 bytes and 6,553 keys. The hard limits stay below them for every
// setting; at the soft limits a batch is committed without waiting for more.
const (
	softBytes = 500_000
	softKeys  = 4096
	hardBytes = 600_000
	hardKeys  = 6000

	// appendRoom is the room, in bytes, that the first part of a value has, so that it seldom moves.
	appendRoom = 4 << 10

	// keyOverhead is more than Badger counts for an entry beside key and value.
	keyOverhead = 16
)

// write is the last thing the batch did to a key.
type write struct {
	val     []byte
	expires int64 // seconds since 1970; 0: never
	deleted bool
}

func (w write) gone(now int64) bool {
	return w.deleted || w.expires != 0 && w.expires <= now
}

// batch collects the writes of closures until they are committed together. Each closure's writes can be
// undone as long as the next one has not begun.
type batch struct {
	writes map[string]write
	bytes  int
	undo   []undo // how to take back the running closure
	mark   int    // bytes when it began
}

type undo struct {
	key  string
	prev write
	had  bool
}

func newBatch() *batch {
	return &batch{writes: make(map[string]write)}
}

// begin starts a closure: what is in the batch now can no longer be undone.
func (b *batch) begin() {
	clear(b.undo) // let go of old values
	b.undo = b.undo[:0]
	b.mark = b.bytes
}

// put records a write; false when it does not fit.
func (b *batch) put(key string, w write) bool {
	prev, had := b.writes[key]
	size := b.bytes + len(w.val)
	if had {
		size -= len(prev.val)
	} else {
		size += len(key) + keyOverhead
	}
	if size > hardBytes || !had && len(b.writes) >= hardKeys {
		return false
	}
	b.undo = append(b.undo, undo{key: key, prev: prev, had: had})
	b.writes[key] = w
	b.bytes = size
	return true
}

// add puts part behind the value that the batch has for key; where it begins, and false when it does not fit.
// An undone part stays behind the end of the value until the next one is written over it.
func (b *batch) add(key string, part []byte) (at int, ok bool) {
	w := b.writes[key]
	if w.deleted {
		w = write{}
	}
	at = len(w.val)
	if at+len(part) > maxValue {
		return 0, false
	}
	if w.val == nil {
		w.val = make([]byte, 0, max(len(part), appendRoom))
	}
	w.val = append(w.val, part...)
	return at, b.put(key, w)
}

// rollback undoes everything since begin, the last write first.
func (b *batch) rollback() {
	for i := len(b.undo) - 1; i >= 0; i-- {
		u := b.undo[i]
		if u.had {
			b.writes[u.key] = u.prev
		} else {
			delete(b.writes, u.key)
		}
	}
	b.bytes = b.mark
	b.begin()
}

func (b *batch) empty() bool { return len(b.writes) == 0 }

func (b *batch) full() bool { return b.bytes >= softBytes || len(b.writes) >= softKeys }

func (b *batch) reset() {
	clear(b.writes)
	b.bytes = 0
	b.begin()
}

// commit writes the batch as one Badger transaction and returns after the sync.
func (b *batch) commit(kv *badgerdb.DB) error {
	txn := kv.NewTransaction(true)
	defer txn.Discard()
	for key, w := range b.writes {
		var err error
		if w.deleted {
			err = txn.Delete([]byte(key))
		} else {
			err = txn.SetEntry(&badgerdb.Entry{Key: []byte(key), Value: w.val, ExpiresAt: uint64(w.expires)})
		}
		if err != nil {
			return fmt.Errorf("collect batch: %w", err)
		}
	}
	if err := txn.Commit(); err != nil {
		return fmt.Errorf("commit batch: %w", err)
	}
	return nil
}

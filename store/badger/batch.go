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

	// appendRoom is the room, in bytes, that a value made of parts has at first. Buffers for such values are used
	// again while there is much to do: at most maxSpare of them, of at most spareRoom bytes each.
	appendRoom = 4 << 10
	spareRoom  = 64 << 10
	maxSpare   = 32

	// keyOverhead is more than Badger counts for an entry beside key and value.
	keyOverhead = 16
)

// write is the last thing the batch did to a key.
type write struct {
	val     []byte
	expires int64 // seconds since 1970; 0: never
	deleted bool
	grown   bool // made of parts, in a buffer of the batch
}

func (w write) gone(now int64) bool {
	return w.deleted || w.expires != 0 && w.expires <= now
}

// batch collects the writes of closures until they are committed together. Each closure's writes can be
// undone as long as the next one has not begun.
type batch struct {
	writes map[string]*write
	bytes  int
	undo   []undo // how to take back the running closure
	mark   int    // bytes when it began
	spare  [][]byte
	packer packer
}

type undo struct {
	w    *write
	prev write
	key  string // if it is new in the batch; else ""
}

func newBatch() *batch {
	return &batch{writes: make(map[string]*write)}
}

// begin starts a closure: what is in the batch now can no longer be undone.
func (b *batch) begin() {
	clear(b.undo) // let go of old values
	b.undo = b.undo[:0]
	b.mark = b.bytes
}

// put records a write; false when it does not fit.
func (b *batch) put(key []byte, w write) bool {
	old, had := b.writes[string(key)]
	if had {
		size := b.bytes + len(w.val) - len(old.val)
		if size > hardBytes {
			return false
		}
		b.undo = append(b.undo, undo{w: old, prev: *old})
		*old, b.bytes = w, size
		return true
	}
	size := b.bytes + len(w.val) + len(key) + keyOverhead
	if size > hardBytes || len(b.writes) >= hardKeys {
		return false
	}
	name := string(key)
	b.undo = append(b.undo, undo{key: name})
	added := w // or w would be allocated for what is there already, too
	b.writes[name], b.bytes = &added, size
	return true
}

// add puts parts, of so many bytes, behind the value that the batch has for key; where they begin, and false when
// they do not fit. Undone parts stay behind the end of the value until others are written over them.
func (b *batch) add(key []byte, parts [][]byte, size int) (at int, ok bool) {
	old, had := b.writes[string(key)]
	var w write
	switch n := len(b.spare); {
	case had && !old.deleted:
		w = *old
	case n > 0:
		w.val, w.grown = b.spare[n-1], true
		b.spare[n-1] = nil
		b.spare = b.spare[:n-1]
	default:
		w.val, w.grown = make([]byte, 0, max(size, appendRoom)), true
	}
	at = len(w.val)
	if at+size > maxValue {
		return 0, false
	}
	for _, part := range parts {
		w.val = append(w.val, part...)
	}
	return at, b.put(key, w)
}

// rollback undoes everything since begin, the last write first.
func (b *batch) rollback() {
	for i := len(b.undo) - 1; i >= 0; i-- {
		if u := b.undo[i]; u.w != nil {
			*u.w = u.prev
		} else {
			delete(b.writes, u.key)
		}
	}
	b.bytes = b.mark
	b.begin()
}

func (b *batch) empty() bool { return len(b.writes) == 0 }

func (b *batch) full() bool { return b.bytes >= softBytes || len(b.writes) >= softKeys }

// reset empties the batch for the next one. Nothing holds on to what was in it: Badger has copied it.
func (b *batch) reset() {
	b.packer.reset()
	if n := len(b.spare); n > 0 && len(b.writes) < maxSpare/8 { // there is not much to do
		b.spare[n-1] = nil
		b.spare = b.spare[:n-1]
	}
	for _, w := range b.writes {
		if w.grown && cap(w.val) > appendRoom && cap(w.val) <= spareRoom && len(b.spare) < maxSpare {
			b.spare = append(b.spare, w.val[:0])
		}
	}
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
			val, meta := b.packer.pack(w.val)
			err = txn.SetEntry(&badgerdb.Entry{Key: []byte(key), Value: val, UserMeta: meta, ExpiresAt: uint64(w.expires)})
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

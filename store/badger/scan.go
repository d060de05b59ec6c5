package badger

import (
	"bytes"
	"slices"
	"strings"

	badgerdb "github.com/dgraph-io/badger/v4"
)

// Range selects keys in byte order. All keys are full keys.
type Range struct {
	Prefix  []byte // every key begins with it; empty: all keys
	From    []byte // first key; nil: the first with the prefix
	To      []byte // end, not included; nil: after the last with the prefix
	Reverse bool   // from the last to the first
	Limit   int    // at most so many; 0: no limit
	Keys    bool   // only the keys are wanted; values may be nil
}

// bounds returns the range as lo <= key < hi; hi is nil when there is no end.
func (r Range) bounds() (lo, hi []byte) {
	lo, hi = r.Prefix, prefixEnd(r.Prefix)
	if bytes.Compare(r.From, lo) > 0 {
		lo = r.From
	}
	if r.To != nil && (hi == nil || bytes.Compare(r.To, hi) < 0) {
		hi = r.To
	}
	return lo, hi
}

// prefixEnd returns the smallest key above all keys with the prefix; nil when there is none.
func prefixEnd(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xff {
			end := bytes.Clone(prefix[:i+1])
			end[i]++
			return end
		}
	}
	return nil
}

// Scan calls fn for each key of the range in order, until fn says that it wants no more or fails. key and
// val are valid only during the call and must not be changed. fn may write; what it writes is not seen by
// this scan. A range of an account is cheap; a range without a prefix reads the whole store.
func (t *Txn) Scan(r Range, fn func(key, val []byte) (more bool, err error)) error {
	lo, hi := r.bounds()
	m := merge{reverse: r.Reverse, lo: lo, hi: hi, now: now()}
	if t.batch != nil {
		m.pending = t.batch.within(lo, hi, r.Reverse)
	}
	m.open(t.read, r.Prefix)
	defer m.it.Close()
	visit := t.unpacker.visitAll
	if r.Keys {
		visit = func(_ *badgerdb.Item, fn func(val []byte) error) error { return fn(nil) }
	}
	for n := 0; r.Limit == 0 || n < r.Limit; n++ {
		key, item, val := m.next()
		switch {
		case key == nil:
			return nil
		case item != nil:
			var more bool
			err := visit(item, func(v []byte) (err error) {
				more, err = fn(key, v)
				return err
			})
			if err != nil || !more {
				return err
			}
			m.it.Next()
		default:
			if more, err := fn(key, val); err != nil || !more {
				return err
			}
		}
	}
	return nil
}

// pair is a write of the batch, in key order.
type pair struct {
	key string
	write
}

// within returns the writes of the batch in the range, in the order of the scan.
func (b *batch) within(lo, hi []byte, reverse bool) []pair {
	var found []pair
	for key, w := range b.writes {
		if key >= string(lo) && (hi == nil || key < string(hi)) {
			found = append(found, pair{key, *w})
		}
	}
	slices.SortFunc(found, func(a, b pair) int {
		if reverse {
			a, b = b, a
		}
		return strings.Compare(a.key, b.key)
	})
	return found
}

// merge walks the store and the batch side by side; for a key in both, the batch is right.
type merge struct {
	it      *badgerdb.Iterator
	pending []pair
	lo, hi  []byte
	reverse bool
	now     int64
}

func (m *merge) open(read *badgerdb.Txn, prefix []byte) {
	opts := badgerdb.IteratorOptions{Prefix: prefix, Reverse: m.reverse} // values are in the tree: no prefetch
	start := m.lo
	if m.reverse {
		// Badger ends an iteration at the first key without the prefix, and a backward seek to hi may
		// stand on hi itself: the prefix must cover both.
		opts.Prefix = commonPrefix(prefix, m.hi)
		start = m.hi
	}
	m.it = read.NewIterator(opts)
	m.it.Seek(start)
	for m.reverse && m.hi != nil && m.it.Valid() && bytes.Compare(m.it.Item().Key(), m.hi) >= 0 {
		m.it.Next()
	}
}

// next returns the next key: with its item when it is the store's, which the caller has to step over, or
// with its value when it is the batch's. The key is nil at the end.
func (m *merge) next() (key []byte, item *badgerdb.Item, val []byte) {
	for {
		key, item = nil, nil
		if m.it.Valid() && m.inside(m.it.Item().Key()) {
			item = m.it.Item()
			key = item.Key()
		}
		if len(m.pending) == 0 {
			return key, item, nil
		}
		first := m.pending[0]
		order := -1
		if key != nil {
			order = bytes.Compare([]byte(first.key), key)
			if m.reverse {
				order = -order
			}
		}
		if order > 0 {
			return key, item, nil
		}
		if order == 0 {
			m.it.Next() // hidden by the batch
		}
		m.pending = m.pending[1:]
		if !first.gone(m.now) {
			return []byte(first.key), nil, first.val
		}
	}
}

func (m *merge) inside(key []byte) bool {
	return bytes.Compare(key, m.lo) >= 0 && (m.hi == nil || bytes.Compare(key, m.hi) < 0)
}

func commonPrefix(a, b []byte) []byte {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return a[:n]
}

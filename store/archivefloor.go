package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"

	"causeway/store/badger"
	"causeway/xmpp/ext/archive"
	"causeway/xmpp/jid"
)

// floors are where the archives of rooms begin that were removed, as long as something of them is left: up to its
// floor nothing of an archive is there for anybody. A room of the same name has IDs above it. Only closures change
// them, and the opening of the store.
type floors struct {
	some atomic.Bool // there are any, which is rare
	mu   sync.RWMutex
	at   map[jid.JID]archive.ID
}

// of gives the floor of an archive, 0 if it has none.
func (f *floors) of(owner jid.JID) archive.ID {
	if !f.some.Load() {
		return 0
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.at[owner]
}

// set sets a floor, or takes it away if it is 0.
func (f *floors) set(owner jid.JID, floor archive.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if floor > 0 {
		if f.at == nil {
			f.at = make(map[jid.JID]archive.ID)
		}
		f.at[owner] = floor
	} else {
		delete(f.at, owner)
	}
	f.some.Store(len(f.at) > 0)
}

// above narrows a query to what is there. It is asked before the tail and the view are looked at: what is cleared
// away in between would be found otherwise.
func (r *Archive) above(owner jid.JID, q archive.Query) archive.Query {
	q.After = max(q.After, r.floors.of(owner))
	return q
}

// standing says whether entries may be appended: one below the floor would never be seen. It can only be when
// the machine's clock was put back while the server was down.
func (r *Archive) standing(entries []archive.Entry) error {
	for i := range entries {
		if e := &entries[i]; e.ID <= r.floors.of(e.Owner) {
			return fmt.Errorf("archive of %s: an entry comes with the time of those that were removed", e.Owner)
		}
	}
	return nil
}

// clearBelow frees the entries of an archive up to its floor, slice by slice.
func (r *Archive) clearBelow(ctx context.Context, owner jid.JID, floor archive.ID) error {
	if err := r.giveUp(ctx, owner, floor+1); err != nil {
		return err
	}
	err := updateEssential(ctx, r.db, func(*badger.Txn) error {
		list := r.tail.of(owner.String())
		if n, _ := findRecent(list, floor+1); n > 0 {
			r.tail.drop(owner.String(), list[:n])
		}
		return nil
	})
	if err != nil {
		return err
	}
	// Nothing below the floor comes to the index any more.
	if err := clearLeaves(ctx, r.db, tablePrefix(owner, tableArchivePeers), floor); err != nil {
		return err
	}
	// These are last: they tell where the entries are.
	return clearLeaves(ctx, r.db, wholeList(owner), floor)
}

// clearLeaves takes all places up to a floor out of the leaves with a prefix.
func clearLeaves(ctx context.Context, db *badger.DB, prefix []byte, floor archive.ID) error {
	return inSlices(ctx, db, badger.Range{Prefix: prefix}, func(txn *badger.Txn, key, val []byte) error {
		return clearLeaf(txn, key, val, floor)
	})
}

// clearLeaf deletes a leaf, and writes what of it is above the floor as another one.
func clearLeaf(txn *badger.Txn, key, val []byte, floor archive.ID) error {
	list, first := key[:len(key)-8:len(key)-8], archive.ID(binary.BigEndian.Uint64(key[len(key)-8:]))
	if first > floor {
		return nil
	}
	places, err := decodeLeaf(val)
	if err != nil {
		return err
	}
	if err := txn.Delete(key); err != nil {
		return err
	}
	for i, p := range places {
		if p.id > floor {
			return setLeaf(txn, leafKey(list, p.id), places[i:])
		}
	}
	return nil
}

package store

import (
	"context"
	"fmt"
	"math"
	"slices"

	"causeway/store/badger"
	"causeway/xmpp/ext/archive"
	"causeway/xmpp/jid"
)

// Purge implements archive.Store. It is several steps; what a step has taken is gone whatever becomes of the next.
func (r *Archive) Purge(ctx context.Context, owner, peer jid.JID) error {
	_, last, err := r.Ends(ctx, owner)
	if err != nil || last == 0 {
		return err
	}
	select {
	case r.turn <- struct{}{}: // nothing goes from the tail to the index meanwhile
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-r.turn }()
	for q := (archive.Query{With: peer.Bare(), Before: last + 1}); ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		var (
			reached archive.ID
			more    bool
		)
		err := updateEssential(ctx, r.db, func(txn *badger.Txn) (err error) {
			reached, more, err = r.purgeSome(txn, owner, q)
			return err
		})
		if err != nil {
			return fmt.Errorf("purge archive of %s: %w", owner, err)
		}
		if !more {
			return nil
		}
		q.After = reached
	}
}

// purgeSome gives up the next entries that q means, and takes them out of the index and of the tail.
func (r *Archive) purgeSome(txn *badger.Txn, owner jid.JID, q archive.Query) (last archive.ID, more bool, err error) {
	recents := r.tail.of(owner.String())
	places, err := r.find(txn, owner, q, recents, math.MaxUint64, leafPlaces)
	if err != nil || len(places) == 0 {
		return 0, false, err
	}
	more = len(places) == leafPlaces
	size := 0
	for key, run := range records(places) {
		record, err := read(txn, key)
		if err != nil {
			return 0, false, err
		}
		if size > 0 && size+len(record) > forgetBytes {
			more = true
			places = places[:slices.IndexFunc(places, func(p place) bool { return p.id == run[0].id })]
			break
		}
		if record == nil {
			continue
		}
		size += len(record)
		record = slices.Clone(record)
		for _, p := range run {
			b, err := bodyAt(record, p.at)
			if err != nil {
				return 0, false, err
			}
			if i := b.find(owner.String(), p.id); i >= 0 {
				b.giveUp(i)
			}
		}
		if err := txn.Set(key, record); err != nil {
			return 0, false, err
		}
	}
	for _, list := range [][]byte{wholeList(owner), peerList(owner, q.With.String())} {
		if err := dropPlaces(txn, list, places); err != nil {
			return 0, false, err
		}
	}
	gone := make([]recent, 0, len(places))
	for _, p := range places {
		gone = append(gone, recent{place: p})
	}
	r.tail.drop(owner.String(), gone)
	return places[len(places)-1].id, more, nil
}

// dropPlaces takes places, which are in order, out of a list. A leaf keeps its key though its first place goes: it
// still begins there or later.
func dropPlaces(txn *badger.Txn, list []byte, places []place) error {
	for len(places) > 0 {
		key, err := leafAt(txn, list, places[0].id)
		if err != nil {
			return err
		}
		end, err := leafAfter(txn, list, places[0].id)
		if err != nil {
			return err
		}
		n := len(places)
		if end != 0 {
			n, _ = slices.BinarySearchFunc(places, place{id: end}, comparePlaces)
		}
		if key != nil {
			if err := dropFromLeaf(txn, key, places[:n]); err != nil {
				return err
			}
		}
		places = places[n:]
	}
	return nil
}

func dropFromLeaf(txn *badger.Txn, key []byte, gone []place) error {
	val, err := txn.Get(key)
	if err != nil {
		return err
	}
	leaf, err := decodeLeaf(val)
	if err != nil {
		return err
	}
	kept := slices.DeleteFunc(leaf, func(p place) bool {
		_, found := slices.BinarySearchFunc(gone, p, comparePlaces)
		return found
	})
	if len(kept) == 0 {
		return txn.Delete(key)
	}
	return setLeaf(txn, key, kept)
}

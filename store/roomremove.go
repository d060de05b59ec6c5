package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"causeway/store/badger"
	"causeway/xmpp/ext/archive"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
)

// A room goes in one step: its record, its vCard and its entries in the indexes are deleted, and a removal is noted.
// From then on nobody finds its members, whose keys bear the number of its life, nor its archive, which begins above
// a floor (archivefloor.go). They are cleared away slice by slice, after a crash too, and then the note is deleted.

// openRooms takes up the removals that are not done.
func openRooms(ctx context.Context, db *badger.DB, a *Archive) (*Rooms, error) {
	running, stop := context.WithCancel(context.Background())
	r := &Rooms{
		db: db, archive: a, numbers: numbers{next: make(map[string]int), end: make(map[string]int)},
		work: make(chan struct{}, 1), turn: make(chan struct{}, 1), stop: stop, stopped: make(chan struct{}),
	}
	err := view(ctx, db, func(txn *badger.Txn) error {
		return eachRemoval(txn, nil, 0, func(room jid.JID, left removal) error {
			a.floors.set(room, left.floor)
			r.signal()
			return nil
		})
	})
	if err != nil {
		stop()
		return nil, fmt.Errorf("read removed rooms: %w", err)
	}
	go r.run(running) // ends when close calls stop
	return r, nil
}

// close ends run. What it has not cleared away waits for the next start.
func (r *Rooms) close() {
	r.once.Do(r.stop)
	<-r.stopped
}

// signal wakes run.
func (r *Rooms) signal() {
	select {
	case r.work <- struct{}{}:
	default:
	}
}

// run clears away what removed rooms have left, until ctx ends. What fails is tried again some time later.
func (r *Rooms) run(ctx context.Context) {
	defer close(r.stopped)
	var again <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.work:
		case <-again:
		}
		again = nil
		if err := r.clear(ctx); err != nil {
			again = time.After(quiet)
		}
	}
}

// Remove implements muc.Store. It works on a disk that is nearly full too.
func (r *Rooms) Remove(room jid.JID) router.Ticket {
	c := r.db.SubmitEssential(func(txn *badger.Txn) error { return r.remove(txn, room) })
	c.OnDone(func(err error) {
		if err == nil {
			r.signal()
		}
	})
	return ticket{c}
}

// remove is the closure of Remove. The archive is told last, when nothing can fail any more.
func (r *Rooms) remove(txn *badger.Txn, room jid.JID) error {
	old, err := readRoom(txn, room)
	if err != nil {
		return err
	}
	left, err := readRemoved(txn, room)
	if err != nil {
		return err
	}
	newest, err := r.archive.newest(txn, room)
	if err != nil {
		return err
	}
	if old == nil && newest <= left.floor {
		return nil
	}
	left.floor = max(left.floor, newest)
	if old != nil {
		left.life = old.life
		if err := r.indexRoom(txn, room, old, nil); err != nil {
			return err
		}
	}
	for _, kind := range []roomKind{roomItself, roomVCard} {
		if err := mark(txn, roomKey(kind, room), false); err != nil {
			return err
		}
	}
	if err := txn.Set(roomKey(roomRemoved, room), encodeRemoval(left)); err != nil {
		return err
	}
	r.archive.floors.set(room, left.floor)
	return nil
}

func readRemoved(txn *badger.Txn, room jid.JID) (removal, error) {
	val, err := read(txn, roomKey(roomRemoved, room))
	if val == nil || err != nil {
		return removal{}, err
	}
	return decodeRemoval(val)
}

// eachRemoval calls f with the rooms that were removed, from a key on, at most limit of them; 0 is all.
func eachRemoval(txn *badger.Txn, from []byte, limit int, f func(jid.JID, removal) error) error {
	prefix := []byte{layout, familyRooms, byte(roomRemoved)}
	return txn.Scan(badger.Range{Prefix: prefix, From: from, Limit: limit}, func(key, val []byte) (bool, error) {
		room, err := roomOf(key[len(prefix):])
		if err != nil {
			return false, err
		}
		left, err := decodeRemoval(val)
		if err != nil {
			return false, fmt.Errorf("removed room %s: %w", room, err)
		}
		return true, f(room, left)
	})
}

// clear clears away what all removed rooms have left. A room that fails does not hold up the others.
func (r *Rooms) clear(ctx context.Context) error {
	select {
	case r.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-r.turn }()
	type one struct {
		room jid.JID
		left removal
	}
	var failed []error
	for from := []byte(nil); ; {
		var list []one
		err := view(ctx, r.db, func(txn *badger.Txn) error {
			list = nil
			return eachRemoval(txn, from, forgetSlice, func(room jid.JID, left removal) error {
				list = append(list, one{room, left})
				return nil
			})
		})
		if err != nil {
			return errors.Join(append(failed, err)...)
		}
		for _, o := range list {
			from = append(roomKey(roomRemoved, o.room), 0)
			if err := r.clearRoom(ctx, o.room, o.left); err != nil {
				failed = append(failed, err)
			}
		}
		if len(list) < forgetSlice || ctx.Err() != nil {
			return errors.Join(failed...)
		}
	}
}

// clearRoom clears away what a room has left. If it was removed once more meanwhile, the next turn does the rest.
func (r *Rooms) clearRoom(ctx context.Context, room jid.JID, left removal) error {
	if left.floor > 0 {
		if err := r.archive.clearBelow(ctx, room, left.floor); err != nil {
			return fmt.Errorf("archive of removed room %s: %w", room, err)
		}
	}
	if err := r.clearMembers(ctx, room, left.life); err != nil {
		return fmt.Errorf("members of removed room %s: %w", room, err)
	}
	return updateEssential(ctx, r.db, func(txn *badger.Txn) error {
		now, err := readRemoved(txn, room)
		if now != left || err != nil {
			return err
		}
		if err := txn.Delete(roomKey(roomRemoved, room)); err != nil {
			return err
		}
		r.archive.floors.set(room, 0)
		return nil
	})
}

// clearMembers deletes the members that a room had in its lives up to one, slice by slice.
func (r *Rooms) clearMembers(ctx context.Context, room jid.JID, life uint64) error {
	prefix := roomKey(roomMember, room)
	gone := badger.Range{Prefix: prefix, To: membersPrefix(room, life+1)} // a room has fewer lives than there are numbers
	return inSlices(ctx, r.db, gone, func(txn *badger.Txn, key, _ []byte) error {
		return clearMember(txn, room, key, key[len(prefix):])
	})
}

// clearMember deletes a member of a room that is gone, and its entry in the index, unless that is of a room with its
// name that is there; rest is its number of life and the person.
func clearMember(txn *badger.Txn, room jid.JID, key, rest []byte) error {
	if err := txn.Delete(key); err != nil || len(rest) < 8 {
		return err
	}
	person, err := jid.Parse(string(rest[8:]))
	if err != nil {
		return errRecord
	}
	index := membershipKey(person, room)
	val, err := read(txn, index)
	if val == nil || err != nil {
		return err
	}
	life, err := decodeLife(val)
	if err != nil || life != binary.BigEndian.Uint64(rest) {
		return err
	}
	return txn.Delete(index)
}

// newest gives the ID of the newest entry of an archive, 0 if it has none, for a closure that may write.
func (r *Archive) newest(txn *badger.Txn, owner jid.JID) (archive.ID, error) {
	q := archive.Query{Backward: true}
	found, err := r.find(txn, owner, q, r.tail.of(owner.String()), math.MaxUint64, 1)
	if len(found) == 0 || err != nil {
		return 0, err
	}
	return found[0].id, nil
}

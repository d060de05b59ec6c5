package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"

	"causeway/store/badger"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// Some bridges know rooms by numbers. A room has one for all its life, once it was given one, and no other room of its
// service gets it afterwards unless somebody asks for just that one. Up to which number they were given out is on the
// disk before one of them is used; what was not used when the server ended is passed over.

// numberBlock is how many numbers are taken from the disk at once.
const numberBlock = 64

// numbers are those of each service that can be given out.
type numbers struct {
	mu   sync.Mutex
	next map[string]int // the next one
	end  map[string]int // the first that the disk does not know to be given out
}

// roomNumbersPrefix covers the numbers of the rooms of a service.
func roomNumbersPrefix(service string) []byte { return roomsPrefix(roomNumber, service) }

func roomNumberKey(service string, n int) []byte {
	return binary.BigEndian.AppendUint64(roomNumbersPrefix(service), uint64(n))
}

// roomCounterKey is that of the greatest number that was given out.
func roomCounterKey(service string) []byte { return roomsPrefix(roomCounter, service) }

// NextNumber gives a number that no room of a service has or had.
func (r *Rooms) NextNumber(ctx context.Context, service string) (int, error) {
	for {
		if n, ok := r.numbers.take(service); ok {
			return n, nil
		}
		var from int
		err := updateEssential(ctx, r.db, func(txn *badger.Txn) (err error) {
			if from, err = readCounter(txn, service); err != nil {
				return err
			}
			return txn.Set(roomCounterKey(service), encodeLife(uint64(from+numberBlock)))
		})
		if err != nil {
			return 0, fmt.Errorf("next number of a room of %s: %w", service, err)
		}
		r.numbers.give(service, from+1, from+1+numberBlock)
	}
}

// take gives the next number, if there is one.
func (t *numbers) take(service string) (n int, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n = t.next[service]
	if n >= t.end[service] {
		return 0, false
	}
	t.next[service]++
	return n, true
}

// give adds those from next up to end. Of two who were told that there are none, the later gives the greater ones.
func (t *numbers) give(service string, next, end int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if end > t.end[service] {
		// Somebody may have taken one of these for a room since the disk was asked.
		if at := t.next[service]; next < at && at <= end {
			next = at
		}
		t.next[service], t.end[service] = next, end
	}
}

// pass sees to it that no number up to n is given out any more.
func (t *numbers) pass(service string, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.next[service] = max(t.next[service], n+1)
}

func readCounter(txn *badger.Txn, service string) (int, error) {
	val, err := read(txn, roomCounterKey(service))
	if val == nil || err != nil {
		return 0, err
	}
	n, err := decodeLife(val)
	return int(n), err
}

// RoomOf finds a room of a service by its number; ok is false if there is none.
func (r *Rooms) RoomOf(ctx context.Context, service string, n int) (room jid.JID, ok bool, err error) {
	if n < 1 {
		return room, false, nil
	}
	val, err := get(ctx, r.db, roomNumberKey(service, n))
	if val == nil || err != nil {
		return room, false, err
	}
	room, err = numberedRoom(service, val)
	return room, err == nil, err
}

func numberedRoom(service string, val []byte) (jid.JID, error) {
	local, err := decodeName(val)
	if err != nil {
		return jid.JID{}, err
	}
	return jid.New(local, service, "")
}

// NumberOf gives the number of a room, which it gets now if it has none; 0 if there is no such room.
func (r *Rooms) NumberOf(ctx context.Context, room jid.JID) (n int, err error) {
	var record *roomRecord
	err = view(ctx, r.db, func(txn *badger.Txn) (err error) {
		record, err = readRoom(txn, room)
		return err
	})
	if err != nil || record == nil || record.Number != 0 {
		if record != nil {
			n = record.Number
		}
		return n, err
	}
	fresh, err := r.NextNumber(ctx, room.Domain())
	if err != nil {
		return 0, err
	}
	err = update(ctx, r.db, func(txn *badger.Txn) error {
		n = 0
		old, err := readRoom(txn, room)
		if old == nil || err != nil {
			return err
		}
		if n = old.Number; n != 0 {
			return nil // another caller was first
		}
		now := *old
		now.Number, n = fresh, fresh
		if err := r.indexNumber(txn, room, old, &now); err != nil {
			return err
		}
		return txn.Set(roomKey(roomItself, room), encodeRoom(&now))
	})
	if err != nil {
		return 0, fmt.Errorf("number of room %s: %w", room, err)
	}
	return n, nil
}

// A Numbered is a room with its number.
type Numbered struct {
	Number int
	JID    jid.JID
}

// Numbered gives all rooms of a service that have a number, in the order of these.
func (r *Rooms) Numbered(ctx context.Context, service string) (list []Numbered, err error) {
	prefix := roomNumbersPrefix(service)
	err = view(ctx, r.db, func(txn *badger.Txn) error {
		list = nil
		return txn.Scan(badger.Range{Prefix: prefix}, func(key, val []byte) (bool, error) {
			room, err := numberedRoom(service, val)
			if err != nil || len(key) != len(prefix)+8 {
				return false, errRecord
			}
			list = append(list, Numbered{int(binary.BigEndian.Uint64(key[len(prefix):])), room})
			return true, nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("numbers of the rooms of %s: %w", service, err)
	}
	return list, nil
}

// NumberAll gives all rooms of a service with their numbers, in the order of these; those that have none get one.
func (r *Rooms) NumberAll(ctx context.Context, service string) ([]Numbered, error) {
	list, err := r.Numbered(ctx, service)
	if err != nil {
		return nil, err
	}
	known := make(map[jid.JID]bool, len(list))
	for _, n := range list {
		known[n.JID] = true
	}
	fresh := false
	for after := ""; ; {
		page, err := r.List(ctx, service, after, forgetSlice, true)
		if err != nil {
			return nil, err
		}
		for _, l := range page {
			after = l.JID.Local()
			if known[l.JID] {
				continue
			}
			if _, err := r.NumberOf(ctx, l.JID); err != nil {
				return nil, err
			}
			fresh = true
		}
		if len(page) < forgetSlice {
			break
		}
	}
	if !fresh {
		return slices.Clip(list), nil
	}
	return r.Numbered(ctx, service)
}

// indexNumber brings the index of numbers up to date; old or now is nil for a room that is not there. A room keeps
// its number whatever is written of it.
func (r *Rooms) indexNumber(txn *badger.Txn, room jid.JID, old, now *roomRecord) error {
	switch {
	case now == nil && (old == nil || old.Number == 0), now != nil && old != nil && old.Number == now.Number:
		return nil
	case now == nil:
		return txn.Delete(roomNumberKey(room.Domain(), old.Number))
	case now.Number == 0:
		return nil
	}
	key := roomNumberKey(room.Domain(), now.Number)
	switch taken, err := txn.Has(key); {
	case err != nil:
		return err
	case taken:
		return stanza.Conflict.Err("another room has this number")
	}
	count, err := readCounter(txn, room.Domain())
	if err != nil {
		return err
	}
	if now.Number > count {
		if err := txn.Set(roomCounterKey(room.Domain()), encodeLife(uint64(now.Number))); err != nil {
			return err
		}
	}
	r.numbers.pass(room.Domain(), now.Number)
	return txn.Set(key, appendBytes([]byte{recordVersion}, room.Local()))
}

// keepNumber has a record that is written keep the number that the room has: who writes it may not know of it yet.
func keepNumber(now *roomRecord, old *roomRecord) {
	if old != nil && old.Number != 0 {
		now.Number = old.Number
	}
}

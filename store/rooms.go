package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"causeway/muc"
	"causeway/store/badger"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// Rooms keeps rooms: a record for each, one for each member, and indexes of them (roomkey.go). Each life of a
// room has a number, which the keys of its members bear: so a room with any number of them goes in one step, and what
// it leaves behind is none of a new room's of its name (roomremove.go).
type Rooms struct {
	db      *badger.DB
	archive *Archive
	numbers numbers

	work    chan struct{} // has a token when a room was removed
	turn    chan struct{} // of one place: who clears away has it
	once    sync.Once
	stop    context.CancelFunc
	stopped chan struct{} // closed when run has ended
}

var _ muc.Store = (*Rooms)(nil)

// Rooms gives the repository of rooms.
func (s *Store) Rooms() *Rooms { return s.rooms }

// Room implements muc.Store.
func (r *Rooms) Room(ctx context.Context, room jid.JID) (record *muc.Record, members []muc.Member, err error) {
	err = view(ctx, r.db, func(txn *badger.Txn) error {
		record, members = nil, nil
		rec, err := readRoom(txn, room)
		if rec == nil || err != nil {
			return err
		}
		record = &rec.Record
		prefix := membersPrefix(room, rec.life)
		return txn.Scan(badger.Range{Prefix: prefix}, func(key, val []byte) (bool, error) {
			m, err := decodeMember(string(key[len(prefix):]), val)
			members = append(members, m)
			return true, err
		})
	})
	if err != nil {
		return nil, nil, fmt.Errorf("room %s: %w", room, err)
	}
	return record, members, nil
}

// Write implements muc.Store. One Change takes some 2,000 members; what does not fit in one step is refused.
func (r *Rooms) Write(room jid.JID, c muc.Change) router.Ticket {
	submit := r.db.Submit
	if freesOnly(&c) {
		submit = r.db.SubmitEssential
	}
	return roomTicket{ticket{submit(func(txn *badger.Txn) error { return r.write(txn, room, &c) })}}
}

// Takes implements muc.Store.
func (r *Rooms) Takes() error { return tell(r.db.Takes()) }

// freesOnly reports whether a change only removes: that must be possible on a disk that is nearly full.
func freesOnly(c *muc.Change) bool {
	for i := range c.Members {
		if !c.Members[i].Idle() {
			return false
		}
	}
	return c.Record == nil && len(c.VCard) == 0
}

// write is the closure of Write.
func (r *Rooms) write(txn *badger.Txn, room jid.JID, c *muc.Change) error {
	old, err := readRoom(txn, room)
	if err != nil {
		return err
	}
	life := uint64(0)
	switch {
	case old != nil:
		life = old.life
	case c.Record == nil:
		return stanza.ItemNotFound.Err("there is no such room any more")
	default:
		if life, err = newLife(txn, room); err != nil {
			return err
		}
	}
	if c.Record != nil {
		now := &roomRecord{life: life, Record: *c.Record}
		keepNumber(now, old)
		if err := r.indexRoom(txn, room, old, now); err != nil {
			return err
		}
		if err := txn.Set(roomKey(roomItself, room), encodeRoom(now)); err != nil {
			return err
		}
	}
	for i := range c.Members {
		if err := setMember(txn, room, life, &c.Members[i]); err != nil {
			return err
		}
	}
	switch {
	case c.VCard == nil:
		return nil
	case len(c.VCard) == 0:
		return txn.Delete(roomKey(roomVCard, room))
	default:
		return txn.Set(roomKey(roomVCard, room), encodeXML(c.VCard))
	}
}

// newLife gives the number of the life that a room begins: above that of which something is left.
func newLife(txn *badger.Txn, room jid.JID) (uint64, error) {
	left, err := readRemoved(txn, room)
	return left.life + 1, err
}

// setMember writes or deletes a member, here and in the index of its person.
func setMember(txn *badger.Txn, room jid.JID, life uint64, m *muc.Member) error {
	key, index := memberKey(room, life, m.JID), membershipKey(m.JID, room)
	if m.Idle() {
		if err := mark(txn, key, false); err != nil {
			return err
		}
		return mark(txn, index, false)
	}
	if err := txn.Set(index, encodeLife(life)); err != nil {
		return err
	}
	return txn.Set(key, encodeMember(m))
}

// indexRoom brings the indexes of rooms up to date; old or now is nil for a room that is not there.
func (r *Rooms) indexRoom(txn *badger.Txn, room jid.JID, old, now *roomRecord) error {
	if err := r.indexNumber(txn, room, old, now); err != nil {
		return err
	}
	if err := indexName(txn, room, old, now); err != nil {
		return err
	}
	if err := mark(txn, roomKey(roomTemporary, room), now != nil && !now.Settings.Persistent); err != nil {
		return err
	}
	if old != nil && (now == nil || now.Creator != old.Creator) {
		if err := mark(txn, createdKey(room, old.Creator), false); err != nil {
			return err
		}
	}
	if now == nil || now.Creator.IsZero() {
		return nil
	}
	return mark(txn, createdKey(room, now.Creator), true)
}

// indexName brings the index of public rooms up to date.
func indexName(txn *badger.Txn, room jid.JID, old, now *roomRecord) error {
	was := old != nil && old.Settings.Public
	is := now != nil && now.Settings.Public
	switch {
	case was && is && old.Settings.Name == now.Settings.Name:
		return nil
	case is:
		return txn.Set(roomKey(roomPublic, room), appendBytes([]byte{recordVersion}, now.Settings.Name))
	case was:
		return txn.Delete(roomKey(roomPublic, room))
	}
	return nil
}

func readRoom(txn *badger.Txn, room jid.JID) (*roomRecord, error) {
	val, err := read(txn, roomKey(roomItself, room))
	if val == nil || err != nil {
		return nil, err
	}
	return decodeRoom(val)
}

// VCard implements muc.Store.
func (r *Rooms) VCard(ctx context.Context, room jid.JID) ([]byte, error) {
	val, err := get(ctx, r.db, roomKey(roomVCard, room))
	if val == nil || err != nil {
		return nil, err
	}
	xml, err := decodeXML(val)
	if err != nil {
		return nil, fmt.Errorf("vCard of room %s: %w", room, err)
	}
	return xml, nil
}

// List implements muc.Store. Public rooms are read from their index, which has their names.
func (r *Rooms) List(ctx context.Context, service, after string, limit int, all bool) (list []muc.Listing, err error) {
	if limit <= 0 {
		return nil, nil
	}
	kind, nameOf := roomPublic, decodeName
	if all {
		kind, nameOf = roomItself, decodeRoomName
	}
	prefix := roomsPrefix(kind, service)
	page := badger.Range{Prefix: prefix, Limit: limit}
	if after != "" {
		// One byte more than the key of after itself is the first key behind it.
		page.From = append(append(bytes.Clone(prefix), after...), 0, 0)
	}
	err = view(ctx, r.db, func(txn *badger.Txn) error {
		list = nil
		return txn.Scan(page, func(key, val []byte) (bool, error) {
			room, err := accountOf(service, key[len(prefix):])
			if err != nil {
				return false, err
			}
			name, err := nameOf(val)
			list = append(list, muc.Listing{JID: room, Name: name})
			return true, err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list rooms of %s: %w", service, err)
	}
	return list, nil
}

// Count implements muc.Store.
func (r *Rooms) Count(ctx context.Context, service string, creator jid.JID) (n int, err error) {
	err = view(ctx, r.db, func(txn *badger.Txn) error {
		n = 0
		return txn.Scan(badger.Range{Prefix: createdPrefix(service, creator)}, func(_, _ []byte) (bool, error) {
			n++
			return true, nil
		})
	})
	if err != nil {
		return 0, fmt.Errorf("rooms of %s: %w", creator, err)
	}
	return n, nil
}

// Temporary implements muc.Store.
func (r *Rooms) Temporary(ctx context.Context, service string) (list []jid.JID, err error) {
	prefix := roomsPrefix(roomTemporary, service)
	err = view(ctx, r.db, func(txn *badger.Txn) error {
		list = nil
		return txn.Scan(badger.Range{Prefix: prefix}, func(key, _ []byte) (bool, error) {
			room, err := accountOf(service, key[len(prefix):])
			list = append(list, room)
			return true, err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("temporary rooms of %s: %w", service, err)
	}
	return list, nil
}

// Memberships implements muc.Store.
func (r *Rooms) Memberships(ctx context.Context, person jid.JID) (list []jid.JID, err error) {
	prefix := membershipsPrefix(person)
	err = view(ctx, r.db, func(txn *badger.Txn) error {
		list = nil
		return txn.Scan(badger.Range{Prefix: prefix}, func(key, val []byte) (bool, error) {
			room, life, err := membershipOf(key[len(prefix):], val)
			if err != nil {
				return false, err
			}
			// Of a room that was removed the index may be still there.
			if rec, err := readRoom(txn, room); rec == nil || rec.life != life || err != nil {
				return true, err
			}
			list = append(list, room)
			return true, nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("rooms that know %s: %w", person, err)
	}
	return list, nil
}

// Forget takes a person who has no account any more out of all rooms. A ban stays: it would be lifted by whoever removes
// the account and takes the name again. It is not one step; when it fails half way it can be called again. Its form
// suits account.Service.OnRemove.
func (r *Rooms) Forget(ctx context.Context, person jid.JID) error {
	prefix := membershipsPrefix(person)
	err := inSlices(ctx, r.db, badger.Range{Prefix: prefix}, func(txn *badger.Txn, key, val []byte) error {
		room, life, err := membershipOf(key[len(prefix):], val)
		if err != nil {
			return err
		}
		return forgetMember(txn, room, life, person)
	})
	if err != nil {
		return fmt.Errorf("forget %s in rooms: %w", person, err)
	}
	return nil
}

// forgetMember removes one member, unless it is banned.
func forgetMember(txn *badger.Txn, room jid.JID, life uint64, person jid.JID) error {
	val, err := read(txn, memberKey(room, life, person))
	if err != nil {
		return err
	}
	if val != nil {
		m, err := decodeMember(person.String(), val)
		if err != nil {
			return err
		}
		if m.Affiliation == muc.Outcast {
			m.Nick, m.Hats = "", nil
			return setMember(txn, room, life, &m)
		}
	}
	return setMember(txn, room, life, &muc.Member{JID: person, Affiliation: muc.None})
}

// roomTicket tells of a change that is too large as of any other that is refused.
type roomTicket struct{ ticket }

// Err implements router.Ticket.
func (t roomTicket) Err() error { return tooMuch(t.ticket.Err()) }

// OnDone implements router.Ticket.
func (t roomTicket) OnDone(f func(error)) { t.ticket.OnDone(func(err error) { f(tooMuch(err)) }) }

func tooMuch(err error) error {
	if errors.Is(err, badger.ErrTooLarge) {
		return fmt.Errorf("%w: %w", stanza.PolicyViolation.Err("this is too much for one change"), err)
	}
	return err
}

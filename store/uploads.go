package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"causeway/store/badger"
	"causeway/xmpp/ext/upload"
	"causeway/xmpp/jid"
)

// Uploads keeps what is known of uploaded files; the files themselves lie elsewhere.
type Uploads struct{ db *badger.DB }

var _ upload.Store = Uploads{}

// Uploads gives the repository of uploaded files and slots for them.
func (s *Store) Uploads() Uploads { return Uploads{s.db} }

// An entry has three keys: its record by id, for downloads; its end among those of
// all entries, for the sweep; and its end among those of its owner, with the charge
// as the value. The owner's table begins with the sums of these charges.
const (
	familyUpload = 'f'
	uploadRecord = 'i'
	uploadEnd    = 'e'

	tableUploads table = 'f'
)

func uploadKey(id string) []byte {
	return append([]byte{layout, familyUpload, uploadRecord}, id...)
}

// uploadEndKey has the end in byte order; what never ends is last.
func uploadEndKey(end time.Time, id string) []byte {
	return append(appendEnd([]byte{layout, familyUpload, uploadEnd}, end), id...)
}

func ownedUploadKey(owner jid.JID, end time.Time, id string) []byte {
	return append(appendEnd(tablePrefix(owner, tableUploads), end), id...)
}

func appendEnd(key []byte, end time.Time) []byte {
	if end.IsZero() {
		return binary.BigEndian.AppendUint64(key, math.MaxUint64)
	}
	return binary.BigEndian.AppendUint64(key, uint64(end.UnixNano()))
}

// endOf reads the end and the id back; rest is the key without what stands before.
func endOf(rest []byte) (end time.Time, id string, err error) {
	if len(rest) < 8 {
		return time.Time{}, "", errors.New("key of an upload has no end")
	}
	if n := binary.BigEndian.Uint64(rest); n != math.MaxUint64 {
		end = time.Unix(0, int64(n)).UTC()
	}
	return end, string(rest[8:]), nil
}

// Reserve implements upload.Store.
func (r Uploads) Reserve(ctx context.Context, e upload.Entry, q upload.Quota) error {
	return update(ctx, r.db, func(txn *badger.Txn) error {
		sums, err := readCharges(txn, e.Owner)
		if err != nil {
			return err
		}
		sums.add(&e, 1)
		switch {
		case sums.slots > int64(q.Slots):
			return &upload.FullError{Retry: e.Slot} // all the others end before
		case e.Lasting && sums.lasting > q.Lasting:
			return &upload.FullError{} // nothing of this kind ends
		case sums.all > q.Bytes:
			at, err := roomAt(txn, e.Owner, sums.all-q.Bytes)
			if err != nil {
				return err
			}
			return &upload.FullError{Retry: at}
		}
		return putUpload(txn, &e)
	})
}

// Entry implements upload.Store.
func (r Uploads) Entry(ctx context.Context, id string) (e upload.Entry, err error) {
	err = view(ctx, r.db, func(txn *badger.Txn) error {
		e, err = readUpload(txn, id)
		return err
	})
	return e, err
}

// Settle implements upload.Store.
func (r Uploads) Settle(ctx context.Context, id, mediaType string, at time.Time) error {
	return update(ctx, r.db, func(txn *badger.Txn) error {
		e, err := readUpload(txn, id)
		if err != nil {
			return err
		}
		if err := deleteUpload(txn, &e); err != nil {
			return err
		}
		e.Type, e.Stored = mediaType, at
		return putUpload(txn, &e)
	})
}

// Ending implements upload.Store.
func (r Uploads) Ending(ctx context.Context, owner jid.JID, before time.Time, limit int) ([]string, error) {
	prefix := []byte{layout, familyUpload, uploadEnd}
	if !owner.IsZero() {
		prefix = tablePrefix(owner, tableUploads)
	}
	ends := badger.Range{Prefix: prefix, From: append(bytes.Clone(prefix), 0), Limit: limit}
	if !before.IsZero() {
		ends.To = appendEnd(bytes.Clone(prefix), before)
	}
	var ids []string
	err := view(ctx, r.db, func(txn *badger.Txn) error {
		return txn.Scan(ends, func(key, _ []byte) (bool, error) {
			_, id, err := endOf(key[len(prefix):])
			ids = append(ids, id)
			return true, err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list uploads: %w", err)
	}
	return ids, nil
}

// Drop implements upload.Store.
func (r Uploads) Drop(ctx context.Context, ids []string) error {
	return updateEssential(ctx, r.db, func(txn *badger.Txn) error {
		for _, id := range ids {
			if err := dropUpload(txn, id); err != nil {
				return err
			}
		}
		return nil
	})
}

func dropUpload(txn *badger.Txn, id string) error {
	e, err := readUpload(txn, id)
	if errors.Is(err, upload.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return deleteUpload(txn, &e)
}

// roomAt finds out when the entries of owner that end first, of so many bytes
// together, will have ended. It looks at no more than a thousand.
func roomAt(txn *badger.Txn, owner jid.JID, wanted int64) (at time.Time, err error) {
	prefix := tablePrefix(owner, tableUploads)
	ends := badger.Range{Prefix: prefix, From: append(bytes.Clone(prefix), 0), Limit: 1000}
	err = txn.Scan(ends, func(key, val []byte) (bool, error) {
		end, _, err := endOf(key[len(prefix):])
		if err != nil || end.IsZero() {
			return false, err
		}
		charge, err := decodeCharge(val)
		if wanted -= charge; wanted <= 0 {
			at = end
		}
		return wanted > 0, err
	})
	return at, err
}

// putUpload writes the three keys of an entry, and charges its owner.
func putUpload(txn *badger.Txn, e *upload.Entry) error {
	sums, err := readCharges(txn, e.Owner)
	if err != nil {
		return err
	}
	sums.add(e, 1)
	return errors.Join(
		setCharges(txn, e.Owner, sums),
		txn.Set(uploadKey(e.ID), encodeUpload(e)),
		txn.Set(uploadEndKey(e.End(), e.ID), nil),
		txn.Set(ownedUploadKey(e.Owner, e.End(), e.ID), binary.AppendUvarint([]byte{recordVersion}, uint64(e.Charge()))))
}

// deleteUpload deletes them, and gives back the charge. An account that was removed,
// and perhaps made again, has none for it.
func deleteUpload(txn *badger.Txn, e *upload.Entry) error {
	owned := ownedUploadKey(e.Owner, e.End(), e.ID)
	charged, err := txn.Has(owned)
	if err != nil {
		return err
	}
	if charged {
		sums, err := readCharges(txn, e.Owner)
		if err != nil {
			return err
		}
		sums.add(e, -1)
		if err := errors.Join(setCharges(txn, e.Owner, sums), txn.Delete(owned)); err != nil {
			return err
		}
	}
	return errors.Join(txn.Delete(uploadEndKey(e.End(), e.ID)), txn.Delete(uploadKey(e.ID)))
}

func readUpload(txn *badger.Txn, id string) (upload.Entry, error) {
	val, err := read(txn, uploadKey(id))
	if err != nil {
		return upload.Entry{}, err
	}
	if val == nil {
		return upload.Entry{}, upload.ErrNotFound
	}
	e, err := decodeUpload(val)
	if err != nil {
		return upload.Entry{}, fmt.Errorf("an upload: %w", err)
	}
	e.ID = id
	return e, nil
}

// uploadLasting is the flag of an upload's record.
const uploadLasting = 1

func encodeUpload(e *upload.Entry) []byte {
	b := append(make([]byte, 0, 256), recordVersion, flag(e.Lasting, uploadLasting))
	b = appendBytes(b, e.Owner.String())
	b = appendBytes(b, e.Name)
	b = appendBytes(b, e.Type)
	b = binary.AppendUvarint(b, uint64(e.Size))
	b = appendTime(b, e.Slot)
	b = appendTime(b, e.Until)
	return appendTime(b, e.Stored)
}

func decodeUpload(val []byte) (upload.Entry, error) {
	d := decode(val)
	e := upload.Entry{
		Lasting: d.byte()&uploadLasting != 0,
		Owner:   d.jid(), Name: d.string(), Type: d.string(), Size: int64(d.uvarint()),
		Slot: d.time(), Until: d.time(), Stored: d.time(),
	}
	return e, d.end()
}

func decodeCharge(val []byte) (int64, error) {
	d := decode(val)
	n := d.uvarint()
	return int64(n), d.end()
}

// charges are the sums of the entries of an account: bytes of all, bytes of those
// that last, and how many are slots.
type charges struct{ all, lasting, slots int64 }

// add counts an entry n times.
func (c *charges) add(e *upload.Entry, n int64) {
	c.all = max(0, c.all+n*e.Charge())
	if e.Lasting {
		c.lasting = max(0, c.lasting+n*e.Charge())
	}
	if e.Stored.IsZero() {
		c.slots = max(0, c.slots+n)
	}
}

func readCharges(txn *badger.Txn, owner jid.JID) (c charges, err error) {
	val, err := read(txn, tablePrefix(owner, tableUploads))
	if val == nil || err != nil {
		return c, err
	}
	d := decode(val)
	c.all, c.lasting, c.slots = int64(d.uvarint()), int64(d.uvarint()), int64(d.uvarint())
	if err := d.end(); err != nil {
		return c, fmt.Errorf("uploads of %s: %w", owner, err)
	}
	return c, nil
}

// setCharges leaves no trace of an account that has nothing.
func setCharges(txn *badger.Txn, owner jid.JID, c charges) error {
	key := tablePrefix(owner, tableUploads)
	if c == (charges{}) {
		return txn.Delete(key)
	}
	b := []byte{recordVersion}
	for _, n := range [...]int64{c.all, c.lasting, c.slots} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	return txn.Set(key, b)
}

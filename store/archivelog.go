package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"causeway/store/badger"
)

// The log of the archives holds all stanzas in the order in which they came, those that expire on the same day
// together. Its records are the only copy of a stanza; what comes in while one sync runs shares a few of them,
// since the engine asks much for a key and little for its bytes.

// logRecord is from how many bytes on a record takes no more bodies. A page reads a record for each stanza in the
// worst case.
const logRecord = 16 << 10

// archiveLog writes the log. Only closures of the engine use it, one after the other.
type archiveLog struct {
	last    uint64 // number of the newest record: microseconds since 1970, if the clock allows
	version uint64 // of the closures that may write to the records in open
	open    map[uint32]openRecord
}

// openRecord is the record of a day that takes bodies.
type openRecord struct {
	seq  uint64
	key  []byte
	size int
}

// append puts a body into the log, which is head and then XML.
func (l *archiveLog) append(txn *badger.Txn, day uint32, head, xml []byte) (seq uint64, at int, err error) {
	if v := txn.Version(); v != l.version {
		clear(l.open)
		l.version = v
	}
	rec, ok := l.open[day]
	size := len(head) + len(xml)
	if !ok || rec.size+size > logRecord {
		l.last = max(l.last+1, uint64(time.Now().UnixMicro()))
		rec = openRecord{seq: l.last, key: logKey(day, l.last)}
	}
	at, err = txn.Append(rec.key, head, xml)
	if err != nil {
		return 0, 0, err
	}
	rec.size = at + size
	l.open[day] = rec
	return rec.seq, at, nil
}

// logPrefix covers the log.
func logPrefix() []byte { return []byte{layout, familyArchives, 'l'} }

func logKey(day uint32, seq uint64) []byte {
	key := binary.BigEndian.AppendUint32(append(make([]byte, 0, 16), logPrefix()...), day)
	return binary.BigEndian.AppendUint64(key, seq)
}

// indexedKey is of the record that says how far the index has come.
func indexedKey() []byte { return []byte{layout, familyArchives, 'i'} }

// logPlace reads the day and the number of a record back.
func logPlace(key []byte) (day uint32, seq uint64, err error) {
	rest, ok := bytes.CutPrefix(key, logPrefix())
	if !ok || len(rest) != 12 {
		return 0, 0, fmt.Errorf("key of an archived record has %d bytes", len(key))
	}
	return binary.BigEndian.Uint32(rest), binary.BigEndian.Uint64(rest[4:]), nil
}

// bodyAt gives the body that begins at a place of a record.
func bodyAt(record []byte, at uint32) (body, error) {
	if uint64(at) >= uint64(len(record)) {
		return body{}, errRecord
	}
	b, _, err := decodeBody(record[at:])
	return b, err
}

// bodyIn is bodyAt for a record of which nothing else is wanted.
func bodyIn(record *badger.Value, at uint32) (body, error) {
	head, err := record.Part(int(at), int(at)+binary.MaxVarintLen32)
	if err != nil {
		return body{}, err
	}
	n, used := binary.Uvarint(head)
	if used <= 0 || n > uint64(record.Len()) {
		return body{}, errRecord
	}
	val, err := record.Part(int(at), int(at)+used+int(n))
	if err != nil {
		return body{}, err
	}
	b, _, err := decodeBody(val)
	return b, err
}

// sweepSlice is how many records of the log one step deletes.
const sweepSlice = 64

// sweepPause is how many times as long as a slice took the sweep rests behind it: it shares the disk and the
// processors with people who wait for theirs.
const sweepPause = 4

// sweep deletes what has expired, all that is of one day at once, slice by slice. The index is not looked at: its
// records go by themselves, and what they point to is not read any more.
func (r *Archive) sweep(ctx context.Context, now time.Time) error {
	expired := badger.Range{Prefix: logPrefix(), To: logKey(dayOf(now.Add(-expirySlack)), 0), Limit: sweepSlice, Keys: true}
	for n := sweepSlice; n == sweepSlice; {
		begin := time.Now()
		var keys [][]byte
		err := view(ctx, r.db, func(txn *badger.Txn) error {
			return txn.Scan(expired, func(key, _ []byte) (bool, error) {
				keys = append(keys, bytes.Clone(key))
				return true, nil
			})
		})
		if err != nil {
			return err
		}
		n = len(keys)
		if n == 0 {
			return nil
		}
		err = updateEssential(ctx, r.db, func(txn *badger.Txn) error {
			for _, key := range keys {
				if err := txn.Delete(key); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		expired.From = keys[n-1] // not past it again: what was deleted is costly to step over
		select {
		case <-time.After(sweepPause * time.Since(begin)):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

package store

import (
	"context"
	"math"
	"slices"
	"time"

	"causeway/store/badger"
	"causeway/xmpp/ext/archive"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
)

// Edit implements archive.Store. The new XML becomes a body of its own at the end of the log, where the index
// finds it under the old ID; in the old body the copy is given up.
func (r *Archive) Edit(owner jid.JID, id archive.ID, f func(archive.Entry) []byte) router.Ticket {
	return ticket{r.db.Submit(func(txn *badger.Txn) error {
		p, ok, err := r.locate(txn, owner, id)
		if !ok || err != nil {
			return err
		}
		var e archive.Entry
		record, err := changeRecord(txn, p, func(b *body, i int) bool {
			if b.copies[i].expired(time.Now()) {
				return false
			}
			if e, err = b.entry(owner, i); err != nil {
				return false
			}
			e.XML = f(archive.Entry{Owner: owner, ID: e.ID, Peer: e.Peer, Sent: e.Sent, Expires: e.Expires, XML: slices.Clone(e.XML)})
			return e.XML != nil
		}, owner)
		if record == nil || err != nil {
			return err
		}
		return r.replace(txn, e, p, record)
	})}
}

// replace writes the record in which e was given up, and e at the end of the log.
func (r *Archive) replace(txn *badger.Txn, e archive.Entry, old place, record []byte) error {
	if err := txn.Set(logKey(old.day(), old.seq), record); err != nil {
		return err
	}
	seq, at, err := r.log.append(txn, old.day(), bodyHead(nil, []archive.Entry{e}), e.XML)
	if err != nil {
		return err
	}
	p := place{id: e.ID, seq: seq, at: uint32(at), expires: old.expires}
	found, err := movePlace(txn, wholeList(e.Owner), p)
	if err != nil {
		return err
	}
	if found {
		if _, err = movePlace(txn, peerList(e.Owner, e.Peer.Bare().String()), p); err != nil {
			return err
		}
	}
	r.tail.move(e.Owner.String(), p, txn.Version())
	return nil
}

// locate finds one entry, for a closure that may write.
func (r *Archive) locate(txn *badger.Txn, owner jid.JID, id archive.ID) (p place, ok bool, err error) {
	if id == 0 || id == math.MaxUint64 {
		return p, false, nil
	}
	only := r.above(owner, archive.Query{After: id - 1, Before: id + 1})
	found, err := r.find(txn, owner, only, r.tail.of(owner.String()), math.MaxUint64, 1)
	if len(found) == 0 || err != nil {
		return p, false, err
	}
	return found[0], true, nil
}

// changeRecord gives a copy of the record in which owner gives up what is at p, if change agrees; nil if it does
// not or there is nothing any more.
func changeRecord(txn *badger.Txn, p place, change func(b *body, i int) bool, owner jid.JID) ([]byte, error) {
	record, err := read(txn, logKey(p.day(), p.seq))
	if record == nil || err != nil {
		return nil, err
	}
	record = slices.Clone(record)
	b, err := bodyAt(record, p.at)
	if err != nil {
		return nil, err
	}
	i := b.find(owner.String(), p.id)
	if i < 0 || b.gone(i) || !change(&b, i) {
		return nil, nil
	}
	b.giveUp(i)
	return record, nil
}

// forgetBytes is from how many bytes of the log on, all in all, one step changes no more when an account goes.
const forgetBytes = 128 << 10

// forget gives up all entries of owner. The index is left to Forget, which calls it.
func (r *Archive) forget(ctx context.Context, owner jid.JID) error {
	if err := r.giveUp(ctx, owner, 0); err != nil {
		return err
	}
	return updateEssential(ctx, r.db, func(*badger.Txn) error {
		r.tail.drop(owner.String(), nil)
		return nil
	})
}

// giveUp gives up the entries of owner before an ID, or all if it is 0, in the log.
func (r *Archive) giveUp(ctx context.Context, owner jid.JID, before archive.ID) error {
	in := archive.Query{Before: before}
	for more := true; more; {
		err := updateEssential(ctx, r.db, func(txn *badger.Txn) error {
			last, goOn, err := r.forgetSome(txn, owner, in)
			if err == nil { // else it may run again, and has to begin where it did
				in.After, more = last, goOn
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// forgetSome gives up the first entries within the bounds, and says where to go on.
func (r *Archive) forgetSome(
	txn *badger.Txn, owner jid.JID, in archive.Query,
) (last archive.ID, more bool, err error) {
	after := in.After
	places, err := r.find(txn, owner, in, r.tail.of(owner.String()), math.MaxUint64, leafPlaces)
	if err != nil {
		return after, false, err
	}
	size := 0
	for key, run := range records(places) {
		record, err := read(txn, key)
		if err != nil {
			return after, false, err
		}
		if size > 0 && size+len(record) > forgetBytes {
			return after, true, nil
		}
		after = run[len(run)-1].id
		if record == nil {
			continue
		}
		size += len(record)
		record = slices.Clone(record)
		for _, p := range run {
			b, err := bodyAt(record, p.at)
			if err != nil {
				return after, false, err
			}
			if j := b.find(owner.String(), p.id); j >= 0 {
				b.giveUp(j)
			}
		}
		if err := txn.Set(key, record); err != nil {
			return after, false, err
		}
	}
	return after, len(places) == leafPlaces, nil
}

package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"sync"
	"time"

	"causeway/store/badger"
	"causeway/xmpp/ext/archive"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
)

// Archive keeps the archives of accounts and rooms: the stanzas in a log (archivelog.go), where they are in an
// index (archiveindex.go), and what is too new for the index in memory (archivetail.go).
type Archive struct {
	db     *badger.DB
	log    archiveLog // of the closures
	tail   tail
	turn   chan struct{} // of one place: who folds has it
	floors floors        // of rooms that were removed
	// indexed is above or at all IDs of the index; of the closures. Who comes with a higher one goes behind all
	// others, and nothing need be read for it.
	indexed archive.ID

	crowded chan struct{} // has a token when the tail is long
	once    sync.Once
	stop    chan struct{} // closed by close
	stopped chan struct{} // closed when run has ended
}

var _ archive.Store = (*Archive)(nil)

// mostLooked is how many entries one page looks at for a resource that few of them have.
const mostLooked = 1000

// Append implements archive.Store.
func (r *Archive) Append(entries ...archive.Entry) router.Ticket {
	var one [1]newBody
	bodies := one[:0]
	for rest := entries; len(rest) > 0; {
		n := shared(rest)
		bodies = append(bodies, newBody{entries: rest[:n]})
		b := &bodies[len(bodies)-1]
		b.head = bodyHead(b.room[:0], b.entries)
		rest = rest[n:]
	}
	return ticket{r.db.Submit(func(txn *badger.Txn) error { return r.append(txn, bodies) })}
}

// newBody is a body on its way into the log.
type newBody struct {
	room    [160]byte // for its head, which is rarely longer
	head    []byte
	entries []archive.Entry
	seq     uint64 // where the closure has put it
	at      uint32
}

// append is the closure of Append. The tail is told last, when nothing can fail any more.
func (r *Archive) append(txn *badger.Txn, bodies []newBody) error {
	for i := range bodies {
		b := &bodies[i]
		if err := r.standing(b.entries); err != nil {
			return err
		}
		seq, at, err := r.log.append(txn, dayOf(b.entries[0].Expires), b.head, b.entries[0].XML)
		if err != nil {
			return err
		}
		b.seq, b.at = seq, uint32(at)
	}
	version := txn.Version()
	r.tail.mu.Lock()
	defer r.tail.mu.Unlock()
	for i := range bodies {
		b := &bodies[i]
		for j := range b.entries {
			e := &b.entries[j]
			p := place{id: e.ID, seq: b.seq, at: b.at, expires: micros(e.Expires)}
			r.tail.add(e.Owner.String(), recent{place: p, since: b.seq, version: version, peer: e.Peer.Bare().String()})
		}
	}
	if r.tail.count >= longTail {
		r.signal()
	}
	return nil
}

// Page implements archive.Store.
func (r *Archive) Page(ctx context.Context, owner jid.JID, q archive.Query) (archive.Page, error) {
	q = r.above(owner, q)
	page, err := r.page(ctx, owner, q, true)
	for try := 0; errors.Is(err, errMoved); try++ {
		// It was edited after the tail was looked at, or its account is being removed.
		page, err = r.page(ctx, owner, q, try < 2)
	}
	if err != nil {
		return archive.Page{}, fmt.Errorf("archive of %s: %w", owner, err)
	}
	return page, nil
}

// page is Page. If it is strict, an entry that is not any more where it was found fails it with errMoved.
func (r *Archive) page(ctx context.Context, owner jid.JID, q archive.Query, strict bool) (page archive.Page, err error) {
	list := r.tail.of(owner.String()) // before the view: the index may take over meanwhile
	err = view(ctx, r.db, func(txn *badger.Txn) error {
		look := max(q.Max, 0) + 1 // one more tells whether there are more
		if q.IDs == nil && q.With.IsFull() {
			look = max(look, mostLooked)
		}
		places, err := r.find(txn, owner, q, list, txn.Version(), look)
		if err != nil {
			return err
		}
		if q.Backward {
			slices.Reverse(places)
		}
		page, err = load(txn, owner, q, places, strict)
		if len(places) == look {
			page.More = true // or it was not found out
		}
		return err
	})
	if q.Backward {
		slices.Reverse(page.Entries)
	}
	return page, err
}

var (
	// errPageFull ends the reading of a page.
	errPageFull = errors.New("page is full")
	// errMoved says that an entry is elsewhere by now.
	errMoved = errors.New("entry has moved")
)

// load reads the entries of places, which are in the order of the query, until the page is full.
func load(txn *badger.Txn, owner jid.JID, q archive.Query, places []place, strict bool) (archive.Page, error) {
	w := pageWriter{owner: owner, q: q, strict: strict, now: time.Now()}
	w.page.Entries = make([]archive.Entry, 0, max(0, min(len(places), q.Max)))
	for key, run := range records(places) {
		err := txn.Visit(key, func(record *badger.Value) error { return w.add(record, run) })
		if errors.Is(err, errPageFull) {
			w.page.More = true
			break
		}
		if err != nil {
			return archive.Page{}, err
		}
		w.page.Reached = run[len(run)-1].id // also if the record is not there any more
	}
	return w.page, nil
}

// pageWriter makes a page.
type pageWriter struct {
	owner  jid.JID
	q      archive.Query
	strict bool // see page
	now    time.Time
	page   archive.Page
	size   int    // bytes of XML in it
	room   []byte // for the XML of its entries
}

// add puts what the query means of some places of a record on the page.
func (w *pageWriter) add(record *badger.Value, run []place) error {
	for _, p := range run {
		e, ok, err := loadOne(record, w.owner, p, w.now)
		if err != nil && (w.strict || !errors.Is(err, errMoved)) {
			return err
		}
		if ok && (w.q.IDs != nil || w.q.With.IsBare() || e.Peer == w.q.With) {
			if len(w.page.Entries) >= w.q.Max || w.q.Bytes > 0 && w.size >= w.q.Bytes {
				return errPageFull
			}
			e.XML = w.keep(e.XML)
			w.size += len(e.XML)
			w.page.Entries = append(w.page.Entries, e)
		}
		w.page.Reached = p.id
	}
	return nil
}

// pageRoom is how many bytes of XML one allocation of a page holds, or more.
const pageRoom = 16 << 10

// keep makes a copy of xml that lasts as long as the page.
func (w *pageWriter) keep(xml []byte) []byte {
	if cap(w.room)-len(w.room) < len(xml) {
		w.room = make([]byte, 0, max(len(xml), pageRoom))
	}
	at := len(w.room)
	w.room = append(w.room, xml...)
	return w.room[at:len(w.room):len(w.room)]
}

// records gives the keys of the records that hold places, in their order, and what is looked for in each.
func records(places []place) iter.Seq2[[]byte, []place] {
	return func(yield func(key []byte, run []place) bool) {
		for start, i := 0, 1; i <= len(places); i++ {
			p := places[start]
			if i < len(places) && places[i].seq == p.seq && places[i].day() == p.day() {
				continue
			}
			if !yield(logKey(p.day(), p.seq), places[start:i]) {
				return
			}
			start = i
		}
	}
}

// loadOne reads one entry; ok is false if it is not there any more. Its XML is a part of record.
func loadOne(record *badger.Value, owner jid.JID, p place, now time.Time) (e archive.Entry, ok bool, err error) {
	b, err := bodyIn(record, p.at)
	if err != nil {
		return e, false, err
	}
	i := b.find(owner.String(), p.id)
	switch {
	case i < 0 || b.copies[i].expired(now):
		return e, false, nil
	case b.gone(i):
		return e, false, errMoved
	}
	e, err = b.entry(owner, i)
	return e, err == nil, err
}

// find gives the places of what q means, but for a resource, in chronological order: of the index, and of those in
// list that closures before version have written. It gives at most n, the first or the last within the bounds.
func (r *Archive) find(
	txn *badger.Txn, owner jid.JID, q archive.Query, list []recent, version uint64, n int,
) ([]place, error) {
	if q.IDs != nil {
		return r.findIDs(txn, owner, q, list, version, n)
	}
	prefix, with := wholeList(owner), ""
	if !q.With.IsZero() {
		with = q.With.Bare().String()
		prefix = peerList(owner, with)
	}
	in := bounds{after: q.After, before: q.Before}
	if in.after == math.MaxUint64 || n <= 0 {
		return nil, nil
	}
	now := time.Now()
	var found []place
	scanRecent(list, with, in, q.Backward, func(c recent) bool {
		if p, ok := c.in(version); ok && !p.expired(now) {
			found = append(found, p)
		}
		return len(found) < n
	})
	if q.Backward && len(found) == n {
		in.after = found[n-1].id // only what lies behind it may come instead: of an import, perhaps
	}
	indexed := 0
	err := scanLeaves(txn, prefix, in, q.Backward, func(p place) bool {
		if !p.expired(now) {
			found = append(found, p)
			indexed++
		}
		return indexed < n
	})
	if err != nil {
		return nil, err
	}
	// What the index has taken over meanwhile is in both.
	slices.SortStableFunc(found, comparePlaces)
	found = slices.CompactFunc(found, func(a, b place) bool { return a.id == b.id })
	if q.Backward {
		return found[max(0, len(found)-n):], nil
	}
	return found[:min(n, len(found))], nil
}

// findIDs is find for the entries with certain IDs.
func (r *Archive) findIDs(
	txn *badger.Txn, owner jid.JID, q archive.Query, list []recent, version uint64, n int,
) ([]place, error) {
	ids := slices.Clone(q.IDs)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if q.Backward {
		slices.Reverse(ids)
	}
	in := bounds{after: q.After, before: q.Before}
	var found []place
	for _, id := range ids {
		if id == 0 || !in.hold(id) {
			continue
		}
		if len(found) == n {
			break
		}
		p, err := r.find(txn, owner, archive.Query{After: id - 1, Before: id + 1}, list, version, 1)
		if err != nil {
			return nil, err
		}
		found = append(found, p...)
	}
	if q.Backward {
		slices.Reverse(found)
	}
	return found, nil
}

// Ends implements archive.Store.
func (r *Archive) Ends(ctx context.Context, owner jid.JID) (first, last archive.ID, err error) {
	whole := r.above(owner, archive.Query{})
	list := r.tail.of(owner.String())
	err = view(ctx, r.db, func(txn *badger.Txn) error {
		a, err := r.find(txn, owner, whole, list, txn.Version(), 1)
		if err != nil || len(a) == 0 {
			return err
		}
		whole.Backward = true
		z, err := r.find(txn, owner, whole, list, txn.Version(), 1)
		if err == nil && len(z) > 0 {
			first, last = a[0].id, z[0].id
		}
		return err
	})
	if err != nil {
		return 0, 0, fmt.Errorf("archive of %s: %w", owner, err)
	}
	return first, last, nil
}

// Count implements archive.Store. Of a resource it counts those among the first entries with its bare JID only.
func (r *Archive) Count(ctx context.Context, owner jid.JID, q archive.Query, limit int) (n int, err error) {
	q = r.above(owner, q)
	list := r.tail.of(owner.String())
	err = view(ctx, r.db, func(txn *badger.Txn) error {
		if q.IDs == nil && q.With.IsFull() {
			n, err = r.countResource(txn, owner, q, list, limit)
			return err
		}
		places, err := r.find(txn, owner, q, list, txn.Version(), limit)
		n = len(places)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("archive of %s: %w", owner, err)
	}
	return n, nil
}

// countResource counts by reading: the index does not know resources.
func (r *Archive) countResource(
	txn *badger.Txn, owner jid.JID, q archive.Query, list []recent, limit int,
) (int, error) {
	places, err := r.find(txn, owner, q, list, txn.Version(), max(limit, mostLooked))
	if err != nil {
		return 0, err
	}
	q.Max, q.Bytes = limit, 0
	page, err := load(txn, owner, q, places, false)
	return len(page.Entries), err
}

package store

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"causeway/store/badger"
	"causeway/xmpp/ext/archive"
	"causeway/xmpp/jid"
)

const (
	// longTail is from how many recent entries on they go to the index: 3 MB of memory, and the more, the fewer
	// leaves.
	longTail = 1 << 15
	// quiet is after which time the tail goes to the index though it is short, and what has expired goes.
	quiet = time.Minute
	// foldStep is how many entries go to the index in one step.
	foldStep = 4096
)

// openArchive reads back what was not in the index yet, and begins to keep house.
func openArchive(ctx context.Context, db *badger.DB) (*Archive, error) {
	r := &Archive{
		db:      db,
		log:     archiveLog{open: make(map[uint32]openRecord)},
		tail:    tail{recent: make(map[string]*[]recent)},
		turn:    make(chan struct{}, 1),
		crowded: make(chan struct{}, 1),
		stop:    make(chan struct{}),
		stopped: make(chan struct{}),
	}
	if err := r.replay(ctx); err != nil {
		return nil, fmt.Errorf("read end of archives: %w", err)
	}
	go r.run() // ends when close closes stop
	return r, nil
}

// close ends run, and moves all recent entries to the index, so that the next start is quick.
func (r *Archive) close() error {
	r.once.Do(func() { close(r.stop) })
	<-r.stopped
	err := r.fold(context.Background())
	if errors.Is(err, badger.ErrClosed) {
		return nil // the engine has ended already, and has said why
	}
	return err
}

// signal wakes run.
func (r *Archive) signal() {
	select {
	case r.crowded <- struct{}{}:
	default:
	}
}

// run keeps house until stop is closed. What fails is tried again at the next turn: the log has everything.
func (r *Archive) run() {
	defer close(r.stopped)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { // ends with run, by cancel, or ends what run does, by stop
		select {
		case <-r.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	turn := time.NewTicker(quiet)
	defer turn.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.crowded:
		case now := <-turn.C:
			_ = r.sweep(ctx, now)
			if r.tail.size() == 0 {
				continue
			}
		}
		_ = r.fold(ctx)
	}
}

// fold moves what is recent now from the tail to the index. A crash on the way does no harm: replay does not take
// what the index has.
func (r *Archive) fold(ctx context.Context) error {
	r.turn <- struct{}{}
	defer func() { <-r.turn }()
	var (
		seq   uint64
		floor archive.ID
	)
	err := updateEssential(ctx, r.db, func(*badger.Txn) error {
		seq, floor = r.log.last, r.indexed
		return nil
	})
	if err != nil {
		return err
	}
	var (
		step  []ripe
		count int
	)
	for _, owner := range r.tail.owners() {
		above := floor
		for more := true; more; {
			list := ripeFor(r.tail.of(owner), seq)
			more = len(list) > foldStep
			list = list[:min(len(list), foldStep)]
			if len(list) > 0 {
				step, count = append(step, ripe{owner, list, above}), count+len(list)
				above = max(above, list[len(list)-1].id) // somebody may come in before it until the next step
			}
			if count >= foldStep || more {
				if err := r.foldStep(ctx, step); err != nil {
					return err
				}
				step, count = step[:0], 0
			}
		}
	}
	if err := r.foldStep(ctx, step); err != nil {
		return err
	}
	return updateEssential(ctx, r.db, func(txn *badger.Txn) error {
		return txn.Set(indexedKey(), encodeIndexed(seq, r.indexed))
	})
}

// ripe are entries of one owner that go to the index.
type ripe struct {
	owner string
	list  []recent
	floor archive.ID // above it the index has none of the owner yet
}

// ripeFor gives the entries up to the last that was in a record up to seq.
func ripeFor(list []recent, seq uint64) []recent {
	for n := len(list); n > 0; n-- {
		if list[n-1].since <= seq {
			return list[:n]
		}
	}
	return nil
}

// foldStep moves some entries: to the index in one atomic step, and out of the tail when it is done.
func (r *Archive) foldStep(ctx context.Context, step []ripe) error {
	if len(step) == 0 {
		return nil
	}
	err := updateEssential(ctx, r.db, func(txn *badger.Txn) error {
		newest := r.indexed
		for _, s := range step {
			if err := r.index(txn, s); err != nil {
				return err
			}
			newest = max(newest, s.list[len(s.list)-1].id)
		}
		r.indexed = newest
		return nil
	})
	if errors.Is(err, badger.ErrTooLarge) {
		// They belong into many old leaves.
		if a, b, ok := halves(step); ok {
			if err := r.foldStep(ctx, a); err != nil {
				return err
			}
			return r.foldStep(ctx, b)
		}
	}
	if err != nil {
		return err
	}
	for _, s := range step {
		r.tail.drop(s.owner, s.list)
	}
	return nil
}

// index puts the entries into the lists of their owner. Where they are by now stands in the tail, since they may
// have been edited.
func (r *Archive) index(txn *badger.Txn, s ripe) error {
	owner, err := jid.Parse(s.owner)
	if err != nil {
		return err
	}
	set := setLeaves
	if s.list[0].id <= s.floor {
		set = mergeLeaves // perhaps they were overtaken by what is there already
	}
	now := time.Now()
	current := r.tail.of(s.owner)
	whole := make([]place, 0, len(s.list))
	with := make([]string, 0, len(s.list)) // whom
	for _, c := range s.list {
		for len(current) > 0 && current[0].id < c.id {
			current = current[1:]
		}
		if len(current) == 0 || current[0].id != c.id || c.expired(now) {
			continue
		}
		whole, with = append(whole, current[0].place), append(with, c.peer)
	}
	if err := set(txn, wholeList(owner), whole); err != nil {
		return err
	}
	if len(with) > 0 && !slices.ContainsFunc(with, func(peer string) bool { return peer != with[0] }) {
		return set(txn, peerList(owner, with[0]), whole)
	}
	peers := make(map[string][]place)
	for i, peer := range with {
		peers[peer] = append(peers[peer], whole[i])
	}
	for _, peer := range slices.Sorted(maps.Keys(peers)) {
		if err := set(txn, peerList(owner, peer), peers[peer]); err != nil {
			return err
		}
	}
	return nil
}

// halves cuts a step in two, if that is possible.
func halves(step []ripe) (a, b []ripe, ok bool) {
	if n := len(step) / 2; n > 0 {
		return step[:n], step[n:], true
	}
	one := step[0]
	n := len(one.list) / 2
	return []ripe{{one.owner, one.list[:n], one.floor}}, []ripe{{one.owner, one.list[n:], one.floor}}, n > 0
}

// replay reads the records that the index does not know yet, in the order of days and then of numbers, and finds
// the number of the newest.
func (r *Archive) replay(ctx context.Context) error {
	return view(ctx, r.db, func(txn *badger.Txn) error {
		val, err := read(txn, indexedKey())
		if err != nil {
			return err
		}
		if val != nil {
			if r.log.last, r.indexed, err = decodeIndexed(val); err != nil {
				return err
			}
		}
		from := r.log.last + 1
		for day, more := uint32(0), true; more; {
			if day, more, err = r.replayDay(txn, day, from); err != nil {
				return err
			}
		}
		return r.settleReplay(txn)
	})
}

// encodeIndexed makes the record that says how far the index has come: to which record, and to which ID at most.
func encodeIndexed(seq uint64, id archive.ID) []byte {
	return binary.AppendUvarint(binary.AppendUvarint([]byte{recordVersion}, seq), uint64(id))
}

func decodeIndexed(val []byte) (seq uint64, id archive.ID, err error) {
	d := decode(val)
	seq, id = d.uvarint(), archive.ID(d.uvarint())
	return seq, id, d.end()
}

// replayDay reads the records of one day from a number on, and gives the next day of which there are any records.
func (r *Archive) replayDay(txn *badger.Txn, day uint32, from uint64) (next uint32, more bool, err error) {
	rest := badger.Range{Prefix: logPrefix(), From: logKey(day, from)}
	err = txn.Scan(rest, func(key, record []byte) (bool, error) {
		keyDay, seq, err := logPlace(key)
		if err != nil {
			return false, err
		}
		if keyDay != day {
			next, more = keyDay, true
			return false, nil
		}
		r.log.last = max(r.log.last, seq)
		return true, r.replayRecord(seq, record)
	})
	return next, more, err
}

func (r *Archive) replayRecord(seq uint64, record []byte) error {
	for rest := record; len(rest) > 0; {
		at := len(record) - len(rest)
		b, next, err := decodeBody(rest)
		if err != nil {
			return err
		}
		rest = next
		for i, c := range b.copies {
			if b.gone(i) {
				continue
			}
			peer, _, _ := strings.Cut(c.peerText(), "/")
			r.indexed = max(r.indexed, c.id) // it may be in the index, if not everything of its time is
			p := place{id: c.id, seq: seq, at: uint32(at), expires: c.expires / int64(time.Microsecond)}
			r.tail.replayed(string(c.owner), recent{place: p, since: seq, peer: peer})
		}
	}
	return nil
}

// settleReplay puts what was replayed in order, and takes out what the index has: it was on its way there, or
// has been edited.
func (r *Archive) settleReplay(txn *badger.Txn) error {
	for name, l := range r.tail.recent {
		list := *l
		owner, err := jid.Parse(name)
		if err != nil { // cannot be, and is no reason to keep everybody out
			delete(r.tail.recent, name)
			continue
		}
		slices.SortStableFunc(list, func(a, b recent) int { return cmp.Compare(a.id, b.id) })
		indexed := make(map[archive.ID]bool)
		in := bounds{after: list[0].id - 1, before: list[len(list)-1].id + 1}
		err = scanLeaves(txn, wholeList(owner), in, true, func(p place) bool {
			indexed[p.id] = true
			return true
		})
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(c recent) bool { return indexed[c.id] })
		if len(list) == 0 {
			delete(r.tail.recent, name)
			continue
		}
		*l = list
		r.tail.count += len(list)
	}
	if r.tail.count >= longTail {
		r.signal()
	}
	return nil
}

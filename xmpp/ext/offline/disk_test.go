package offline

import (
	"context"
	"slices"
	"sync"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
)

// A disk is a Store in memory. What is pushed and deleted comes into force with
// sync, in order; a disk that is not lazy syncs at once.
type disk struct {
	lazy bool
	fail error // what tickets say from now on

	mu      sync.Mutex
	rows    map[jid.JID][]Entry // by growing ID
	pending []write
	pages   int // how many were asked for
	deletes int
}

type write struct {
	do     func()
	ticket *ticket
}

func newDisk() *disk { return &disk{rows: map[jid.JID][]Entry{}} }

func (d *disk) Summary(_ context.Context, owner jid.JID) (Summary, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var sum Summary
	for _, e := range d.rows[owner] {
		sum.Last = e.ID
		if !time.Now().Before(e.Expires) {
			continue
		}
		if sum.Count == 0 {
			sum.Expires = e.Expires
		}
		sum.Count++
		sum.Bytes += len(e.XML)
	}
	return sum, nil
}

func (d *disk) Page(_ context.Context, owner jid.JID, after uint64, max int) ([]Entry, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pages++
	var out []Entry
	for _, e := range d.rows[owner] {
		if e.ID > after && len(out) < max && time.Now().Before(e.Expires) {
			out = append(out, e)
		}
	}
	return out, nil
}

func (d *disk) Push(owner jid.JID, e Entry) router.Ticket {
	return d.write(func() {
		at, _ := slices.BinarySearchFunc(d.rows[owner], e, func(a, b Entry) int { return int(a.ID) - int(b.ID) })
		d.rows[owner] = slices.Insert(d.rows[owner], at, e)
	})
}

func (d *disk) Delete(owner jid.JID, ids []uint64) router.Ticket {
	return d.write(func() {
		d.deletes++
		d.rows[owner] = slices.DeleteFunc(d.rows[owner], func(e Entry) bool { return slices.Contains(ids, e.ID) })
	})
}

func (d *disk) Clear(_ context.Context, owner jid.JID) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.rows, owner)
	return nil
}

func (d *disk) write(do func()) router.Ticket {
	t := &ticket{done: make(chan struct{})}
	d.mu.Lock()
	d.pending = append(d.pending, write{do, t})
	d.mu.Unlock()
	if !d.lazy {
		d.sync()
	}
	return t
}

// sync brings all that is pending into force.
func (d *disk) sync() {
	d.mu.Lock()
	todo := d.pending
	d.pending = nil
	for _, w := range todo {
		if d.fail == nil {
			w.do()
		}
	}
	err := d.fail
	d.mu.Unlock()
	for _, w := range todo {
		w.ticket.finish(err)
	}
}

// waiting gives the number of messages on the disk.
func (d *disk) waiting(owner jid.JID) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.rows[owner])
}

// A ticket is a router.Ticket.
type ticket struct {
	mu   sync.Mutex
	done chan struct{}
	err  error
	then []func(error)
}

func (t *ticket) Done() <-chan struct{} { return t.done }
func (t *ticket) Err() error            { return t.err }

func (t *ticket) OnDone(f func(error)) {
	t.mu.Lock()
	select {
	case <-t.done:
		t.mu.Unlock()
		f(t.err)
	default:
		t.then = append(t.then, f)
		t.mu.Unlock()
	}
}

func (t *ticket) finish(err error) {
	t.mu.Lock()
	t.err = err
	close(t.done)
	then := t.then
	t.mu.Unlock()
	for _, f := range then {
		f(err)
	}
}

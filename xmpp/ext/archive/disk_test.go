package archive

import (
	"context"
	"slices"
	"sync"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
)

// A disk is a Store in memory. What is appended and edited comes into force with
// sync, in order; a disk that is not lazy syncs at once.
type disk struct {
	lazy bool
	look int   // most entries that one Page looks at; 0 is no bound
	fail error // what tickets say from now on

	mu      sync.Mutex
	rows    map[jid.JID][]Entry // by growing ID
	prefs   map[jid.JID]Prefs
	pending []write
	reads   int
	pages   int
}

type write struct {
	do     func()
	ticket *ticket
}

func newDisk() *disk { return &disk{rows: map[jid.JID][]Entry{}, prefs: map[jid.JID]Prefs{}} }

func (d *disk) Append(entries ...Entry) router.Ticket {
	entries = slices.Clone(entries)
	return d.write(func() {
		for _, e := range entries {
			d.rows[e.Owner] = append(d.rows[e.Owner], e)
		}
	})
}

func (d *disk) Edit(owner jid.JID, id ID, f func(Entry) []byte) router.Ticket {
	return d.write(func() {
		for i, e := range d.rows[owner] {
			if e.ID != id {
				continue
			}
			if xml := f(e); xml != nil {
				d.rows[owner][i].XML = xml
			}
		}
	})
}

// means reports whether a query means an entry.
func (q *Query) means(e *Entry) bool {
	switch {
	case e.ID <= q.After, q.Before != 0 && e.ID >= q.Before, !e.Expires.IsZero() && !time.Now().Before(e.Expires):
		return false
	case q.IDs != nil:
		return slices.Contains(q.IDs, e.ID)
	}
	return q.With.IsZero() || e.Peer == q.With || q.With.IsBare() && e.Peer.Bare() == q.With
}

func (d *disk) Page(_ context.Context, owner jid.JID, q Query) (Page, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pages++
	rows := slices.Clone(d.rows[owner])
	if q.Backward {
		slices.Reverse(rows)
	}
	var page Page
	looked, size := 0, 0
	for i := range rows {
		e := rows[i]
		inside := e.ID > q.After && (q.Before == 0 || e.ID < q.Before)
		if inside && (len(page.Entries) == q.Max || d.look > 0 && looked == d.look || q.Bytes > 0 && size >= q.Bytes) {
			page.More = slices.ContainsFunc(rows[i:], func(e Entry) bool { return q.means(&e) }) || d.look > 0
			break
		}
		if !inside {
			continue
		}
		looked++
		page.Reached = e.ID
		if q.means(&e) {
			page.Entries = append(page.Entries, e)
			size += len(e.XML)
		}
	}
	if q.Backward {
		slices.Reverse(page.Entries)
	}
	return page, nil
}

func (d *disk) Ends(_ context.Context, owner jid.JID) (first, last ID, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reads++
	if rows := d.rows[owner]; len(rows) > 0 {
		return rows[0].ID, rows[len(rows)-1].ID, nil
	}
	return 0, 0, nil
}

func (d *disk) Count(_ context.Context, owner jid.JID, q Query, limit int) (n int, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range d.rows[owner] {
		if n < limit && q.means(&e) {
			n++
		}
	}
	return n, nil
}

func (d *disk) Purge(_ context.Context, owner, peer jid.JID) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rows[owner] = slices.DeleteFunc(d.rows[owner], func(e Entry) bool { return e.Peer.Bare() == peer })
	return nil
}

func (d *disk) Prefs(_ context.Context, owner jid.JID) (Prefs, bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reads++
	p, ok := d.prefs[owner]
	return p, ok, nil
}

func (d *disk) SetPrefs(_ context.Context, owner jid.JID, p Prefs) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.prefs[owner] = p
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

// archive gives what an archive holds.
func (d *disk) archive(owner string) []Entry {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.rows[jid.MustParse(owner)])
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

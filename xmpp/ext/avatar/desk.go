package avatar

import (
	"sync"

	"causeway/xmpp/jid"
)

// A desk lets one goroutine at a time work on what an owner has changed. Whoever
// comes meanwhile leaves a note instead of waiting: the one at work may have caused
// the change, and may be what the other one is called by.
type desk struct {
	mu    sync.Mutex
	notes map[jid.JID]*note // of those who are being worked for
}

// A note says what has changed since somebody looked.
type note struct {
	card, node bool
	before     string // with card: the hash of the photo that it had
}

// take leaves a note, and reports whether the caller has to do the work, by calling
// next until there is no more.
func (d *desk) take(owner jid.JID, n note) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if left := d.notes[owner]; left != nil {
		left.node = left.node || n.node
		if n.card {
			left.card, left.before = true, n.before
		}
		return false
	}
	if d.notes == nil {
		d.notes = make(map[jid.JID]*note)
	}
	d.notes[owner] = &n
	return true
}

// next gives what is to be done; not ok ends the work.
func (d *desk) next(owner jid.JID) (n note, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	left := d.notes[owner]
	if !left.card && !left.node {
		delete(d.notes, owner)
		return note{}, false
	}
	n, *left = *left, note{}
	return n, true
}

package bookmarks

import (
	"sync"

	"causeway/xmpp/jid"
)

// turns lets one goroutine at a time change the bookmarks of an owner. Who has a turn
// publishes, and is called by that with the news of it: so news never wait for a turn,
// but leave a note for whoever has it.
type turns struct {
	mu   sync.Mutex
	held map[jid.JID]*turn
}

// A turn is that of one owner. All but mu is guarded by turns.mu.
type turn struct {
	mu    sync.Mutex
	users int // who has it or waits for it
	note  note
}

// A note says what has changed.
type note struct {
	rooms bool   // the items
	list  []byte // a client has published this list
}

func (n note) empty() bool { return !n.rooms && n.list == nil }

// take waits for the turn of owner; finish gives it back.
func (t *turns) take(owner jid.JID) *turn {
	t.mu.Lock()
	h := t.held[owner]
	if h == nil {
		h = t.add(owner)
	}
	h.users++
	t.mu.Unlock()
	h.mu.Lock()
	return h
}

// note leaves a note to whoever has the turn of owner. If nobody has, the caller has
// from now on, and gets it.
func (t *turns) note(owner jid.JID, n note) *turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	if h := t.held[owner]; h != nil {
		h.take(n)
		return nil
	}
	h := t.add(owner)
	h.users++
	h.note = n
	h.mu.Lock() // nobody else knows it yet
	return h
}

// leave leaves a note to oneself.
func (t *turns) leave(h *turn, n note) {
	t.mu.Lock()
	defer t.mu.Unlock()
	h.take(n)
}

// next gives the notes that were left meanwhile; not ok gives the turn back.
func (t *turns) next(owner jid.JID, h *turn) (n note, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n, h.note = h.note, (note{}); !n.empty() {
		return n, true
	}
	h.users--
	if h.users == 0 {
		delete(t.held, owner)
	}
	h.mu.Unlock()
	return note{}, false
}

// add makes the turn of an owner that nobody has. The lock is held.
func (t *turns) add(owner jid.JID) *turn {
	if t.held == nil {
		t.held = make(map[jid.JID]*turn)
	}
	h := new(turn)
	t.held[owner] = h
	return h
}

// take adds a note to what was left; of lists the last one holds.
func (h *turn) take(n note) {
	h.note.rooms = h.note.rooms || n.rooms
	if n.list != nil {
		h.note.list = n.list
	}
}

package roster

import (
	"sync"

	"causeway/xmpp/jid"
)

// turns lets one goroutine at a time change the roster of an owner and tell its
// clients: "Roster pushes MUST occur in order of modification" (RFC 6121
// §2.6.3), though the owner and any number of contacts cause them at once.
//
// Whoever has a turn may call the Store and Session.Deliver, which never come
// back here; it must not route, since that may end in another turn.
type turns struct {
	mu   sync.Mutex
	held map[jid.JID]*turn
}

type turn struct {
	mu    sync.Mutex
	users int // who has it or waits for it; guarded by turns.mu
}

// take waits for the turn of owner. It must be given back by calling release.
func (t *turns) take(owner jid.JID) (release func()) {
	t.mu.Lock()
	if t.held == nil {
		t.held = make(map[jid.JID]*turn)
	}
	u := t.held[owner]
	if u == nil {
		u = new(turn)
		t.held[owner] = u
	}
	u.users++
	t.mu.Unlock()

	u.mu.Lock()
	return func() {
		u.mu.Unlock()
		t.mu.Lock()
		u.users--
		if u.users == 0 {
			delete(t.held, owner)
		}
		t.mu.Unlock()
	}
}

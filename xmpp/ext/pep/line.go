package pep

import (
	"context"
	"sync"

	"causeway/xmpp/jid"
)

// lines keeps the changes of an owner's nodes in order, up to the people who learn
// of them: one change at a time is made and queued, and what is queued is told by
// one goroutine at a time, which holds no lock meanwhile. So those who are told may
// make changes themselves.
type lines struct {
	mu   sync.Mutex
	held map[jid.JID]*line
}

// A line is that of one owner. All but turn is guarded by lines.mu.
type line struct {
	turn    sync.Mutex // whoever has it changes nodes
	users   int        // who has it or waits for it, and who tells
	waiting []event
	telling bool
	room    chan struct{} // closed when fewer wait; nil if nobody waits for that
}

// mostWaiting is how many changes may wait to be told before a client that makes more
// has to wait itself.
const mostWaiting = 64

// wait waits until not too much is waiting to be told of owner's nodes. It is for the
// requests of clients, before they take the turn: never for those who are told.
func (l *lines) wait(ctx context.Context, owner jid.JID) error {
	for {
		l.mu.Lock()
		n := l.held[owner]
		if n == nil || !n.telling || len(n.waiting) < mostWaiting {
			l.mu.Unlock()
			return nil
		}
		if n.room == nil {
			n.room = make(chan struct{})
		}
		room := n.room
		l.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// wake lets those go on who wait for room. The lock is held.
func (n *line) wake() {
	if n.room != nil {
		close(n.room)
		n.room = nil
	}
}

// take waits for the turn of owner; it must be given back by calling release. Who
// has it calls the Store and asks Contacts, which never come back here; it must not
// route, nor call those who watch for changes.
func (l *lines) take(owner jid.JID) (release func()) {
	l.mu.Lock()
	n := l.use(owner)
	l.mu.Unlock()
	n.turn.Lock()
	return func() {
		n.turn.Unlock()
		l.mu.Lock()
		l.leave(owner, n)
		l.mu.Unlock()
	}
}

// use finds or makes the line of owner. The lock is held.
func (l *lines) use(owner jid.JID) *line {
	if l.held == nil {
		l.held = make(map[jid.JID]*line)
	}
	n := l.held[owner]
	if n == nil {
		n = new(line)
		l.held[owner] = n
	}
	n.users++
	return n
}

// leave drops a line that nobody needs. The lock is held.
func (l *lines) leave(owner jid.JID, n *line) {
	n.users--
	if n.users == 0 && len(n.waiting) == 0 {
		delete(l.held, owner)
	}
}

// put queues what is to be told, by one who has the turn.
func (l *lines) put(owner jid.JID, ev event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held[owner].waiting = append(l.held[owner].waiting, ev)
}

// tell calls f with what is queued, in order, unless somebody is at it already, who
// then does it all.
func (l *lines) tell(owner jid.JID, f func(event)) {
	n := l.begin(owner)
	if n == nil {
		return
	}
	told := false
	defer func() {
		if !told {
			l.end(owner, n) // f has panicked; the next one goes on with the rest
		}
	}()
	for {
		ev, ok := l.next(owner, n)
		if !ok {
			told = true
			return
		}
		f(ev)
	}
}

// begin gives the line of owner to one who tells what is queued in it; nil if nothing
// is to be done.
func (l *lines) begin(owner jid.JID) *line {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.held[owner]
	if n == nil || n.telling || len(n.waiting) == 0 {
		return nil
	}
	n.telling = true
	n.users++
	return n
}

// next takes the first event. That there is none, and that nobody tells any more, is
// one step, so that no event is left lying.
func (l *lines) next(owner jid.JID, n *line) (ev event, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(n.waiting) == 0 {
		n.telling = false
		n.wake()
		l.leave(owner, n)
		return event{}, false
	}
	ev, n.waiting = n.waiting[0], n.waiting[1:]
	if len(n.waiting) < mostWaiting {
		n.wake()
	}
	return ev, true
}

// end lets others tell.
func (l *lines) end(owner jid.JID, n *line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n.telling = false
	n.wake()
	l.leave(owner, n)
}

package rest

import (
	"os"
	"sync"

	"causeway/xmpp/jid"
)

// A spool is where a file waits until all of it is there and its size is known.
type spool struct{ *os.File }

func newSpool() (spool, error) {
	f, err := os.CreateTemp("", "causeway-chatfile-")
	return spool{f}, err
}

// remove closes it and takes it off the disk.
func (s spool) remove() {
	_ = s.Close() // it was read to its end, or is of no use
	_ = os.Remove(s.Name())
}

// uploads counts the files that are under way.
type uploads struct {
	mu  sync.Mutex
	all int
	of  map[jid.JID]int // by whose they will be
}

// enter counts one; false if it is one too many.
func (u *uploads) enter(owner jid.JID) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.all >= filesAtOnce || u.of[owner] >= filesOfOne {
		return false
	}
	if u.of == nil {
		u.of = make(map[jid.JID]int)
	}
	u.all++
	u.of[owner]++
	return true
}

func (u *uploads) leave(owner jid.JID) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.all--
	if u.of[owner]--; u.of[owner] == 0 {
		delete(u.of, owner)
	}
}

package router

import (
	"sync"

	"causeway/xmpp/jid"
)

// turns lets the messages of one account pass one after the other, whoever sends
// them, so that archive, devices and copies agree on their order. Accounts share
// locks, or there would have to be one for each; see doc/adr/0009-turns.md.
//
// Whoever holds a turn calls keepers, exits and the offline queue. None of these
// may route a message in the same goroutine, or wait for one that does.
type turns struct{ locks [512]sync.Mutex }

// take waits for the turn of both accounts. The lower lock is always taken first,
// so two who want the same two do not wait for each other.
func (t *turns) take(a, b jid.JID) (i, j int) {
	i, j = a.Shard(len(t.locks)), b.Shard(len(t.locks))
	if i > j {
		i, j = j, i
	}
	t.locks[i].Lock()
	if j != i {
		t.locks[j].Lock()
	}
	return i, j
}

// release ends the turn that take gave.
func (t *turns) release(i, j int) {
	if j != i {
		t.locks[j].Unlock()
	}
	t.locks[i].Unlock()
}

package jid

import "sync"

// recentShards is how many parts a Recent has, so that few wait for each other.
const recentShards = 16

// A Recent remembers something about the addresses that were asked about lately. Its
// weight is bounded: each of its parts has two generations; when the young one is full
// it becomes the old one, and what nobody asks for again is gone the next time. Its
// methods may be called by many goroutines; what it holds is never to be changed.
type Recent[V any] struct {
	weigh  func(V) int
	limit  int // of one generation of a part
	shards [recentShards]recentShard[V]
}

type recentShard[V any] struct {
	mu         sync.RWMutex
	young, old map[string]V // by address
	weight     int          // of young
	epoch      uint64       // grows with each drop
}

// NewRecent makes a Recent that holds about so much weight; weigh says what a value
// weighs, in any unit.
func NewRecent[V any](weight int, weigh func(V) int) *Recent[V] {
	return &Recent[V]{weigh: weigh, limit: max(1, weight/recentShards/2)}
}

func (r *Recent[V]) shard(j JID) *recentShard[V] {
	return &r.shards[j.Shard(recentShards)]
}

// Get gives what is known of j. If nothing is, Put wants the epoch.
func (r *Recent[V]) Get(j JID) (v V, epoch uint64, ok bool) {
	sh := r.shard(j)
	sh.mu.RLock()
	v, ok = sh.young[j.full]
	if ok {
		sh.mu.RUnlock()
		return v, 0, true
	}
	v, ok = sh.old[j.full]
	epoch = sh.epoch
	sh.mu.RUnlock()
	if ok {
		r.Put(j, v, epoch)
	}
	return v, epoch, ok
}

// Put remembers v, unless something was dropped since Get gave the epoch: then v may
// be older than the change that dropped it.
func (r *Recent[V]) Put(j JID, v V, epoch uint64) {
	sh := r.shard(j)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.epoch != epoch {
		return
	}
	if _, ok := sh.young[j.full]; ok {
		return
	}
	if sh.young == nil || sh.weight >= r.limit {
		sh.old, sh.young, sh.weight = sh.young, make(map[string]V), 0
	}
	sh.young[j.full] = v
	sh.weight += r.weigh(v)
}

// Drop forgets what is known of j, after it was changed.
func (r *Recent[V]) Drop(j JID) {
	sh := r.shard(j)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if v, ok := sh.young[j.full]; ok {
		sh.weight -= r.weigh(v)
		delete(sh.young, j.full)
	}
	delete(sh.old, j.full)
	sh.epoch++
}

// Len is how many addresses something is known of.
func (r *Recent[V]) Len() (n int) {
	for i := range r.shards {
		sh := &r.shards[i]
		sh.mu.RLock()
		n += len(sh.young) + len(sh.old)
		sh.mu.RUnlock()
	}
	return n
}

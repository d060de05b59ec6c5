package router

import (
	"slices"
	"sync"

	"causeway/xmpp/jid"
)

// shards is the number of locks that the table of sessions is spread over.
const shards = 64

// A table holds the bound sessions by bare JID. The slices in it are never
// changed once they can be seen, so a reader needs the lock only to find one.
type table struct {
	shards [shards]shard
}

type shard struct {
	mu   sync.RWMutex
	bare map[string][]*Session
}

func (t *table) init() {
	for i := range t.shards {
		t.shards[i].bare = make(map[string][]*Session)
	}
}

func (t *table) shard(j jid.JID) *shard { return &t.shards[j.Shard(shards)] }

// sessions gives those of an account, of which j may be any resource.
func (t *table) sessions(j jid.JID) []*Session {
	sh := t.shard(j)
	sh.mu.RLock()
	list := sh.bare[j.Bare().String()]
	sh.mu.RUnlock()
	return list
}

// add puts s into the table. A session with the same full JID makes way and is
// given back; ok is false when the account has limit sessions already.
func (t *table) add(s *Session, limit int) (old *Session, ok bool) {
	bare := s.jid.Bare().String()
	sh := t.shard(s.jid)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	list := slices.Clone(sh.bare[bare])
	if old = find(list, s.jid); old != nil {
		list = remove(list, old)
	}
	if len(list) >= limit {
		return nil, false
	}
	sh.bare[bare] = append(list, s)
	return old, true
}

// remove takes s out; it reports whether s was there.
func (t *table) remove(s *Session) bool {
	bare := s.jid.Bare().String()
	sh := t.shard(s.jid)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	list := sh.bare[bare]
	if !slices.Contains(list, s) {
		return false
	}
	if len(list) == 1 {
		delete(sh.bare, bare)
		return true
	}
	sh.bare[bare] = remove(slices.Clone(list), s)
	return true
}

func (t *table) all(yield func(*Session) bool) {
	for i := range t.shards {
		sh := &t.shards[i]
		sh.mu.RLock()
		var lists [][]*Session
		for _, list := range sh.bare {
			lists = append(lists, list)
		}
		sh.mu.RUnlock()
		for _, list := range lists {
			for _, s := range list {
				if !yield(s) {
					return
				}
			}
		}
	}
}

func (t *table) count() (sessions, accounts int) {
	for i := range t.shards {
		sh := &t.shards[i]
		sh.mu.RLock()
		accounts += len(sh.bare)
		for _, list := range sh.bare {
			sessions += len(list)
		}
		sh.mu.RUnlock()
	}
	return sessions, accounts
}

func find(list []*Session, full jid.JID) *Session {
	for _, s := range list {
		if s.jid == full {
			return s
		}
	}
	return nil
}

func remove(list []*Session, s *Session) []*Session {
	return slices.DeleteFunc(list, func(x *Session) bool { return x == s })
}

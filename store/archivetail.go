package store

import (
	"slices"
	"sync"

	"causeway/xmpp/ext/archive"
)

// recent is an entry that is in the log but not yet in the index.
type recent struct {
	place
	since   uint64 // the record that it first was in
	version uint64 // of the closure that wrote it: in which views it is
	was     *place // where it is in views that have nothing of that closure; nil if it is in none
	peer    string // bare JID
}

// in gives the place of an entry in a view of a version, if it is there.
func (r *recent) in(view uint64) (p place, ok bool) {
	switch {
	case r.version < view:
		return r.place, true
	case r.was != nil:
		return *r.was, true // what was there when the closure ran is in every view that began after it
	default:
		return p, false
	}
}

// tail is the end of all archives: what is not yet in the index. Only closures of the engine and their like change
// it; everybody reads it. A slice that was given away is never changed, only replaced.
type tail struct {
	mu     sync.RWMutex         // guards the two below
	recent map[string]*[]recent // by owner, in the order of IDs
	count  int
}

// of gives the recent entries of an owner.
func (t *tail) of(owner string) []recent {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if list := t.recent[owner]; list != nil {
		return *list
	}
	return nil
}

// owners gives all who have recent entries, in order.
func (t *tail) owners() []string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	names := make([]string, 0, len(t.recent))
	for name := range t.recent {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// size is how many entries there are.
func (t *tail) size() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.count
}

// add puts r behind the recent entries of owner; among them, when another overtook it on its way here. The caller has
// the lock.
func (t *tail) add(owner string, r recent) {
	list := t.recent[owner]
	if list == nil {
		list = new([]recent)
		t.recent[owner] = list
	}
	if n := len(*list); n == 0 || (*list)[n-1].id < r.id {
		*list = append(*list, r)
	} else if i, found := findRecent(*list, r.id); found {
		return // a closure that ran twice
	} else {
		*list = slices.Insert(slices.Clone(*list), i, r)
	}
	t.count++
}

// replayed puts r behind the others, whatever its ID. Nobody else uses t yet.
func (t *tail) replayed(owner string, r recent) {
	list := t.recent[owner]
	if list == nil {
		list = new([]recent)
		t.recent[owner] = list
	}
	*list = append(*list, r)
}

// move gives the entry that has the ID of p the place p.
func (t *tail) move(owner string, p place, version uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := t.recent[owner]
	if list == nil {
		return
	}
	if i, found := findRecent(*list, p.id); found {
		*list = slices.Clone(*list)
		r := &(*list)[i]
		if r.version < version {
			was := r.place
			r.was = &was
		}
		r.place, r.version = p, version
	}
}

// drop takes out the entries of owner that are in gone, which is in order, or all of them if it is nil.
func (t *tail) drop(owner string, gone []recent) {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := t.recent[owner]
	if list == nil {
		return
	}
	t.count -= len(*list)
	delete(t.recent, owner)
	if gone == nil {
		return
	}
	kept := make([]recent, 0, max(0, len(*list)-len(gone)))
	for _, c := range *list {
		for len(gone) > 0 && gone[0].id < c.id {
			gone = gone[1:]
		}
		if len(gone) == 0 || gone[0].id != c.id {
			kept = append(kept, c)
		}
	}
	if len(kept) > 0 {
		t.recent[owner] = &kept
		t.count += len(kept)
	}
}

func findRecent(list []recent, id archive.ID) (int, bool) {
	return slices.BinarySearchFunc(list, id, func(r recent, id archive.ID) int {
		return comparePlaces(r.place, place{id: id})
	})
}

// scanRecent is scanLeaves for recent entries; with is the peer, or "" for everybody.
func scanRecent(list []recent, with string, in bounds, backward bool, fn func(recent) bool) {
	// The first that lies behind the lower bound, and the first that does not lie before the upper one.
	from, _ := findRecent(list, in.after+1)
	to := len(list)
	if in.before != 0 {
		to, _ = findRecent(list, in.before)
	}
	for n := from; n < to; n++ {
		r := list[n]
		if backward {
			r = list[to-1-(n-from)]
		}
		if (with == "" || r.peer == with) && !fn(r) {
			return
		}
	}
}

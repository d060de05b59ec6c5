package roster

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"causeway/xmpp/jid"
)

// memStore is a Store in memory. It runs every step twice, as a real one may.
type memStore struct {
	mu      sync.Mutex
	rosters map[jid.JID]*memRoster
	reads   int   // calls of Get
	fail    error // what all methods say
}

type memRoster struct {
	version Version
	items   map[jid.JID]Item
	changes map[jid.JID]Change // the last of each listed contact
}

func newMemStore() *memStore { return &memStore{rosters: make(map[jid.JID]*memRoster)} }

func (m *memStore) roster(owner jid.JID) *memRoster {
	r := m.rosters[owner]
	if r == nil {
		r = &memRoster{items: make(map[jid.JID]Item), changes: make(map[jid.JID]Change)}
		m.rosters[owner] = r
	}
	return r
}

func (m *memStore) Get(_ context.Context, owner jid.JID) ([]Item, Version, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	r := m.roster(owner)
	items := slices.Collect(maps.Values(r.items))
	slices.SortFunc(items, func(a, b Item) int { return jid.Compare(a.JID, b.JID) })
	return items, r.version, m.fail
}

func (m *memStore) Since(_ context.Context, owner jid.JID, since Version) ([]Change, Version, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.roster(owner)
	if since > r.version {
		return nil, r.version, true, m.fail
	}
	var changes []Change
	for _, ch := range r.changes {
		if ch.Version > since {
			changes = append(changes, ch)
		}
	}
	slices.SortFunc(changes, func(a, b Change) int { return int(a.Version) - int(b.Version) })
	return changes, r.version, false, m.fail
}

func (m *memStore) Update(_ context.Context, owner, contact jid.JID, f func(*Item) (*Item, error)) (Version, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.roster(owner)
	var old *Item
	if it, ok := r.items[contact]; ok {
		old = &it
	}
	if _, err := f(old); err != nil {
		return 0, err
	}
	next, err := f(old)
	if err = errors.Join(err, m.fail); err != nil {
		return 0, err
	}
	if next == old {
		return r.version, nil
	}
	if old.listed() || next.listed() {
		r.version++
		ch := Change{Item: Item{JID: contact}, Removed: true, Version: r.version}
		if next.listed() {
			ch = Change{Item: *next, Version: r.version}
		}
		r.changes[contact] = ch
	}
	if next == nil {
		delete(r.items, contact)
	} else {
		r.items[contact] = *next
	}
	return r.version, nil
}

func (m *memStore) Clear(_ context.Context, owner jid.JID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.rosters, owner)
	return m.fail
}

// state gives the state of owner's item for contact.
func (m *memStore) state(owner, contact jid.JID) State {
	m.mu.Lock()
	defer m.mu.Unlock()
	if it, ok := m.roster(owner).items[contact]; ok {
		return it.State()
	}
	return StateNone
}

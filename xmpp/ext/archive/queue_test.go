package archive

import (
	"context"
	"slices"
	"sync"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// A queue is an offline queue in memory.
type queue struct {
	mu      sync.Mutex
	waiting []*waiter
}

type waiter struct {
	xml     string
	claimed bool
}

func (q *queue) Store(_ context.Context, st *stanza.Stanza, present func() bool) (router.Ticket, bool, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if present != nil && present() {
		return nil, false, nil
	}
	q.waiting = append(q.waiting, &waiter{xml: string(st.AppendTo(nil))})
	return nil, true, nil
}

func (q *queue) Flush(_ context.Context, _ jid.JID, deliver func(*stanza.Stanza) bool, empty func()) error {
	q.mu.Lock()
	list := slices.Clone(q.waiting)
	q.mu.Unlock()
	for _, m := range list {
		q.mu.Lock()
		claimed := m.claimed
		m.claimed = true
		q.mu.Unlock()
		if claimed {
			continue
		}
		st, err := stanza.Parse([]byte(m.xml))
		if err != nil {
			return err
		}
		st.Told = func(delivered bool) { q.told(m, delivered) }
		if !deliver(st) {
			q.told(m, false)
			return nil
		}
	}
	if empty != nil {
		empty()
	}
	return nil
}

func (q *queue) told(m *waiter, delivered bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	m.claimed = false
	if delivered {
		q.waiting = slices.DeleteFunc(q.waiting, func(w *waiter) bool { return w == m })
	}
}

func (q *queue) Hold(context.Context, jid.JID, *stanza.Stanza) (func(bool), router.Ticket, error) {
	return func(bool) {}, nil, nil
}

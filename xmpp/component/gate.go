package component

import (
	"context"
	"sync"
	"time"

	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// keepBuffer is the capacity up to which a buffer is worth keeping for reuse.
const keepBuffer = 64 << 10

// A gate is where stanzas for the domain of a component go. It has the connection of
// the component, if there is one, and the queue of what is to be written to it.
type gate struct {
	srv    *Server
	domain string
	secret string

	mu    sync.Mutex
	link  *link  // nil while no component is connected
	out   []byte // whole stanzas that wait to be written to link
	spare []byte // for out
	since time.Time
}

var _ router.Gate = (*gate)(nil)

// Accept takes a stanza for the domain. It never blocks, and copies what it keeps.
func (g *gate) Accept(_ context.Context, st *stanza.Stanza) (router.Ticket, error) {
	own, err := st.InContent(stanza.NSClient, stream.NSComponent)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.link == nil || g.link.closing {
		return nil, unreachable(st)
	}
	if len(g.out)+own.Size() > g.srv.cfg.Limits.Queue {
		g.link.overflow()
		return nil, unreachable(st)
	}
	if g.out == nil {
		g.out, g.spare = g.spare, nil
	}
	g.out = own.AppendTo(g.out)
	g.link.startFlush()
	return nil, nil
}

// unreachable is what the sender of a stanza is told while the component is not there;
// nil means nothing. The component is known and will most likely be back, which is
// "a remote server or service … was resolved but communications could not be
// established" (RFC 6120 §8.3.3.17), to be tried again, and no service-unavailable
// (§8.3.3.19), after which senders give up.
func unreachable(st *stanza.Stanza) error {
	if st.Kind == stanza.Presence && st.Type != stanza.Subscribe && st.Type != stanza.Unsubscribe {
		return nil // who is not there hears of nobody; only a request has to be answered
	}
	return stanza.RemoteServerTimeout.Err("the component cannot be reached")
}

// attach makes k the connection of the domain. The one before is told of the conflict:
// a component that comes back before the death of its old connection was noticed must
// not be locked out (doc/adr/0006-newest-wins.md; XEP-0114 #proto and RFC 6120 §4.9.3.3
// leave the choice). What waits is written to the new one.
func (g *gate) attach(k *link) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.link != nil {
		g.link.goodbye(stream.Conflict.Err("replaced by a new connection"))
	}
	g.link, g.since = k, time.Now()
	if len(g.out) > 0 {
		k.startFlush()
	}
}

// detach lets go of k, and gives the stanzas that were never written to it and cannot
// be written to another.
func (g *gate) detach(k *link) (unsent []byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	unsent, k.unsent = k.unsent, nil
	if g.link == k {
		unsent = append(unsent, g.out...)
		g.link, g.out = nil, nil
	}
	return unsent
}

// end closes the stream of the component, if there is one, telling it why.
func (g *gate) end(reason *stream.Error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.link != nil {
		g.link.goodbye(reason)
	}
}

func (g *gate) state() State {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.link == nil {
		return State{Domain: g.domain}
	}
	return State{Domain: g.domain, Since: g.since, Addr: g.link.conn.RemoteAddr().String()}
}

package webim

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
)

// A hall knows who is online by webim.
type hall struct {
	port    *bridge.Port
	people  People
	label   string // of the domains that have rooms
	log     *slog.Logger
	grace   time.Duration // how long a tab without a poll counts, and an account without tabs
	tabsMax int           // of one account
	sealer  *bridge.Sealer
	started time.Time
	stop    chan struct{} // closed by close

	mu      sync.Mutex // guards the following
	present map[jid.JID]*person
	tabs    map[string]*tab      // by what is random in the ticket
	buried  map[string]time.Time // tickets from before the start that ended after it
	closed  bool
	guests  int // how many of those who are present are visitors
}

// enter gives the person of an account, who is opened if nobody is.
func (h *hall) enter(ctx context.Context, account jid.JID, visitor bool, show, status string, who profile) (*person, error) {
	for {
		h.mu.Lock()
		if h.closed {
			h.mu.Unlock()
			return nil, bridge.Wrong(503, "the server is shutting down")
		}
		p, known := h.present[account]
		if !known {
			p = &person{
				site: h.site(account.Domain()), hall: h, account: account, visitor: visitor, opened: make(chan struct{}), changing: make(chan struct{}, 1),
				tabs: make(map[string]*tab), idle: time.Now(), contacts: make(map[jid.JID]*contact),
				rooms: make(map[jid.JID]*room), blocked: make(map[jid.JID]bool),
			}
			h.present[account] = p
			if visitor {
				h.guests++
			}
		}
		h.mu.Unlock()
		if !known {
			p.open(context.WithoutCancel(ctx), show, status, who)
		}
		select {
		case <-p.opened:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if p.fault != nil {
			h.expel(ctx, p)
			return nil, p.fault
		}
		if !p.over() {
			return p, nil
		}
		h.expel(ctx, p)
	}
}

// over reports whether the person is gone, or its line has ended.
func (p *person) over() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gone || p.line.Ended()
}

// admit gives the person a tab. It is false if the person is gone meanwhile.
func (h *hall) admit(p *person, id string) (*tab, bool) {
	t := &tab{id: id}
	_, t.cookie, _ = strings.Cut(id, ".")
	if !p.attach(t) {
		return nil, false
	}
	h.mu.Lock()
	h.tabs[id] = t
	h.mu.Unlock()
	for _, old := range p.crowded(h.tabsMax) {
		h.drop(old)
	}
	return t, true
}

// crowded gives the tabs that are too many: those that have not polled for longest.
func (p *person) crowded(most int) []*tab {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.tabs) <= most {
		return nil
	}
	var oldest *tab
	for _, t := range p.tabs {
		if t.parked == nil && (oldest == nil || t.seen.Before(oldest.seen)) {
			oldest = t
		}
	}
	if oldest == nil {
		for _, oldest = range p.tabs {
			break
		}
	}
	return []*tab{oldest}
}

// tab finds the tab of a ticket. A ticket from before the start of the server is good for a
// while: its page does not notice (wire §3.3).
func (h *hall) tab(ctx context.Context, ticket string) (*tab, error) {
	k, ok := h.read(ticket)
	if !ok {
		return nil, errTicket()
	}
	h.mu.Lock()
	t := h.tabs[k.id]
	_, buried := h.buried[k.id]
	h.mu.Unlock()
	if t != nil {
		return t, nil
	}
	now := time.Now()
	if buried || !k.issued.Before(h.started) || now.Sub(h.started) > restartTime || now.Sub(k.issued) > ticketLife {
		return nil, errTicket()
	}
	since, ok, err := h.people.Since(ctx, k.account)
	if err != nil || !ok || k.issued.Before(since) {
		return nil, errTicket()
	}
	p, err := h.enter(ctx, k.account, IsVisitor(k.account), "", "", profile{})
	if err != nil {
		return nil, err
	}
	if t, ok = h.admit(p, k.id); !ok {
		return nil, errTicket()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.offer(t)
	return t, nil
}

// offer puts the messages that came while there was no tab into the queue of one. The lock
// of p is held.
func (p *person) offer(t *tab) {
	for _, k := range p.claim() {
		if !t.push(k) && k.letter != nil {
			p.owe(k.letter)
		}
	}
}

// hand gives a tab those messages in the answer of its log-in: its first poll says that
// they came. The lock of p is held.
func (p *person) hand(t *tab) []packet {
	list := p.claim()
	for _, k := range list {
		switch {
		case k.letter == nil:
		case t.ended:
			p.owe(k.letter) // there will be no poll
		default:
			t.unsure = append(t.unsure, k.letter)
		}
	}
	return list
}

// claim gives the messages that came while there was no tab. The lock of p is held.
func (p *person) claim() []packet {
	list := p.fresh
	p.fresh, p.waiting = nil, 0
	return list
}

const (
	// restartTime is how long after the start of the server tickets from before it are good.
	restartTime = time.Minute
	ticketLife  = 24 * time.Hour
)

// drop ends a tab.
func (h *hall) drop(t *tab) {
	h.mu.Lock()
	if h.tabs[t.id] == t {
		delete(h.tabs, t.id)
	}
	if time.Since(h.started) < restartTime {
		h.buried[t.id] = time.Now()
	}
	h.mu.Unlock()
	t.person.mu.Lock()
	t.person.detach(t)
	t.person.mu.Unlock()
}

// expel lets a person go, whatever tabs there are.
func (h *hall) expel(ctx context.Context, p *person) {
	h.mu.Lock()
	if h.present[p.account] == p {
		delete(h.present, p.account)
		if p.visitor {
			h.guests--
		}
	} else {
		h.mu.Unlock()
		return // somebody else does
	}
	h.mu.Unlock()
	for _, t := range p.leave(ctx) {
		h.mu.Lock()
		if h.tabs[t.id] == t {
			delete(h.tabs, t.id)
		}
		h.mu.Unlock()
	}
}

// atOnce is how many people go at the same time: each waits for the disk.
const atOnce = 64

// expelAll is expel for many.
func (h *hall) expelAll(ctx context.Context, list []*person) {
	turns := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for _, p := range list {
		turns <- struct{}{}
		all.Go(func() { // ends with expel
			defer func() { <-turns }()
			<-p.opened
			h.expel(ctx, p)
		})
	}
	all.Wait()
}

// run sweeps until ctx ends, and lets everybody go then.
func (h *hall) run(ctx context.Context) {
	turn := time.NewTicker(time.Second)
	defer turn.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-turn.C:
			h.sweep(ctx, now)
		}
	}
}

// sweep ends the tabs that have stopped polling, and lets those go who have had no tab
// for a while: so that a page that is loaded again was never away (wire §3.5).
func (h *hall) sweep(ctx context.Context, now time.Time) {
	h.mu.Lock()
	everybody := make([]*person, 0, len(h.present))
	for _, p := range h.present {
		everybody = append(everybody, p)
	}
	if len(h.buried) > 0 && now.Sub(h.started) > restartTime {
		clear(h.buried)
	}
	h.mu.Unlock()
	var gone []*person
	for _, p := range everybody {
		select {
		case <-p.opened:
		default:
			continue
		}
		stale, leaves := p.stale(now, h.grace)
		for _, t := range stale {
			h.drop(t)
		}
		if leaves {
			gone = append(gone, p)
		}
	}
	h.expelAll(ctx, gone)
}

// stale gives the tabs that nobody polls for any more, and reports whether the person
// itself has had none for too long, or has lost its line.
func (p *person) stale(now time.Time, grace time.Duration) (tabs []*tab, leaves bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.tabs {
		if t.ended || t.parked == nil && now.Sub(t.seen) > grace {
			tabs = append(tabs, t)
		}
	}
	leaves = p.fault != nil || p.line.Ended() || len(p.tabs) == 0 && now.Sub(p.idle) > grace
	return tabs, leaves
}

// close ends all polls and lets everybody go.
func (h *hall) close(ctx context.Context) {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return
	}
	h.closed = true
	close(h.stop)
	everybody := make([]*person, 0, len(h.present))
	for _, p := range h.present {
		everybody = append(everybody, p)
	}
	h.mu.Unlock()
	h.expelAll(ctx, everybody)
}

// of gives the person of an account if it is online.
func (h *hall) of(account jid.JID) *person {
	h.mu.Lock()
	p := h.present[account]
	h.mu.Unlock()
	if p == nil {
		return nil
	}
	<-p.opened
	if p.fault != nil {
		return nil
	}
	return p
}

package webim

import (
	"context"
	"crypto/rand"
	"slices"
	"sync"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// A person is an account that is online by webim: one line for all tabs of it, whatever
// browser they are in, so that contacts and rooms see one resource.
type person struct {
	site
	hall    *hall
	account jid.JID
	visitor bool

	opened chan struct{} // closed when open is done
	fault  error         // why it failed; read after opened

	lineMu sync.RWMutex // guards line while the person is opened
	line   *bridge.Line

	changing chan struct{} // has room for one: whoever changes show, status and kept; see turn
	kept     string        // what readShow would give

	mu       sync.Mutex // guards the following, and all that is in tabs; no call out is made with it
	tabs     map[string]*tab
	idle     time.Time // since when there are no tabs; zero while there are
	gone     bool
	lost     []*letter // of tabs that have ended, not settled
	fresh    []packet  // came while there was no tab: the new messages of the next one
	waiting  int       // how much that is, in bytes
	who      profile
	show     string
	status   string
	contacts map[jid.JID]*contact // roster and presence, by bare JID
	rooms    map[jid.JID]*room
	blocked  map[jid.JID]bool // rooms
	notices  []notice
	heads    []logItem // headlines, which no archive has
	sent     []echo    // messages to rooms that have not come back
}

// A profile is what is shown of the person to itself and others.
type profile struct {
	nick, picture, url string
}

// An echo is a message to a room on its way: the tab that sent it shows it already.
type echo struct {
	id   string
	tab  *tab
	back chan error // has room for one
}

// open binds the line and finds out who is there. It runs once.
func (p *person) open(ctx context.Context, show, status string, who profile) {
	defer close(p.opened)
	p.fault = p.begin(ctx, show, status, who)
}

// bind gives the person a line of its own.
func (p *person) bind(ctx context.Context) error {
	full, err := p.account.WithResource("webim-" + rand.Text()[:10])
	if err != nil {
		return err
	}
	line, err := p.hall.port.Bind(ctx, full, p.arrived)
	if err != nil {
		return err
	}
	p.lineMu.Lock()
	p.line = line
	p.lineMu.Unlock()
	return nil
}

func (p *person) begin(ctx context.Context, show, status string, who profile) error {
	if err := p.bind(ctx); err != nil {
		return err
	}
	// XEP-0280 #enabling: what other devices of the account send is shown too.
	if _, err := p.line.Ask(ctx, jid.JID{}, stanza.Set, []byte("<enable xmlns='"+nsCarbons+"'/>"), nil); err != nil {
		return err
	}
	if err := p.readRoster(ctx); err != nil {
		return err
	}
	if who.nick == "" {
		who.nick = p.ownNick(ctx)
	}
	p.mu.Lock()
	p.who = who
	p.mu.Unlock()
	if err := p.readRooms(ctx); err != nil {
		return err
	}
	if err := p.readShow(ctx); err != nil {
		return err
	}
	if show == "" {
		show = p.kept
	}
	if err := p.appear(ctx, show, status); err != nil {
		return err
	}
	if show != showInvisible {
		p.enterRooms(ctx)
	}
	return nil
}

// arrived takes what has come for the line. Whoever sent it calls this.
func (p *person) arrived() {
	p.lineMu.RLock()
	line := p.line
	p.lineMu.RUnlock()
	if line == nil {
		return
	}
	var settled []*letter
	p.mu.Lock()
	for _, st := range line.Take() {
		settled = append(settled, p.take(st)...)
	}
	if line.Ended() {
		for _, t := range p.tabs {
			t.end()
		}
	}
	p.mu.Unlock()
	settle(settled, true)
}

// attach adds a tab. It is false if the person is gone.
func (p *person) attach(t *tab) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone || p.line != nil && p.line.Ended() {
		return false
	}
	t.person, t.seen = p, time.Now()
	p.tabs[t.id] = t
	p.idle = time.Time{}
	return true
}

// owe keeps letters that no tab is known to have.
func (p *person) owe(list ...*letter) {
	if len(list) > 0 {
		p.lost = slices.DeleteFunc(append(p.lost, list...), func(l *letter) bool { return l.done.Load() })
	}
}

// detach takes a tab away.
func (p *person) detach(t *tab) {
	if p.tabs[t.id] != t {
		return
	}
	delete(p.tabs, t.id)
	t.end()
	if len(p.tabs) == 0 {
		p.idle = time.Now()
	}
}

// all puts a packet into the queues of all tabs but one. If there are none, a message
// waits for the next; what is too much for one tab is owed, and is in the history.
func (p *person) all(k packet, but *tab) {
	taken := false
	for _, t := range p.tabs {
		if t != but {
			taken = t.push(k) || taken
		}
	}
	switch {
	case taken:
	case len(p.tabs) == 0 && k.kind == messages && but == nil && p.await(k):
	case k.letter != nil:
		p.owe(k.letter)
	}
}

// await keeps a packet for the next tab; false if more waits than a tab may have, and from
// then on, so that the rest is in order.
func (p *person) await(k packet) bool {
	if p.waiting += len(k.json); p.waiting > tabQueue {
		return false
	}
	p.fresh = append(p.fresh, k)
	return true
}

// leave ends the line and all tabs: whoever saw the account learns that it is gone, and
// messages that no tab has wait for its next log-in. It gives the tabs, and is called once.
func (p *person) leave(ctx context.Context) (tabs []*tab) {
	p.mu.Lock()
	p.gone = true
	for _, t := range p.tabs {
		tabs = append(tabs, t)
		p.detach(t)
	}
	p.mu.Unlock()
	p.lineMu.RLock()
	line := p.line
	p.lineMu.RUnlock()
	if line != nil {
		line.Close(ctx)
	}
	// Not before: until the line had ended something could still come.
	settle(p.unread(), false)
	if p.visitor {
		p.hall.dismiss(ctx, p.account)
	}
	return tabs
}

// unread takes the letters that no tab is known to have.
func (p *person) unread() []*letter {
	p.mu.Lock()
	defer p.mu.Unlock()
	owed := p.lost
	for _, k := range p.fresh {
		if k.letter != nil {
			owed = append(owed, k.letter)
		}
	}
	p.lost, p.fresh, p.waiting = nil, nil, 0
	return owed
}

// lookup gives what is known of somebody, for changing.
func (p *person) lookup(j jid.JID) *contact {
	j = j.Bare()
	c := p.contacts[j]
	if c == nil {
		c = new(contact)
		if len(p.contacts) < maxKnown {
			p.contacts[j] = c // else it is not remembered
		}
	}
	return c
}

// maxKnown bounds how many people somebody's tabs know of, roster and strangers.
const maxKnown = 10_000

// maxStrangers bounds those of them who are not on the roster: anybody can send presence.
const maxStrangers = 300

// stranger gives what is known of somebody who is not on the roster; nil if there are too
// many. Those who have gone make room.
func (p *person) stranger(j jid.JID) *contact {
	var gone jid.JID
	n := 0
	for other, c := range p.contacts {
		if c.listed {
			continue
		}
		n++
		if len(c.resources) == 0 {
			gone = other
		}
	}
	if n >= maxStrangers {
		if gone.IsZero() {
			return nil
		}
		delete(p.contacts, gone)
	}
	return p.lookup(j)
}

// nickOf is what somebody is called: as the owner of the roster calls them, or as they
// call themselves, or by their name.
func (p *person) nickOf(j jid.JID) string {
	c := p.contacts[j.Bare()]
	switch {
	case c != nil && c.name != "":
		return c.name
	case c != nil && c.nick != "":
		return c.nick
	case j.Bare() == p.account:
		return p.who.nick
	case j.IsFull() && c == nil:
		return j.Resource() // an occupant of a room
	case j.Local() == "":
		return j.Domain()
	}
	return jid.Unescape(j.Local())
}

package webim

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// An arrival is a try to enter a room. Err is what came of it, once done is closed.
type arrival struct {
	done chan struct{}
	err  error
}

// enter enters a room (XEP-0045 #enter), unless the person is in it. Word tells webim
// pages there that the person has come to stay. Where the nick is taken (XEP-0045
// #enter-conflict) the person is told apart by its address.
func (p *person) enter(ctx context.Context, j jid.JID, word []byte) (created bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, roomTime)
	defer cancel()
	tried, created, err := p.tryEnter(ctx, j, word)
	var told *stanza.Error
	if errors.As(err, &told) && told.Condition == stanza.Conflict && p.renick(j, tried) {
		_, created, err = p.tryEnter(ctx, j, word)
	}
	return created, err
}

// tryEnter enters a room by the nick that is tried, or waits for another call that does so.
func (p *person) tryEnter(ctx context.Context, j jid.JID, word []byte) (tried string, created bool, err error) {
	p.mu.Lock()
	r := p.get(j)
	if r.nick == "" {
		r.nick = cmp.Or(p.who.nick, jid.Unescape(p.account.Local()))
	}
	tried = r.nick
	if r.inside {
		p.mu.Unlock()
		return tried, false, nil
	}
	a := r.entering
	first := a == nil
	if first {
		a = &arrival{done: make(chan struct{})}
		r.entering = a
	}
	p.mu.Unlock()
	if first {
		// #enter-managehistory: none; the page asks the archive.
		x := []byte("<x xmlns='" + nsRoom + "'><history maxstanzas='0'/></x>")
		if err := p.line.Send(ctx, p.roomPresence(r, stanza.Available, append(x, word...))); err != nil {
			p.unentered(r, a, err)
			return tried, false, err
		}
	}
	select {
	case <-a.done:
		err = a.err
	case <-ctx.Done():
		err = ctx.Err()
		if first {
			p.unentered(r, a, err)
		}
	}
	if err != nil || !first {
		return tried, false, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return tried, r.created, nil
}

// renick gives the person another nick in a room than one that was tried; false if there
// is no other.
func (p *person) renick(j jid.JID, tried string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.get(j)
	if r.nick != tried {
		return true // another call was here
	}
	mark := " (" + jid.Unescape(p.account.Local()) + ")"
	if strings.HasSuffix(tried, mark) {
		return false
	}
	r.nick = cut(tried, maxNick) + mark
	return true
}

// roomTime is how long a room may take.
const roomTime = 10 * time.Second

// unentered ends a try that came to nothing, for all who wait for it.
func (p *person) unentered(r *room, a *arrival, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.entering == a {
		r.entering, a.err = nil, err
		close(a.done)
	}
}

// roomPresence makes presence for a room.
func (p *person) roomPresence(r *room, typ stanza.Type, x []byte) *stanza.Stanza {
	p.mu.Lock()
	nick, show, status := r.nick, p.show, p.status
	p.mu.Unlock()
	to, err := r.jid.WithResource(nick)
	if err != nil {
		to = r.jid
	}
	var payload []byte
	if typ == stanza.Available {
		payload = p.presencePayload(show, status)
	}
	return stanza.New(stanza.Presence, typ, rand.Text(), jid.JID{}, to, payload, x)
}

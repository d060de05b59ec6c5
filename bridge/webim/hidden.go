package webim

import (
	"context"
	"time"

	"causeway/xmpp/jid"
)

// hidden makes a person that nobody sees, for a call of somebody who has no page that is
// online: such as one that reads history first.
func (h *hall) hidden(account jid.JID) *person {
	opened := make(chan struct{})
	close(opened)
	return &person{
		site: h.site(account.Domain()), hall: h, account: account, opened: opened, idle: time.Now(), changing: make(chan struct{}, 1),
		tabs: make(map[string]*tab), contacts: make(map[jid.JID]*contact), rooms: make(map[jid.JID]*room), blocked: make(map[jid.JID]bool),
	}
}

// peek binds a line that is never available, and reads what the account knows.
func (p *person) peek(ctx context.Context) error {
	if err := p.bind(ctx); err != nil {
		return err
	}
	if err := p.readRoster(ctx); err != nil {
		return err
	}
	nick := p.ownNick(ctx)
	p.mu.Lock()
	p.who.nick = nick
	p.mu.Unlock()
	return p.readRooms(ctx)
}

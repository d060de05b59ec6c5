package daemon

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"causeway/bridge"
	"causeway/xmpp/account"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// openPort makes the way into the server for the bridges.
func (h *house) openPort() {
	h.port = bridge.NewPort(bridge.PortConfig{Entrance: entrance{h.router}, Queue: h.cfg.C2S.QueueBytes, Logger: h.log})
}

// entrance is the router as the bridges see it.
type entrance struct{ router *router.Router }

func (e entrance) Bind(ctx context.Context, full jid.JID, exit bridge.Exit) (bridge.Session, error) {
	s, err := e.router.Bind(ctx, full, lineExit{exit})
	if err != nil {
		return nil, err
	}
	return lineSession{s}, nil
}

func (e entrance) Ask(ctx context.Context, iq *stanza.Stanza) (*stanza.Stanza, error) {
	return e.router.Ask(ctx, iq)
}

func (e entrance) Emit(ctx context.Context, st *stanza.Stanza) (bridge.Ticket, error) {
	return asTicket(e.router.Emit(ctx, st))
}

func (e entrance) Elsewhere(account jid.JID) (since time.Time, ok bool) {
	return e.router.Elsewhere(account)
}

type lineSession struct{ *router.Session }

func (s lineSession) Route(ctx context.Context, st *stanza.Stanza) (bridge.Ticket, error) {
	return asTicket(s.Session.Route(ctx, st))
}

// asTicket keeps no ticket from becoming one that holds nothing.
func asTicket(t router.Ticket, err error) (bridge.Ticket, error) {
	if t == nil {
		return nil, err
	}
	return t, err
}

// lineExit is a line as the router sees it.
type lineExit struct{ exit bridge.Exit }

func (x lineExit) Deliver(st *stanza.Stanza) (router.Ticket, bool) { return nil, x.exit.Deliver(st) }

func (x lineExit) End(reason *stream.Error) { x.exit.End(reason) }

// About tells administrators how the client of a line is connected.
func (x lineExit) About() (addr, tls, state string) { return "", "", "web" }

// people is the accounts as the bridges see them.
type people struct{ accounts *account.Service }

func (p people) Check(ctx context.Context, bare jid.JID, password string) (bool, error) {
	d, err := p.accounts.Directory(ctx, bare.Domain())
	if err != nil {
		return false, err
	}
	return d.CheckPassword(ctx, bare.Local(), password)
}

func (p people) Since(ctx context.Context, bare jid.JID) (t time.Time, ok bool, err error) {
	a, err := p.accounts.Get(ctx, bare)
	if errors.Is(err, account.ErrNotFound) {
		return t, false, nil
	}
	return a.Changed, err == nil && a.Active(), err
}

func (p people) Ensure(ctx context.Context, bare jid.JID) error {
	switch known, err := p.accounts.Exists(ctx, bare); {
	case err != nil:
		return err
	case known:
		return nil
	}
	err := p.accounts.Create(ctx, bare, rand.Text())
	if errors.Is(err, account.ErrExists) {
		return nil
	}
	return err
}

func (p people) Remove(ctx context.Context, bare jid.JID) error {
	err := p.accounts.Remove(ctx, bare)
	if errors.Is(err, account.ErrNotFound) {
		return nil
	}
	return err
}

// visitorsPage is how many visitors are looked up at once.
const visitorsPage = 100

func (p people) Visitors(ctx context.Context, host, prefix, after string) ([]jid.JID, error) {
	if after < prefix {
		after = prefix
	}
	list, err := p.accounts.List(ctx, host, after, visitorsPage)
	if err != nil {
		return nil, err
	}
	var found []jid.JID
	for _, a := range list {
		if strings.HasPrefix(a.JID.Local(), prefix) {
			found = append(found, a.JID)
		}
	}
	return found, nil
}

package muc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// Config is what a Service is made of.
type Config struct {
	Store    Store
	Archive  Archive
	Router   *router.Router
	People   People
	Waker    Waker
	Secret   func(context.Context) ([]byte, error) // for occupant ids; the same after a restart
	Label    string                                // rooms of capulet.lit are at LABEL.capulet.lit; "" means conference
	Creators Creators                              // "" means Locals
	Defaults Settings                              // of a new room
	Limits   Limits
	Zone     *time.Location // of opening hours; nil means that of the system
	Logger   *slog.Logger
}

// A Service has the rooms of all hosts. It is the router.Gate of their domains. Its
// methods may be called from many goroutines.
type Service struct {
	cfg     Config
	log     *slog.Logger
	secret  []byte
	desk    *router.Desk // of the bare domains
	joins   rates        // each brings a greeting
	asks    rates        // of rooms
	wishes  rates        // of registration, each of which is a message to all admins of a room
	touched touched

	mu     sync.Mutex
	rooms  map[jid.JID]*room // that are alive
	locked map[jid.JID]int   // how many of them await their configuration by somebody
}

var _ router.Gate = (*Service)(nil)

// New makes the service. It reads its secret from the store.
func New(ctx context.Context, cfg Config) (*Service, error) {
	if cfg.Label == "" {
		cfg.Label = "conference"
	}
	if cfg.Creators == "" {
		cfg.Creators = Locals
	}
	if cfg.Zone == nil {
		cfg.Zone = time.Local
	}
	cfg.Limits = cfg.Limits.withDefaults()
	secret, err := cfg.Secret(ctx)
	if err != nil {
		return nil, fmt.Errorf("secret of rooms: %w", err)
	}
	s := &Service{cfg: cfg, log: cfg.Logger, secret: secret, rooms: make(map[jid.JID]*room), locked: make(map[jid.JID]int)}
	s.joins.init()
	s.asks.init()
	s.wishes.init()
	s.openDesk()
	return s, nil
}

// Domain gives where the rooms of a host are.
func (s *Service) Domain(host string) string { return s.cfg.Label + "." + host }

// hostOf gives the host whose rooms are at an address.
func (s *Service) hostOf(at jid.JID) string {
	return strings.TrimPrefix(at.Domain(), s.cfg.Label+".")
}

// serves reports whether a domain has rooms of ours.
func (s *Service) serves(domain string) bool {
	host, ok := strings.CutPrefix(domain, s.cfg.Label+".")
	return ok && s.cfg.Router.IsHost(host)
}

// Handle lets h answer requests to the service itself whose payload has the namespace
// ns; see router.Desk.
func (s *Service) Handle(ns string, h router.Handler, features ...string) {
	s.desk.HandleIQ(ns, h, features...)
}

// Accept takes a stanza for a room or for the service (router.Gate). The ticket is
// fulfilled when what it changed is on the disk.
func (s *Service) Accept(ctx context.Context, st *stanza.Stanza) (router.Ticket, error) {
	if st.To.Local() == "" {
		return s.desk.Accept(ctx, st)
	}
	// What is a consequence of what was said must not wait for it.
	// Nor must a room wait for another one, which may wait for it.
	speaks := bringsMore(st) && !s.serves(st.From.Domain())
	return s.at(ctx, st.To.Bare(), st.From, speaks, func(r *room, t *turn) error { return r.step(ctx, t, st) })
}

// bringsMore reports whether a stanza comes of somebody's own will.
func bringsMore(st *stanza.Stanza) bool {
	switch st.Type {
	case stanza.Normal, stanza.Chat, stanza.Groupchat, stanza.Headline, stanza.Available, stanza.Get, stanza.Set:
		return true
	}
	return false
}

// at takes one step of a room, in the name of by; a step that speaks waits while too much
// waits to be said. An error that the step gives changes nothing.
func (s *Service) at(ctx context.Context, addr, by jid.JID, speaks bool, step func(*room, *turn) error) (router.Ticket, error) {
	r, err := s.open(ctx, addr, speaks)
	if err != nil {
		return nil, err
	}
	t := &turn{now: time.Now(), by: by}
	err = r.guarded(t, step)
	var p *post
	if err == nil {
		p = r.finish(t)
	}
	r.leaveIfIdle()
	r.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if t.outside != nil {
		if err := t.outside(); err != nil {
			return nil, err
		}
	}
	if p == nil {
		return nil, nil
	}
	if p.kept != nil {
		// Messages to people are kept by the router; who sent one is acknowledged when they are.
		select {
		case kept := <-p.kept:
			if kept != nil {
				return kept, nil
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return p.ticket, nil
}

// open gives a room, with its lock held, as the store has it if nobody was there.
func (s *Service) open(ctx context.Context, addr jid.JID, speaks bool) (*room, error) {
	for {
		s.mu.Lock()
		r := s.rooms[addr]
		if r == nil {
			r = newRoom(s, addr)
			s.rooms[addr] = r
		}
		s.mu.Unlock()
		r.mu.Lock()
		switch r.phase {
		case left: // it went while we waited
			r.mu.Unlock()
			continue
		case unread:
			if err := r.load(ctx); err != nil {
				r.leaveIfIdle()
				r.mu.Unlock()
				return nil, err
			}
		}
		if !speaks || !r.outbox.crowded() {
			return r, nil
		}
		room := r.outbox.wait()
		r.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// load reads the room. The lock is held: only who wants this room waits.
func (r *room) load(ctx context.Context) error {
	record, members, err := r.service.cfg.Store.Room(ctx, r.jid)
	if err != nil {
		return fmt.Errorf("read room %s: %w", r.jid, err)
	}
	if record == nil {
		r.phase = absent
		return nil
	}
	r.phase, r.Record = alive, *record
	for _, m := range members {
		r.setMember(m)
	}
	return nil
}

// leaveIfIdle lets go of a room in which nothing is going on; the records stay. The lock
// is held.
func (r *room) leaveIfIdle() {
	if r.phase == left || !r.idle() {
		return
	}
	r.phase = left
	r.service.mu.Lock()
	delete(r.service.rooms, r.jid)
	r.service.mu.Unlock()
}

// guarded takes a step; a panic in it is the end of one room's life, not of the server.
// Its records are as they were before.
func (r *room) guarded(t *turn, step func(*room, *turn) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			r.service.log.Error("a room panicked", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			err = errors.Join(fmt.Errorf("panic in room %s: %v", r.jid, p))
			r.scatter()
		}
	}()
	return step(r, t)
}

// finish writes what a step has changed, and has it said what it has to say.
func (r *room) finish(t *turn) *post {
	p := post{deliveries: t.deliveries(), wake: t.wake}
	switch {
	case t.remove:
		t.writes = append(t.writes, r.service.cfg.Store.Remove(r.jid))
	case t.change.Record != nil || len(t.change.Members) > 0 || t.change.VCard != nil:
		if !r.locked && r.phase == alive { // of a room that is not open yet nothing is kept, and it may have gone
			t.writes = append(t.writes, r.service.cfg.Store.Write(r.jid, t.change))
		}
	}
	if len(t.writes) > 0 {
		p.ticket = t.writes
	}
	if len(p.deliveries) == 0 && p.ticket == nil {
		return nil
	}
	if t.person {
		p.kept = make(chan router.Ticket, 1)
	}
	if len(p.wake) > 0 && r.service.cfg.Waker == nil {
		p.wake = nil
	}
	r.post(p)
	return &p
}

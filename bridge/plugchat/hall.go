package plugchat

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
)

// A hall knows the sessions.
type hall struct {
	cfg     Config
	log     *slog.Logger
	started time.Time
	stop    chan struct{} // closed by close

	mu       sync.Mutex // guards the following
	sessions map[string]*session
	from     map[netip.Prefix]int // how many of them an address has
	closed   bool

	faceMu sync.Mutex
	faces  map[jid.JID]string // avatars of those who are logged in, by occupant
}

func newHall(cfg Config) *hall {
	return &hall{
		cfg: cfg, log: cfg.Logger, started: time.Now(), stop: make(chan struct{}),
		sessions: make(map[string]*session), from: make(map[netip.Prefix]int), faces: make(map[jid.JID]string),
	}
}

// restartTime is how long after the start of the server keys from before it are good.
const restartTime = time.Minute

// find gives the session of a key, for a page of a site. One from before the start of the
// server is begun again.
func (h *hall) find(ctx context.Context, app, key string, from netip.Addr) (*session, error) {
	k, ok := openPass(h.cfg.Sealer, key)
	if !ok || k.app != app {
		return nil, errInvalid("key")
	}
	h.mu.Lock()
	s := h.sessions[k.id]
	h.mu.Unlock()
	if s != nil {
		return s.ready(ctx)
	}
	if !k.issued.Before(h.started) || time.Since(h.started) > restartTime {
		return nil, errInvalid("key")
	}
	if _, ok, err := h.cfg.People.Since(ctx, k.account); err != nil || !ok {
		return nil, errInvalid("key")
	}
	return h.enter(ctx, k, bridge.Network(from))
}

// named gives the session of a site that has an id (plugchat #2.2, the parameter user).
func (h *hall) named(ctx context.Context, app, id string) (*session, error) {
	h.mu.Lock()
	s := h.sessions[id]
	h.mu.Unlock()
	if s == nil || s.app != app {
		return nil, errInvalid("user")
	}
	s, err := s.ready(ctx)
	if err != nil {
		return nil, errInvalid("user")
	}
	return s, nil
}

// enter gives the session of a pass, which is begun if there is none.
func (h *hall) enter(ctx context.Context, k pass, from netip.Prefix) (*session, error) {
	h.mu.Lock()
	s, known := h.sessions[k.id]
	if !known {
		if h.closed || len(h.sessions) >= h.cfg.Guests || h.from[from] >= h.cfg.Each {
			h.mu.Unlock()
			return nil, errFull
		}
		s = newSession(h, k, from)
		h.sessions[k.id] = s
		h.from[from]++
	}
	h.mu.Unlock()
	if !known {
		// Whoever asked may go; the others wait for it as well.
		s.begin(context.WithoutCancel(ctx))
		if s.fault != nil {
			h.end(ctx, s)
			return nil, s.fault
		}
	}
	return s.ready(ctx)
}

// end ends a session and removes the account of its guest. It is nothing for one that has
// ended.
func (h *hall) end(ctx context.Context, s *session) {
	if !s.over(ctx) {
		return
	}
	if err := h.cfg.People.Remove(context.WithoutCancel(ctx), s.account); err != nil {
		h.log.Error("a guest could not be removed", slog.String("jid", s.account.String()), slog.Any("err", err))
	}
	h.forget(s)
}

func (h *hall) forget(s *session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.sessions[s.id] != s {
		return
	}
	delete(h.sessions, s.id)
	if h.from[s.from]--; h.from[s.from] <= 0 {
		delete(h.from, s.from)
	}
}

// everybody gives all sessions.
func (h *hall) everybody() []*session {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]*session, 0, len(h.sessions))
	for _, s := range h.sessions {
		list = append(list, s)
	}
	return list
}

// run sweeps until ctx ends.
func (h *hall) run(ctx context.Context) {
	turn := time.NewTicker(time.Second)
	defer turn.Stop()
	left := time.NewTimer(restartTime)
	defer left.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-left.C:
			h.removeLeft(ctx)
		case now := <-turn.C:
			var gone []*session
			for _, s := range h.everybody() {
				if s.stale(now, h.cfg.Grace) {
					gone = append(gone, s)
				}
			}
			atOnce(gone, func(s *session) { h.end(ctx, s) })
		}
	}
}

// atOnceMost is how many sessions end at the same time: each waits for the disk.
const atOnceMost = 64

func atOnce(list []*session, do func(*session)) {
	turns := make(chan struct{}, atOnceMost)
	var all sync.WaitGroup
	for _, s := range list {
		turns <- struct{}{}
		all.Go(func() { // ends with do
			defer func() { <-turns }()
			do(s)
		})
	}
	all.Wait()
}

// removeLeft removes the accounts of guests who were here when the server ended, and have
// not come back.
func (h *hall) removeLeft(ctx context.Context) {
	here := make(map[jid.JID]bool)
	for _, s := range h.everybody() {
		here[s.account] = true
	}
	for _, host := range h.cfg.Hosts {
		for after := ""; ; {
			list, err := h.cfg.People.Visitors(ctx, host, prefix, after)
			if err != nil {
				h.log.Error("guests could not be looked up", slog.String("host", host), slog.Any("err", err))
			}
			if err != nil || len(list) == 0 {
				break
			}
			for _, account := range list {
				after = account.Local()
				// Who has come since is newer than the list of those who are here.
				since, ok, err := h.cfg.People.Since(ctx, account)
				if here[account] || !isGuest(h.cfg.Sealer, account) || err != nil || ok && !since.Before(h.started) {
					continue
				}
				if err := h.cfg.People.Remove(ctx, account); err != nil {
					h.log.Error("a guest could not be removed", slog.String("jid", account.String()), slog.Any("err", err))
				}
			}
		}
	}
}

// close lets everybody go.
func (h *hall) close(ctx context.Context) {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return
	}
	h.closed = true
	close(h.stop)
	h.mu.Unlock()
	atOnce(h.everybody(), func(s *session) {
		if s.over(ctx) {
			h.forget(s)
		}
	})
}

// show notes, or forgets, the avatar of an occupant.
func (h *hall) show(occupant jid.JID, avatar string) {
	h.faceMu.Lock()
	defer h.faceMu.Unlock()
	if avatar == "" {
		delete(h.faces, occupant)
		return
	}
	h.faces[occupant] = avatar
}

// face gives the avatar that a site has given an occupant, "" if it has given none. Other
// avatars are not shown: whoever chooses one could see who looks.
func (h *hall) face(occupant jid.JID) string {
	h.faceMu.Lock()
	defer h.faceMu.Unlock()
	return h.faces[occupant]
}

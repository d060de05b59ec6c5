package router

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// backlogWindow is how many bytes of waiting messages may be on their way to a
// client that has not told yet that it has them. It is far below what an Exit
// can queue, so a long absence does not look like a slow reader.
const backlogWindow = 256 << 10

// A backlog hands a session the messages that waited for its owner, in order and
// before any newer one (XEP-0160 #flow), however many there are. Until it is
// level, newer messages are stored behind those that wait; it becomes level
// while the queue is locked and empty, so none is passed over. A session falls
// behind again when it stops taking messages, or its exit cannot take one.
type backlog struct {
	since atomic.Int64 // when it became level, Unix seconds
	level atomic.Bool

	mu      sync.Mutex // also held while presence and priority change
	unsaid  int        // bytes on their way
	running bool       // one flush at a time
	again   bool       // another flush was asked for meanwhile
	paused  bool       // the window is full; the next Told goes on
}

// Backlog delivers the messages that wait for the owner of s, if s takes any. The
// presence service calls it each time s becomes available with a priority that
// is not negative, an edge when the client of s has come back.
func (s *Session) Backlog(ctx context.Context) error {
	if s.backlog.level.Load() || !s.willing() {
		return nil
	}
	if s.router.offline == nil {
		s.caughtUp()
		return nil
	}
	return s.catchUp(ctx)
}

// willing reports whether the client wants messages to the bare JID (RFC 6121
// §8.5.2.1.1).
func (s *Session) willing() bool { return s.presence.Load() != nil && s.priority.Load() >= 0 }

// caughtUp makes s level, unless it has stopped taking messages by now.
func (s *Session) caughtUp() {
	b := &s.backlog
	b.mu.Lock()
	defer b.mu.Unlock()
	if s.willing() && !b.level.Load() {
		b.since.Store(time.Now().Unix())
		b.level.Store(true)
	}
}

// fallBehind lets newer messages be stored until s has caught up again.
func (s *Session) fallBehind() { s.backlog.level.Store(false) }

// catchUp flushes until nothing waits, the window is full or the exit takes no
// more.
func (s *Session) catchUp(ctx context.Context) error {
	b := &s.backlog
	b.mu.Lock()
	if b.running {
		b.again = true
		b.mu.Unlock()
		return nil
	}
	b.running = true
	b.mu.Unlock()
	deliver := func(st *stanza.Stanza) bool { return s.handOut(ctx, st) }
	for {
		err := s.router.offline.Flush(ctx, s.jid.Bare(), deliver, s.caughtUp)
		b.mu.Lock()
		told := b.paused && b.unsaid == 0 // all was told while the flush was ending
		if err == nil && (told || b.again) {
			b.paused, b.again = false, false
			b.mu.Unlock()
			continue
		}
		b.running = false
		b.mu.Unlock()
		return err
	}
}

// has reports whether the client has read a waiting message in the archive already:
// it is not handed out then, and forgotten once the client is known to have it
// (XEP-0313 #business-storeret-user-archives).
func (s *Session) has(ctx context.Context, st *stanza.Stanza) bool {
	r := s.Reader()
	if r == nil {
		return false
	}
	told := st.Told
	st.Told = func(delivered bool) {
		told(delivered)
		if !delivered {
			s.fallBehind()
			s.router.Wake(ctx, s.jid.Bare())
		}
	}
	if r.Has(st) {
		return true
	}
	st.Told = told
	return false
}

// handOut delivers one waiting message if the window has room.
func (s *Session) handOut(ctx context.Context, st *stanza.Stanza) bool {
	b := &s.backlog
	if s.willing() && st.Told != nil && s.has(ctx, st) {
		return true
	}
	size := st.Size()
	b.mu.Lock()
	if !s.willing() {
		b.mu.Unlock()
		return false
	}
	if b.unsaid > 0 && b.unsaid+size > backlogWindow {
		b.paused = true
		b.mu.Unlock()
		return false
	}
	b.unsaid += size
	b.mu.Unlock()

	told := st.Told
	st.Told = func(delivered bool) {
		if told != nil {
			told(delivered)
		}
		s.said(ctx, size, delivered)
	}
	if _, ok := s.exit.Deliver(st); ok {
		return true
	}
	b.mu.Lock()
	b.unsaid -= size
	b.mu.Unlock()
	return false
}

// said opens the window again, and goes on flushing when it is empty. A message
// that s could not deliver waits again; another session of its owner may have it.
func (s *Session) said(ctx context.Context, size int, delivered bool) {
	b := &s.backlog
	b.mu.Lock()
	b.unsaid -= size
	goOn := delivered && b.paused && !b.running && b.unsaid == 0
	if goOn {
		b.paused = false
	}
	b.mu.Unlock()
	switch {
	case !delivered:
		s.fallBehind()
		s.router.Wake(ctx, s.jid.Bare())
	case goOn:
		s.wake(ctx)
	}
}

// Wake tells the router that messages may have begun to wait for an account
// while one of its sessions takes messages: what another session had is its now.
func (r *Router) Wake(ctx context.Context, account jid.JID) {
	if s := r.readySession(account); s != nil && r.offline != nil {
		s.wake(ctx)
	}
}

// wake flushes from a goroutine of its own: Told comes from within an Exit, which
// must not be entered again from there. The goroutine ends when nothing waits or
// the window is full.
func (s *Session) wake(ctx context.Context) {
	go func() {
		if err := s.catchUp(context.WithoutCancel(ctx)); err != nil {
			s.router.log.Error("offline messages could not be read", slog.String("jid", s.jid.String()), slog.Any("err", err))
		}
	}()
}

// Elsewhere reports whether a session of the account takes messages to the bare
// JID, and since when one has done so without a break.
func (r *Router) Elsewhere(account jid.JID) (since time.Time, ok bool) {
	for _, s := range r.Sessions(account) {
		if !s.ready() {
			continue
		}
		if t := time.Unix(s.backlog.since.Load(), 0); !ok || t.Before(since) {
			since, ok = t, true
		}
	}
	return since, ok
}

// readySession gives a session of the account that takes messages to the bare
// JID, or nil.
func (r *Router) readySession(account jid.JID) *Session {
	for _, s := range r.Sessions(account) {
		if s.ready() {
			return s
		}
	}
	return nil
}

// waits reports whether a message has to wait behind those that the session has
// not been given yet.
func (s *Session) waits(st *stanza.Stanza) bool {
	return !s.backlog.level.Load() && st.Kind == stanza.Message &&
		(st.Type == stanza.Chat || st.Type == stanza.Normal) && s.willing()
}

package router

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// The states of a session with regard to the messages that waited for its owner.
const (
	// behind: it has not been given them yet. Messages to the bare JID are not
	// for it; those to its full JID are stored behind the ones that wait.
	behind int32 = iota
	// holding: it has been given them but for some that may just have been
	// stored. New messages are held in memory for the moment that this takes.
	holding
	// level: there are none. Messages go straight to its exit.
	level
)

const (
	// backlogWindow is how many bytes of waiting messages may be on their way to
	// a client that has not told yet that it has them. It is far below what an
	// Exit can queue, so a long absence does not look like a slow reader.
	backlogWindow = 256 << 10
	// holdLimit is the most messages held for one session; more are stored.
	holdLimit = 256
)

// A backlog hands a session the messages that waited for its owner, in order and
// before any newer one (XEP-0160 #flow), however many there are.
type backlog struct {
	state atomic.Int32

	mu      sync.Mutex
	held    []*stanza.Stanza
	running bool // one flush at a time
	paused  bool // the window is full; the next Told goes on
	unsaid  int  // bytes on their way
}

// Backlog delivers the messages that wait for the owner of s. The presence
// service calls it each time s becomes available with a priority that is not
// negative.
func (s *Session) Backlog(ctx context.Context) error {
	if s.backlog.state.Load() == level {
		return nil
	}
	if s.router.offline == nil {
		s.backlog.state.Store(level)
		return nil
	}
	s.catchUp(ctx)
	return nil
}

// catchUp flushes until nothing waits or the window is full.
func (s *Session) catchUp(ctx context.Context) {
	b := &s.backlog
	b.mu.Lock()
	if b.running {
		b.mu.Unlock()
		return
	}
	b.running = true
	b.paused = false
	b.mu.Unlock()

	if paused := s.flush(ctx); paused {
		return
	}
	// From here on the session counts as ready; what was stored by somebody who
	// saw it not ready is found by one more flush, while newer messages wait.
	b.state.CompareAndSwap(behind, holding)
	if paused := s.flush(ctx); paused {
		return
	}
	s.release()
}

// flush hands out what waits; paused tells that there is more than the window
// holds and that a Told will go on.
func (s *Session) flush(ctx context.Context) (paused bool) {
	b := &s.backlog
	deliver := func(st *stanza.Stanza) bool { return s.handOut(ctx, st) }
	for {
		err := s.router.offline.Flush(ctx, s.jid.Bare(), deliver)
		if err != nil {
			s.router.log.Error("offline messages could not be read", slog.String("jid", s.jid.String()), slog.Any("err", err))
		}
		b.mu.Lock()
		again := b.paused && err == nil
		if again && b.unsaid > 0 {
			b.running = false
			b.mu.Unlock()
			return true
		}
		b.paused = false
		b.mu.Unlock()
		if !again {
			return false
		}
	}
}

// handOut delivers one waiting message if the window has room.
func (s *Session) handOut(ctx context.Context, st *stanza.Stanza) bool {
	b := &s.backlog
	size := st.Size()
	b.mu.Lock()
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
	if s.exit.Deliver(st) {
		return true
	}
	b.mu.Lock()
	b.unsaid -= size
	b.mu.Unlock()
	return false
}

// said opens the window again, and goes on flushing when it is empty.
func (s *Session) said(ctx context.Context, size int, delivered bool) {
	b := &s.backlog
	b.mu.Lock()
	b.unsaid -= size
	goOn := delivered && b.paused && !b.running && b.unsaid == 0
	b.mu.Unlock()
	if goOn {
		// Told comes from within an Exit, which must not be entered again from
		// there. The goroutine ends when nothing waits or the window is full.
		go s.catchUp(context.WithoutCancel(ctx))
	}
}

// release lets the held messages go and makes the session level.
func (s *Session) release() {
	b := &s.backlog
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, st := range b.held {
		// Held under the lock: a newer message must not pass an older one, and an
		// Exit neither blocks nor calls back.
		if !s.exit.Deliver(st) {
			break
		}
	}
	b.held = nil
	b.running = false
	b.state.CompareAndSwap(holding, level)
}

// deliverBehind is Deliver for a session that is not level.
func (s *Session) deliverBehind(st *stanza.Stanza) bool {
	waits := st.Kind == stanza.Message && (st.Type == stanza.Chat || st.Type == stanza.Normal) &&
		s.Available() && s.Priority() >= 0
	if !waits {
		return s.exit.Deliver(st)
	}
	b := &s.backlog
	b.mu.Lock()
	switch b.state.Load() {
	case holding:
		defer b.mu.Unlock()
		if len(b.held) >= holdLimit {
			return false
		}
		b.held = append(b.held, st.Clone())
		return true
	case behind:
		b.mu.Unlock()
		return false // it is stored, behind the older ones
	default:
		b.mu.Unlock()
		return s.exit.Deliver(st)
	}
}

// recheck is for somebody who found nobody ready and stored a message: if a
// session has become ready in between, it is given the message now. It waits for
// the write, so that the same sender's next message cannot pass this one.
func (r *Router) recheck(ctx context.Context, owner jid.JID, t Ticket) {
	for _, s := range r.Sessions(owner) {
		if !s.ready() {
			continue
		}
		if t != nil {
			<-t.Done()
		}
		s.backlog.state.CompareAndSwap(level, holding)
		s.catchUp(ctx)
		return
	}
}

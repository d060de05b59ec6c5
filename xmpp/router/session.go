package router

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// A Session is one bound resource of an account (RFC 6120 §7). It is the Entry
// of what that client sends and the way to its Exit.
type Session struct {
	jid     jid.JID
	router  *Router
	exit    Exit
	started int64 // Unix seconds
	active  atomic.Int64

	presence   atomic.Pointer[stanza.Stanza] // last available presence; nil while unavailable
	lastWords  atomic.Pointer[string]        // of the last unavailable presence; nil if there was none
	reader     atomic.Pointer[Reader]        // nil if the client has read nothing
	priority   atomic.Int32
	interested atomic.Bool
	copies     atomic.Bool
	closed     atomic.Bool // unbound has run
	hidden     atomic.Bool // available, but nobody is to know (XEP-0186)

	mu   sync.Mutex    // guards the following
	gone bool          // nothing is left to do
	left chan struct{} // closed when it is; nil if nobody waits for that

	backlog backlog
}

// Bind makes a session of the full JID, whose stanzas leave by exit. An older
// session of that full JID ends with a conflict: the newest wins (RFC 6120
// §7.7.2.2, the second of the three policies there; a client that comes back
// before its dead connection was noticed must not be locked out).
func (r *Router) Bind(ctx context.Context, full jid.JID, exit Exit) (*Session, error) {
	s := &Session{jid: full, router: r, exit: exit, started: time.Now().Unix()}
	s.active.Store(s.started)
	old, ok := r.table.add(s, r.resources)
	if !ok {
		// RFC 6120 §7.6.2.1: "the account has reached a limit on the number of simultaneous connected resources"
		return nil, stanza.ResourceConstraint.Err("too many resources are connected")
	}
	if old != nil {
		old.exit.End(stream.Conflict.Err("replaced by a new connection"))
		old.unbound(ctx)
	}
	// Asked when s can be seen: whoever stops the host or disables the account meanwhile
	// finds it.
	if r.Stopped(full.Domain()) {
		s.Close(ctx)
		return nil, errStopped()
	}
	if active, err := r.Active(ctx, full.Bare()); err != nil || !active {
		s.Close(ctx)
		if err != nil {
			return nil, fmt.Errorf("bind %s: %w", full, err)
		}
		// RFC 6120 §7.6.2.2: "the client is not allowed to bind a resource"
		return nil, stanza.NotAllowed.Err("the account is disabled or removed")
	}
	return s, nil
}

// Unbind ends the session for everybody else: whoever saw it available learns that
// it is gone (RFC 6121 §4.5.2). The edge may still have to see to what the client
// has not got; then it calls Close.
func (s *Session) Unbind(ctx context.Context) {
	if s.router.table.remove(s) {
		s.unbound(ctx)
	}
}

// Close unbinds the session, if it is not yet, and tells those who wait for Left.
func (s *Session) Close(ctx context.Context) {
	s.Unbind(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.gone && s.left != nil {
		close(s.left)
	}
	s.gone = true
}

// unbound runs once for each session that has left the table.
func (s *Session) unbound(ctx context.Context) {
	if s.closed.Swap(true) {
		return
	}
	if p := s.router.presence; p != nil {
		p.Unbound(ctx, s)
	}
}

// Left is closed when the session is unbound, its unavailable presence is out, and
// what its client has not got has gone another way.
func (s *Session) Left() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left == nil {
		s.left = make(chan struct{})
		if s.gone {
			close(s.left)
		}
	}
	return s.left
}

// Route is the one way in for what a client sends. It stamps the sender. An
// error that is a *stream.Error ends the stream; all other faults are answered
// by a stanza. The ticket, if not nil, is fulfilled when what the stanza changed
// is on the disk: only then may it be acknowledged.
func (s *Session) Route(ctx context.Context, st *stanza.Stanza) (Ticket, error) {
	s.active.Store(time.Now().Unix())
	// RFC 6120 §8.1.2.1: the server validates that a 'from' is the full or the
	// bare JID of the connected resource, "or adds a 'from' address".
	if !st.From.IsZero() && st.From != s.jid && st.From != s.jid.Bare() {
		return nil, stream.InvalidFrom.Err("not your address")
	}
	st.From = s.jid
	if st.Kind == stanza.Presence && s.router.presence != nil {
		switch st.Type {
		case stanza.Available, stanza.Unavailable:
			if st.To.IsZero() {
				// RFC 6120 §10.3.2: no 'to': the server broadcasts.
				return nil, s.fault(ctx, st, s.router.presence.Broadcast(ctx, s, st))
			}
			if st.Type == stanza.Available && s.router.blocksRecipient(ctx, st) {
				s.router.refuse(ctx, st)
				return nil, nil
			}
			s.router.presence.Directed(ctx, s, st)
		case stanza.Subscribe, stanza.Subscribed, stanza.Unsubscribe, stanza.Unsubscribed:
			return nil, s.subscription(ctx, st)
		}
	}
	return s.router.route(ctx, st)
}

// subscription gives a subscription stanza that the client sends to the service
// that keeps the roster; a blocked contact is refused first.
func (s *Session) subscription(ctx context.Context, st *stanza.Stanza) error {
	if st.To.IsZero() {
		// RFC 6121 §3.1.1: a subscription stanza is addressed to a contact.
		return s.fault(ctx, st, stanza.BadRequest.Err("whose presence?"))
	}
	if s.router.blocksRecipient(ctx, st) {
		s.router.refuse(ctx, st)
		return nil
	}
	return s.fault(ctx, st, s.router.presence.Outbound(ctx, s, st))
}

// fault answers a stanza that a service could not take.
func (s *Session) fault(ctx context.Context, st *stanza.Stanza, err error) error {
	if err != nil {
		s.router.bounce(ctx, st, s.router.asStanzaError(err, st))
	}
	return nil
}

// Deliver queues a stanza for the client. It is false when the exit is full or
// gone, or when older messages have to go first.
func (s *Session) Deliver(st *stanza.Stanza) bool {
	_, ok := s.deliver(st)
	return ok
}

// deliver is Deliver with the ticket of the Exit.
func (s *Session) deliver(st *stanza.Stanza) (Ticket, bool) {
	if s.waits(st) {
		return nil, false
	}
	t, ok := s.exit.Deliver(st)
	if !ok {
		s.fallBehind()
	}
	return t, ok
}

// End closes the client's stream; see Exit.
func (s *Session) End(reason *stream.Error) { s.exit.End(reason) }

// Exit gives the way to the client, which may know more of it than the session.
func (s *Session) Exit() Exit { return s.exit }

// JID gives the full JID.
func (s *Session) JID() jid.JID { return s.jid }

// Presence gives the last presence that the client broadcast, nil while it is
// not available, or hidden. It must not be changed.
func (s *Session) Presence() *stanza.Stanza {
	if s.hidden.Load() {
		return nil
	}
	return s.presence.Load()
}

// Hidden reports whether the client is invisible: available for what is sent to it, and
// for nobody to see (XEP-0186 #invisible-server).
func (s *Session) Hidden() bool { return s.hidden.Load() }

// SetHidden notes whether it is.
func (s *Session) SetHidden(hidden bool) { s.hidden.Store(hidden) }

// Available reports whether the client has sent initial presence (RFC 6121 §4.2).
func (s *Session) Available() bool { return s.presence.Load() != nil }

// Priority gives the priority of the last presence, -128 to 127 (RFC 6121 §4.7.2.3).
func (s *Session) Priority() int8 { return int8(s.priority.Load()) }

// SetAvailable makes the session available; presence must be a copy that may be kept.
func (s *Session) SetAvailable(presence *stanza.Stanza, priority int8) {
	s.backlog.mu.Lock()
	defer s.backlog.mu.Unlock()
	s.priority.Store(int32(priority))
	s.presence.Store(presence)
	s.lastWords.Store(nil)
	if priority < 0 {
		s.fallBehind() // what comes now is stored
	}
}

// SetUnavailable makes the session unavailable; it stays bound. lastWords is the
// status text of the presence that says so, "" if it has none or is ours.
func (s *Session) SetUnavailable(lastWords string) {
	s.backlog.mu.Lock()
	defer s.backlog.mu.Unlock()
	s.presence.Store(nil)
	if lastWords != "" {
		s.lastWords.Store(&lastWords)
	}
	s.fallBehind()
}

// LastWords gives what the client said when it became unavailable, "" if it said
// nothing, or is available again.
func (s *Session) LastWords() string {
	if words := s.lastWords.Load(); words != nil {
		return *words
	}
	return ""
}

// Interested reports whether the client has asked for its roster (RFC 6121 §2.2).
func (s *Session) Interested() bool { return s.interested.Load() }

// SetInterested notes that the client has asked for its roster.
func (s *Session) SetInterested() { s.interested.Store(true) }

// WantsCopies reports whether the client has asked for copies of what the other
// devices of its account send and receive (XEP-0280).
func (s *Session) WantsCopies() bool { return s.copies.Load() }

// SetWantsCopies notes whether it wants them.
func (s *Session) SetWantsCopies(wants bool) { s.copies.Store(wants) }

// Copy queues a copy of a message that is not for this session. It does not wait
// behind older messages: those who have been given the message do not either.
func (s *Session) Copy(st *stanza.Stanza) {
	if _, ok := s.exit.Deliver(st); !ok {
		s.fallBehind()
	}
}

// CatchingUp reports whether the session is still being handed the messages that
// waited for its owner: what is stored now comes to it too.
func (s *Session) CatchingUp() bool { return !s.backlog.level.Load() && s.willing() }

// Reader gives what knows the messages that the client has read elsewhere, nil if
// nobody has set one.
func (s *Session) Reader() Reader {
	if r := s.reader.Load(); r != nil {
		return *r
	}
	return nil
}

// SetReader names what knows the messages that the client has read elsewhere.
func (s *Session) SetReader(r Reader) { s.reader.Store(&r) }

// Started tells when the session was bound.
func (s *Session) Started() time.Time { return time.Unix(s.started, 0) }

// Active tells when the client last sent a stanza.
func (s *Session) Active() time.Time { return time.Unix(s.active.Load(), 0) }

// ready reports whether messages to the bare JID may go to this session.
func (s *Session) ready() bool {
	return s.backlog.level.Load() && s.willing()
}

package offline

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// Feature is what discovery says of a server that keeps messages (XEP-0160 #disco).
const Feature = "msgoffline"

// What one account may leave waiting unless the wiring says otherwise.
const (
	DefaultMessages = 1000
	DefaultBytes    = 16 << 20
	DefaultKeep     = 30 * 24 * time.Hour
)

// Config is what a Service is made of.
type Config struct {
	Store    Store
	Messages int           // most messages that wait for one account; 0 means DefaultMessages
	Bytes    int           // most bytes of them; 0 means DefaultBytes
	Keep     time.Duration // how long a message waits before it is dropped; 0 means DefaultKeep
	Logger   *slog.Logger
}

// A Service keeps messages; it is the router.Offline.
type Service struct {
	store    Store
	messages int
	bytes    int
	keep     time.Duration
	log      *slog.Logger

	// mu guards what follows, and the users of each queue. A queue may be locked
	// while it is held, never the other way round.
	mu      sync.Mutex
	queues  map[jid.JID]*queue
	sweepAt int // the size of queues that makes it be swept
}

// New makes the service.
func New(cfg Config) *Service {
	s := &Service{
		store:    cfg.Store,
		messages: cfg.Messages,
		bytes:    cfg.Bytes,
		keep:     cfg.Keep,
		log:      cfg.Logger,
		queues:   make(map[jid.JID]*queue),
		sweepAt:  minSweep,
	}
	if s.messages == 0 {
		s.messages = DefaultMessages
	}
	if s.bytes == 0 {
		s.bytes = DefaultBytes
	}
	if s.keep == 0 {
		s.keep = DefaultKeep
	}
	return s
}

// Store keeps st for the bare JID of st.To, unless present, asked with the queue
// locked, says that somebody is there after all. The ticket is nil if st is a
// message that nobody will miss. The error is service-unavailable when the queue
// is full or the message may not be kept, and that of the Store when it takes no
// more.
func (s *Service) Store(ctx context.Context, st *stanza.Stanza, present func() bool) (t router.Ticket, stored bool, err error) {
	if verdict := judge(st); verdict != keep {
		switch {
		case present != nil && present():
			return nil, false, nil
		case verdict == drop:
			return nil, true, nil
		default:
			return nil, false, stanza.ServiceUnavailable.Err("")
		}
	}
	q, err := s.enter(ctx, st.To.Bare())
	if err != nil {
		return nil, false, err
	}
	defer s.leave(q)
	now := time.Now()
	xml := stamped(st, now)
	s.recount(ctx, q, len(xml))

	q.mu.Lock()
	if present != nil && present() {
		q.mu.Unlock()
		return nil, false, nil
	}
	if !s.fits(q, len(xml)) {
		q.mu.Unlock()
		// XEP-0160 #flow: "the recipient's offline message queue is full": the
		// server "returns a service-unavailable error to the sender"
		return nil, false, stanza.ServiceUnavailable.Err("too many messages wait already")
	}
	e := q.add(xml, now.Add(s.keep))
	q.mu.Unlock()
	t, err = s.write(q, e)
	return t, err == nil, err
}

// Hold stores st, which already waits in a stream of owner that is cut but may be
// resumed. Flush leaves it alone until release(false) is called; release(true)
// forgets it. What need not be kept is not: then the ticket is nil. A full queue
// does not matter here, since st was accepted long ago.
func (s *Service) Hold(ctx context.Context, owner jid.JID, st *stanza.Stanza) (release func(delivered bool), t router.Ticket, err error) {
	if judge(st) != keep {
		return func(bool) {}, nil, nil
	}
	q, err := s.enter(ctx, owner.Bare())
	if err != nil {
		return nil, nil, err
	}
	defer s.leave(q)
	now := time.Now()
	xml := stamped(st, now)
	q.mu.Lock()
	e := q.add(xml, now.Add(s.keep))
	q.claim(e.ID, len(xml))
	q.mu.Unlock()
	if t, err = s.write(q, e); err != nil {
		return nil, nil, err
	}
	return func(delivered bool) { s.told(q, e.ID, delivered) }, t, nil
}

// Remove forgets all that waits for owner, whose account is being removed.
func (s *Service) Remove(ctx context.Context, owner jid.JID) error {
	q, err := s.enter(ctx, owner.Bare())
	if err != nil {
		return err
	}
	defer s.leave(q)
	if err := s.store.Clear(ctx, q.owner); err != nil {
		return fmt.Errorf("clear offline messages of %s: %w", owner, err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.count, q.bytes, q.oldest = 0, 0, time.Time{}
	clear(q.claims)
	return nil
}

// write hands a message that was added to its queue to the store. The error is
// that of a store that takes no more: the sender can be told of it at once.
func (s *Service) write(q *queue, e Entry) (router.Ticket, error) {
	t := s.store.Push(q.owner, e)
	t.OnDone(func(err error) {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.written(e, err)
	})
	select {
	case <-t.Done():
		if err := t.Err(); err != nil {
			return nil, fmt.Errorf("store offline message for %s: %w", q.owner, err)
		}
	default:
	}
	return t, nil
}

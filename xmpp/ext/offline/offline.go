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

	mu      sync.Mutex // guards queues and all that is in them; never held during a call out
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

// Store keeps st for the bare JID of st.To. The ticket is nil if st is a message
// that nobody will miss. The error is service-unavailable when the queue is full
// or the message may not be kept.
func (s *Service) Store(ctx context.Context, st *stanza.Stanza) (router.Ticket, error) {
	switch judge(st) {
	case drop:
		return nil, nil
	case refuse:
		return nil, stanza.ServiceUnavailable.Err("")
	}
	q, err := s.enter(ctx, st.To.Bare())
	if err != nil {
		return nil, err
	}
	defer s.leave(q)
	xml := stamped(st, time.Now())
	if !s.fits(ctx, q, len(xml)) {
		// XEP-0160 #flow: "the recipient's offline message queue is full": the
		// server "returns a service-unavailable error to the sender"
		return nil, stanza.ServiceUnavailable.Err("too many messages wait already")
	}
	_, t := s.push(q, xml, false)
	return t, nil
}

// Hold stores st, which already waits in a stream of owner that is cut but may be
// resumed. Flush leaves it alone until release(false) is called; release(true)
// forgets it. What need not be kept is not: then the ticket is nil. A full queue
// does not matter here, since st was accepted long ago.
func (s *Service) Hold(ctx context.Context, owner jid.JID, st *stanza.Stanza) (func(delivered bool), router.Ticket, error) {
	if judge(st) != keep {
		return func(bool) {}, nil, nil
	}
	q, err := s.enter(ctx, owner.Bare())
	if err != nil {
		return nil, nil, err
	}
	defer s.leave(q)
	id, t := s.push(q, stamped(st, time.Now()), true)
	return func(delivered bool) { s.told(q, id, delivered) }, t, nil
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
	s.mu.Lock()
	defer s.mu.Unlock()
	q.count, q.bytes, q.oldest = 0, 0, time.Time{}
	clear(q.claims)
	return nil
}

// push gives a message the next place in the queue and hands it to the store. A
// claimed one is left alone by Flush.
func (s *Service) push(q *queue, xml []byte, claimed bool) (id uint64, t router.Ticket) {
	e := Entry{Expires: time.Now().Add(s.keep), XML: xml}
	s.mu.Lock()
	q.last++
	e.ID = q.last
	q.writing[e.ID] = struct{}{}
	q.add(len(xml), e.Expires)
	if claimed {
		q.claims[e.ID] = claim{size: len(xml)}
	}
	s.mu.Unlock()

	t = s.store.Push(q.owner, e)
	t.OnDone(func(err error) { s.written(q, e.ID, len(xml), err) })
	return e.ID, t
}

// written notes that a message is on the disk, or never will be.
func (s *Service) written(q *queue, id uint64, size int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(q.writing, id)
	if err != nil {
		delete(q.claims, id)
		q.sub(size)
	}
	q.wake()
}

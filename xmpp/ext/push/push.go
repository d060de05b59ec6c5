package push

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"causeway/xmpp/jid"
)

// NS is the namespace of push, and the feature that discovery tells.
const NS = "urn:xmpp:push:0"

// What one account may have unless the wiring says otherwise.
const (
	maxRegistrations = 20              // devices
	maxOptions       = 4 << 10         // bytes of a form
	maxNode          = 1 << 10         // bytes
	maxBody          = 1 << 10         // bytes of the body of a message that a service is told
	atOnce           = 64              // publications under way, of all accounts, but for those ...
	prompt           = 2 * time.Second // ... that have taken longer than this
	maxDue           = 1 << 14         // publications under way and waiting, of all accounts
	patience         = time.Minute
	rest             = 24 * time.Hour // until a service that failed is tried again
)

// Config is what a Service is made of.
type Config struct {
	Store    Store
	Router   Router
	Awake    Awake
	Wishes   func(ctx context.Context, owner, sender jid.JID) Wishes // nil if nobody has any
	Summary  bool                                                    // tell who wrote and what
	Failures int                                                     // failures in a row that switch a registration off; 0 means 10
	Logger   *slog.Logger
}

// A Service wakes devices; it is a router.Handler for accounts, and a
// router.Follower.
type Service struct {
	cfg   Config
	known *jid.Recent[[]Registration] // of the accounts that were asked about lately; not to be changed
	slots chan struct{}               // see atOnce

	mu   sync.Mutex
	due  map[target]*notice
	done bool           // Close was called
	busy sync.WaitGroup // publishing goroutines
	stop context.CancelFunc
	ctx  context.Context //nolint:containedctx // that of the goroutines; ended by Close
}

// A target is one registration.
type target struct {
	owner, service jid.JID
	node           string
}

// New makes the service. Close ends what it began.
func New(cfg Config) *Service {
	if cfg.Failures == 0 {
		cfg.Failures = 10
	}
	ctx, stop := context.WithCancel(context.Background())
	return &Service{
		cfg: cfg, known: jid.NewRecent(cacheSize, sizeOf), slots: make(chan struct{}, atOnce),
		due: make(map[target]*notice), ctx: ctx, stop: stop,
	}
}

// Close lets publications under way go, and waits for their goroutines.
func (s *Service) Close() {
	s.mu.Lock()
	s.done = true
	s.mu.Unlock()
	s.stop()
	s.busy.Wait()
}

// Registrations gives the registrations of an account.
func (s *Service) Registrations(ctx context.Context, owner jid.JID) ([]Registration, error) {
	list, epoch, ok := s.known.Get(owner)
	if ok {
		return list, nil
	}
	list, err := s.cfg.Store.Registrations(ctx, owner)
	if err != nil {
		return nil, fmt.Errorf("read push registrations of %s: %w", owner, err)
	}
	s.known.Put(owner, list, epoch)
	return list, nil
}

// change changes the registrations of an account.
func (s *Service) change(ctx context.Context, owner jid.JID, f func([]Registration) ([]Registration, error)) error {
	defer s.known.Drop(owner)
	return s.cfg.Store.Change(ctx, owner, f)
}

// Forget lets go of an account that was removed; what it had stored is gone with it.
func (s *Service) Forget(_ context.Context, owner jid.JID) error {
	s.known.Drop(owner.Bare())
	s.mu.Lock()
	defer s.mu.Unlock()
	for t := range s.due {
		if t.owner == owner.Bare() {
			s.due[t].count = 0
		}
	}
	return nil
}

// cacheSize bounds what is remembered of registrations, in bytes. Nearly all accounts
// have none, and count for accountSize.
const (
	cacheSize   = 16 << 20
	accountSize = 256
)

// sizeOf is about what the registrations of one account take.
func sizeOf(list []Registration) int {
	size := accountSize
	for i := range list {
		r := &list[i]
		size += accountSize + len(r.Service.String()) + len(r.Node) + len(r.Options) + len(r.Device)
	}
	return size
}

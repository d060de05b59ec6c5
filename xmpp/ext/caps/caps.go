package caps

import (
	"container/list"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"causeway/xmpp/jid"
)

// NS is the namespace of entity capabilities (XEP-0115 #ns), and the feature that
// says they are understood (#support).
const NS = "http://jabber.org/protocol/caps"

// notifySuffix turns the name of a node into the feature of a client that wants to
// hear of it (XEP-0060 #auto-subscribe).
const notifySuffix = "+notify"

// Config is what a Service is made of. A zero number means its default.
type Config struct {
	Store    Store
	Router   Router
	Sets     int           // verified sets that are cached and kept; default 1000
	Asks     int           // questions under way at the same time; default 256
	Patience time.Duration // how long a client may take to answer; default 15 s
	Logger   *slog.Logger
}

// A Service knows what the clients of our accounts can do. Its methods may be
// called from many goroutines.
type Service struct {
	store    Store
	router   Router
	asks     int
	patience time.Duration
	log      *slog.Logger
	known    []func(context.Context, jid.JID)
	loaded   sync.Once

	mu       sync.RWMutex // guards the following
	sessions map[jid.JID]*capabilities
	waiting  map[jid.JID]*question // what a session's claim waits for; never the same as what sessions has
	open     map[subject]*question
	queue    list.List // of *question that nobody asks yet
	asking   int       // goroutines at work
	cache    cache
}

// capabilities are what a client can do. They are never changed, and shared by all
// sessions with the same verified claim.
type capabilities struct {
	claim    claim
	features []string // sorted
	nodes    []string // whose events are wanted; sorted
}

func newCapabilities(c claim, features []string) *capabilities {
	e := &capabilities{claim: c, features: features}
	for _, f := range features {
		if node, ok := cutNotify(f); ok {
			e.nodes = append(e.nodes, node)
		}
	}
	slices.Sort(e.nodes) // "+" is not the first of all characters
	return e
}

// New makes a service.
func New(cfg Config) *Service {
	s := &Service{
		store: cfg.Store, router: cfg.Router, asks: cfg.Asks, patience: cfg.Patience, log: cfg.Logger,
		sessions: make(map[jid.JID]*capabilities),
		waiting:  make(map[jid.JID]*question),
		open:     make(map[subject]*question),
	}
	if s.asks == 0 {
		s.asks = 256
	}
	if s.patience == 0 {
		s.patience = 15 * time.Second
	}
	s.cache.max = cfg.Sets
	if s.cache.max == 0 {
		s.cache.max = 1000
	}
	return s
}

// OnKnown lets f know each time the capabilities of a session became known or
// changed. It must be called before the first presence. It may be called in the
// goroutine that reads what the client sends.
func (s *Service) OnKnown(f func(ctx context.Context, full jid.JID)) { s.known = append(s.known, f) }

// Wants reports whether the client with that full JID asked to be notified of
// events at the node; false while its capabilities are not known. It does not
// allocate.
func (s *Service) Wants(full jid.JID, node string) bool {
	s.mu.RLock()
	c := s.sessions[full]
	s.mu.RUnlock()
	if c == nil {
		return false
	}
	_, ok := slices.BinarySearch(c.nodes, node)
	return ok
}

// Features gives the features of the client with that full JID, sorted; nil while
// they are not known. The slice must not be changed.
func (s *Service) Features(full jid.JID) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if c := s.sessions[full]; c != nil {
		return c.features
	}
	return nil
}

// Gone forgets a session that is not available any more.
func (s *Service) Gone(full jid.JID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, full)
	s.withdraw(full)
}

// tell says that the capabilities of a session are known.
func (s *Service) tell(ctx context.Context, full jid.JID) {
	for _, f := range s.known {
		f(ctx, full)
	}
}

// load brings the verified sets back that were kept before a restart.
func (s *Service) load(ctx context.Context) {
	s.loaded.Do(func() {
		sets, err := s.store.Sets(ctx)
		if err != nil {
			// Then those who claim them are asked again.
			s.log.Error("entity capabilities could not be read", slog.Any("err", err))
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, set := range sets {
			s.cache.add(newCapabilities(claim{hash: set.Hash, ver: set.Ver}, set.Features))
		}
	})
}

package roster

import (
	"context"
	"log/slog"
	"sync/atomic"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// Limits bounds what one account may make the server keep. A zero field means
// its default.
type Limits struct {
	Items        int // items of a roster; default 1000
	Bytes        int // of all items of a roster, as they go to a client; default 512 KiB
	Presence     int // bytes of a presence that is kept and broadcast; default 16 KiB
	Requests     int // subscription requests that wait for one account; default 100
	RequestBytes int // size up to which a waiting request keeps its payload; default 4096
	Name         int // characters of a name, and of a group's; default 1023
	Groups       int // groups of one item; default 32
	Directed     int // entities that one session shares directed presence with; default 500
	Cached       int // contacts held in memory, of all accounts together; default 500000
}

func (l Limits) withDefaults() Limits {
	for _, d := range []struct {
		field *int
		value int
	}{
		{&l.Items, 1000},
		{&l.Bytes, 512 << 10},
		{&l.Presence, 16 << 10},
		{&l.Requests, 100},
		{&l.RequestBytes, 4096},
		{&l.Name, 1023},
		{&l.Groups, 32},
		{&l.Directed, 500},
		{&l.Cached, 500_000},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	return l
}

// Config is what a Service is made of.
type Config struct {
	Store  Store
	Router Router
	Limits Limits
	Logger *slog.Logger
}

// A Service keeps the rosters of all accounts and answers for their presence. It
// is a router.Handler, for NS at accounts, and a router.PresenceService. Its
// methods may be called from many goroutines.
type Service struct {
	store    Store
	router   Router
	limits   Limits
	log      *slog.Logger
	cache    cache
	turns    turns
	directed directory
	ids      atomic.Uint64 // counts the stanzas of our own that need an id
	gained   []func(ctx context.Context, owner, contact jid.JID)
}

// New makes a Service.
func New(cfg Config) *Service {
	l := cfg.Limits.withDefaults()
	s := &Service{store: cfg.Store, router: cfg.Router, limits: l, log: cfg.Logger}
	s.cache.max = l.Cached
	s.directed.max = l.Directed
	return s
}

// HandleIQ answers a roster get or set.
func (s *Service) HandleIQ(ctx context.Context, iq *stanza.Stanza) ([]byte, error) {
	owner := iq.To.Bare()
	if iq.From.Bare() != owner {
		// RFC 6121 §2.3.3: forbidden "if the sender of the roster set is not
		// authorized to update the roster"; nor does a stranger read it.
		return nil, stanza.Forbidden.Err("a roster is for its owner only")
	}
	var q query
	if err := iq.Decode(&q); err != nil {
		return nil, err
	}
	if iq.Type == stanza.Get {
		return s.get(ctx, iq, owner, &q)
	}
	return nil, s.set(ctx, owner, &q)
}

// Subscribed reports whether the bare JID watcher may see the presence of
// account by a subscription (RFC 6121 §2.1.2.5: "from" or "both").
func (s *Service) Subscribed(ctx context.Context, account, watcher jid.JID) (bool, error) {
	c, err := s.contacts(ctx, account)
	if err != nil {
		return false, err
	}
	return c.sees(watcher), nil
}

// HasContact reports whether the roster of owner has the bare JID contact, with a
// subscription or without.
func (s *Service) HasContact(ctx context.Context, owner, contact jid.JID) (bool, error) {
	c, err := s.contacts(ctx, owner)
	if err != nil {
		return false, err
	}
	return c.has(contact), nil
}

// Changed forgets what is remembered of the roster of owner, after it was changed in
// the store behind the Service's back. Nobody is told.
func (s *Service) Changed(owner jid.JID) {
	defer s.turns.take(owner)()
	s.cache.drop(owner)
}

// Watchers gives the addresses that may know whether owner is available: its
// subscribers, as bare JIDs, and those its sessions share directed presence with.
func (s *Service) Watchers(ctx context.Context, owner jid.JID) ([]jid.JID, error) {
	c, err := s.contacts(ctx, owner)
	if err != nil {
		return nil, err
	}
	watchers := append([]jid.JID(nil), c.from...)
	for _, sess := range s.router.Sessions(owner) {
		for _, j := range s.directed.list(sess) {
			if !c.sees(j.Bare()) {
				watchers = append(watchers, j)
			}
		}
	}
	return watchers, nil
}

package router

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// Place is where a request is addressed to: a bit set.
type Place uint8

// The places where a Handler may answer.
const (
	AtHost    Place = 1 << iota // the domain itself
	AtAccount                   // the bare JID of an account, or no address at all
)

// Config is what a Router is made of.
type Config struct {
	Hosts     []string // the domains that have accounts here, canonical
	Accounts  Accounts
	Resources int // most sessions of one account; 0 means 32
	Logger    *slog.Logger
}

// A Router knows who is connected and what becomes of a stanza. Its Set, Add and
// Handle methods wire it up and must all be called before the first stanza; the
// others may be called from many goroutines.
type Router struct {
	hosts     map[string]bool
	accounts  Accounts
	resources int
	log       *slog.Logger

	table     table
	handlers  map[place]Handler
	features  map[Place][]string
	presence  PresenceService
	offline   Offline
	guard     Guard
	keepers   []Keeper
	followers []Follower
	turns     turns
	passings  sync.Pool // of *Passing
	gates     map[string]Gate
	remote    Gate

	stopping sync.Mutex                      // held to change what is stopped
	stopped  atomic.Pointer[map[string]bool] // hosts; nil if none ever was

	askMu sync.Mutex
	asked map[string]chan *stanza.Stanza // by id; owned by Ask
}

type place struct {
	at Place
	ns string
}

// New makes a router for the given hosts.
func New(cfg Config) *Router {
	r := &Router{
		hosts:     make(map[string]bool),
		accounts:  cfg.Accounts,
		resources: cfg.Resources,
		log:       cfg.Logger,
		handlers:  make(map[place]Handler),
		features:  make(map[Place][]string),
		gates:     make(map[string]Gate),
		asked:     make(map[string]chan *stanza.Stanza),
	}
	if r.resources == 0 {
		r.resources = 32
	}
	for _, h := range cfg.Hosts {
		r.hosts[h] = true
	}
	r.table.init()
	return r
}

// HandleIQ lets h answer requests whose payload has the namespace ns, at the
// given places. Features are what discovery says of it there; none means ns
// itself.
func (r *Router) HandleIQ(at Place, ns string, h Handler, features ...string) {
	if len(features) == 0 {
		features = []string{ns}
	}
	for _, p := range []Place{AtHost, AtAccount} {
		if at&p == 0 {
			continue
		}
		if r.handlers[place{p, ns}] != nil {
			panic(fmt.Sprintf("router: two handlers for %s", ns)) // a wiring mistake
		}
		r.handlers[place{p, ns}] = h
		r.AddFeatures(p, features...)
	}
}

// AddFeatures lets discovery name features that no Handler stands for, such as
// the offline queue.
func (r *Router) AddFeatures(at Place, features ...string) {
	for _, p := range []Place{AtHost, AtAccount} {
		if at&p == 0 {
			continue
		}
		list := append(r.features[p], features...)
		slices.Sort(list)
		r.features[p] = slices.Compact(list)
	}
}

// Features gives the namespaces that are served at a place, sorted.
func (r *Router) Features(at Place) []string { return slices.Clone(r.features[at]) }

// SetPresence names the service that answers for presence.
func (r *Router) SetPresence(p PresenceService) { r.presence = p }

// SetOffline names the queue for people who are not there.
func (r *Router) SetOffline(o Offline) { r.offline = o }

// SetGuard names the service that knows who blocks whom.
func (r *Router) SetGuard(g Guard) { r.guard = g }

// AddKeeper lets k see messages before they are delivered, after the keepers added earlier.
func (r *Router) AddKeeper(k Keeper) { r.keepers = append(r.keepers, k) }

// AddFollower lets f see messages after they were delivered, after the followers added earlier.
func (r *Router) AddFollower(f Follower) { r.followers = append(r.followers, f) }

// SetGate gives all stanzas for a domain that has no accounts to g.
func (r *Router) SetGate(domain string, g Gate) { r.gates[domain] = g }

// SetRemote names the gate to all domains that are not ours.
func (r *Router) SetRemote(g Gate) { r.remote = g }

// Hosts gives the domains that have accounts here, sorted.
func (r *Router) Hosts() []string {
	hosts := make([]string, 0, len(r.hosts))
	for h := range r.hosts {
		hosts = append(hosts, h)
	}
	slices.Sort(hosts)
	return hosts
}

// IsHost reports whether a domain has accounts here.
func (r *Router) IsHost(domain string) bool { return r.hosts[domain] }

// Reaches reports whether there is a way to a domain: it is ours, or a gate answers
// for it, or there is a way to other servers.
func (r *Router) Reaches(domain string) bool {
	return r.hosts[domain] || r.gates[domain] != nil || r.remote != nil
}

// Emit routes a stanza whose From is known to be right: a service that speaks
// in its own name or in that of an account.
func (r *Router) Emit(ctx context.Context, st *stanza.Stanza) (Ticket, error) {
	return r.route(ctx, st)
}

// Sessions gives the bound sessions of an account, nil if there are none. The
// slice is a snapshot that must not be changed.
func (r *Router) Sessions(bare jid.JID) []*Session { return r.table.sessions(bare) }

// Session gives the session that is bound to a full JID, or nil.
func (r *Router) Session(full jid.JID) *Session {
	return find(r.Sessions(full), full)
}

// All yields every bound session.
func (r *Router) All(yield func(*Session) bool) { r.table.all(yield) }

// Active reports whether the account may have sessions.
func (r *Router) Active(ctx context.Context, bare jid.JID) (bool, error) {
	return r.accounts.Active(ctx, bare)
}

// Count gives the number of bound sessions and of accounts that have any.
func (r *Router) Count() (sessions, accounts int) { return r.table.count() }

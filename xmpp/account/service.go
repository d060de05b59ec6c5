package account

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/sasl"
)

// DefaultIterations is the count of PBKDF2 rounds of new key sets; RFC 7677 §4
// asks for 4,096 at least and says that more is better.
const DefaultIterations = 10_000

// Config is what accounts are made with.
type Config struct {
	Hosts []string // the domains that have accounts
	// Admins are the bare JIDs that administer the host of their own domain, and
	// no other.
	Admins []jid.JID
	// Iterations of new key sets; 0 means DefaultIterations.
	Iterations int
	// Hashes of new key sets, the one passwords are checked with first; nil means
	// SHA-256, SHA-1 and SHA-512.
	Hashes []sasl.Hash
	// Cache is how many accounts stay in memory, about 1 kB each; 0 means 1000.
	Cache  int
	Logger *slog.Logger
	// Computing, if not nil, is told when keys are derived, and done when they are.
	Computing func() (done func())
}

// Service knows the accounts of all hosts. It is safe for many goroutines.
type Service struct {
	store   Store
	cfg     Config
	cache   *cache
	lacking lacking
	secret  atomic.Pointer[[]byte] // of fake key sets, once it was read; see Directory
	derive  chan struct{}          // has room for as many derivations of keys as run at once
	remove  []func(context.Context, jid.JID) error
	erase   []func(context.Context, jid.JID) error
	end     func(context.Context, jid.JID)
}

// New makes the service over a store.
func New(store Store, cfg Config) *Service {
	if cfg.Iterations == 0 {
		cfg.Iterations = DefaultIterations
	}
	if len(cfg.Hashes) == 0 {
		cfg.Hashes = []sasl.Hash{sasl.SHA256, sasl.SHA1, sasl.SHA512}
	}
	if cfg.Cache == 0 {
		cfg.Cache = 1000
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{store: store, cfg: cfg, cache: newCache(cfg.Cache), derive: make(chan struct{}, derivers()), end: func(context.Context, jid.JID) {}}
}

// OnRemove adds a step to the removal of an account: f forgets what its service
// keeps for it. f may run again for the same account, so it takes what is
// already gone as done. Call it before the service is used.
func (s *Service) OnRemove(f func(ctx context.Context, bare jid.JID) error) {
	s.remove = append(s.remove, f)
}

// OnErase adds a step to the removal of an account of which nothing is to be left with
// others; it comes before those of OnRemove, and is as they are.
func (s *Service) OnErase(f func(ctx context.Context, bare jid.JID) error) {
	s.erase = append(s.erase, f)
}

// OnEnd sets what ends all sessions of an account that may have none any more.
// Call it before the service is used.
func (s *Service) OnEnd(f func(ctx context.Context, bare jid.JID)) { s.end = f }

// Exists reports whether the bare JID is an account that can receive. A disabled
// account can: nothing that belongs to it may be lost (XEP-0133 #disable-user).
func (s *Service) Exists(ctx context.Context, bare jid.JID) (bool, error) {
	a, err := s.Get(ctx, bare)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil && !a.Leaving, err
}

// Active reports whether the account may have sessions.
func (s *Service) Active(ctx context.Context, bare jid.JID) (bool, error) {
	a, err := s.Get(ctx, bare)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil && !a.Leaving && !a.Disabled, err
}

// Get gives the account of a bare JID or ErrNotFound.
func (s *Service) Get(ctx context.Context, bare jid.JID) (Account, error) {
	a, generation, ok := s.cache.get(bare)
	if ok {
		return a, nil
	}
	a, err := s.store.Get(ctx, bare)
	if err != nil {
		return Account{}, notFound(err)
	}
	s.cache.put(a, generation)
	return a, nil
}

// Create adds an account with a password. It is ErrExists, ErrPassword or
// ErrAddress when that cannot be.
func (s *Service) Create(ctx context.Context, bare jid.JID, password string) error {
	if err := s.own(bare); err != nil {
		return err
	}
	// Asked first only to save the work of deriving keys; Create decides.
	if _, err := s.Get(ctx, bare); err == nil {
		return ErrExists
	}
	sets, err := s.deriveAll(password)
	if err != nil {
		return err
	}
	t := now()
	err = s.store.Create(ctx, Account{JID: bare, Keys: sets, Created: t, Changed: t})
	s.lacking.drop(bare.Domain())
	return err
}

// A Draft is an account that is to be made.
type Draft struct {
	JID      jid.JID // bare
	Password string
	Profile  Profile
}

// CreateAll is Create for several accounts, made in their order: each is made, or has an
// error at its place. Of two with one name the first is made.
func (s *Service) CreateAll(ctx context.Context, drafts []Draft) []error {
	errs := make([]error, len(drafts))
	list := make([]Account, len(drafts))
	var work sync.WaitGroup
	for i := range drafts {
		d := &drafts[i]
		if errs[i] = s.own(d.JID); errs[i] != nil {
			continue
		}
		if _, err := s.Get(ctx, d.JID); err == nil { // as in Create
			errs[i] = ErrExists
			continue
		}
		work.Go(func() { // ends when its keys are derived; all are waited for
			sets, err := s.deriveAll(d.Password)
			list[i], errs[i] = Account{JID: d.JID, Keys: sets, Profile: d.Profile}, err
		})
	}
	work.Wait()
	t := now()
	var fit []Account
	var at []int
	for i := range list {
		if errs[i] == nil {
			list[i].Created, list[i].Changed = t, t
			fit, at = append(fit, list[i]), append(at, i)
			s.lacking.drop(list[i].JID.Domain())
		}
	}
	for i, err := range s.store.CreateAll(ctx, fit) {
		errs[at[i]] = err
		s.lacking.drop(fit[i].JID.Domain())
	}
	return errs
}

// Describe changes the profile of an account; change may run more than once.
func (s *Service) Describe(ctx context.Context, bare jid.JID, change func(*Profile)) error {
	return s.update(ctx, bare, func(a *Account) error {
		if a.Leaving {
			return ErrNotFound
		}
		change(&a.Profile)
		return nil
	})
}

// Made gives accounts of a host in the order in which they were made, at most limit,
// from the first that is not before from.
func (s *Service) Made(ctx context.Context, domain string, from ID, limit int) ([]Account, error) {
	return s.store.Made(ctx, domain, from, limit)
}

// OfID gives the account of a host that has an ID, or ErrNotFound.
func (s *Service) OfID(ctx context.Context, domain string, id ID) (Account, error) {
	a, err := s.store.OfID(ctx, domain, id)
	return a, notFound(err)
}

// SetPassword gives an account a new password. Its sessions go on: neither
// XEP-0077 #usecases-changepw nor XEP-0133 #change-user-password ends them.
func (s *Service) SetPassword(ctx context.Context, bare jid.JID, password string) error {
	if err := s.own(bare); err != nil {
		return err
	}
	sets, err := s.deriveAll(password)
	if err != nil {
		return err
	}
	return s.update(ctx, bare, func(a *Account) error {
		if a.Leaving {
			return ErrNotFound
		}
		was := a.Changed
		a.Keys, a.Changed = sets, now()
		if !a.Changed.After(was) {
			a.Changed = was.Add(time.Second) // tokens know their password by this moment
		}
		return nil
	})
}

// Disable keeps an account from logging in and ends its sessions; nothing it
// owns is touched (XEP-0133 #disable-user).
func (s *Service) Disable(ctx context.Context, bare jid.JID, reason string) error {
	if err := s.update(ctx, bare, func(a *Account) error {
		a.Disabled, a.Reason = true, reason
		return nil
	}); err != nil {
		return err
	}
	s.end(ctx, bare)
	return nil
}

// Enable lets a disabled account log in again (XEP-0133 #reenable-user).
func (s *Service) Enable(ctx context.Context, bare jid.JID) error {
	return s.update(ctx, bare, func(a *Account) error {
		a.Disabled, a.Reason = false, ""
		return nil
	})
}

// Leave marks an account as leaving: from now on nobody can log in to it or take
// its name, whatever happens. Remove does the rest.
func (s *Service) Leave(ctx context.Context, bare jid.JID) error {
	return s.update(ctx, bare, func(a *Account) error {
		a.Leaving = true
		return nil
	})
}

// Remove removes an account and all that is kept for it, and ends its sessions
// (XEP-0077 #usecases-cancel, XEP-0133 #delete-user). The mark on the record comes
// first and the record goes last: if the server stops in between, FinishRemovals does
// the rest.
func (s *Service) Remove(ctx context.Context, bare jid.JID) error {
	if err := s.Leave(ctx, bare); err != nil {
		return err
	}
	s.end(ctx, bare)
	steps := s.remove
	switch a, err := s.store.Get(ctx, bare); {
	case err != nil:
		return notFound(err)
	case a.Erase:
		steps = slices.Concat(s.erase, s.remove)
	}
	for _, f := range steps {
		if err := f(ctx, bare); err != nil {
			return fmt.Errorf("remove %s: %w", bare, err)
		}
	}
	err := s.store.Delete(ctx, bare)
	s.Changed(bare)
	return notFound(err)
}

// Erase is Remove for an account of which others keep nothing either: the rooms that it
// alone owns end, and it is in no block list any more. It is for administrators, since who
// could do it himself would get rid of being blocked.
func (s *Service) Erase(ctx context.Context, bare jid.JID) error {
	if err := s.update(ctx, bare, func(a *Account) error {
		a.Leaving, a.Erase = true, true
		return nil
	}); err != nil {
		return err
	}
	return s.Remove(ctx, bare)
}

// FinishRemovals finishes the removals that the end of the server has interrupted.
// It is called before anybody can log in.
func (s *Service) FinishRemovals(ctx context.Context) error {
	for {
		list, err := s.store.Leaving(ctx, scanPage)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, bare := range list {
			if err := s.Remove(ctx, bare); err != nil {
				return err
			}
			s.cfg.Logger.InfoContext(ctx, "removal finished", slog.String("jid", bare.String()))
		}
	}
}

// List gives accounts of a host, at most limit, ordered by localpart and after the
// given one.
func (s *Service) List(ctx context.Context, domain, after string, limit int) ([]Account, error) {
	return s.store.Scan(ctx, domain, after, limit)
}

// Count gives the number of accounts of a host.
func (s *Service) Count(ctx context.Context, domain string) (int, error) {
	return s.store.Count(ctx, domain)
}

// CreateOwn is Create for somebody whom nobody knows: a name with which he would be an
// administrator counts as taken, also while nobody has it.
func (s *Service) CreateOwn(ctx context.Context, bare jid.JID, password string) error {
	if slices.Contains(s.cfg.Admins, bare) {
		return ErrExists
	}
	return s.Create(ctx, bare, password)
}

// IsAdmin reports whether who administers host: an account that the
// configuration names and that is not disabled, or the host itself, in whose name
// the server's own commands come. Who a stanza is from has been verified when
// it gets here.
func (s *Service) IsAdmin(ctx context.Context, who, host jid.JID) bool {
	if who == host && s.isHost(host.Domain()) {
		return true
	}
	bare := who.Bare()
	if bare.Domain() != host.Domain() || !slices.Contains(s.cfg.Admins, bare) {
		return false
	}
	a, err := s.Get(ctx, bare)
	return err == nil && a.Active()
}

// update is the one way in which an existing account changes.
func (s *Service) update(ctx context.Context, bare jid.JID, change func(*Account) error) error {
	err := s.store.Update(ctx, bare, change)
	s.Changed(bare)
	return notFound(err)
}

// own refuses addresses that cannot be accounts here.
func (s *Service) own(bare jid.JID) error {
	if bare.Local() == "" || bare.IsFull() || !s.isHost(bare.Domain()) {
		return ErrAddress
	}
	return nil
}

func (s *Service) isHost(domain string) bool { return slices.Contains(s.cfg.Hosts, domain) }

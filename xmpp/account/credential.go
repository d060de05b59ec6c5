package account

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha512"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"golang.org/x/text/secure/precis"

	"causeway/xmpp/jid"
	"causeway/xmpp/sasl"
)

const (
	// saltSize is the length of a salt in bytes, fake or not; a difference would tell
	// which accounts exist.
	saltSize = 16
	// maxPassword is the length in bytes of the longest password we take. It
	// bounds the work of the preparation; RFC 7622 §3.3 has the same bound for names.
	maxPassword = 1023
	// fakeSecret names the store's secret that fake key sets are made from.
	fakeSecret = "fake credentials"
)

// preparePassword applies the profile for passwords (RFC 8265 §4.2), and our
// bound. It exists so that a bad password is refused before any key is derived.
func preparePassword(password string) error {
	if len(password) > maxPassword {
		return ErrPassword
	}
	if prepared, err := precis.OpaqueString.String(password); err != nil || prepared == "" {
		return ErrPassword
	}
	return nil
}

// derivers is how many key sets are derived at once: all processors but one, so that
// those who chat do not wait while thousands of accounts are made. It counts those there are
// when the service is made: Config.Computing may have the runtime think of more.
func derivers() int { return max(1, runtime.GOMAXPROCS(0)-1) }

// deriveAll makes a key set for each configured hash. It is slow on purpose.
func (s *Service) deriveAll(password string) ([]sasl.Keys, error) {
	if err := preparePassword(password); err != nil {
		return nil, err
	}
	if s.cfg.Computing != nil {
		defer s.cfg.Computing()()
	}
	sets := make([]sasl.Keys, 0, len(s.cfg.Hashes))
	for _, h := range s.cfg.Hashes {
		salt := make([]byte, saltSize)
		rand.Read(salt) // crypto/rand.Read never fails
		s.derive <- struct{}{}
		k, err := sasl.DeriveKeys(h, password, salt, s.cfg.Iterations)
		<-s.derive
		if err != nil {
			return nil, fmt.Errorf("derive keys: %w", err)
		}
		sets = append(sets, k)
	}
	return sets, nil
}

// A Directory answers for the accounts of one host; it is the sasl.Directory of
// that host's logins.
type Directory struct {
	service *Service
	domain  string
	secret  []byte
}

var _ sasl.Directory = (*Directory)(nil)

// Directory gives the directory of a host.
func (s *Service) Directory(ctx context.Context, domain string) (*Directory, error) {
	secret := s.secret.Load()
	if secret == nil {
		read, err := s.store.Secret(ctx, fakeSecret)
		if err != nil {
			return nil, fmt.Errorf("secret for %s: %w", domain, err)
		}
		secret = &read
		s.secret.Store(secret)
	}
	return &Directory{service: s, domain: domain, secret: *secret}, nil
}

// Keys gives the key set of a user. A user who is unknown, disabled or without a
// key set for h gets a fake one, always the same, so that a login fails at its
// end and not before (RFC 5802 §9).
func (d *Directory) Keys(ctx context.Context, username string, h sasl.Hash) (sasl.Keys, bool, error) {
	a, err := d.lookup(ctx, username)
	if err != nil {
		return sasl.Keys{}, false, err
	}
	if k, ok := a.KeysFor(h); ok && a.Active() {
		return k, true, nil
	}
	return d.fake(username, h), false, nil
}

// CheckPassword is for PLAIN. It derives one key set, of a fake account if need
// be, and at a success brings the key sets of the account up to the configured
// hashes and iterations: only here do we see a password again.
func (d *Directory) CheckPassword(ctx context.Context, username, password string) (bool, error) {
	if len(password) > maxPassword {
		return false, nil // no account has it
	}
	a, err := d.lookup(ctx, username)
	if err != nil {
		return false, err
	}
	k, known := d.service.preferred(&a)
	if !known || !a.Active() {
		d.fake(username, d.service.cfg.Hashes[0]).Verify(password)
		return false, nil
	}
	if !k.Verify(password) {
		return false, nil
	}
	if d.service.outdated(&a) {
		if err := d.service.upgrade(ctx, a, password); err != nil {
			d.service.cfg.Logger.WarnContext(ctx, "key sets not upgraded", slog.String("jid", a.JID.String()), slog.Any("err", err))
		}
	}
	return true, nil
}

// lookup gives the zero Account for an unknown user; a name that cannot be part
// of an address is an unknown user.
func (d *Directory) lookup(ctx context.Context, username string) (Account, error) {
	bare, err := jid.New(username, d.domain, "")
	if err != nil || bare.Local() == "" {
		return Account{}, nil
	}
	a, err := d.service.Get(ctx, bare)
	if errors.Is(err, ErrNotFound) {
		return Account{}, nil
	}
	return a, err
}

// fake makes a key set that no password opens, but only we can tell.
func (d *Directory) fake(username string, h sasl.Hash) sasl.Keys {
	part := func(what string, size int) []byte {
		m := hmac.New(sha512.New, d.secret)
		for _, s := range []string{what, string(h), d.domain, username} {
			m.Write([]byte(s))
			m.Write([]byte{0}) // no field has a NUL, so no two inputs run into one
		}
		return m.Sum(nil)[:size]
	}
	return sasl.Keys{
		Hash:       h,
		Iterations: d.service.cfg.Iterations,
		Salt:       part("salt", saltSize),
		StoredKey:  part("stored", h.Size()),
		ServerKey:  part("server", h.Size()),
	}
}

// preferred is the key set that passwords are checked with: the first configured
// hash the account has, so that accounts and fakes cost the same.
func (s *Service) preferred(a *Account) (sasl.Keys, bool) {
	for _, h := range s.cfg.Hashes {
		if k, ok := a.KeysFor(h); ok {
			return k, true
		}
	}
	if len(a.Keys) > 0 {
		return a.Keys[0], true
	}
	return sasl.Keys{}, false
}

// outdated reports whether the account lacks a key set of the configuration.
func (s *Service) outdated(a *Account) bool {
	for _, h := range s.cfg.Hashes {
		if k, ok := a.KeysFor(h); !ok || k.Iterations < s.cfg.Iterations {
			return true
		}
	}
	return false
}

// upgrade makes all key sets anew from a password that was just found right.
func (s *Service) upgrade(ctx context.Context, seen Account, password string) error {
	sets, err := s.deriveAll(password)
	if err != nil {
		return err
	}
	return s.update(ctx, seen.JID, func(a *Account) error {
		if a.Changed.Equal(seen.Changed) { // else the password is another one by now
			a.Keys = sets
		}
		return nil
	})
}

// now is the time as accounts keep it: whole seconds of UTC, as the records on disk have it.
func now() time.Time { return time.Now().UTC().Truncate(time.Second) }

package run

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
)

// An Account is somebody who can log in to the target.
type Account struct {
	Name     string // in the play: romeo, juliet, nurse
	User     string // before the @
	Password string
	guest    bool // it is not of the Accounts
}

// Accounts gives checks people of their own. It may be used by several goroutines.
type Accounts interface {
	// Lease gives an account that nobody else has, with nothing kept in it.
	Lease(context.Context) (Account, error)
	// Return takes an account back.
	Return(context.Context, Account)
	// Close removes what is left behind.
	Close(context.Context) error
}

// word gives a name that nobody has had before.
func word() string { return "cw" + strings.ToLower(rand.Text()[:12]) }

// fresh gives an account that is still to be made.
func fresh() Account { return Account{User: word(), Password: rand.Text()} }

// A listed is an Accounts of accounts that somebody else has made.
type listed struct {
	t    *Target
	free chan Account
}

// List reads accounts, a line JID TAB PASSWORD each, and gives them out again and again.
// What checks left in them is removed before they are given out again.
func List(t *Target, r io.Reader) (Accounts, int, error) {
	var all []Account
	for lines := bufio.NewScanner(r); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		who, password, ok := strings.Cut(line, "\t")
		user, host, _ := strings.Cut(who, "@")
		if !ok || host != t.Domain {
			return nil, 0, fmt.Errorf("accounts: a line is JID@%s TAB PASSWORD", t.Domain)
		}
		all = append(all, Account{User: user, Password: password})
	}
	const least = 4
	if len(all) < least {
		return nil, 0, fmt.Errorf("accounts: %d of at least %d", len(all), least)
	}
	free := make(chan Account, len(all))
	for _, a := range all {
		free <- a
	}
	return &listed{t: t, free: free}, len(all), nil
}

func (l *listed) Lease(ctx context.Context) (Account, error) {
	select {
	case a := <-l.free:
		return a, nil
	case <-ctx.Done():
		return Account{}, fmt.Errorf("no account is free: %w", ctx.Err())
	}
}

func (l *listed) Return(ctx context.Context, a Account) {
	_ = tidy(ctx, l.t, a) // what could not be removed shows in the next check's exchange
	l.free <- a
}

func (*listed) Close(context.Context) error { return nil }

// made is an Accounts that makes accounts and removes them.
type made struct {
	make   func(context.Context, Account) error
	remove func(context.Context, []Account) error

	mu  sync.Mutex
	all []Account
}

func (m *made) Lease(ctx context.Context) (Account, error) {
	a := fresh()
	m.mu.Lock()
	m.all = append(m.all, a) // before it is there: what fails half way is removed too
	m.mu.Unlock()
	if err := m.make(ctx, a); err != nil {
		return Account{}, fmt.Errorf("make %s: %w", a.User, err)
	}
	return a, nil
}

// Return keeps the account for Close: it is never given out again, and removing many
// at once is quicker.
func (*made) Return(context.Context, Account) {}

func (m *made) Close(ctx context.Context) error {
	m.mu.Lock()
	all := m.all
	m.all = nil
	m.mu.Unlock()
	if len(all) == 0 {
		return nil
	}
	if err := m.remove(ctx, all); err != nil {
		return fmt.Errorf("%d accounts may be left behind: %w", len(all), err)
	}
	return nil
}

// errLeft is told of accounts that nothing can remove.
var errLeft = errors.New("the target has no way to remove them")

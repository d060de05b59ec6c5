package run

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"causeway/conformance/oracle"
)

// A T is what a check has in its hands. Its methods end the check when something is
// not as they say: they do not return then. Only the goroutine that the check was
// started in may use it.
type T struct {
	Target   *Target
	Offers   *Capabilities
	Context  context.Context //nolint:containedctx // that of the check, as testing.T has one
	Patience time.Duration   // for one thing

	accounts Accounts
	log      *oracle.Log
	people   map[string]Account

	mu      sync.Mutex
	closers []func()
	outcome Outcome
	reason  string
	over    bool
}

// end notes how the check has ended; the first time counts.
func (t *T) end(o Outcome, reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.outcome == "" {
		t.outcome, t.reason = o, reason
	}
}

func (t *T) ended() (Outcome, string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.outcome, t.reason
}

// Failf ends the check: the target does not do what it must.
func (t *T) Failf(format string, args ...any) {
	t.end(Failed, fmt.Sprintf(format, args...))
	runtime.Goexit()
}

// Need ends the check unless a condition of it is met, as not offered.
func (t *T) Need(ok bool, what string) {
	if !ok {
		t.end(NotOffered, what)
		runtime.Goexit()
	}
}

// Errored ends the check if there is an error: it could not be carried out.
func (t *T) Errored(doing string, err error) { t.errored(doing, err) }

// errored ends the check: it could not be carried out.
func (t *T) errored(doing string, err error) {
	if err != nil {
		t.end(Errored, doing+": "+err.Error())
		runtime.Goexit()
	}
}

// True ends the check unless ok.
func (t *T) True(ok bool, format string, args ...any) {
	if !ok {
		t.Failf(format, args...)
	}
}

// Note writes into the exchange.
func (t *T) Note(format string, args ...any) { t.log.Note("check", fmt.Sprintf(format, args...)) }

// Log is the exchange of the check.
func (t *T) Log() *oracle.Log { return t.log }

// Later does something at the end of the check, the last thing first, or at once if that
// has come. The context of the check may be over then.
func (t *T) Later(f func()) { t.later(f) }

// later closes something at the end of the check.
func (t *T) later(f func()) {
	t.mu.Lock()
	over := t.over
	if !over {
		t.closers = append(t.closers, f)
	}
	t.mu.Unlock()
	if over {
		f()
	}
}

func (t *T) close() {
	t.mu.Lock()
	closers := t.closers
	t.closers, t.over = nil, true
	t.mu.Unlock()
	for _, f := range slices.Backward(closers) {
		f()
	}
}

// giveBack returns the accounts.
func (t *T) giveBack() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context), waits*t.Patience)
	defer cancel()
	for _, a := range t.people {
		if !a.guest {
			t.accounts.Return(ctx, a)
		}
	}
}

// Domain is that of the target.
func (t *T) Domain() string { return t.Target.Domain }

// Account gives the account of somebody in the play, the same one each time.
func (t *T) Account(name string) Account {
	if a, ok := t.people[name]; ok {
		return a
	}
	if t.accounts == nil {
		t.errored("account of "+name, errors.New("no accounts were given"))
	}
	a, err := t.accounts.Lease(t.Context)
	t.errored("account of "+name, err)
	a.Name = name
	t.people[name] = a
	return a
}

// Bare gives the bare address of somebody in the play.
func (t *T) Bare(name string) string { return t.Account(name).User + "@" + t.Domain() }

// Introduce has somebody in the play whose account the check has made itself.
func (t *T) Introduce(name, user, password string) {
	t.people[name] = Account{Name: name, User: user, Password: password, guest: true}
}

// Forget has an account that the check has removed itself not be given back.
func (t *T) Forget(name string) { delete(t.people, name) }

// Word gives a name that nobody has had before.
func (t *T) Word() string { return word() }

// Room gives the address of a room that is not there yet.
func (t *T) Room() string { return word() + "@" + t.Offers.Rooms }

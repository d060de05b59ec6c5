package c2s

import (
	"sync/atomic"

	"causeway/xmpp/jid"
)

// An attempt is a login under way: to whose account, and whether it may still
// succeed.
type attempt struct {
	account jid.JID
	barred  atomic.Bool
}

// Bar lets no login succeed that is under way to the account. It is called when
// the account has been disabled or its removal begun: whoever has shown the
// password of one that is removed is nobody when somebody else has its name.
func (s *Server) Bar(account jid.JID) {
	for _, w := range s.wires.all(nil) {
		if a := w.attempt.Load(); a != nil && a.account == account {
			a.barred.Store(true)
		}
	}
}

// aim notes which account the client is about to prove to be its own. It comes
// before the account is looked up, so Bar misses none that was found.
func (l *login) aim(username string) {
	bare, err := jid.New(username, l.host, "")
	if err != nil {
		l.wire.attempt.Store(nil)
		return // there is no such account
	}
	if a := l.wire.attempt.Load(); a == nil || a.account != bare {
		l.wire.attempt.Store(&attempt{account: bare})
	}
}

// barred reports whether the account was disabled or removed meanwhile.
func (l *login) barred() bool {
	a := l.wire.attempt.Load()
	return a != nil && a.barred.Load()
}

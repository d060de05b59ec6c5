package account

import (
	"errors"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/sasl"
)

// An Account is one registered person or program: a bare JID of a host of ours,
// and how it proves who it is. It is a value; its Keys are shared between
// copies and never changed in place.
type Account struct {
	JID jid.JID // bare, with a localpart
	// Keys holds one SCRAM key set for each hash the account can log in with, in no
	// special order (RFC 5802 §3). The password itself is kept nowhere.
	Keys    []sasl.Keys
	Created time.Time
	// Changed is when the password was last set.
	Changed time.Time
	// Disabled accounts exist (they are not free to be registered) but cannot log
	// in (XEP-0133 #disable-user).
	Disabled bool
	Reason   string // why it was disabled, for administrators; may be empty
	// Leaving is set when removal has begun: what the account owned may be partly
	// gone already. Removing it again finishes the work.
	Leaving bool
}

// KeysFor gives the account's key set for h.
func (a *Account) KeysFor(h sasl.Hash) (sasl.Keys, bool) {
	for _, k := range a.Keys {
		if k.Hash == h {
			return k, true
		}
	}
	return sasl.Keys{}, false
}

// Active reports whether the account can log in and receive.
func (a *Account) Active() bool { return !a.Disabled && !a.Leaving }

// Errors of this package. Callers tell them apart with errors.Is.
var (
	ErrExists   = errors.New("account exists already")
	ErrNotFound = errors.New("no such account")
	ErrDisabled = errors.New("account is disabled")
	ErrPassword = errors.New("password not acceptable")
	ErrAddress  = errors.New("not an address of an account here")
)

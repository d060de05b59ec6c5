package account

import (
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/sasl"
	"causeway/xmpp/stanza"
)

// An Account is one registered person or program: a bare JID of a host of ours,
// and how it proves who it is. It is a value; its Keys are shared between
// copies and never changed in place.
type Account struct {
	JID jid.JID // bare, with a localpart
	ID  ID      // given by the Store when the account is made
	// Keys holds one SCRAM key set for each hash the account can log in with, in no
	// special order (RFC 5802 §3). The password itself is kept nowhere.
	Keys    []sasl.Keys
	Created time.Time
	// Changed is when the password was last set, later for each that is set.
	Changed time.Time
	// Disabled accounts exist (their name is not free) but cannot log in
	// (XEP-0133 #disable-user).
	Disabled bool
	Reason   string // why it was disabled, for administrators; may be empty
	// Leaving is set when removal has begun: what the account owned may be partly
	// gone already. Removing it again finishes the work.
	Leaving bool
	// Erase is set besides when what others have of the account goes with it; see
	// Service.Erase.
	Erase   bool
	Profile Profile
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

// Active reports whether the account can log in.
func (a *Account) Active() bool { return !a.Disabled && !a.Leaving }

// What can be wrong with a request of somebody who may make it. Each is a
// stanza error, so that it can be told as it stands. Callers tell them apart with
// errors.Is. They are never changed.
var (
	// ErrExists: XEP-0077 #usecases-register and XEP-0133 #errors name conflict.
	ErrExists error = stanza.Conflict.Err("account exists already")
	// ErrNotFound is for an account of a host of ours that does not exist.
	ErrNotFound error = stanza.ItemNotFound.Err("no such account")
	// ErrPassword: XEP-0077 #usecases-register has not-acceptable for an empty password.
	ErrPassword error = stanza.NotAcceptable.Err("password is empty, too long or has characters that are not allowed")
	// ErrAddress is for an address that is not localpart@host with a host of ours.
	ErrAddress error = stanza.NotAllowed.Err("not the address of an account of this host")
)

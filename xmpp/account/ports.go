package account

import (
	"context"

	"causeway/xmpp/jid"
	"causeway/xmpp/sasl"
)

// Store is where accounts are kept. Every method is one atomic step on one
// account; when a method that changes something returns nil, the change is on
// the disk. Accounts handed out and taken in are values: neither side changes
// the Keys of the other.
type Store interface {
	// Create adds a new account. It is ErrExists if a.JID is taken, by a disabled
	// account too. Many Creates at once share one write to the disk.
	Create(ctx context.Context, a Account) error
	// CreateAll is Create for several accounts, one step each, in their order and with
	// one wait for the disk. The errors are in the order of the accounts.
	CreateAll(ctx context.Context, list []Account) []error
	// Get gives the account of a bare JID, or ErrNotFound.
	Get(ctx context.Context, bare jid.JID) (Account, error)
	// Update changes an account; it is ErrNotFound if there is none. An error from
	// change is returned as it is and nothing is written. change may run more than
	// once, and has no effects but on its argument, whose JID it leaves alone.
	Update(ctx context.Context, bare jid.JID, change func(*Account) error) error
	// Delete removes the record of an account, or gives ErrNotFound. What others
	// keep for the account is not its business.
	Delete(ctx context.Context, bare jid.JID) error
	// Scan lists the accounts of a domain in the order of the bytes of their
	// localparts, at most limit, from the first localpart greater than after ("" to
	// begin). Fewer than limit means there are no more.
	Scan(ctx context.Context, domain, after string, limit int) ([]Account, error)
	// Made lists the accounts of a domain in the order in which they were made, at most
	// limit, from the first that is not before from, a zero ID being the beginning. It
	// costs what it lists, however many there are.
	Made(ctx context.Context, domain string, from ID, limit int) ([]Account, error)
	// OfID gives the account of a domain that has an ID, or ErrNotFound.
	OfID(ctx context.Context, domain string, id ID) (Account, error)
	// Leaving lists accounts that an Update has marked as leaving and no Delete has
	// removed, of all domains, at most limit. It does not go through the others.
	Leaving(ctx context.Context, limit int) ([]jid.JID, error)
	// Count gives the number of accounts of a domain, all states included, without
	// reading each.
	Count(ctx context.Context, domain string) (int, error)
	// Lacking reports whether some account of a domain has key sets, but none for h,
	// without reading the accounts. One that is leaving does not count.
	Lacking(ctx context.Context, domain string, h sasl.Hash) (bool, error)
	// Secret gives 32 random bytes made for name when first asked for, the same
	// ever after.
	Secret(ctx context.Context, name string) ([]byte, error)
}

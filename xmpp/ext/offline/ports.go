package offline

import (
	"context"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
)

// An Entry is one message that waits.
type Entry struct {
	ID      uint64    // place in the owner's queue: unique there and growing; the Service gives it
	Expires time.Time // the entry is as good as gone from this moment on
	XML     []byte    // the whole stanza, standing alone, with its delay stamp
}

// A Summary is what a queue holds, without its bytes.
type Summary struct {
	Count   int       // entries that are not expired
	Bytes   int       // their XML together
	Last    uint64    // the highest ID that is stored, expired or not; 0 when none is
	Expires time.Time // when the first of them expires; zero when there is none
}

// A Store keeps the queue of each account. The owner is a bare JID. Pushes and
// deletions of all owners are carried out in the order the calls were made, so a
// Page or a Summary asked for after a ticket is done sees what it did.
type Store interface {
	// Summary counts the entries of owner. It reads keys rather than entries.
	Summary(ctx context.Context, owner jid.JID) (Summary, error)
	// Page gives up to max entries of owner with an ID above after, by growing ID,
	// leaving out those that are expired. The caller may keep their bytes.
	Page(ctx context.Context, owner jid.JID, after uint64, max int) ([]Entry, error)
	// Push stores e. It returns at once; e is durable when the ticket is done
	// without an error. XML is not changed by the caller afterwards, so it need
	// not be copied.
	Push(owner jid.JID, e Entry) router.Ticket
	// Delete forgets entries, in one atomic step; IDs that are not there do not
	// matter. It returns at once, as Push does. The slice is not changed by the
	// caller afterwards.
	Delete(owner jid.JID, ids []uint64) router.Ticket
	// Clear forgets the whole queue of owner, as when the account is removed. It
	// is durable when it returns nil.
	Clear(ctx context.Context, owner jid.JID) error
}

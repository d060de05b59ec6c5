package archive

import (
	"context"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
)

// An ID is the place of a message in the archive of its owner, and the time at
// which it came there: microseconds since 1970, unique and growing within one
// archive. So a page by place and a page by time are the same range of keys.
type ID uint64

// An Entry is one archived message.
type Entry struct {
	Owner   jid.JID   // whose archive it is in: a bare JID, of an account or a room
	ID      ID        // given by the Service
	Peer    jid.JID   // the other side, as its address was at the time: bare or full
	Sent    bool      // the owner sent it
	Expires time.Time // it is as good as gone from this moment on; zero is never
	XML     []byte    // the whole stanza, standing alone (stanza.AppendForwarded)
}

// A Query asks for one page of an archive. The zero Query is the first page of all
// there is.
type Query struct {
	After, Before ID      // only what lies between them, neither included; 0 is no bound
	With          jid.JID // only what has this peer: a bare JID matches all its resources; zero is everybody
	IDs           []ID    // if not nil, only these, in the order of the archive; With does not matter then
	Max           int     // most entries
	Bytes         int     // no more once the XML of the entries has come to this many bytes; 0 is no bound
	Backward      bool    // the last entries within the bounds instead of the first; in chronological order all the same
}

// A Page is a part of an archive, in chronological order.
type Page struct {
	Entries []Entry
	// More says that the bounds hold more in the direction of the query. A page may
	// be shorter than asked for, even empty, and More be true, when a query with a
	// rare resource has looked at many entries; Reached is where to go on then: the
	// last ID that was looked at.
	More    bool
	Reached ID
}

// Prefs are what a person wants kept (XEP-0441).
type Prefs struct {
	Default       Rule
	Always, Never []jid.JID // bare or full, no address in both
}

// A Rule says whose messages are kept (XEP-0441 #prefs).
type Rule string

// The rules.
const (
	Always Rule = "always"
	Roster Rule = "roster" // only those of contacts
	Never  Rule = "never"
)

// A Store keeps archives. Each call of Append and Edit is one atomic step; they are
// carried out in the order the calls were made.
type Store interface {
	// Append adds entries, to the archives of several owners perhaps. It returns at
	// once; they are durable when the ticket is done without an error. The entries
	// are not changed by the caller afterwards, so they need not be copied.
	Append(entries ...Entry) router.Ticket
	// Page reads one page: one range of keys, never all of an archive. Entries that
	// have expired are left out. The caller may keep their bytes.
	Page(ctx context.Context, owner jid.JID, q Query) (Page, error)
	// Ends gives the first and the last ID of an archive, zeros if it is empty.
	Ends(ctx context.Context, owner jid.JID) (first, last ID, err error)
	// Count counts the entries that a query means, regardless of Max, up to limit. It
	// need not read their XML; with IDs it tells how many of them are there.
	Count(ctx context.Context, owner jid.JID, q Query, limit int) (int, error)
	// Edit changes the XML of one entry; f may be called more than once and returns
	// nil to leave the entry alone. It is durable when the ticket is done.
	Edit(owner jid.JID, id ID, f func(Entry) []byte) router.Ticket
	// Purge removes all entries with the peer, a bare JID, that are there when it is called;
	// it is durable when it returns nil. It is not one step: some may be gone when it fails.
	Purge(ctx context.Context, owner, peer jid.JID) error
	// Prefs reads the preferences of owner; ok is false if there are none.
	Prefs(ctx context.Context, owner jid.JID) (p Prefs, ok bool, err error)
	// SetPrefs is durable when it returns nil.
	SetPrefs(ctx context.Context, owner jid.JID, p Prefs) error
}

// Contacts knows who is in whose roster.
type Contacts interface {
	// HasContact reports whether the roster of owner has the bare JID contact.
	HasContact(ctx context.Context, owner, contact jid.JID) (bool, error)
}

// A Router is what the service needs of *router.Router.
type Router interface {
	// IsHost reports whether a domain has accounts here.
	IsHost(domain string) bool
	// Session gives the session that is bound to a full JID, or nil.
	Session(full jid.JID) *router.Session
}

package rest

import (
	"context"
	"io"
	"net/netip"
	"time"

	"causeway/xmpp/jid"
)

// People checks the passwords of accounts, for tokens of their own.
type People interface {
	// Check reports whether it is the password of an account that may log in.
	Check(ctx context.Context, account jid.JID, password string) (bool, error)
}

// A File is one that is uploaded for a slot (XEP-0363).
type File struct {
	ID, Name, Token string // of the slot
	Type            string
	Size            int64
	Body            io.Reader
}

// Files keeps uploaded files. What is wrong with one is a *stanza.Error.
type Files interface {
	// Put keeps a file; it is on the disk when Put returns nil.
	Put(ctx context.Context, f File) error
	// Open gives a file, and its type; the caller closes it.
	Open(ctx context.Context, id, name string) (body io.ReadSeekCloser, kind string, err error)
}

// Tries slows down who guesses passwords.
type Tries interface {
	// Try makes a try to log in to account: check says whether what was shown is right. With a
	// wait it was not made, or has no outcome, be it right or wrong.
	Try(addr netip.Addr, account string, check func() (right bool, err error)) (right bool, wait time.Duration, err error)
}

// A Place is how far a reading of the messages of a host has come; the zero Place is its
// beginning. The accounts come first, in the order in which they were made, then the rooms.
type Place struct {
	Rooms bool   `json:"r,omitempty"` // it is among the rooms
	Owner string `json:"o,omitempty"` // UUID of an account, or localpart of a room; "" is before the first
	Read  uint64 `json:"i,omitempty"` // ID of the last message that was read of its archive; 0 is none
	Done  bool   `json:"d,omitempty"` // nothing is left of Owner
}

// A Kept is a message that was kept.
type Kept struct {
	ID       uint64 // unique in its archive
	At       time.Time
	Owner    jid.JID // whose archive it is in: of an account or a room, bare
	Peer     jid.JID // to whom the owner sent it, or from whom it came
	Received bool
	InRoom   bool   // Owner is a room; Peer has said it there: bare, or an occupant of whom no more is known, or the room itself
	XML      []byte // the whole stanza
}

// A Reading asks for a part of the messages of a host.
type Reading struct {
	Host        jid.JID
	From, Until time.Time // the first moment, and the first behind it
	LatestFirst bool      // within each archive
	At          Place
	Max         int // most messages
}

// History reads what the archives of a host keep.
type History interface {
	// Read gives messages, each of them once: those that accounts have sent, those that came
	// to them from outside or from the host itself, and those of rooms. It looks at a limited
	// number of archives, so there may be none, and more all the same; next is where to go on.
	Read(ctx context.Context, r Reading) (list []Kept, next Place, more bool, err error)
}

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
	// Allow asks for one try to log in to account; it gives how long to wait before it may
	// be made, 0 to go ahead.
	Allow(addr netip.Addr, account string) (wait time.Duration)
	// Failed and Succeeded tell what came of the try.
	Failed(addr netip.Addr, account string)
	Succeeded(addr netip.Addr, account string)
}

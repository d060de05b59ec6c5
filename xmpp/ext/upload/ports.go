package upload

import (
	"context"
	"errors"
	"io"
	"time"

	"causeway/xmpp/jid"
)

// An Entry is a slot, and the file in it once that has come.
type Entry struct {
	ID      string // random; what URLs have for it
	Owner   jid.JID
	Name    string
	Type    string    // media type; "" in a slot for which none was announced
	Size    int64     // bytes
	Lasting bool      // for a purpose that has no end
	Slot    time.Time // until when the file can come
	Until   time.Time // until when it is kept; zero is for ever
	Stored  time.Time // when it came; zero if it has not
}

// leastCharge is what the smallest file counts as, in bytes: what it takes on a
// disk, and what keeps one account from having files without number.
const leastCharge = 4096

// Charge is what the entry counts as against its owner's quota, in bytes. A slot
// counts as much as its file.
func (e *Entry) Charge() int64 { return max(e.Size, leastCharge) }

// End is when the entry has no more use, zero for never.
func (e *Entry) End() time.Time {
	if e.Stored.IsZero() {
		return e.Slot
	}
	return e.Until
}

// A Quota limits the entries of one account.
type Quota struct {
	Bytes   int64 // what all of them are charged
	Lasting int64 // what the lasting ones among them are charged
	Slots   int   // how many wait for their file
}

// ErrNotFound is what a Store or Files says of an id that it does not have.
var ErrNotFound = errors.New("no such upload")

// ErrNoRoom is what Files says when the disk has too little free space.
var ErrNoRoom = errors.New("the disk is nearly full")

// A FullError is what a Store says when an account would have more than its Quota.
type FullError struct {
	Retry time.Time // when enough will have ended by itself at the latest; zero if that cannot be said
}

func (*FullError) Error() string { return "quota exceeded" }

// A Store keeps the entries. Each method is one atomic step; what it changes is on
// the disk when it returns nil.
type Store interface {
	// Reserve adds an entry, or gives a *FullError.
	Reserve(ctx context.Context, e Entry, q Quota) error
	// Entry gives what is known of an id, or ErrNotFound.
	Entry(ctx context.Context, id string) (Entry, error)
	// Settle notes that the file has come, and its type. It is ErrNotFound if the
	// entry has been dropped meanwhile.
	Settle(ctx context.Context, id, mediaType string, at time.Time) error
	// Ending lists entries of owner, or of everybody if that is zero, that end
	// before a moment, or all if that is zero: at most limit, the first to end first.
	Ending(ctx context.Context, owner jid.JID, before time.Time, limit int) ([]string, error)
	// Drop forgets entries, a few hundred at most, and what they were charged. Those
	// that are not there are no error.
	Drop(ctx context.Context, ids []string) error
}

// Files are the contents of files, by the ids of their entries.
type Files interface {
	// Write keeps size bytes of body, all or nothing: they are on the disk when it
	// returns nil. It is ErrNoRoom if the disk is nearly full; the errors of body
	// come back wrapped.
	Write(id string, size int64, body io.Reader) error
	// Open gives what was written, or ErrNotFound.
	Open(id string) (io.ReadSeekCloser, error)
	// Remove removes files; those that are not there are no error.
	Remove(ids []string) error
	// Room reports whether size more bytes may be written.
	Room(size int64) bool
	// Clean removes all files that keep does not want to keep. Half a file is one
	// whose Write has not ended.
	Clean(keep func(id string, half bool) (bool, error)) error
}

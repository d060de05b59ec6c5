package upload

import (
	"context"
	"io"
	"time"
)

// A Delivery is a file that a client sends, with what the request says of it.
type Delivery struct {
	ID, Name, Token string
	Type            string // Content-Type, "" if there is none
	Size            int64
	Body            io.Reader
}

// A File is an uploaded file.
type File struct {
	Body   io.ReadSeekCloser
	Name   string
	Type   string // media type
	Stored time.Time
	Until  time.Time // when it is gone; zero is never
}

// Files keeps the files. What clients are to be told is a *stanza.Error, which is
// answered with the status of its condition; see status.
type Files interface {
	// Put keeps a file; it is on the disk when Put returns nil.
	Put(ctx context.Context, d Delivery) error
	// Open gives a file by its id and name; the caller closes its Body.
	Open(ctx context.Context, id, name string) (File, error)
}

package upload

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"time"

	"causeway/xmpp/stanza"
)

// A Delivery is a file that comes for a slot, with what the URL and the headers
// say of it.
type Delivery struct {
	ID, Name, Token string
	Type            string // media type, "" if the client says none
	Size            int64
	Body            io.Reader // read only if the slot is right
}

// A File is an uploaded file. Who opens it closes its Body.
type File struct {
	Body   io.ReadSeekCloser
	Name   string
	Type   string // media type
	Stored time.Time
	Until  time.Time // zero is for ever
}

// Put keeps a file in its slot; it is on the disk when Put returns nil. Faults of
// the client are a *stanza.Error: forbidden for a wrong token, gone for a slot that
// has ended, item-not-found, conflict for a slot that is or was used,
// policy-violation for more than its size, bad-request for less, not-acceptable for
// another type, resource-constraint for want of space.
func (s *Service) Put(ctx context.Context, d Delivery) error {
	secret, err := s.cfg.Secret(ctx)
	if err != nil {
		return fmt.Errorf("secret of slots: %w", err)
	}
	until, ok := verify(secret, d.ID, d.Name, d.Token)
	if !ok {
		return stanza.Forbidden.Err("this is no slot for an upload")
	}
	if !time.Now().Before(until) {
		return stanza.Gone.Err("the slot has ended")
	}
	if !s.claim(d.ID) {
		return stanza.Conflict.Err("the slot is in use")
	}
	defer s.release(d.ID)
	e, err := s.cfg.Store.Entry(ctx, d.ID)
	if err != nil {
		return told(err)
	}
	if err := fits(&e, &d); err != nil {
		return err
	}
	return s.keep(ctx, &e, d.Body)
}

// fits holds what comes against what was announced, and sets the type of e.
func fits(e *Entry, d *Delivery) error {
	given := mediaType(d.Type)
	switch {
	case !e.Stored.IsZero():
		return stanza.Conflict.Err("the slot has been used")
	// XEP-0363 #upload: "MUST reject the file upload if the Content-Length does not
	// match the size of the slot request"
	case d.Size > e.Size:
		return stanza.PolicyViolation.Err("the slot is for " + strconv.FormatInt(e.Size, 10) + " bytes")
	case d.Size < e.Size:
		return stanza.BadRequest.Err("the slot is for " + strconv.FormatInt(e.Size, 10) + " bytes")
	case d.Type != "" && given == "":
		return stanza.NotAcceptable.Err("the content type is none")
	case e.Type == "" && given == "":
		// "The service MAY assume application/octet-stream"
		e.Type = "application/octet-stream"
	case e.Type == "":
		e.Type = given
	case given != "" && !sameType(e.Type, given):
		// "SHOULD reject the file if the Content-Type has been specified beforehand
		// and does not match"
		return stanza.NotAcceptable.Err("the slot is for " + e.Type)
	}
	return nil
}

// keep writes the file and then the entry: who gets no answer may try again as long
// as the slot lasts.
func (s *Service) keep(ctx context.Context, e *Entry, body io.Reader) error {
	switch err := s.cfg.Files.Write(e.ID, e.Size, body); {
	case errors.Is(err, ErrNoRoom):
		return noRoom()
	case err != nil:
		return fmt.Errorf("write a file of %s: %w", e.Owner, err)
	}
	// Whoever sent the last byte may hang up: the file has come.
	ctx = context.WithoutCancel(ctx)
	err := s.cfg.Store.Settle(ctx, e.ID, e.Type, time.Now())
	if errors.Is(err, ErrNotFound) {
		// The account was removed meanwhile.
		return errors.Join(told(err), s.cfg.Files.Remove([]string{e.ID}))
	}
	if err != nil {
		return fmt.Errorf("note a file of %s: %w", e.Owner, err)
	}
	s.cfg.Logger.DebugContext(ctx, "file uploaded", slog.String("jid", e.Owner.String()), slog.Int64("bytes", e.Size))
	return nil
}

// Open gives a file by what its URL says. It is item-not-found, as a *stanza.Error,
// before the file has come and when its time is over.
func (s *Service) Open(ctx context.Context, id, name string) (File, error) {
	e, err := s.cfg.Store.Entry(ctx, id)
	if err != nil {
		return File{}, told(err)
	}
	if e.Stored.IsZero() || e.Name != name || !e.Until.IsZero() && !time.Now().Before(e.Until) {
		return File{}, told(ErrNotFound)
	}
	body, err := s.cfg.Files.Open(id)
	if err != nil {
		return File{}, told(err)
	}
	return File{Body: body, Name: e.Name, Type: e.Type, Stored: e.Stored, Until: e.Until}, nil
}

// told makes ErrNotFound an error for the client.
func told(err error) error {
	if errors.Is(err, ErrNotFound) {
		return stanza.ItemNotFound.Err("there is no such file")
	}
	return err
}

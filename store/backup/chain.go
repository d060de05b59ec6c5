package backup

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"causeway/store/badger"
)

// Errors of a list of files that is no chain; test for them with errors.Is.
var (
	// ErrMissing says that an increment was given without a file it builds on.
	ErrMissing = errors.New("a file of the chain is missing")
	// ErrForeign says that files do not belong together.
	ErrForeign = errors.New("files are not of one chain")
)

// A chain is a full backup and its increments, oldest first. Its state is that of the last file.
type chain []*file

// openChain opens files, given in any order, and checks that they are a chain.
func openChain(paths []string) (c chain, err error) {
	for _, path := range paths {
		f, err := open(path)
		if err != nil {
			return nil, errors.Join(err, c.close())
		}
		c = append(c, f)
	}
	slices.SortFunc(c, func(a, b *file) int { return cmp.Compare(a.number(), b.number()) })
	if err := c.check(); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func (c chain) close() error {
	var errs []error
	for _, f := range c {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

func (c chain) check() error {
	for i, f := range c {
		switch n := f.number(); {
		case n < i:
			return fmt.Errorf("%w: %s and %s are both number %d", ErrForeign, c[i-1].path, f.path, n)
		case n > i:
			return fmt.Errorf("%w: %s is increment %d, and number %d was not given", ErrMissing, f.path, n, i)
		}
		for j, sum := range f.header.earlier {
			if c[j].sum != sum {
				return fmt.Errorf("%w: %s was not made from %s", ErrForeign, f.path, c[j].path)
			}
		}
	}
	return nil
}

func (c chain) last() *file { return c[len(c)-1] }

// each calls onSegment and onUpload with what the last file lists, in its order.
func (c chain) each(onSegment func(segment) error, onUpload func(upload) error) error {
	for o := c.last().outline(); ; {
		e, err := o.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return c.last().about(err)
		case e.isSegment():
			err = onSegment(e.segment)
		case e.isUpload():
			err = onUpload(e.upload)
		}
		if err != nil {
			return err
		}
	}
}

// records calls fn with each record of the state, in the order of keys. They are valid during the call.
func (c chain) records(ctx context.Context, fn func(badger.Record) error) error {
	var buf, last []byte
	onSegment := func(s segment) error {
		f, err := c.find(s)
		if err != nil {
			return err
		}
		if buf, err = readBody(c[s.file], f, s.digest, buf); err != nil {
			return c[s.file].about(err)
		}
		list, err := s.decode(buf)
		if err != nil {
			return c[s.file].about(damaged(f.offset, err.Error()))
		}
		for _, r := range list {
			if len(last) > 0 && bytes.Compare(r.Key, last) <= 0 {
				return c[s.file].about(damaged(f.offset, "keys out of order"))
			}
			last = append(last[:0], r.Key...)
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := fn(r); err != nil {
				return err
			}
		}
		return nil
	}
	return c.each(onSegment, func(upload) error { return nil })
}

// find reads the frame that a segment lies in and checks that it is that segment's.
func (c chain) find(s segment) (frame, error) {
	f, err := c.frameAt(s.place)
	if err != nil {
		return frame{}, err
	}
	there, err := decodeSegment(f, s.file)
	if err != nil || f.kind != kindSegment || !bytes.Equal(there.first, s.first) || there.count != s.count ||
		there.size != s.size || there.digest != s.digest {
		return frame{}, c[s.file].about(damaged(s.offset, "not the segment that is referred to"))
	}
	return f, nil
}

// findUpload is find for an uploaded file.
func (c chain) findUpload(u upload) (frame, error) {
	f, err := c.frameAt(u.place)
	if err != nil {
		return frame{}, err
	}
	there, err := decodeUpload(f, u.file)
	if err != nil || f.kind != kindUpload || there.name != u.name || there.size != u.size {
		return frame{}, c[u.file].about(damaged(u.offset, "not the uploaded file that is referred to"))
	}
	return f, nil
}

func (c chain) frameAt(p place) (frame, error) {
	f := c[p.file]
	if p.offset < f.begin || p.offset > f.size {
		return frame{}, f.about(damaged(p.offset, "reference leads nowhere"))
	}
	found, err := readFrame(f, p.offset, f.size-int64(len(digest{})), make([]byte, headRoom))
	return found, f.about(err)
}

// copyUpload writes the content of an uploaded file.
func (c chain) copyUpload(ctx context.Context, w io.Writer, u upload) error {
	f, err := c.findUpload(u)
	if err != nil {
		return err
	}
	var buf []byte
	for left := u.size; left > 0; left -= int64(f.size) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if f, err = c.frameAt(place{u.file, f.end()}); err != nil {
			return err
		}
		d := decoder{rest: f.head}
		want := d.digest()
		if d.end() != nil || f.kind != kindChunk || f.size == 0 || int64(f.size) > left {
			return c[u.file].about(damaged(f.offset, "not a part of an uploaded file"))
		}
		if buf, err = readBody(c[u.file], f, want, buf); err != nil {
			return c[u.file].about(err)
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
	}
	return nil
}

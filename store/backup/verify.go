package backup

import (
	"context"
	"errors"
	"io"
)

// Verify reads every byte of the files and tells what is in them, oldest first. If they are a chain that begins with a
// full backup, it also follows every reference, and whole is true: they can be restored. Without its
// earlier files an increment can only be looked at for itself.
func Verify(ctx context.Context, paths ...string) (list []Summary, whole bool, err error) {
	c, err := openChain(paths)
	if errors.Is(err, ErrMissing) {
		for _, path := range paths {
			sum, err := verifyFile(ctx, path)
			if err != nil {
				return nil, false, err
			}
			list = append(list, sum)
		}
		return list, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	defer c.close() //nolint:errcheck // files that were only read
	list, err = c.verify(ctx)
	return list, err == nil, err
}

func verifyFile(ctx context.Context, path string) (Summary, error) {
	f, err := open(path)
	if err != nil {
		return Summary{}, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	return f.verify(ctx, nil)
}

// verify reads all files; later ones may refer to earlier ones only.
func (c chain) verify(ctx context.Context) ([]Summary, error) {
	var list []Summary
	for _, f := range c {
		sum, err := f.verify(ctx, c)
		if err != nil {
			return nil, err
		}
		list = append(list, sum)
	}
	return list, nil
}

// verify reads a file, and looks where the references lead if its chain is given.
func (f *file) verify(ctx context.Context, c chain) (Summary, error) {
	var buf []byte
	for o := f.outline(); ; {
		e, err := o.next()
		if errors.Is(err, io.EOF) {
			return f.summary()
		}
		if err != nil {
			return Summary{}, f.about(err)
		}
		if buf, err = f.verifyEntry(e, c, buf); err != nil {
			return Summary{}, err
		}
		if err := ctx.Err(); err != nil {
			return Summary{}, err
		}
	}
}

func (f *file) verifyEntry(e entry, c chain, buf []byte) (_ []byte, err error) {
	switch e.kind {
	case kindSegment:
		if buf, err = readBody(f, e.frame, e.segment.digest, buf); err != nil {
			return nil, f.about(err)
		}
		if _, err := e.segment.decode(buf); err != nil {
			return nil, f.about(damaged(e.offset, err.Error()))
		}
	case kindChunk:
		if buf, err = readBody(f, e.frame, e.chunk, buf); err != nil {
			return nil, f.about(err)
		}
	case kindSegmentRef:
		if c != nil {
			_, err = c.find(e.segment)
		}
	case kindUploadRef:
		if c != nil {
			_, err = c.findUpload(e.upload)
		}
	}
	return buf, err
}

package backup

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// chunkBytes is how much of an uploaded file one frame has.
const chunkBytes = 512 << 10

// uploader writes the uploaded files, or refers to them.
type uploader struct {
	out     *writer
	earlier *earlier
	pace    *pacer
	buf     []byte
	files   uint64
}

// folder walks the folder of uploads. A file that is removed meanwhile is left out: whoever removed it had no more use for
// it.
func (u *uploader) folder(ctx context.Context, dir string) error {
	names, err := uploadNames(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		err := u.file(ctx, dir, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
	}
	return u.skipTo("", true)
}

// uploadNames lists the files in the folder and below it, in the order of names. What has not come whole is not there yet: it
// lies in a folder tmp (package store/files), or has a name that begins with a dot or ends in .tmp.
func uploadNames(dir string) (names []string, err error) {
	if dir == "" {
		return nil, nil
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // the folder itself may not have been made yet
			}
			return err
		}
		unfinished := strings.HasPrefix(d.Name(), ".") || strings.HasSuffix(d.Name(), ".tmp") || d.Name() == "tmp"
		switch {
		case path == dir:
			return nil
		case d.IsDir() && unfinished:
			return fs.SkipDir
		case !d.Type().IsRegular() || unfinished:
			return nil
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if name := filepath.ToSlash(rel); validName(name) {
			names = append(names, name)
		}
		return nil
	})
	slices.Sort(names)
	return names, err
}

// file writes one file. If the file before has one of that name and size, it is the same.
func (u *uploader) file(ctx context.Context, dir, name string) error {
	f, err := os.Open(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it was only read
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := u.skipTo(name, false); err != nil {
		return err
	}
	u.files++
	if before := u.earlier.entry.upload; u.earlier.entry.isUpload() && before.name == name && before.size == info.Size() {
		return u.out.frame(kindUploadRef, before.encode(true), nil)
	}
	if err := u.out.frame(kindUpload, upload{name: name, size: info.Size()}.encode(false), nil); err != nil {
		return err
	}
	return u.chunks(ctx, f, name, info.Size())
}

func (u *uploader) chunks(ctx context.Context, r io.Reader, name string, size int64) error {
	if u.buf == nil {
		u.buf = make([]byte, chunkBytes)
	}
	for size > 0 {
		if err := errors.Join(ctx.Err(), u.pace.worked(ctx, int(min(size, chunkBytes)))); err != nil {
			return err
		}
		b := u.buf[:min(size, chunkBytes)]
		if _, err := io.ReadFull(r, b); err != nil {
			return fmt.Errorf("uploaded file %s changed while it was read: %w", name, err)
		}
		d := sha256.Sum256(b)
		if err := u.out.frame(kindChunk, d[:], b); err != nil {
			return err
		}
		size -= int64(len(b))
	}
	return nil
}

// skipTo passes over the files before name that the earlier backup has; over all if toEnd is set.
func (u *uploader) skipTo(name string, toEnd bool) error {
	for u.earlier.entry.isUpload() && (toEnd || cmp.Less(u.earlier.entry.upload.name, name)) {
		if err := u.earlier.step(); err != nil {
			return err
		}
	}
	return nil
}

func (e entry) isUpload() bool { return e.kind == kindUpload || e.kind == kindUploadRef }

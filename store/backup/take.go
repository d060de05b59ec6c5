package backup

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"causeway/store"
	"causeway/store/badger"
)

// Source is what Take needs of a store; *store.Store is one.
type Source interface {
	// Snapshot runs fn on all records as they are now.
	Snapshot(ctx context.Context, fn func(*badger.Snapshot) error) error
	// Room is nil as long as the folder has more free space than the store needs.
	Room(dir string) error
}

var _ Source = (*store.Store)(nil)

// Options say what a backup is to have in it and where it goes.
type Options struct {
	File    string   // to make
	Since   string   // an earlier backup; empty: a full one
	Uploads string   // folder of uploaded files; it may be missing
	Hosts   []string // whose data it is; for people only
	Force   bool     // File may be there already, and is replaced
	Verify  bool     // read back what was written before it gets its name
	Gentle  bool     // rest most of the time, since a server has other work
}

// A Summary says what a backup has in it.
type Summary struct {
	File     string
	Bytes    int64  // of the file
	Number   int    // in its chain; 0: a full backup
	Schema   int    // of the store
	Version  uint64 // of the store
	Taken    time.Time
	Hosts    []string
	Records  uint64 // that the state has, whichever files of the chain they are in
	Uploads  uint64 // likewise
	Checksum string // which also names the file
}

// Errors of taking a backup; test for them with errors.Is. What the disk refuses comes as it is, badger.ErrFull among it.
var (
	// ErrExists says that the file is there and must not be replaced.
	ErrExists = errors.New("file exists")
	// ErrOwnFolder says that the file would lie among what it is made of.
	ErrOwnFolder = errors.New("a backup cannot lie in the folder of the uploads")
	// ErrOwnChain says that the file would replace the one it builds on.
	ErrOwnChain = errors.New("an increment cannot replace the backup it begins from")
	// ErrLongChain says that the earlier backup has too many before it.
	ErrLongChain = fmt.Errorf("a chain has at most %d files", maxChain)
)

// Take writes a backup of the store and of the folder of uploads while both go on changing. It has all that was
// acknowledged before the call. When it fails there is no File, or the one that was there before.
func Take(ctx context.Context, s Source, o Options) (Summary, error) {
	before, err := o.prepare()
	if err != nil {
		return Summary{}, err
	}
	if before != nil {
		defer before.Close() //nolint:errcheck // it was only read
	}
	w, err := create(o.File, s.Room)
	if err != nil {
		return Summary{}, err
	}
	err = o.write(ctx, s, w, before)
	if err == nil && o.Verify {
		_, err = verifyFile(ctx, w.tmp.Name())
	}
	if err == nil {
		err = o.free() // it may be there by now
	}
	if err != nil {
		return Summary{}, errors.Join(err, w.abandon())
	}
	if err := w.publish(); err != nil {
		return Summary{}, err
	}
	return Inspect(o.File)
}

// prepare looks at the names and opens the earlier backup, if there is one.
func (o Options) prepare() (before *file, err error) {
	if err := o.free(); err != nil {
		return nil, err
	}
	if rel, err := filepath.Rel(o.Uploads, filepath.Dir(o.File)); o.Uploads != "" && err == nil &&
		rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return nil, ErrOwnFolder
	}
	if o.Since == "" {
		return nil, nil
	}
	if before, err = open(o.Since); err != nil {
		return nil, err
	}
	mine, missing := os.Stat(o.File)
	theirs, err := before.Stat()
	switch {
	case err != nil:
	case missing == nil && os.SameFile(mine, theirs):
		err = ErrOwnChain
	case before.number()+1 >= maxChain:
		err = before.about(ErrLongChain)
	default:
		return before, nil
	}
	return nil, errors.Join(err, before.Close())
}

// free says whether the name can be had.
func (o Options) free() error {
	info, err := os.Lstat(o.File)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !o.Force:
		return fmt.Errorf("%s: %w", o.File, ErrExists)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s: %w, and is no file that could be replaced", o.File, ErrExists)
	}
	return nil
}

// write writes everything. The snapshot is held for the records only. Uploads are listed after it began, so none that
// it speaks of is missing unless it was removed since.
func (o Options) write(ctx context.Context, s Source, w *writer, before *file) error {
	old, pace := &earlier{}, (*pacer)(nil)
	if o.Gentle {
		pace = &pacer{}
	}
	h := header{schema: store.SchemaVersion, taken: time.Now(), hosts: o.Hosts}
	if before != nil {
		old.outline = before.outline()
		h.earlier = append(slices.Clone(before.header.earlier), before.sum)
		if err := old.step(); err != nil {
			return err
		}
	}
	records := &segmenter{out: w, earlier: old, changed: true}
	err := s.Snapshot(ctx, func(snap *badger.Snapshot) error {
		h.version = snap.Version()
		if err := w.frame(kindHeader, h.encode(), nil); err != nil {
			return err
		}
		return snap.Each(ctx, func(r badger.Record) error {
			if err := records.record(r); err != nil {
				return err
			}
			return pace.worked(ctx, len(r.Key)+len(r.Val))
		})
	})
	if err == nil {
		err = records.end()
	}
	files := &uploader{out: w, earlier: old, pace: pace}
	if err == nil {
		err = files.folder(ctx, o.Uploads)
	}
	if err == nil {
		err = w.frame(kindTrailer, trailer{records.records, files.files}.encode(), nil)
	}
	if err == nil {
		err = w.finish()
	}
	return err
}

// Inspect tells what a backup says of itself. Only its ends are read: use Verify to know whether it is true.
func Inspect(path string) (Summary, error) {
	f, err := open(path)
	if err != nil {
		return Summary{}, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	return f.summary()
}

func (f *file) summary() (Summary, error) {
	t, err := f.trailer()
	if err != nil {
		return Summary{}, f.about(err)
	}
	h := f.header
	return Summary{
		File: f.path, Bytes: f.size, Number: f.number(), Schema: int(h.schema), Version: h.version, Taken: h.taken, Hosts: h.hosts,
		Records: t.records, Uploads: t.uploads, Checksum: hex.EncodeToString(f.sum[:]),
	}, nil
}
